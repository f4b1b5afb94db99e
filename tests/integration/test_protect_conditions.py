"""Who reads and deletes by a condition, in an emulated account: asked for by a policy, put beside what others wrote, read back, taken back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from awsservers import Aws
from protecting_for_tests import BUCKET, MINE, PUBLIC, URI, Guard, action, controls, make_key, refused, set_state

from assay.model import Level
from assay.model.action import Outcome, Plan
from assay.protect.bucketpolicy import LONGEST, size
from assay.protect.protection import may_be_made
from assay.store.engine import open_catalog

ASKED = "policies: [{name: own, set: {tag_access: clearance, mfa_to_delete: true, key_tag_access: clearance}}]"
SIDS = ["AssayTagAccessConfidential", "AssayTagAccessRestricted", "AssayMfaToDelete"]
KMS = "kms_statements"


@pytest.fixture
def guard(aws: Aws, tmp_path: Path) -> Any:
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        made = Guard(aws=aws, catalog=catalog)
        made.own_policy(tmp_path, ASKED)
        yield made


def key_policy(guard: Guard, key: str) -> Any:
    return json.loads(guard.aws.client("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"])


def outcomes(guard: Guard, plan: Plan) -> set[Outcome]:
    return {receipt.outcome for receipt in guard.apply(plan)}


def test_asked_for_made_and_taken_back(guard: Guard) -> None:
    guard.make()
    guard.put_policy(MINE)
    key = make_key(guard.aws)
    before = key_policy(guard, key)
    plan = guard.plan()
    assert controls(plan).count("s3_statements") == 2
    of_key = action(plan, KMS)
    assert (of_key.resource, of_key.found["level"]) == (key, "restricted")
    assert all(
        str(each.gate) == "review" and each.action.breaks
        for each in plan.actions
        if each.action.control in ("s3_statements", KMS)
    )
    # The bucket's statements come before public access is blocked, the key's after all else.
    assert (
        controls(plan).index("s3_statements")
        < controls(plan).index("s3_public_access_block")
        < controls(plan).index(KMS)
    )
    assert outcomes(guard, plan) == {Outcome.APPLIED}
    assert guard.statements() == ["Mine", "AssayTlsOnly", *SIDS]
    assert key_policy(guard, key)["Statement"][:-1] == before["Statement"]
    assert key_policy(guard, key)["Statement"][-1]["Effect"] == "Deny"
    again = guard.plan()
    assert not {"s3_statements", KMS} & set(controls(again))
    assert {receipt.outcome for receipt in guard.undo(plan)} == {Outcome.UNDONE}
    assert (guard.statements(), key_policy(guard, key)) == (["Mine"], before)


def test_two_people_for_the_key_of_a_restricted_bucket(guard: Guard) -> None:
    guard.make()
    make_key(guard.aws)
    ready, waiting = may_be_made(guard.plan(), 1, second=Level.RESTRICTED)
    assert KMS in [each.planned.action.control for each in waiting]
    assert KMS not in [each.action.control for each in ready]


def test_two_buckets_of_a_level_share_one_statement_of_its_key(guard: Guard) -> None:
    guard.make()
    guard.make("b-lake")
    key = make_key(guard.aws)
    plan = guard.plan(URI, "s3://b-lake")
    assert controls(plan).count(KMS) == 1
    assert outcomes(guard, plan) == {Outcome.APPLIED}
    assert len(key_policy(guard, key)["Statement"]) == 2


def test_buckets_of_a_key_that_somebody_named_have_one_each(guard: Guard, tmp_path: Path) -> None:
    guard.own_policy(tmp_path, ASKED.replace("{tag_access", "{kms_key: alias/theirs, tag_access"))
    guard.make()
    guard.make("b-lake", Level.CONFIDENTIAL)
    client = guard.aws.client("kms")
    key = client.create_key()["KeyMetadata"]["Arn"]
    client.create_alias(AliasName="alias/theirs", TargetKeyId=key)
    guard.own_policy(
        tmp_path, "policies: [{name: own, set: {kms_key: alias/theirs, encryption: customer-key, key_tag_access: clearance}}]"
    )  # fmt: skip
    plan = guard.plan(URI, "s3://b-lake")
    assert controls(plan).count(KMS) == 2
    assert outcomes(guard, plan) == {Outcome.APPLIED}
    _, *told = key_policy(guard, key)["Statement"]
    assert sorted(each["Condition"]["StringLike"]["kms:EncryptionContext:aws:s3:arn"] for each in told) == [
        ["arn:aws:s3:::b-lake", "arn:aws:s3:::b-lake/*"], ["arn:aws:s3:::lake", "arn:aws:s3:::lake/*"]
    ]  # fmt: skip


def test_a_statement_that_was_made_otherwise_is_brought_up_to_date(guard: Guard, tmp_path: Path) -> None:
    guard.make()
    make_key(guard.aws)
    guard.apply(guard.plan())
    guard.own_policy(tmp_path, ASKED.replace("tag_access: clearance", "tag_access: team"))
    plan = guard.plan()
    found = [each.action for each in plan.actions if each.action.control == "s3_statements"]
    assert [bool(each.before["statement AssayTagAccessRestricted"]) for each in found] == [True]
    assert outcomes(guard, plan) <= {Outcome.APPLIED}
    assert "aws:PrincipalTag/team" in json.dumps(json.loads(guard.s3.get_bucket_policy(Bucket=BUCKET)["Policy"]))
    guard.undo(plan)
    assert "aws:PrincipalTag/clearance" in json.dumps(json.loads(guard.s3.get_bucket_policy(Bucket=BUCKET)["Policy"]))


def test_a_bucket_without_versions_needs_a_factor_to_delete_objects(guard: Guard, tmp_path: Path) -> None:
    guard.own_policy(tmp_path, "policies: [{name: own, set: {mfa_to_delete: true, versioning: false}}]")
    guard.make()
    ((_, told),) = next(
        each.action.after.items() for each in guard.plan().actions if "statement AssayMfaToDelete" in each.action.after
    )
    assert "s3:DeleteObject" in told["Action"]


@pytest.mark.parametrize(
    ("happens", "reason", "detail"),
    [
        ("state", "no key", "PendingDeletion"),
        ("policy", "key not seen", "could not be read"),
        ("long", "no room", "room for 32,768"),
    ],
)
def test_a_key_that_cannot_be_changed_is_told(guard: Guard, happens: str, reason: str, detail: str) -> None:
    guard.make()
    key = make_key(guard.aws)
    if happens == "state":
        set_state(key, "PendingDeletion")
    elif happens == "policy":
        guard.aws.strict.deny("kms.GetKeyPolicy")
    else:
        document = key_policy(guard, key)
        document["Id"] = "x" * (32_768 - size(document) - 100)
        text = json.dumps(document, separators=(",", ":"))
        guard.aws.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=text)
    assert detail in refused(guard.plan(), reason)["key_tag_access"]


def test_what_of_a_bucket_is_refused(guard: Guard) -> None:
    guard.make()
    guard.put_policy({**MINE, "Resource": f"{MINE['Resource']}{'x' * (LONGEST - 800)}"})
    assert set(refused(guard.plan(), "no room")) >= {"tag_access"}
    guard.aws.strict.deny("s3.GetBucketPolicy")
    assert set(refused(guard.plan(), "access denied")) >= {"tag_access", "mfa_to_delete"}


def test_a_public_bucket_that_blocks_policies_is_refused(guard: Guard) -> None:
    guard.make()
    guard.put_policy(PUBLIC)
    block = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
    guard.s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=block)
    assert set(refused(guard.plan(), "its policy is public")) >= {"tag_access", "mfa_to_delete"}


def test_a_key_that_is_made_by_the_same_plan_is_next_time(guard: Guard) -> None:
    guard.make()
    plan = guard.plan()
    assert "plan again once it is there" in refused(plan, "by hand")["key_tag_access"]
    assert outcomes(guard, plan) == {Outcome.APPLIED}
    assert controls(guard.plan()) == [KMS]


def test_aws_s_own_key_is_nobody_s_to_change(guard: Guard) -> None:
    guard.make(level=Level.CONFIDENTIAL)
    assert "policies that nobody changes" in refused(guard.plan(), "by hand")["key_tag_access"]
