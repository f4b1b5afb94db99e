"""Keys of one's own: one for each level, account and region, found before one is made, and never deleted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, Aws
from protecting_for_tests import (
    DATABASE,
    MINE,
    PARTNER,
    PUBLIC,
    URI,
    Guard,
    action,
    controls,
    make_key,
    make_table,
    refused,
)  # fmt: skip
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


class TestGrants:
    """Whom grants of a key let use it reads what is encrypted with it, and is named before that gets another key."""

    WORKER, HELPER = f"arn:aws:iam::{ACCOUNT}:role/worker", "arn:aws:iam::999999999999:role/helper"

    @pytest.fixture
    def theirs(self, guard: Guard) -> str:
        """A bucket that is encrypted with somebody's key, by which grants let two use it."""
        guard.make()
        arn = str(guard.aws.client("kms").create_key()["KeyMetadata"]["Arn"])
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}}
        guard.s3.put_bucket_encryption(Bucket="lake", ServerSideEncryptionConfiguration={"Rules": [rule]})
        make_key(guard.aws)
        self.grant(guard, arn, self.WORKER, "Decrypt", "GenerateDataKey")
        self.grant(guard, arn, self.HELPER, "ReEncryptFrom")
        self.grant(guard, arn, f"arn:aws:iam::{ACCOUNT}:role/looker", "DescribeKey", "RetireGrant")
        return arn

    def grant(self, guard: Guard, key: str, to: str, *operations: str) -> None:
        guard.aws.client("kms").create_grant(KeyId=key, GranteePrincipal=to, Operations=list(operations))

    def test_they_are_named_and_a_person_decides(self, guard: Guard, theirs: str) -> None:
        guard.aws.strict.pages(1)
        plan = guard.plan()
        (planned,) = [each for each in plan.actions if each.action.control == "s3_encryption"]
        assert planned.action.breaks.endswith(f"; grants of {theirs} let in {self.WORKER}, {self.HELPER}")
        assert (planned.gate, "grant" in planned.because) == (Gate.REVIEW, True)
        assert "looker" not in planned.action.breaks
        # A key that is made or rotated takes nothing from anybody, and nor does any other control.
        assert [each.action.control for each in plan.actions if "grants of" in each.action.breaks] == ["s3_encryption"]

    def test_each_key_is_asked_once(self, guard: Guard, theirs: str) -> None:
        guard.make("b-lake")
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": theirs}}
        guard.s3.put_bucket_encryption(Bucket="b-lake", ServerSideEncryptionConfiguration={"Rules": [rule]})
        guard.aws.strict.calls.clear()
        plan = guard.plan(URI, "s3://b-lake")
        assert sum("grants of" in each.action.breaks for each in plan.actions) == 2
        assert len(guard.aws.strict.calls.made("kms.ListGrants")) == 1

    def test_what_cannot_be_read_is_not_nobody(self, guard: Guard, theirs: str) -> None:
        guard.aws.strict.deny("kms.ListGrants")
        (planned,) = [each for each in guard.plan().actions if each.action.control == "s3_encryption"]
        assert f"whom grants of {theirs} let use it could not be read: " in planned.action.breaks
        assert (planned.gate, planned.because) == (Gate.REVIEW, "who uses its key by grants could not be read")

    def test_a_key_that_cannot_be_seen_is_not_nobody(self, guard: Guard, tmp_path: Path) -> None:
        guard.make()
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/gone"}}
        guard.s3.put_bucket_encryption(Bucket="lake", ServerSideEncryptionConfiguration={"Rules": [rule]})
        make_key(guard.aws)
        (planned,) = [each for each in guard.plan().actions if each.action.control == "s3_encryption"]
        assert "whom grants of alias/gone let use it could not be read: the key is not there" in planned.action.breaks

    def test_of_a_table_and_of_new_volumes(self, guard: Guard, theirs: str, tmp_path: Path) -> None:
        resource = make_table(guard)
        specification = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": theirs}
        guard.aws.client("dynamodb").update_table(TableName="orders", SSESpecification=specification)
        # It is being changed until somebody has looked.
        guard.plan(resource)
        guard.aws.client("ec2").modify_ebs_default_kms_key_id(KmsKeyId=theirs)
        guard.own_policy(tmp_path, "policies: [{name: own, set: {kms_key: alias/assay-restricted}}]")
        plan = guard.plan(resource, f"ebs://{ACCOUNT}/{REGION}")
        told = {each.action.control for each in plan.actions if f"grants of {theirs} let in" in each.action.breaks}
        assert told == {"dynamodb_encryption", "ebs_default_key"}

    def test_of_what_is_replaced_by_hand(self, guard: Guard, theirs: str, tmp_path: Path) -> None:
        guard.aws.client("rds").create_db_instance(
            DBInstanceIdentifier="shop", DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20,
            MasterUsername="assay", MasterUserPassword="made-up-here", StorageEncrypted=True, KmsKeyId=theirs,
        )  # fmt: skip
        guard.own_policy(
            tmp_path, "policies: [{name: own, set: {kms_key: alias/assay-restricted, encryption: customer-key}}]"
        )
        told = refused(guard.plan(DATABASE), "by hand")["encryption"]
        assert f"grants of {theirs} let in {self.WORKER}, {self.HELPER}" in told

    def test_of_a_key_whose_policy_gets_a_condition(self, guard: Guard, tmp_path: Path) -> None:
        guard.make()
        own = make_key(guard.aws)
        self.grant(guard, own, self.HELPER, "Decrypt")
        guard.own_policy(tmp_path, "policies: [{name: own, set: {key_tag_access: clearance}}]")
        breaks = action(guard.plan(), "kms_statements").breaks
        assert breaks.endswith(f"grants of {own} let in {self.HELPER}")
