"""Keys of one's own: one for each level, account and region, found before one is made, and never deleted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from protecting_for_tests import MINE, PARTNER, PUBLIC, URI, Guard, action, controls, make_key, refused
from tagging_for_tests import known, outcomes

from assay.app.protection import protectapply as doing
from assay.model import Level
from assay.model.action import CHANGED, Gate, Outcome
from assay.protect.protection import may_be_made
from assay.store.engine import open_catalog

ALIAS = "alias/assay-restricted"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:{ALIAS}"


@pytest.fixture
def guard(aws: Aws, tmp_path: Path) -> Any:
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)


def keys(guard: Guard, region: str = REGION) -> list[str]:
    """The ARNs of the keys that people made."""
    kms = guard.aws.client("kms", region)
    found = [each["KeyArn"] for page in kms.get_paginator("list_keys").paginate() for each in page["Keys"]]
    return [arn for arn in found if kms.describe_key(KeyId=arn)["KeyMetadata"]["KeyManager"] == "CUSTOMER"]


def encrypted_with(guard: Guard, bucket: str = "lake") -> Any:
    (rule,) = guard.observe(f"s3://{bucket}").get("encryption").value["Rules"]
    return rule["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID")


def test_one_is_made_for_all_buckets_of_a_level_and_stays(guard: Guard) -> None:
    guard.make()
    guard.make("b-lake")
    guard.put_policy(PARTNER, MINE, PUBLIC)
    # Who reads something that is less sensitive gets nothing of this key.
    guard.make("c-lake", level=Level.INTERNAL)
    guard.put_policy(
        {**PARTNER, "Principal": {"AWS": "888888888888"}, "Resource": "arn:aws:s3:::c-lake/*"}, bucket="c-lake"
    )
    plan = guard.plan(URI, "s3://b-lake", "s3://c-lake")
    assert controls(plan).count("kms_key") == 1
    assert refused(plan) == {}
    assert set(outcomes(guard.apply(plan))) == {Outcome.APPLIED}
    (key,) = keys(guard)
    # S3 gets the key itself: an alias would be another key for whoever writes from another account.
    assert [encrypted_with(guard, name) for name in ("lake", "b-lake")] == [key, key]
    kms = guard.aws.client("kms")
    told = kms.describe_key(KeyId=ALIAS)["KeyMetadata"]
    assert (told["Arn"], told["KeyUsage"]) == (key, "ENCRYPT_DECRYPT")
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    account, readers = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])["Statement"]
    assert account["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    # Everybody is never let in, and whom the bucket's policy names only to read, and through S3.
    assert readers["Principal"] == {"AWS": ["arn:aws:iam::999999999999:root"]}
    assert readers["Action"] == ["kms:Decrypt", "kms:DescribeKey"]
    assert readers["Condition"] == {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}}
    assert controls(guard.plan(URI, "s3://b-lake", "s3://c-lake")) == []
    assert {each.check for each in doing.verify(guard.maker, plan.id, [each.action for each in plan.actions])} == {
        doing.Check.OK
    }
    guard.undo(plan)
    assert encrypted_with(guard) is None
    assert keys(guard) == [key]
    assert "kms_key" in [each.control for each in doing.stays(guard.catalog, plan.id, plan)]


def test_a_run_that_ended_before_the_alias_makes_no_second_one(guard: Guard) -> None:
    guard.make()
    others = {guard.aws.client("kms").create_key()["KeyMetadata"]["Arn"] for _ in range(3)}
    guard.aws.strict.fail("kms.CreateAlias", "InvalidAliasNameException", times=1)
    first = guard.plan()
    told = dict(zip(controls(first), outcomes(guard.apply(first)), strict=True))
    assert (told["kms_key"], told["s3_encryption"]) == (Outcome.FAILED, Outcome.FAILED)
    (key,) = set(keys(guard)) - others
    # It is found though it is on the last page, and others stand before it.
    guard.aws.strict.pages(1)
    second = guard.plan()
    assert action(second, "kms_key").before["key"] == "there"
    assert set(outcomes(guard.apply(second))) == {Outcome.APPLIED}
    assert len(keys(guard)) == 4
    assert encrypted_with(guard) == key


@pytest.mark.parametrize("call", ["kms.DescribeKey", "kms.ListKeys", "kms.ListResourceTags"])
def test_who_may_not_look_makes_none(guard: Guard, call: str) -> None:
    guard.make()
    guard.aws.client("kms").create_key()
    guard.aws.strict.deny(call)
    plan = guard.plan()
    assert not {"kms_key", "s3_encryption"} & set(controls(plan))
    assert "could not be seen" in refused(plan)["encryption"]


@pytest.mark.parametrize("call", ["kms.DescribeKey", "kms.ListResourceTags"])
def test_nor_between_plan_and_apply(guard: Guard, call: str) -> None:
    guard.make()
    guard.aws.client("kms").create_key()
    plan = guard.plan()
    denied = guard.aws.strict.deny(call)
    guard.apply(plan)
    denied.end()
    assert len(keys(guard)) == 1


def test_one_that_came_since_it_was_planned_is_not_made_again(guard: Guard) -> None:
    guard.make()
    plan = guard.plan()
    make_key(guard.aws)
    guard.apply(plan)
    assert len(keys(guard)) == 1


def test_nor_is_one_changed_that_came_since(guard: Guard) -> None:
    guard.make()
    plan = guard.plan()
    guard.aws.client("kms").disable_key_rotation(KeyId=make_key(guard.aws))
    told = {receipt.action: receipt for receipt in guard.apply(plan)}[action(plan, "kms_key").id]
    assert (told.outcome, told.reason) == (Outcome.REFUSED, CHANGED)


def test_without_a_person_neither_the_key_nor_what_needs_it(guard: Guard) -> None:
    guard.make(level=Level.RESTRICTED)
    plan = guard.plan()
    ready, waiting = may_be_made(plan, 0, second=None)
    assert {"kms_key", "s3_encryption"} <= {each.planned.action.control for each in waiting}
    assert "s3_versioning" in [each.action.control for each in ready]
    assert {each.gate for each in plan.actions if each.action.control == "kms_key"} == {Gate.REVIEW}


def test_rotation_of_ones_own_and_back(guard: Guard, tmp_path: Path) -> None:
    guard.make()
    kms = guard.aws.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    guard.own_policy(tmp_path, f"policies: [{{name: own, set: {{kms_key: '{key}'}}}}]")
    plan = guard.plan()
    assert action(plan, "kms_rotation").resource == key
    guard.apply(plan)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is True
    assert controls(guard.plan()) == []
    guard.undo(plan)
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False


def test_each_region_has_its_own(guard: Guard) -> None:
    guard.make()
    guard.aws.client("s3", "us-east-1").create_bucket(Bucket="far")
    guard.know({"s3://far/a.csv": known(Level.RESTRICTED)})
    plan = guard.plan(URI, "s3://far")
    assert set(outcomes(guard.apply(plan))) == {Outcome.APPLIED}
    assert (len(keys(guard)), len(keys(guard, "us-east-1"))) == (1, 1)
    assert encrypted_with(guard, "far") == keys(guard, "us-east-1")[0]


def test_an_alias_that_is_moved_to_another_key_is_drift(guard: Guard) -> None:
    guard.make()
    plan = guard.plan()
    guard.apply(plan)
    kms = guard.aws.client("kms")
    kms.update_alias(AliasName=ALIAS, TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    checks = {
        each.action.control: each.check for each in doing.verify(guard.maker, plan.id, [action(plan, "s3_encryption")])
    }
    assert checks == {"s3_encryption": doing.Check.DIFFERS}
