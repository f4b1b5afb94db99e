"""A name that something else has by now: what was made of the first one is not taken back from the second, which would open it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from awsservers import Aws
from protecting_for_tests import DATABASE, TABLE, URI, Guard, make_database, make_key, make_table
from tagging_for_tests import outcomes

from assay.app.protection.anew import ANEW
from assay.aws import rdssettings, tablesettings
from assay.model.action import Outcome, Plan
from assay.store.engine import open_catalog


@pytest.fixture
def guard(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guard]:
    monkeypatch.setattr(tablesettings, "_SECONDS", 0.0)
    monkeypatch.setattr(rdssettings, "_PAUSES", (0.0,) * 4)
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        made = Guard(aws=aws, catalog=catalog)
        make_key(aws)
        yield made


def applied(guard: Guard, target: str) -> Plan:
    """A plan that was applied yesterday."""
    plan, today = guard.plan(target), guard.maker
    guard.maker = replace(today, now=lambda: datetime.now(UTC) - timedelta(days=1))
    assert set(outcomes(guard.apply(plan))) == {Outcome.APPLIED}
    guard.maker = today
    return plan


def anew(guard: Guard, plan: Plan) -> set[str]:
    """The controls that are not taken back for that reason."""
    controls = {each.action.id: each.action.control for each in plan.actions}
    return {controls[each.action] for each in guard.undo(plan) if each.reason == ANEW}


def test_a_bucket_is_not_opened(guard: Guard) -> None:
    guard.make()
    plan = applied(guard, URI)
    guard.s3.delete_bucket(Bucket="lake")
    guard.make(is_open=False)
    for _ in range(2):
        assert {"s3_public_access_block", "s3_acls_off", "s3_tls_only"} <= anew(guard, plan)
        assert set(guard.observe().get("public_access_block").value.values()) == {True}


def test_one_that_is_the_same_is_whatever_others_changed(guard: Guard) -> None:
    guard.make()
    plan = applied(guard, URI)
    guard.s3.delete_bucket_encryption(Bucket="lake")
    guard.s3.delete_bucket_lifecycle(Bucket="lake")
    assert anew(guard, plan) == set()
    assert guard.observe().get("public_access_block").value is None


def test_an_instance_does_not_become_public(guard: Guard) -> None:
    make_database(guard)
    plan = applied(guard, DATABASE)
    controls = {each.action.control for each in plan.actions if each.action.resource == DATABASE}
    assert "rds_private" in controls
    rds = guard.aws.client("rds")
    rds.modify_db_instance(DBInstanceIdentifier="shop", DeletionProtection=False)
    rds.delete_db_instance(DBInstanceIdentifier="shop", SkipFinalSnapshot=True)
    make_database(guard, PubliclyAccessible=False, DeletionProtection=True)
    assert anew(guard, plan) == controls
    (shop,) = rds.describe_db_instances(DBInstanceIdentifier="shop")["DBInstances"]
    assert (shop["PubliclyAccessible"], shop["DeletionProtection"]) == (False, True)


def test_a_table_keeps_what_it_has(guard: Guard) -> None:
    make_table(guard)
    plan = applied(guard, TABLE)
    dynamodb = guard.aws.client("dynamodb")
    dynamodb.update_table(TableName="orders", DeletionProtectionEnabled=False)
    while dynamodb.describe_table(TableName="orders")["Table"]["TableStatus"] != "ACTIVE":
        pass
    dynamodb.delete_table(TableName="orders")
    make_table(guard)
    while dynamodb.describe_table(TableName="orders")["Table"]["TableStatus"] != "ACTIVE":
        pass
    dynamodb.update_table(TableName="orders", DeletionProtectionEnabled=True)
    assert "dynamodb_deletion_protection" in anew(guard, plan)
    assert dynamodb.describe_table(TableName="orders")["Table"]["DeletionProtectionEnabled"] is True
