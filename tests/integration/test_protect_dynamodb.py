"""Tables are observed, planned for, protected, verified and taken back, where DynamoDB refuses what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from protecting_for_tests import (
    OF_TABLES,
    TABLE,
    URI,
    Guard,
    action,
    controls,
    make_key,
    make_table,
    refused,
    set_state,
)
from tagging_for_tests import known, outcomes

from assay.app.protection import protectapply as doing
from assay.aws import tablesettings
from assay.model import Level
from assay.model.action import Outcome
from assay.store.engine import open_catalog


@pytest.fixture
def guard(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(tablesettings, "_SECONDS", 0.0)
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)


def settings(guard: Guard) -> dict[str, Any]:
    return {name: setting.value for name, setting in guard.observe(TABLE).settings.items() if name != "status"}


def encrypt(guard: Guard, key: str | None) -> None:
    wanted = {"Enabled": True, "SSEType": "KMS"} | ({} if key is None else {"KMSMasterKeyId": key})
    client = guard.aws.client("dynamodb")
    client.update_table(TableName="orders", SSESpecification=wanted)
    client.describe_table(TableName="orders")


def test_everything_is_made_once_and_taken_back(guard: Guard) -> None:
    make_table(guard)
    key = make_key(guard.aws)
    before = settings(guard)
    assert before["encryption"] == {"encryption": "aws-owned", "key": None}
    plan = guard.plan(TABLE)
    assert (controls(plan), refused(plan)) == (list(OF_TABLES), {})
    assert outcomes(guard.apply(plan)) == [Outcome.APPLIED] * 3
    now = settings(guard)
    assert now["encryption"] == {"encryption": "customer-key", "key": key}
    assert now["recovery"] == {"point_in_time_recovery": True, "days": 35}
    assert now["deletion_protection"] is True
    again = guard.plan("dynamodb://orders")
    assert controls(again) == []
    assert again.refusals == ()
    assert outcomes(guard.undo(plan)) == [Outcome.UNDONE] * 3
    assert settings(guard) == before


@pytest.mark.parametrize(
    ("level", "wanted"),
    [
        (Level.CONFIDENTIAL, {"encryption": "aws-kms", "key": None}),
        (Level.INTERNAL, None),
        (None, None),
    ],
)
def test_every_level_asks_for_its_own(guard: Guard, level: Level | None, wanted: dict[str, Any] | None) -> None:
    make_table(guard, level)
    plan = guard.plan(TABLE)
    assert controls(plan) == (list(OF_TABLES) if wanted else ["dynamodb_recovery"])
    assert set(outcomes(guard.apply(plan))) == {Outcome.APPLIED}
    assert settings(guard)["encryption"] == (wanted or {"encryption": "aws-owned", "key": None})
    assert controls(guard.plan(TABLE)) == []
    guard.undo(plan)
    assert settings(guard)["encryption"] == {"encryption": "aws-owned", "key": None}


def test_the_key_that_aws_manages_is_not_ones_own(guard: Guard) -> None:
    make_table(guard)
    make_key(guard.aws)
    encrypt(guard, None)
    plan = guard.plan(TABLE)
    assert dict(action(plan, "dynamodb_encryption").before) == {"encryption": "aws-kms", "key": None}
    guard.apply(plan)
    # And it is not named when that is taken back.
    assert set(outcomes(guard.undo(plan))) == {Outcome.UNDONE}
    assert settings(guard)["encryption"] == {"encryption": "aws-kms", "key": None}


def test_stronger_than_asked_for_stays(guard: Guard) -> None:
    make_table(guard, Level.CONFIDENTIAL)
    encrypt(guard, guard.aws.client("kms").create_key()["KeyMetadata"]["Arn"])
    assert "dynamodb_encryption" not in controls(guard.plan(TABLE))


def test_the_key_of_the_level_is_made_once_for_buckets_and_tables(guard: Guard) -> None:
    make_table(guard)
    guard.make()
    plan = guard.plan(URI, TABLE)
    assert controls(plan).count("kms_key") == 1
    assert set(outcomes(guard.apply(plan))) == {Outcome.APPLIED}
    (rule,) = guard.observe(URI).get("encryption").value["Rules"]
    assert settings(guard)["encryption"]["key"] == rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    assert controls(guard.plan(URI, TABLE)) == []


def test_days_are_made_more_and_never_less(guard: Guard, tmp_path: Path) -> None:
    make_table(guard, Level.INTERNAL)
    wanted = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7}
    client = guard.aws.client("dynamodb")
    client.update_continuous_backups(TableName="orders", PointInTimeRecoverySpecification=wanted)
    plan = guard.plan(TABLE)
    guard.apply(plan)
    assert settings(guard)["recovery"]["days"] == 35
    guard.undo(plan)
    assert settings(guard)["recovery"] == {"point_in_time_recovery": True, "days": 7}
    guard.own_policy(tmp_path, "policies: [{name: less, where: {type: dynamodb_table}, set: {recovery_days: 5}}]")
    assert controls(guard.plan(TABLE)) == []


class TestUnsettled:
    def test_a_table_that_is_being_made_is_not_changed(self, guard: Guard) -> None:
        make_table(guard, Level.INTERNAL)
        guard.aws.strict.unsettled("orders", "CREATING", 1)
        plan = guard.plan(TABLE)
        assert controls(plan) == []
        assert "the table is CREATING" in refused(plan)["point_in_time_recovery"]

    def test_one_that_changes_is_waited_for(self, guard: Guard) -> None:
        make_table(guard)
        make_key(guard.aws)
        plan = guard.plan(TABLE)
        guard.aws.strict.unsettled("orders", "UPDATING", 4)
        assert outcomes(guard.apply(plan)) == [Outcome.APPLIED] * 3

    def test_one_that_never_ends_is_unknown_and_not_taken_back(self, guard: Guard) -> None:
        make_table(guard, Level.CONFIDENTIAL)
        plan = guard.plan(TABLE)
        guard.apply(plan, plan.actions[:2])
        guard.aws.strict.before(
            "dynamodb.UpdateTable", lambda: guard.aws.strict.before("dynamodb.DescribeTable", lambda: _stuck(guard))
        )
        receipts = guard.apply(plan, plan.actions[2:])
        assert outcomes(receipts) == [Outcome.UNKNOWN]
        made = {each.action.id: each.action for each in plan.actions}
        assert doing.failed_of(receipts, [], made).resources == {}
        # The next run looks, and sees.
        guard.aws.strict.unsettled("orders", "UPDATING", 1)
        assert [each.outcome for each in guard.maker.settle()] == [Outcome.APPLIED]


def _stuck(guard: Guard) -> None:
    guard.aws.strict.unsettled("orders", "UPDATING", 10_000)


@pytest.mark.parametrize(
    ("call", "control"),
    [
        ("dynamodb.DescribeContinuousBackups", "dynamodb_recovery"),
        ("kms.DescribeKey", "dynamodb_encryption"),
        ("dynamodb.ListTagsOfResource", ""),
    ],
)
def test_what_may_not_be_read_is_unknown_and_stops_nothing(guard: Guard, call: str, control: str) -> None:
    make_table(guard)
    make_key(guard.aws)
    guard.aws.strict.deny(call)
    plan = guard.plan(TABLE)
    assert controls(plan) == [each for each in OF_TABLES if each != control]
    assert len(refused(plan)) == bool(control)


def test_a_key_that_goes_between_plan_and_apply(guard: Guard) -> None:
    make_table(guard)
    key = make_key(guard.aws)
    plan = guard.plan(TABLE)
    set_state(key, "PendingDeletion")
    assert outcomes(guard.apply(plan)) == [Outcome.APPLIED, Outcome.APPLIED, Outcome.REFUSED]
    assert settings(guard)["encryption"]["encryption"] == "aws-owned"


def test_replicas_need_a_key_each(guard: Guard) -> None:
    make_table(guard)
    make_key(guard.aws)
    guard.aws.strict.answer("dynamodb.DescribeTable", {"Table": {
        "TableName": "orders", "TableArn": TABLE, "TableStatus": "ACTIVE", "Replicas": [{"RegionName": "us-east-1"}],
    }}, times=1)  # fmt: skip
    assert "replicas in us-east-1" in refused(guard.plan(TABLE))["encryption"]


def test_all_tables_on_all_pages_and_one_that_is_gone(guard: Guard) -> None:
    from strictly import new_table

    for number in range(3):
        new_table(guard.aws.client("dynamodb"), f"orders-{number}")
    guard.know({f"dynamodb://orders-{number}": known(Level.INTERNAL) for number in range(3)})
    guard.aws.strict.pages(1)
    assert controls(guard.protection.plan((), by="ada")) == [*["dynamodb_recovery"] * 3, "ebs_default_encryption"]
    gone = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/gone"
    (refusal,) = guard.plan(gone).refusals
    assert (refusal.resource, refusal.reason) == (gone, "not found")
