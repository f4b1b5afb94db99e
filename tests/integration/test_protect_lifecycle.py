"""What moves and deletes objects by rules: asked for by an owner's policy alone, approved by a person, never sooner than something is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from awsservers import Aws
from protecting_for_tests import BUCKET, URI, Guard, action, controls, refused
from strictly import refused as refused_by_s3

from assay.model import Level
from assay.model.action import Outcome
from assay.store.engine import open_catalog

RULE = {"Status": "Enabled", "Filter": {"Prefix": ""}}


@pytest.fixture
def guard(aws: Aws, tmp_path: Path) -> Any:
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)


def ask(guard: Guard, folder: Path, **asked: Any) -> None:
    told = ", ".join(
        f"{name}: {str(value).lower() if isinstance(value, bool) else value}" for name, value in asked.items()
    )
    guard.own_policy(folder, f"policies: [{{name: own, where: {{type: s3_bucket}}, set: {{{told}}}}}]")


def rules(guard: Guard) -> dict[str, Any]:
    try:
        found = guard.s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    except guard.s3.exceptions.ClientError:
        return {}
    return {each["ID"]: each for each in found}


def smallest(guard: Guard) -> Any:
    """From which size on objects are moved, where a rule does not say it."""
    return guard.s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["TransitionDefaultMinimumObjectSize"]


def test_nothing_that_ships_deletes_or_moves_objects(guard: Guard) -> None:
    for level in (*Level, None):
        name = f"of-{level or 'none'}"
        guard.make(name, level)
        assert not [
            rule for each in guard.plan(f"s3://{name}").actions if each.action.control == "s3_lifecycle" for rule in each.action.after
            if rule in ("rule assay-expiry", "rule assay-transition")
        ]  # fmt: skip


def test_made_by_a_person_beside_those_of_others_and_taken_back(guard: Guard, tmp_path: Path) -> None:
    ask(guard, tmp_path, expire_days=3000, transition_days=90, transition_class="GLACIER_IR")
    guard.make()
    guard.s3.put_bucket_lifecycle_configuration(
        Bucket=BUCKET,
        LifecycleConfiguration={
            "Rules": [{**RULE, "ID": "theirs", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 3}}]
        },
        TransitionDefaultMinimumObjectSize="varies_by_storage_class",
    )
    plan = guard.plan()
    found = next(each for each in plan.actions if each.action.control == "s3_lifecycle")
    assert (
        str(found.gate),
        "older than 3000 days: they are deleted" in found.action.breaks,
        "GLACIER_IR" in found.action.note,
    ) == ("review", True, True)
    assert {receipt.outcome for receipt in guard.apply(plan)} == {Outcome.APPLIED}
    made = rules(guard)
    assert made["assay-expiry"]["Expiration"] == {"Days": 3000}
    assert made["assay-transition"]["Transitions"] == [{"Days": 90, "StorageClass": "GLACIER_IR"}]
    assert "theirs" in made
    assert smallest(guard) == "varies_by_storage_class"
    assert "s3_lifecycle" not in controls(guard.plan())
    guard.undo(plan)
    assert list(rules(guard)) == ["theirs"]
    assert smallest(guard) == "varies_by_storage_class"


@pytest.mark.parametrize(
    ("asked", "control", "told"),
    [
        ({"expire_days": 365}, "expire_days", "are to be kept 2555"),
        (
            {"expire_days": 365, "retention_days": 365, "transition_days": 365},
            "expire_days",
            "nothing would be left to move",
        ),
        ({"transition_days": 29}, "transition_days", "before its 30th day"),
        ({"transition_days": 10, "transition_class": "ONEZONE_IA"}, "transition_days", "before its 30th day"),
    ],
)
def test_what_is_refused(guard: Guard, tmp_path: Path, asked: dict[str, Any], control: str, told: str) -> None:
    ask(guard, tmp_path, **asked)
    guard.make()
    assert told in refused(guard.plan(), "not as asked")[control]


def test_an_owner_s_own_term_counts(guard: Guard, tmp_path: Path) -> None:
    ask(guard, tmp_path, expire_days=365, retention_days=365)
    guard.make()
    assert action(guard.plan(), "s3_lifecycle").after["rule assay-expiry"]["Expiration"] == {"Days": 365}


def test_a_legal_hold_deletes_nothing(guard: Guard, tmp_path: Path) -> None:
    ask(guard, tmp_path, expire_days=3000, legal_hold=True, transition_days=60)
    guard.make()
    after = action(guard.plan(), "s3_lifecycle").after
    assert set(after) == {"rule assay-uploads", "rule assay-transition"}


@pytest.mark.parametrize(("days", "is_so"), [(2000, True), (3000, True), (3001, False)])
def test_rules_of_others_that_delete_as_soon_serve(guard: Guard, tmp_path: Path, days: int, is_so: bool) -> None:
    ask(guard, tmp_path, expire_days=3000)
    guard.make()
    guard.s3.put_bucket_lifecycle_configuration(
        Bucket=BUCKET, LifecycleConfiguration={"Rules": [{**RULE, "ID": "theirs", "Expiration": {"Days": days}}]}
    )
    assert ("rule assay-expiry" not in action(guard.plan(URI), "s3_lifecycle").after) is is_so


def test_what_s3_refuses_the_layer_does(guard: Guard) -> None:
    guard.make()
    for rule in (
        {**RULE, "ID": "a", "Transitions": [{"Days": 29, "StorageClass": "STANDARD_IA"}]},
        {**RULE, "ID": "b", "Transitions": [{"Days": 60, "StorageClass": "GLACIER"}], "Expiration": {"Days": 60}},
    ):
        told = refused_by_s3(
            guard.s3.put_bucket_lifecycle_configuration, Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]}
        )
        assert told == ("InvalidArgument", 400)
