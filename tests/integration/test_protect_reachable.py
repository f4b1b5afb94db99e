"""Whatever people left behind: what is planned is made, a second plan has nothing to make, twice is once, taken back it is as it was, and nobody
is let in who was not."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, Aws
from protecting_for_tests import (
    DATABASE,
    MINE,
    PARTNER,
    SNAPSHOT,
    TABLE,
    URI,
    VOLUMES,
    Guard,
    controls,
    make_backups_of_others,
    make_database,
    make_key,
    make_table,
    make_trail,
    make_volume,
)
from strict import state
from tagging_for_tests import outcomes

from assay.app.protection import protectapply as doing
from assay.aws import rdssettings, tablesettings
from assay.model import Level
from assay.model.action import Outcome
from assay.store.engine import open_catalog

OTHER = "eu-central-1"
_NOT_MADE_YET = {"not backed up yet"}


@pytest.fixture
def guard(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(tablesettings, "_SECONDS", 0.0)
    monkeypatch.setattr(rdssettings, "_PAUSES", (0.0,) * 4)
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)


@pytest.mark.parametrize("seed", range(3))
def test_it_is_made_once_and_taken_back(guard: Guard, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    targets = _anything(guard, chance, tmp_path)
    before, others = _settings(guard, targets), _of_others(guard)
    keys = [each["KeyId"] for each in guard.aws.client("kms").list_keys()["Keys"]]
    let_in = _let_in(guard, keys)
    plan = guard.plan(*targets)
    receipts = guard.apply(plan)
    assert set(outcomes(receipts)) <= {Outcome.APPLIED}, [each.detail for each in receipts]
    again = guard.plan(*targets)
    assert controls(again) == []
    # What is left is for people, or is told once something was backed up.
    assert {each.reason for each in again.refusals} <= {"by hand", *_NOT_MADE_YET}
    assert set(outcomes(guard.apply(plan))) <= {Outcome.UNCHANGED}
    assert _of_others(guard) == others
    _nobody_else_is_let_in(guard)
    assert _let_in(guard, keys) == let_in
    assert set(outcomes(guard.undo(plan))) <= {Outcome.UNDONE}
    assert _settings(guard, targets) == before
    assert _of_others(guard) == others
    assert doing.to_undo(guard.catalog, plan.id, plan) == []


def _anything(guard: Guard, chance: random.Random, folder: Path) -> list[str]:
    """Resources of any level, and what people have made for them, some of it."""
    level = chance.choice([Level.RESTRICTED, Level.CONFIDENTIAL, Level.INTERNAL])
    copies = chance.random() < 0.5
    more = f", copy_region: {OTHER}" if copies else ""
    guard.own_policy(
        folder, f"policies: [{{name: any, set: {{alarm_topic: 'arn:aws:sns:a:1:b'{more}}}}}]", is_apart=False
    )
    guard.make(level=level, is_open=chance.random() < 0.5)
    make_table(guard, level)
    volume = make_volume(guard, level)
    if chance.random() < 0.5:
        make_key(guard.aws)
    if chance.random() < 0.5:
        make_backups_of_others(guard)
    if chance.random() < 0.7:
        make_trail(guard, **chance.choice(_SELECTORS))
    if chance.random() < 0.5:
        guard.s3.put_bucket_tagging(Bucket="lake", Tagging={"TagSet": [{"Key": "Team", "Value": "hr"}]})
    if chance.random() < 0.5:
        tag = {"Key": "assay:backup", "Value": "something-else"}
        guard.aws.client("dynamodb").tag_resource(ResourceArn=TABLE, Tags=[tag])
    settings = guard.aws.client("backup")
    settings.update_region_settings(ResourceTypeManagementPreference={"DynamoDB": chance.random() < 0.5})
    if chance.random() < 0.3:
        settings.update_region_settings(ResourceTypeOptInPreference={"EBS": False})
    return [URI, TABLE, volume, *_databases(guard, chance, level), *_policies(guard, chance)]


def _databases(guard: Guard, chance: random.Random, level: Level) -> list[str]:
    """An instance set anyhow, a snapshot of it that some or all may restore, and the account's settings for volumes."""
    flags = ("PubliclyAccessible", "DeletionProtection", "CopyTagsToSnapshot", "EnableIAMDatabaseAuthentication")
    set_anyhow = {name: chance.random() < 0.5 for name in flags}
    make_database(guard, level, BackupRetentionPeriod=chance.choice([1, 7, 20, 35]), **set_anyhow)
    client = guard.aws.client("rds")
    client.create_db_snapshot(DBInstanceIdentifier="shop", DBSnapshotIdentifier="monday")
    who = chance.choice([[], ["all"], ["999999999999"], ["all", "999999999999"]])
    if who:
        client.modify_db_snapshot_attribute(DBSnapshotIdentifier="monday", AttributeName="restore", ValuesToAdd=who)
    if chance.random() < 0.5:
        guard.aws.client("ec2").enable_ebs_encryption_by_default()
    if chance.random() < 0.5:
        guard.aws.client("ec2").enable_snapshot_block_public_access(State="block-new-sharing")
    return [DATABASE, SNAPSHOT, VOLUMES]


def _policies(guard: Guard, chance: random.Random) -> list[str]:
    """What others let into the bucket and, where it is there, into the key."""
    theirs = [each for each in (PARTNER, MINE) if chance.random() < 0.6]
    if theirs:
        guard.put_policy(*theirs)
    return []


_SELECTORS: list[dict[str, Any]] = [
    {},
    {"EventSelectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True,
                         "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::lake/", "arn:aws:s3:::other/"]}]}]},
    {"AdvancedEventSelectors": [{"Name": "theirs", "FieldSelectors": [
        {"Field": "eventCategory", "Equals": ["Data"]}, {"Field": "resources.type", "Equals": ["AWS::Lambda::Function"]}]}]},
]  # fmt: skip


def _settings(guard: Guard, targets: list[str]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for target in targets:
        told[target] = {name: setting.value for name, setting in guard.observe(target).settings.items()}
    told[URI]["versioning"] = (told[URI]["versioning"] or {}).get("Status") == "Enabled"
    return told


def _of_others(guard: Guard) -> list[Any]:
    """What is not protection's own: rules of plans, and selectors that name no resource of it."""
    client = guard.aws.client("backup")
    rules = [
        {name: value for name, value in rule.items() if name != "RuleId"}
        for each in client.list_backup_plans()["BackupPlansList"]
        for rule in client.get_backup_plan(BackupPlanId=each["BackupPlanId"])["BackupPlan"]["Rules"]
        if not rule["RuleName"].startswith("assay-")
    ]
    trails = guard.aws.client("cloudtrail")
    selectors = [
        selector
        for trail in trails.describe_trails()["trailList"]
        if trail["Name"] == "theirs"
        for told in [trails.get_event_selectors(TrailName=trail["TrailARN"])]
        for selector in (*(told.get("EventSelectors") or ()), *(told.get("AdvancedEventSelectors") or ()))
        if selector.get("IncludeManagementEvents") or selector.get("Name") == "theirs"
    ]
    return [rules, selectors]


def _let_in(guard: Guard, keys: list[str]) -> list[Any]:
    """All that policies of the bucket and of keys that were there allow; what denies may be more."""
    told = (
        [] if not guard.statements() else json.loads(guard.s3.get_bucket_policy(Bucket="lake")["Policy"])["Statement"]
    )
    for each in keys:
        policy = guard.aws.client("kms").get_key_policy(KeyId=each, PolicyName="default")["Policy"]
        told += json.loads(policy)["Statement"]
    return [statement for statement in told if statement["Effect"] == "Allow"]


def _nobody_else_is_let_in(guard: Guard) -> None:
    """Roles are for AWS Backup of the account alone, and buckets that were made let in their service alone."""
    iam = guard.aws.client("iam")
    for role in iam.list_roles()["Roles"]:
        if role["RoleName"] == "assay-backup":
            (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
            assert trust["Principal"] == {"Service": "backup.amazonaws.com"}
            assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    for bucket in guard.s3.list_buckets()["Buckets"]:
        if not bucket["Name"].startswith("assay-"):
            continue
        held = state.bucket(bucket["Name"])
        for statement in json.loads(held.policy)["Statement"]:
            if statement["Effect"] == "Allow":
                assert set(statement["Principal"]) == {"Service"}
                assert "Condition" in statement
        assert guard.s3.get_public_access_block(Bucket=bucket["Name"])[
            "PublicAccessBlockConfiguration"
        ] == dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
