"""What is worked out once for many resources is what it would be for each alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from assay.model.action import Gate
from assay.protect.policy import Effective, Policy, asked_of
from assay.protect.policyfile import policy_of
from assay.protect.protection import Assessed, assess
from benchmarks import protect_planning as many

OWN = """policies:
  - {name: role, where: {name: "*1"}, set: {backup_role: "arn:aws:iam::123456789012:role/theirs"}}
  - {name: rotation, where: {name: "*2"}, set: {key_rotation: false}}
  - {name: key, where: {name: "*3"}, set: {kms_key: "alias/none-of-that-name"}}
  - {name: often, where: {tag: {Team: hr}}, set: {backup: weekly}}
  - {name: elsewhere, where: {region: us-*}, set: {copy_region: eu-central-1}}
"""


def test_resources_together_are_planned_as_each_alone(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(OWN)
    policy, states = policy_of(file), list(many._states(240))
    means = many._means(states)
    together = [_assessed(each, policy, means) for each in states]
    alone = [
        _assessed(each, Policy(entries=policy.entries, attested=policy.attested), replace(means)) for each in states
    ]
    assert [each.asked for each in together] == [each.asked for each in alone]
    assert [each.points for each in together] == [each.points for each in alone]
    for each in together:
        applying = [entry.controls for entry in policy.entries if entry.where.holds(each.subject)]
        last = {name: value for controls in applying for name, value in controls.items()}
        assert {name: asked.value for name, asked in each.asked.items()} == last
    # The file's entries count for some and not for others of a kind.
    assert len({str(each.asked) for each in together}) > 40


def _assessed(told: tuple, policy: Policy, means: many.Means) -> Assessed:  # type: ignore[type-arg]
    state, level = told
    subject = many._subject(state, level)
    if subject.name.endswith("4"):
        subject = replace(subject, tags={"Team": "hr"}, region="us-east-1")
    asked = asked_of(policy, subject)
    return assess(subject, state, Effective(level, "known"), asked, means, gate=Gate.APPLY, because="sure")
