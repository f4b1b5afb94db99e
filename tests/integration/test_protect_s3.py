"""Buckets are observed, planned for, protected, verified and taken back, where AWS refuses what it refuses."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, REGION, TESTS, Aws
from protecting_for_tests import (
    ALL,
    LOGS,
    MINE,
    PARTNER,
    PUBLIC,
    URI,
    VOLUMES,
    Guard,
    action,
    controls,
    make_key,
    refused,
    set_state,
)
from tagging_for_tests import NOW, known, outcomes

from assay.app.protection import protectapply as doing
from assay.app.protection.applying import DIFFERS, EARLIER, Maker
from assay.errors import UsageError
from assay.model import Level
from assay.model.action import CHANGED, Action, Gate, Outcome, Plan, State
from assay.model.protection import ResourceState
from assay.model.review import Phase
from assay.protect.s3bucket import ORDER
from assay.store import journal, plans
from assay.store.engine import Catalog, open_catalog
from assay.store.schema.protect import action_claims


@pytest.fixture
def guard(aws: Aws, tmp_path: Path) -> Any:
    with open_catalog(f"sqlite:///{tmp_path / 'catalog.db'}", create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)


def settings(state: ResourceState) -> dict[str, Any]:
    """All that is set, but for what can never be as it was: versioning is only suspended."""
    told = {name: setting.value for name, setting in state.settings.items()}
    return told | {"versioning": (told["versioning"] or {}).get("Status") == "Enabled"}


class TestWhole:
    def test_everything_is_made_once_and_taken_back(self, guard: Guard) -> None:
        guard.make()
        key = make_key(guard.aws)
        guard.put_policy(PARTNER, MINE)
        rule = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 3}}
        guard.s3.put_bucket_lifecycle_configuration(
            Bucket="lake",
            LifecycleConfiguration={"Rules": [rule]},
            TransitionDefaultMinimumObjectSize="varies_by_storage_class",
        )
        before = guard.observe()
        plan = guard.plan()
        assert controls(plan) == list(ALL)
        assert refused(plan) == {}
        assert outcomes(guard.apply(plan)) == [Outcome.APPLIED] * len(ALL)
        now = guard.observe()
        assert guard.statements() == ["Partner", "Mine", "AssayTlsOnly"]
        assert all(now.get("public_access_block").value.values())
        assert now.get("ownership").value == "BucketOwnerEnforced"
        (encrypted,) = now.get("encryption").value["Rules"]
        assert encrypted["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
        assert [each["ID"] for each in now.get("lifecycle").value["Rules"]] == [
            "theirs",
            "assay-uploads",
            "assay-versions",
        ]
        assert now.get("lifecycle").value["TransitionDefaultMinimumObjectSize"] == "varies_by_storage_class"
        assert now.get("logging").value["TargetBucket"] == LOGS.removeprefix("s3://")
        # Whose bucket it is, is said with every call on one.
        calls = [
            call
            for call in guard.aws.strict.calls
            if call.name.startswith("s3.") and TESTS not in call.request.environ["HTTP_USER_AGENT"]
        ]
        assert {call.name for call in calls if "ExpectedBucketOwner" not in call.parameters} == {"s3.CreateBucket"}
        # Twice is once.
        guard.aws.strict.calls.clear()
        again = guard.plan()
        assert (controls(again), refused(again)) == ([], {})
        assert {each.control for each in again.refusals} == {"object_lock", "mfa_delete"}
        assert [
            call.name
            for call in guard.aws.strict.calls
            if not call.name.split(".")[1].startswith(("Get", "List", "Desc"))
        ] == []
        assert outcomes(guard.apply(plan)) == [Outcome.UNCHANGED] * len(ALL)
        # Taken back, all is as it was; the bucket of logs stays.
        assert outcomes(guard.undo(plan)) == [Outcome.UNDONE] * (len(ALL) - 1)
        assert settings(guard.observe()) == settings(before)
        assert [each.resource for each in doing.stays(guard.catalog, plan.id, plan)] == [LOGS]

    @pytest.mark.parametrize("level", [Level.INTERNAL, Level.CONFIDENTIAL, None])
    def test_every_level_asks_for_its_own(self, guard: Guard, level: Level | None) -> None:
        guard.make(level=level)
        make_key(guard.aws)
        wanted = ["s3_log_bucket", "s3_tls_only", "s3_public_access_block", "s3_acls_off", "s3_logging"]
        if level in (Level.CONFIDENTIAL, Level.RESTRICTED):
            wanted[4:4] = ["s3_encryption", "s3_versioning", "s3_lifecycle"]
        plan = guard.plan()
        assert controls(plan) == wanted
        guard.apply(plan)
        assert controls(guard.plan()) == []
        algorithm = "AES256" if level not in (Level.CONFIDENTIAL, Level.RESTRICTED) else "aws:kms"
        (rule,) = guard.observe().get("encryption").value["Rules"]
        assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == algorithm

    @pytest.mark.parametrize("seed", range(3))
    def test_whatever_is_there_a_second_plan_has_nothing_to_do(self, guard: Guard, seed: int) -> None:
        chance = random.Random(seed)
        level = chance.choice(list(Level)[:4])
        guard.make(level=level, is_open=chance.random() < 0.7)
        make_key(guard.aws)
        _anything(guard, chance)
        before = guard.observe()
        plan = guard.plan()
        receipts = guard.apply(plan)
        assert set(outcomes(receipts)) <= {Outcome.APPLIED}
        assert controls(guard.plan()) == []
        guard.undo(plan)
        assert settings(guard.observe()) == settings(before)


def _anything(guard: Guard, chance: random.Random) -> None:
    """What people leave behind, some of it."""
    s3 = guard.s3
    kept = [each for each in (PARTNER, MINE) if chance.random() < 0.5]
    if kept:
        guard.put_policy(*kept)
    if chance.random() < 0.5:
        flags = {name: chance.random() < 0.5 for name in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy",
                                                          "RestrictPublicBuckets")}  # fmt: skip
        s3.put_public_access_block(Bucket="lake", PublicAccessBlockConfiguration=flags)
    if chance.random() < 0.5:
        s3.put_bucket_versioning(
            Bucket="lake", VersioningConfiguration={"Status": chance.choice(["Enabled", "Suspended"])}
        )
    if chance.random() < 0.5:
        days = chance.choice([1, 30])
        rule = {
            "ID": "own",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": days},
        }
        s3.put_bucket_lifecycle_configuration(Bucket="lake", LifecycleConfiguration={"Rules": [rule]})
    if chance.random() < 0.5:
        s3.put_bucket_tagging(Bucket="lake", Tagging={"TagSet": [{"Key": "Team", "Value": "hr"}]})


class TestObserve:
    CALLS = {
        "s3.GetBucketEncryption": ("encryption", "s3_encryption"),
        "s3.GetBucketPolicy": ("policy", "s3_tls_only"),
        "s3.GetPublicAccessBlock": ("public_access_block", "s3_public_access_block"),
        "s3.GetBucketOwnershipControls": ("ownership", "s3_acls_off"),
        "s3.GetBucketVersioning": ("versioning", "s3_versioning"),
        "s3.GetBucketLifecycleConfiguration": ("lifecycle", "s3_lifecycle"),
        "s3.GetBucketLogging": ("logging", "s3_logging"),
        "s3.GetBucketAcl": ("acl", "s3_acls_off"),
        "s3.GetBucketTagging": ("tags", ""),
        "s3.GetBucketWebsite": ("website", ""),
        "s3control.GetPublicAccessBlock": ("account_block", ""),
        "cloudfront.ListDistributions": ("distributions", ""),
    }

    def test_what_may_not_be_read_is_unknown_and_stops_nothing(self, guard: Guard) -> None:
        guard.make()
        make_key(guard.aws)
        for call, (name, own) in self.CALLS.items():
            injection = guard.aws.strict.deny(call)
            plan, state = guard.plan(), guard.observe()
            injection.end()
            assert [each for each, setting in state.settings.items() if not setting.is_known] == [name]
            assert state.get(name).reason == "access denied"
            assert (own in controls(plan)) is False
            assert any(each.reason == "access denied" for each in plan.refusals) is bool(own)
            # All else is planned for.
            assert len(controls(plan)) >= len(ALL) - 3, call

    def test_nothing_is_public_by_not_being_seen(self, guard: Guard) -> None:
        guard.make()
        guard.aws.strict.deny("s3.GetBucketWebsite")
        (block,) = [each for each in guard.plan().actions if each.action.control == "s3_public_access_block"]
        assert block.gate is Gate.REVIEW
        assert "whether it is a website could not be read" in block.action.breaks

    def test_copies_that_nobody_saw_are_not_none(self, guard: Guard) -> None:
        guard.make()
        make_key(guard.aws)
        guard.aws.strict.deny("s3.GetBucketReplication")
        (made,) = [each for each in guard.plan().actions if each.action.control == "s3_encryption"]
        assert (made.gate, "whom it is replicated to could not be read" in made.action.breaks) == (Gate.REVIEW, True)

    def test_all_buckets_on_all_pages(self, guard: Guard) -> None:
        for number in range(5):
            guard.make(f"lake-{number}", level=Level.INTERNAL)
        guard.aws.strict.pages(2)
        assert {each.resource for each in guard.protection.observe(guard.protection.resources(()))} == {
            *(f"s3://lake-{number}" for number in range(5)),
            VOLUMES,
        }

    def test_a_bucket_of_another_account_and_one_that_is_gone(self, guard: Guard) -> None:
        guard.make(level=Level.INTERNAL)
        guard.aws.strict.deny("s3.GetBucketLocation", bucket="theirs")
        plan = guard.plan("s3://theirs", "s3://gone", URI)
        assert {each.resource: each.reason for each in plan.refusals if each.control == "observe"} == {
            "s3://theirs": "access denied",
            "s3://gone": "not found",
        }
        assert URI in {each.action.resource for each in plan.actions}

    def test_distributions_on_every_page(self, guard: Guard) -> None:
        guard.make()
        guard.aws.strict.answer(
            "cloudfront.ListDistributions", lambda request: _distributions(request.parameters.get("Marker"))
        )
        told = action(guard.plan(), "s3_public_access_block").breaks
        assert "CloudFront reads it as everybody does (distribution E2)" in told

    def test_another_region(self, guard: Guard) -> None:
        other = guard.aws.client("s3", "us-east-1")
        other.create_bucket(Bucket="lake")
        guard.know({f"{URI}/a.csv": known(Level.INTERNAL)})
        plan = guard.plan()
        logs = f"s3://assay-access-logs-{ACCOUNT}-us-east-1"
        assert action(plan, "s3_log_bucket").resource == logs
        assert set(outcomes(guard.apply(plan))) == {Outcome.APPLIED}
        assert guard.observe(logs).region == "us-east-1"


def _distributions(marker: str | None) -> dict[str, Any]:
    """Two pages, of which the second has one that reads without signing."""
    signed = {"Id": "E1", "Origins": _origins("lake.s3.eu-west-1.amazonaws.com", "OAC1")}
    plainly = {"Id": "E2", "Origins": _origins("lake.s3-website-eu-west-1.amazonaws.com", "")}
    page = signed if not marker else plainly
    nothing: dict[str, Any] = {"Quantity": 0}
    whole = {
        "ARN": "arn:aws:cloudfront::1:d", "Status": "Deployed", "DomainName": "d.cloudfront.net", "Comment": "",
        "LastModifiedTime": NOW, "CustomErrorResponses": nothing, "Aliases": nothing, "CacheBehaviors": nothing,
        "PriceClass": "PriceClass_All", "Enabled": True, "HttpVersion": "http2", "IsIPV6Enabled": True, "WebACLId": "",
        "Staging": False, "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
        "ViewerCertificate": {}, "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all"}, **page,
    }  # fmt: skip
    found: dict[str, Any] = {
        "Marker": marker or "",
        "MaxItems": 1,
        "IsTruncated": not marker,
        "Quantity": 1,
        "Items": [whole],
    }
    return {"DistributionList": found | ({} if marker else {"NextMarker": "2"})}


def _origins(host: str, control: str) -> dict[str, Any]:
    return {"Quantity": 1, "Items": [{"Id": "o", "DomainName": host, "OriginAccessControlId": control}]}


class TestWhoLoses:
    def test_a_public_policy_is_named_and_waits_for_a_person(self, guard: Guard) -> None:
        guard.make()
        guard.put_policy(PUBLIC, PARTNER)
        plan = guard.plan()
        (block,) = [each for each in plan.actions if each.action.control == "s3_public_access_block"]
        assert block.gate is Gate.REVIEW
        assert "everybody (Public)" in block.action.breaks
        assert "arn:aws:iam::999999999999:root (Partner)" in block.action.breaks
        # In this order: S3 takes no policy of a bucket that is public once that is blocked.
        assert outcomes(guard.apply(plan)) == [Outcome.APPLIED] * len(controls(plan))
        assert guard.statements() == ["Public", "Partner", "AssayTlsOnly"]

    def test_a_public_policy_behind_a_block_is_not_written_over(self, guard: Guard) -> None:
        guard.make()
        guard.put_policy(PUBLIC)
        guard.s3.put_public_access_block(Bucket="lake", PublicAccessBlockConfiguration={"BlockPublicPolicy": True})
        plan = guard.plan()
        assert "s3_tls_only" not in controls(plan)
        assert "takes no policy" in refused(plan)["tls_only"]

    def test_nor_behind_the_accounts_block(self, guard: Guard) -> None:
        guard.make()
        guard.put_policy(PUBLIC)
        guard.aws.client("s3control").put_public_access_block(
            AccountId=ACCOUNT, PublicAccessBlockConfiguration={"BlockPublicPolicy": True}
        )
        assert "takes no policy" in refused(guard.plan())["tls_only"]

    def test_flags_that_are_on_stay_on(self, guard: Guard) -> None:
        guard.make(level=Level.INTERNAL)
        guard.s3.put_public_access_block(
            Bucket="lake", PublicAccessBlockConfiguration={"IgnorePublicAcls": True, "BlockPublicAcls": True}
        )
        plan = guard.plan()
        assert set(action(plan, "s3_public_access_block").after) == {"BlockPublicPolicy", "RestrictPublicBuckets"}
        guard.apply(plan)
        assert all(guard.observe().get("public_access_block").value.values())
        guard.undo(plan)
        assert guard.observe().get("public_access_block").value == {
            "BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": False, "RestrictPublicBuckets": False,
        }  # fmt: skip

    def test_copies_in_another_bucket(self, guard: Guard) -> None:
        guard.make(level=Level.CONFIDENTIAL)
        for name in ("lake", "copies"):
            if name != "lake":
                guard.make(name, None)
            guard.s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        rule = {"ID": "all", "Priority": 1, "Filter": {"Prefix": ""}, "Status": "Enabled",
                "DeleteMarkerReplication": {"Status": "Disabled"}, "Destination": {"Bucket": "arn:aws:s3:::copies"}}  # fmt: skip
        role = f"arn:aws:iam::{ACCOUNT}:role/copies"
        guard.s3.put_bucket_replication(Bucket="lake", ReplicationConfiguration={"Role": role, "Rules": [rule]})
        (made,) = [each for each in guard.plan().actions if each.action.control == "s3_encryption"]
        assert made.gate is Gate.REVIEW
        told = "its replication to arn:aws:s3:::copies, which leaves out what is encrypted with a key in KMS"
        assert made.action.breaks.endswith(told)
        off = {**rule, "Status": "Disabled"}
        guard.s3.put_bucket_replication(Bucket="lake", ReplicationConfiguration={"Role": role, "Rules": [off]})
        assert "replication" not in action(guard.plan(), "s3_encryption").breaks

    def test_a_website(self, guard: Guard) -> None:
        guard.make()
        guard.s3.put_bucket_website(Bucket="lake", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
        assert "it is a website" in action(guard.plan(), "s3_public_access_block").breaks

    def test_access_control_lists_that_let_others_in(self, guard: Guard) -> None:
        guard.make()
        guard.s3.put_bucket_acl(Bucket="lake", ACL="public-read")
        plan = guard.plan()
        assert "s3_acls_off" not in controls(plan)
        assert "AllUsers (READ)" in refused(plan)["acls_off"]
        assert "access control list lets in AllUsers" in action(plan, "s3_public_access_block").breaks

    def test_others_are_not_locked_out_by_awss_own_key(self, guard: Guard) -> None:
        guard.make(level=Level.CONFIDENTIAL)
        guard.put_policy(PARTNER)
        plan = guard.plan()
        assert "s3_encryption" not in controls(plan)
        assert "arn:aws:iam::999999999999:root (Partner)" in refused(plan)["encryption"]

    def test_with_ones_own_key_they_are_named(self, guard: Guard) -> None:
        guard.make()
        make_key(guard.aws)
        guard.put_policy(PARTNER)
        (encryption,) = [each for each in guard.plan().actions if each.action.control == "s3_encryption"]
        assert (encryption.gate, encryption.because) == (Gate.REVIEW, "those who read it need the key")
        assert "Partner" in encryption.action.breaks


class TestKeys:
    def test_without_the_key_that_is_named_it_is_refused_and_the_rest_is_planned(
        self, guard: Guard, tmp_path: Path
    ) -> None:
        guard.make()
        guard.own_policy(tmp_path, "policies: [{name: own, set: {kms_key: alias/theirs}}]")
        plan = guard.plan()
        assert refused(plan) == {
            "encryption": "key alias/theirs in eu-west-1 is not there; make it usable, or name another with kms_key"
        }
        assert "s3_versioning" in controls(plan)

    def test_a_key_that_cannot_be_used(self, guard: Guard) -> None:
        guard.make()
        key = make_key(guard.aws)
        denied = guard.aws.strict.deny("kms.DescribeKey")
        assert "could not be seen" in refused(guard.plan())["encryption"]
        denied.end()
        for state in ("Disabled", "PendingDeletion"):
            set_state(key, state)
            assert f"is {state}" in refused(guard.plan())["encryption"]

    def test_a_key_that_goes_between_plan_and_apply(self, guard: Guard) -> None:
        guard.make()
        key = make_key(guard.aws)
        plan = guard.plan()
        set_state(key, "PendingDeletion")
        told = {
            receipt.reason: receipt.outcome for receipt in guard.apply(plan) if receipt.outcome is not Outcome.APPLIED
        }
        assert told == {"key denied": Outcome.REFUSED, EARLIER: Outcome.REFUSED}
        (rule,) = guard.observe().get("encryption").value["Rules"]
        assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"

    def test_another_key_of_ones_own_is_no_worse_and_awss_is(self, guard: Guard) -> None:
        guard.make()
        make_key(guard.aws)
        other = guard.aws.client("kms").create_key()["KeyMetadata"]["Arn"]
        _encrypt(guard, other)
        # The policy asks for the level's key.
        assert action(guard.plan(), "s3_encryption").before["key"] == other
        _encrypt(guard, None)
        assert action(guard.plan(), "s3_encryption").before["key"] is None

    def test_what_else_the_rule_says_stays(self, guard: Guard) -> None:
        guard.make()
        key = make_key(guard.aws)
        blocked = {"EncryptionType": ["SSE-C"]}
        guard.aws.strict.answer(
            "s3.GetBucketEncryption",
            {"ServerSideEncryptionConfiguration": {"Rules": [
                {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BlockedEncryptionTypes": blocked}
            ]}},
            times=2,
        )  # fmt: skip
        plan = guard.plan()
        guard.apply(plan)
        (call,) = guard.aws.strict.calls.made("s3.PutBucketEncryption")
        (rule,) = call.parameters["ServerSideEncryptionConfiguration"]["Rules"]
        assert rule["BlockedEncryptionTypes"] == blocked
        assert rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"] == key


def _encrypt(guard: Guard, key: str | None) -> None:
    default = {"SSEAlgorithm": "aws:kms"} | ({} if key is None else {"KMSMasterKeyID": key})
    guard.s3.put_bucket_encryption(
        Bucket="lake", ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": default}]}
    )


class TestChangedMeanwhile:
    """What was changed since it was planned stops that resource, and is not written over."""

    CHANGES: dict[str, Callable[[Guard], Any]] = {
        "s3_tls_only": lambda guard: guard.put_policy(MINE),
        "s3_public_access_block": lambda guard: guard.s3.put_bucket_website(
            Bucket="lake", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}}
        ),
        "s3_acls_off": lambda guard: guard.s3.put_bucket_acl(Bucket="lake", ACL="public-read"),
        "s3_encryption": lambda guard: _encrypt(guard, None),
        "s3_lifecycle": lambda guard: guard.s3.put_bucket_lifecycle_configuration(
            Bucket="lake",
            LifecycleConfiguration={"Rules": [{"ID": "assay-uploads", "Status": "Disabled", "Filter": {"Prefix": ""},
                                               "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}]},
        ),
        "s3_logging": lambda guard: _log_elsewhere(guard),
    }  # fmt: skip

    @pytest.mark.parametrize("control", CHANGES)
    def test_it_is_refused_and_nothing_after_it_is_made(self, guard: Guard, control: str) -> None:
        guard.make()
        make_key(guard.aws)
        plan = guard.plan()
        self.CHANGES[control](guard)
        told = {
            plan_action.action.control: receipt
            for plan_action, receipt in zip(plan.actions, guard.apply(plan), strict=True)
        }
        first = next(each for each in told if told[each].outcome is Outcome.REFUSED)
        assert told[first].reason == CHANGED
        after = [each for each in ORDER[ORDER.index(first) + 1 :] if each in told]
        assert {told[each].reason for each in after} <= {EARLIER}
        # Planned anew it is taken into account.
        assert set(outcomes(guard.apply(guard.plan()))) <= {Outcome.APPLIED}

    def test_what_others_write_between_plan_and_apply_stays(self, guard: Guard) -> None:
        guard.make()
        make_key(guard.aws)
        plan = guard.plan()
        rule = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "x/"}, "Expiration": {"Days": 3}}
        guard.s3.put_bucket_lifecycle_configuration(Bucket="lake", LifecycleConfiguration={"Rules": [rule]})
        guard.apply(plan)
        assert guard.observe().get("lifecycle").value["Rules"][0]["ID"] == "theirs"

    def test_what_others_changed_since_is_not_taken_back(self, guard: Guard) -> None:
        guard.make(level=Level.INTERNAL)
        plan = guard.plan()
        guard.apply(plan)
        guard.s3.put_public_access_block(Bucket="lake", PublicAccessBlockConfiguration={"BlockPublicAcls": True})
        told = {receipt.outcome for receipt in guard.undo(plan)}
        assert Outcome.UNDO_FAILED in told
        assert guard.observe().get("public_access_block").value["BlockPublicAcls"] is True


def _log_elsewhere(guard: Guard) -> None:
    guard.s3.create_bucket(Bucket="others", CreateBucketConfiguration={"LocationConstraint": REGION})
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"},
              "Action": "s3:PutObject", "Resource": "arn:aws:s3:::others/*"}]}  # fmt: skip
    guard.s3.put_bucket_policy(Bucket="others", Policy=json.dumps(policy))
    guard.s3.put_bucket_logging(
        Bucket="lake", BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "others", "TargetPrefix": ""}}
    )


class TestLogs:
    def test_the_bucket_of_logs_has_no_log_of_its_own_and_no_key(self, guard: Guard) -> None:
        guard.make(level=Level.CONFIDENTIAL)
        guard.apply(guard.plan())
        guard.know({f"{LOGS}/x": known(Level.RESTRICTED)})
        plan = guard.plan(LOGS)
        assert not {"s3_logging", "s3_encryption", "s3_log_bucket"} & set(controls(plan))
        guard.apply(plan)
        assert "AssayLogDelivery" in guard.statements(LOGS.removeprefix("s3://"))

    def test_one_bucket_for_all_of_a_region(self, guard: Guard) -> None:
        guard.make("a-lake", level=Level.INTERNAL)
        guard.make("b-lake", level=Level.INTERNAL)
        plan = guard.plan("s3://a-lake", "s3://b-lake")
        assert controls(plan).count("s3_log_bucket") == 1
        assert set(outcomes(guard.apply(plan))) == {Outcome.APPLIED}

    def test_one_of_the_users_is_used_as_it_is(self, guard: Guard, tmp_path: Path) -> None:
        guard.make(level=Level.INTERNAL)
        guard.own_policy(tmp_path, "policies: [{name: logs, set: {log_bucket: others}}]")
        assert "is not there" in refused(guard.plan())["access_logs"]
        guard.s3.create_bucket(Bucket="others", CreateBucketConfiguration={"LocationConstraint": REGION})
        assert "lets S3 write no logs" in refused(guard.plan())["access_logs"]
        _log_elsewhere_ready(guard)
        plan = guard.plan()
        assert "s3_log_bucket" not in controls(plan)
        assert action(plan, "s3_logging").after == {"logs_to": "s3://others/lake/"}
        assert set(outcomes(guard.apply(plan))) == {Outcome.APPLIED}

    def test_a_bucket_of_that_name_that_is_somebody_elses(self, guard: Guard) -> None:
        guard.make(level=Level.INTERNAL)
        guard.aws.strict.deny("s3.GetBucketLocation", bucket=LOGS.removeprefix("s3://"))
        assert "could not be seen" in refused(guard.plan())["access_logs"]


def _log_elsewhere_ready(guard: Guard) -> None:
    policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"},
              "Action": "s3:PutObject", "Resource": "arn:aws:s3:::others/*"}]}  # fmt: skip
    guard.s3.put_bucket_policy(Bucket="others", Policy=json.dumps(policy))


class TestLevels:
    def test_the_owners_tag_counts_where_it_is_higher(self, guard: Guard) -> None:
        guard.make(level=Level.INTERNAL)
        guard.s3.put_bucket_tagging(
            Bucket="lake", Tagging={"TagSet": [{"Key": "classification", "Value": "Restricted"}]}
        )
        plan = guard.plan()
        assert plan.notes[URI] == "restricted: its tag classification=Restricted says so"
        assert "s3_versioning" in controls(plan)

    def test_and_not_where_it_is_lower(self, guard: Guard) -> None:
        guard.make(level=Level.RESTRICTED)
        guard.s3.put_bucket_tagging(Bucket="lake", Tagging={"TagSet": [{"Key": "Classification", "Value": "public"}]})
        assert guard.plan().notes[URI] == "restricted: the catalog says so"

    def test_public_is_only_what_its_owner_attests(self, guard: Guard, tmp_path: Path) -> None:
        guard.make(level=Level.PUBLIC)
        assert "s3_public_access_block" in controls(guard.plan())
        guard.own_policy(tmp_path, f"attested_public: [{{resource: {URI}, by: Ada, reason: the site}}]")
        assert controls(guard.plan()) == ["s3_tls_only"]
        # What was found in it counts for more.
        guard.know({f"{URI}/b.csv": known(Level.INTERNAL)})
        assert "s3_public_access_block" in controls(guard.plan())

    def test_what_was_never_scanned_is_not_attested(self, guard: Guard, tmp_path: Path) -> None:
        guard.make(level=None)
        guard.own_policy(tmp_path, f"attested_public: [{{resource: {URI}, by: Ada, reason: the site}}]")
        plan = guard.plan()
        assert "s3_public_access_block" in controls(plan)
        assert {each.gate for each in plan.actions} == {Gate.REVIEW}

    def test_in_pilot_nothing_goes_without_a_person(self, guard: Guard) -> None:
        guard.make()
        guard.phase = Phase.PILOT
        assert {each.gate for each in guard.plan().actions} == {Gate.REVIEW}


class TestApproval:
    def _kept(self, guard: Guard) -> Plan:
        guard.make()
        make_key(guard.aws)
        guard.phase = Phase.PILOT
        plan = guard.plan()
        with guard.catalog.transaction() as connection:
            plans.keep(connection, plan)
        return plan

    def _approve(self, guard: Guard, plan: Plan, by: str) -> None:
        with guard.catalog.transaction() as connection:
            plans.approve(connection, plan.id, by=by, at=plan.made_at, reason="")

    def test_two_people_for_restricted_where_that_is_asked_for(self, guard: Guard) -> None:
        plan = self._kept(guard)
        for by, ready in (("ada", 1), ("ada", 1), ("grace", len(ALL))):
            self._approve(guard, plan, by)
            told = doing.ready(guard.catalog, plan.id, plan, second=Level.RESTRICTED)
            # The bucket of logs is of no level.
            assert len(told.chosen) == ready
        assert {each.because for each in told.waiting} == set()

    def test_one_does_where_it_is_not(self, guard: Guard) -> None:
        plan = self._kept(guard)
        assert doing.ready(guard.catalog, plan.id, plan, second=None).chosen == ()
        self._approve(guard, plan, "ada")
        assert len(doing.ready(guard.catalog, plan.id, plan, second=None).chosen) == len(ALL)

    @pytest.mark.parametrize("edited", ["after", "gate", "refusal"])
    def test_a_plan_that_was_changed_in_the_catalog(self, guard: Guard, edited: str) -> None:
        from sqlalchemy import delete, select, update

        from assay.store.schema.protect import actions, plan_refusals

        plan = self._kept(guard)
        self._approve(guard, plan, "ada")
        with guard.catalog.transaction() as connection:
            row = connection.execute(select(actions).where(actions.c.control == "s3_versioning")).one()
            if edited == "after":
                record = {**row.record, "breaks": "nothing at all"}
                connection.execute(update(actions).where(actions.c.id == row.id).values(record=record))
            elif edited == "gate":
                connection.execute(update(actions).where(actions.c.id == row.id).values(gate="apply"))
            else:
                connection.execute(delete(plan_refusals).where(plan_refusals.c.control == "mfa_delete"))
        with guard.catalog.reading() as connection:
            loaded = plans.load(connection, plan.id)
        with pytest.raises(UsageError, match="changed in the catalog"):
            doing.ready(guard.catalog, plan.id, loaded, second=None)

    @pytest.mark.parametrize("edited", ["before", "after"])
    def test_a_plan_that_was_changed_after_it_was_applied_takes_nothing_back_by_it(
        self, guard: Guard, edited: str
    ) -> None:
        """Else what it says now would be written, or nothing would be said to be left."""
        from sqlalchemy import select, update

        from assay.store.schema.protect import actions

        plan = self._kept(guard)
        guard.apply(plan)
        doing.check_as_applied(guard.catalog, plan.id, plan)
        with guard.catalog.transaction() as connection:
            row = connection.execute(select(actions).where(actions.c.control == "s3_public_access_block")).one()
            state = {**row.record[edited], "BlockPublicAcls": False}
            connection.execute(
                update(actions).where(actions.c.id == row.id).values(record={**row.record, edited: state})
            )
        with guard.catalog.reading() as connection:
            loaded = plans.load(connection, plan.id)
        with pytest.raises(UsageError, match="not as it was applied"):
            doing.check_as_applied(guard.catalog, plan.id, loaded)

    def test_more_is_known_than_when_it_was_planned(self, guard: Guard) -> None:
        guard.make(level=Level.INTERNAL)
        plan = guard.plan()
        with guard.catalog.transaction() as connection:
            plans.keep(connection, plan)
        self._approve(guard, plan, "ada")
        guard.know({f"{URI}/b.csv": known(Level.RESTRICTED)})
        told = doing.ready(guard.catalog, plan.id, plan, second=None)
        assert [each.action.control for each in told.chosen] == ["s3_log_bucket"]
        assert all("higher now" in each.because for each in told.waiting)


class _Wrong:
    """A protector whose changes do not hold: it says nothing, and does not do them."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.calls = inner, inner.calls

    def apply(self, planned: Action) -> State:
        return dict(planned.before)

    def read_back(self, planned: Action) -> State:
        return self.inner.read_back(planned) | {"versioning": "Suspended by somebody"}

    def undo(self, planned: Action) -> State:
        raise AssertionError("is not undone, since it was never made")


class TestVerify:
    def test_what_does_not_hold_is_taken_back_and_other_resources_stay(self, guard: Guard) -> None:
        guard.make()
        guard.make("b-lake", level=Level.INTERNAL)
        make_key(guard.aws)
        before = guard.observe()
        plan = guard.plan(URI, "s3://b-lake")
        wrong = {**guard.maker.protectors, "s3_versioning": _Wrong(guard.maker.protectors["s3_versioning"])}
        guard.maker = replace(guard.maker, protectors=wrong)
        receipts = guard.apply(plan)
        made = {each.action.id: each.action for each in plan.actions}
        checked = list(doing.verify(guard.maker, plan.id, doing.made_of(receipts, made)))
        failed = doing.failed_of(receipts, checked, made)
        assert list(failed.resources) == [URI]
        assert DIFFERS in {receipt.reason for receipt in receipts}
        undone = list(guard.maker.undo(plan.id, doing.to_undo(guard.catalog, plan.id, plan, list(failed.resources))))
        assert set(outcomes(undone)) == {Outcome.UNDONE}
        assert settings(guard.observe()) == settings(before)
        assert guard.observe("s3://b-lake").get("logging").value is not None

    def test_unknown_is_never_ok(self, guard: Guard) -> None:
        guard.make(level=Level.INTERNAL)
        plan = guard.plan()
        guard.apply(plan)
        guard.aws.strict.deny("s3.GetPublicAccessBlock")
        told = {
            each.action.control: each.check
            for each in doing.verify(guard.maker, plan.id, [each.action for each in plan.actions])
        }
        assert told.pop("s3_public_access_block") is doing.Check.UNKNOWN
        assert set(told.values()) == {doing.Check.OK}

    def test_drift_is_of_the_newest_plan_alone(self, guard: Guard) -> None:
        guard.make(level=Level.INTERNAL)
        guard.apply(guard.plan())
        guard.s3.delete_public_access_block(Bucket="lake")
        standing = doing.standing(guard.catalog, list(guard.maker.protectors), ACCOUNT)
        checked = [each for name, made in standing for each in doing.verify(guard.maker, name, [made])]
        assert [each.action.control for each in checked if each.check is doing.Check.DIFFERS] == [
            "s3_public_access_block"
        ]
        guard.apply(guard.plan())
        standing = doing.standing(guard.catalog, list(guard.maker.protectors), ACCOUNT)
        checked = [each for name, made in standing for each in doing.verify(guard.maker, name, [made])]
        assert {each.check for each in checked} == {doing.Check.OK}


class KilledError(BaseException):
    """As kill -9 comes: nothing is written after it."""


class _Dying:
    """A protector that is killed before or after a call."""

    def __init__(self, inner: Any, *, after: bool) -> None:
        self.inner, self.calls, self.after = inner, inner.calls, after

    def apply(self, planned: Action) -> State:
        if self.after:
            self.inner.apply(planned)
        raise KilledError

    def undo(self, planned: Action) -> State:
        if self.after:
            self.inner.undo(planned)
        raise KilledError

    def read_back(self, planned: Action) -> State:
        found: State = self.inner.read_back(planned)
        return found


class TestKilled:
    def test_at_every_step_it_is_taken_up_again(self, guard: Guard) -> None:
        """Killed before the first call, taken up, killed after it, taken up, and so on to the last; then the same while it is
        taken back."""
        guard.make()
        make_key(guard.aws)
        before = guard.observe()
        plan = guard.plan()
        whole = guard.maker
        for control in ALL:
            for after in (False, True):
                self._killed(guard, whole, control, after, lambda: guard.apply(plan))
                assert [each.outcome for each in whole.settle()] == [Outcome.APPLIED if after else Outcome.FAILED]
        assert set(outcomes(guard.apply(plan))) == {Outcome.UNCHANGED}
        assert controls(guard.plan()) == []
        for control in reversed(ALL[1:]):
            for after in (False, True):
                self._killed(guard, whole, control, after, lambda: guard.undo(plan))
                assert [each.outcome for each in whole.settle()] == [Outcome.UNDONE if after else Outcome.UNDO_FAILED]
        assert guard.undo(plan) == []
        assert settings(guard.observe()) == settings(before)

    def _killed(self, guard: Guard, whole: Maker, control: str, after: bool, run: Callable[[], Any]) -> None:
        plan_actions = whole.protectors[control]
        guard.maker = replace(whole, protectors={**whole.protectors, control: _Dying(plan_actions, after=after)})
        with pytest.raises(KilledError):
            run()
        guard.maker = whole
        _dead(guard.catalog)


def _dead(catalog: Catalog) -> None:
    """The process that had the claims is no more."""
    from sqlalchemy import update

    with catalog.transaction() as connection:
        connection.execute(update(action_claims).values(process=0, until="2000-01-01T00:00:00.000000Z"))


class TestTwoAtOnce:
    def test_the_second_leaves_what_the_first_has(self, guard: Guard) -> None:
        guard.make(level=Level.INTERNAL)
        plan = guard.plan()
        with guard.catalog.transaction() as connection:
            plans.keep(connection, plan)
            journal.begin(connection, plan.id, [action(plan, "s3_tls_only")], "theirs", Outcome.INTENDED, by="grace")
        told = {receipt.action: receipt for receipt in guard.apply(plan)}
        assert told[action(plan, "s3_tls_only").id].outcome is Outcome.REFUSED
        assert guard.statements() == []


class TestOrder:
    def test_logs_go_to_their_bucket_only_once_it_takes_them(self, guard: Guard) -> None:
        guard.make(level=Level.INTERNAL)
        guard.apply(guard.plan())
        guard.s3.put_bucket_logging(Bucket="lake", BucketLoggingStatus={})
        logs = LOGS.removeprefix("s3://")
        for each in guard.s3.list_objects_v2(Bucket=logs).get("Contents", ()):
            guard.s3.delete_object(Bucket=logs, Key=each["Key"])
        guard.s3.delete_bucket(Bucket=logs)
        plan = guard.plan()
        assert controls(plan) == ["s3_log_bucket", "s3_logging"]
        guard.aws.strict.delay("s3.CreateBucket", 0.5)
        assert outcomes(guard.apply(plan)) == [Outcome.APPLIED, Outcome.APPLIED]


class TestClock:
    def test_one_that_is_minutes_off_changes_nothing_and_says_so(self, guard: Guard) -> None:
        guard.make(level=Level.INTERNAL)
        plan = guard.plan()
        skewed = guard.aws.strict.fail("s3.*", "RequestTimeTooSkewed", "The difference is too large.", status=403)
        told = guard.apply(plan)
        assert set(outcomes(told)) <= {Outcome.FAILED, Outcome.REFUSED}
        assert "clock skewed" in {receipt.reason for receipt in told}
        skewed.end()
        assert guard.statements() == []
        assert set(outcomes(guard.apply(guard.plan()))) == {Outcome.APPLIED}
