"""What was made is looked at again."""

from __future__ import annotations

import json
from pathlib import Path

from protecting_for_tests import make_principals, planned, unmake_people
from proving import Stage
from replacing_for_tests import attached, evidence, made, planned_replacement


def prepare(stage: Stage) -> None:
    """Everything is applied to a bucket, a user and a role are quarantined, evidence is kept, and a volume replaced."""
    told = [planned(stage)]
    # Before requests without TLS, as these tests make them, are denied.
    volume = attached(stage)
    told.append(made(stage, evidence(stage, volume)))
    told.append(made(stage, planned_replacement(stage, volume, "--plan")))
    assert stage.assay("protect", "approve", told[0]) == 0
    assert stage.assay("protect", "apply", told[0], "--execute") == 0
    plan = make_principals(stage)
    assert stage.assay("protect", "approve", plan) == 0
    assert stage.assay("protect", "apply", plan, "--execute") == 0
    Path("plans").write_text(json.dumps(told))


def scenario(stage: Stage) -> None:
    """By its plan, and all that stands."""
    for plan in json.loads(Path("plans").read_text()):
        assert stage.assay("protect", "verify", plan) == 0
    assert stage.assay("protect", "drift") == 0
    unmake_people(stage.aws, "eve")
    assert stage.assay("protect", "drift") == 0
    # A key without its alias is looked for by its tag.
    stage.aws.client("kms").delete_alias(AliasName="alias/assay-restricted")
    assert stage.assay("protect", "drift") == 1
