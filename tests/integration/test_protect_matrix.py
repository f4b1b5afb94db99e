"""Every level on every type of resource that policies know: planned, applied, verified and taken back, with all that ships asked for.

What is reversible is as it was; what is not is among what stays, and nothing else is.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from awsservers import Aws
from protecting_for_tests import (
    CLUSTER,
    DATABASE,
    SNAPSHOT,
    SNAPSHOT_OF_CLUSTER,
    TABLE,
    URI,
    VOLUMES,
    Guard,
    controls,
    make_cluster,
    make_database,
    make_key,
    make_snapshots,
    make_table,
    make_volume,
    share_snapshot,
)
from tagging_for_tests import outcomes

from assay.app.protection import protectapply as doing
from assay.aws import ebssettings, rdssettings, tablesettings
from assay.model import Level
from assay.model.action import Outcome, Plan
from assay.model.protection import ResourceType
from assay.protect.policyfile import policy_of
from assay.protect.protection import _POINTS, ORDER, in_the_way
from assay.store.engine import open_catalog

LEVELS = (Level.PUBLIC, None, Level.INTERNAL, Level.CONFIDENTIAL, Level.RESTRICTED)
_NEVER_BACK = {"kms_key", "s3_log_bucket", "backup_role", "backup_vault", "backup_plan", "cloudtrail_trail"}
"""Means that are never deleted, and so stay."""
_ROUNDS = 5


@pytest.fixture
def guard(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(tablesettings, "_SECONDS", 0.0)
    monkeypatch.setattr(rdssettings, "_PAUSES", (0.0,) * 4)
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog, policy=policy_of())


def _everything(guard: Guard, level: Level | None) -> dict[str, ResourceType]:
    """One resource of each type, of which that level is known; nothing of it is protected."""
    guard.make(level=level)
    make_table(guard, level)
    make_database(guard, level, BackupRetentionPeriod=0)
    make_cluster(guard, level)
    make_snapshots(guard)
    volume = make_volume(guard, level)
    share_snapshot(guard, volume, groups=(ebssettings.EVERYBODY,))
    return {
        URI: ResourceType.S3_BUCKET,
        TABLE: ResourceType.DYNAMODB_TABLE,
        DATABASE: ResourceType.RDS_INSTANCE,
        CLUSTER: ResourceType.RDS_CLUSTER,
        SNAPSHOT: ResourceType.RDS_SNAPSHOT,
        SNAPSHOT_OF_CLUSTER: ResourceType.RDS_SNAPSHOT,
        volume: ResourceType.EBS_VOLUME,
        VOLUMES: ResourceType.EBS_ACCOUNT,
    }


@pytest.mark.parametrize("level", LEVELS, ids=str)
def test_it_is_planned_applied_verified_and_taken_back(guard: Guard, tmp_path: Path, level: Level | None) -> None:
    kinds = _everything(guard, level)
    assert set(kinds.values()) == set(_POINTS)
    if level is Level.PUBLIC:
        attested = ", ".join(f'{{resource: "{each}", by: Ada, reason: a test}}' for each in kinds)
        guard.own_policy(tmp_path, f"attested_public: [{attested}]", is_apart=False)
    before = _settings(guard, kinds)
    made: list[Plan] = []
    for _ in range(_ROUNDS):
        plan = guard.plan(*kinds)
        if not plan.actions:
            break
        made.append(plan)
        receipts = guard.apply(plan)
        assert set(outcomes(receipts)) == {Outcome.APPLIED}, [each.detail for each in receipts]
        # Twice is once.
        assert set(outcomes(guard.apply(plan))) == {Outcome.UNCHANGED}
    after = guard.plan(*kinds)
    assert controls(after) == []
    assert {each.reason for each in in_the_way(after)} <= {"not backed up yet"}
    _verified(guard, made)

    for plan in reversed(made):
        assert set(outcomes(guard.undo(plan))) <= {Outcome.UNDONE}
        assert doing.to_undo(guard.catalog, plan.id, plan) == []
        # What cannot be taken back is told, all of it and no more.
        told = {each.id for each in doing.stays(guard.catalog, plan.id, plan)}
        assert told == {each.action.id for each in plan.actions if not each.action.reversible}
        assert {each.action.control for each in plan.actions if each.action.id in told} <= {*_NEVER_BACK, "rds_backups"}
    now = _settings(guard, kinds)
    assert now == {
        resource: {
            name: now[resource][name] if (resource, name) == (DATABASE, "backup_days") else value
            for name, value in settings.items()
        }
        for resource, settings in before.items()
    }
    # The first backups of a database stay: without them all would be deleted.
    assert now[DATABASE]["backup_days"] > before[DATABASE]["backup_days"] == 0


def test_higher_levels_ask_for_more(guard: Guard) -> None:
    """Of the same resources, and between them all that there is of protectors but one for means that are there."""
    kinds = _everything(guard, Level.RESTRICTED)

    asked = set(controls(guard.plan(*kinds)))
    make_key(guard.aws)
    guard.aws.client("kms").disable_key_rotation(KeyId=_key(guard))
    asked |= set(controls(guard.plan(*kinds)))
    # By hand for an incident, and for who asks for them.
    assert set(ORDER) - asked == {"iam_quarantine", "kms_statements", "s3_events", "s3_statements"} & set(ORDER)


def _key(guard: Guard) -> str:
    return str(guard.aws.client("kms").describe_key(KeyId="alias/assay-restricted")["KeyMetadata"]["Arn"])


def _verified(guard: Guard, made: list[Plan]) -> None:
    """Each change is as it was made, or as a later plan made it."""
    later: set[tuple[str, str]] = set()
    for plan in reversed(made):
        for planned in plan.actions:
            action = planned.action
            if (action.resource, action.control) not in later:
                assert dict(guard.maker.protectors[action.control].read_back(action)) == dict(action.after)
        later |= {(each.action.resource, each.action.control) for each in plan.actions}


def _settings(guard: Guard, resources: dict[str, ResourceType]) -> dict[str, dict[str, Any]]:
    told: dict[str, dict[str, Any]] = {}
    for resource in resources:
        told[resource] = {name: setting.value for name, setting in guard.observe(resource).settings.items()}
        if "versioning" in told[resource]:
            # Versions that were kept stay: it is suspended.
            told[resource]["versioning"] = (told[resource]["versioning"] or {}).get("Status") == "Enabled"
    return told
