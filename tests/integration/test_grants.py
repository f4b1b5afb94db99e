"""Access for a time, in an emulated account: given, refused, and taken back exactly once whatever happens."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest
from awsservers import ACCOUNT, Aws
from protecting_for_tests import BUCKET, MINE, PARTNER, PUBLIC, URI, Guard, make_principal, set_state
from strict import state

from assay.app.protection import granting
from assay.app.protection.granting import plan_grant, revoke_due, standing
from assay.errors import UsageError
from assay.model import Level
from assay.model.action import Action, Outcome, Plan
from assay.protect.bucketpolicy import LONGEST, size
from assay.protect.protection import may_be_made
from assay.protect.statements import Grant
from assay.store import journal
from assay.store.engine import open_catalog

WHO = f"arn:aws:iam::{ACCOUNT}:role/helper"
NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture
def guard(aws: Aws, tmp_path: Any) -> Any:
    with open_catalog(str(tmp_path / "catalog.db"), create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)


def planned(guard: Guard, **changes: Any) -> Plan:
    make_principal(guard.aws, WHO)
    values = {"bucket": BUCKET, "partition": "aws", "principal": WHO, "until": NOW + timedelta(hours=4), **changes}
    return plan_grant(guard.protection, URI, Grant(**values), at=NOW, by="ada", reason="")


def later(guard: Guard, hours: int) -> Any:
    """Who makes changes, so many hours later."""
    from dataclasses import replace

    return replace(guard.maker, now=lambda: NOW + timedelta(hours=hours))


def principals(guard: Guard) -> list[Any]:
    return [each["Principal"] for each in json.loads(guard.s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]]


def test_given_beside_others_and_taken_back_when_it_is_over(guard: Guard) -> None:
    guard.make()
    guard.put_policy(MINE, PARTNER)
    plan = planned(guard)
    (found,) = plan.actions
    assert (str(found.gate), found.action.reversible) == ("review", True)
    assert [receipt.outcome for receipt in guard.apply(plan)] == [Outcome.APPLIED]
    assert guard.statements()[:2] == ["Mine", "Partner"]
    assert principals(guard)[2:] == [{"AWS": WHO}] * 2
    assert list(revoke_due(later(guard, 3))) == []
    assert [receipt.outcome for receipt in revoke_due(later(guard, 5))] == [Outcome.UNDONE]
    assert guard.statements() == ["Mine", "Partner"]
    assert list(revoke_due(later(guard, 6))) == []


def test_two_at_once_take_it_back_once(guard: Guard) -> None:
    guard.make()
    plan = planned(guard)
    guard.apply(plan)
    over = standing(guard.catalog, ACCOUNT)
    first, second = (list(granting.revoke(later(guard, 5), over)) for _ in range(2))
    assert [receipt.outcome for receipt in (*first, *second)] == [Outcome.UNDONE, Outcome.UNCHANGED]
    assert len(guard.aws.strict.calls.made("s3.DeleteBucketPolicy")) == 1


@pytest.mark.parametrize("dies", ["before", "after"])
def test_a_run_that_dies_is_taken_up(guard: Guard, monkeypatch: pytest.MonkeyPatch, dies: str) -> None:
    guard.make()
    guard.put_policy(MINE)
    guard.apply(planned(guard))

    class Killed(BaseException):
        """What nothing catches, as a kill."""

    def killed(*_: Any, **__: Any) -> Any:
        raise Killed

    with monkeypatch.context() as patched:
        if dies == "before":
            patched.setattr(guard.maker.protectors["s3_statements"], "undo", killed)
        else:
            patched.setattr(journal, "finish", killed)
        with pytest.raises(Killed):
            list(revoke_due(later(guard, 5)))
    monkeypatch.setattr(journal, "is_running", lambda _: False)
    settled = list(guard.maker.settle())
    assert [receipt.outcome for receipt in settled] == [Outcome.UNDO_FAILED if dies == "before" else Outcome.UNDONE]
    list(revoke_due(later(guard, 5)))
    assert guard.statements() == ["Mine"]
    assert standing(guard.catalog, ACCOUNT) == []


def test_what_cannot_be_taken_back_is_tried_again(guard: Guard) -> None:
    guard.make()
    guard.apply(planned(guard))
    guard.aws.strict.deny("s3.DeleteBucketPolicy", times=1)
    assert [receipt.outcome for receipt in revoke_due(later(guard, 5))] == [Outcome.UNDO_FAILED]
    assert [receipt.outcome for receipt in revoke_due(later(guard, 5))] == [Outcome.UNDONE]


def test_what_others_changed_meanwhile_stays(guard: Guard) -> None:
    guard.make()
    guard.apply(planned(guard))
    policy = json.loads(guard.s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    policy["Statement"].insert(0, MINE)
    make_principal(guard.aws, MINE["Principal"]["AWS"])
    guard.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy))
    assert [receipt.outcome for receipt in revoke_due(later(guard, 5))] == [Outcome.UNDONE]
    assert guard.statements() == ["Mine"]


def test_a_plan_that_is_over_gives_nothing(guard: Guard) -> None:
    guard.make()
    plan = planned(guard, until=NOW + timedelta(seconds=1))
    guard.maker.protectors["s3_statements"]._now = lambda: NOW + timedelta(hours=1)  # type: ignore[attr-defined]
    (receipt,) = guard.apply(plan)
    assert (receipt.outcome, receipt.reason) == (Outcome.REFUSED, "its time is over")
    assert guard.statements() == []


def test_a_policy_that_is_another_stops_it(guard: Guard) -> None:
    guard.make()
    plan = planned(guard)
    guard.put_policy(MINE)
    (receipt,) = guard.apply(plan)
    assert (receipt.outcome, receipt.reason) == (Outcome.REFUSED, "changed meanwhile")
    assert guard.statements() == ["Mine"]


def test_what_is_refused(guard: Guard) -> None:
    guard.make(is_open=False)
    make_principal(guard.aws, MINE["Principal"]["AWS"])
    document: dict[str, Any] = {"Version": "2012-10-17", "Statement": [MINE]}
    document["Statement"] = [{**MINE, "Resource": f"{MINE['Resource']}{'x' * (LONGEST - 300 - size(document))}"}]
    guard.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(document))
    assert [refusal.reason for refusal in planned(guard).refusals] == ["no room"]
    guard.s3.delete_bucket_policy(Bucket=BUCKET)
    guard.aws.strict.deny("s3.GetBucketPolicy", times=1)
    (refusal,) = planned(guard).refusals
    assert (refusal.reason, "could not be read" in refusal.detail) == ("access denied", True)
    with pytest.raises(UsageError, match="ends after it begins"):
        planned(guard, until=NOW)
    with pytest.raises(UsageError, match="no ARN of one user or role"):
        planned(guard, principal="*")


def test_a_public_policy_that_is_blocked_is_refused(guard: Guard) -> None:
    guard.make()
    guard.put_policy(PUBLIC)
    block = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
    guard.s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=block)
    assert [refusal.reason for refusal in planned(guard).refusals] == ["its policy is public"]


def test_another_account_is_told(guard: Guard) -> None:
    guard.make()
    (found,) = planned(guard, principal="arn:aws:iam::999999999999:role/theirs").actions
    assert isinstance(found.action, Action)
    assert "external access" in found.action.note


def keyed(guard: Guard, *statements: dict[str, Any]) -> str:
    """A bucket that is encrypted with a key of one's own, which has statements of others beside the account's."""
    guard.make()
    make_principal(guard.aws, MINE["Principal"]["AWS"])
    kms, root = guard.aws.client("kms"), {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    account = {"Sid": "Theirs", "Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Id": "key", "Statement": [account, *statements]}
    arn = str(kms.create_key(Policy=json.dumps(document))["KeyMetadata"]["Arn"])
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn}}
    guard.s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
    return arn


def key_document(guard: Guard, key: str) -> Any:
    return json.loads(guard.aws.client("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"])


class TestKeys:
    DENIES: ClassVar = {"Sid": "No", "Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*"}

    def test_given_and_taken_back_beside_what_others_wrote(self, guard: Guard) -> None:
        key = keyed(guard, self.DENIES)
        before = key_document(guard, key)
        plan = planned(guard, prefix="cases/", writes=True)
        assert [each.action.control for each in plan.actions] == ["s3_statements", "kms_statements"]
        assert plan.actions[1].action.resource == key
        assert [receipt.outcome for receipt in guard.apply(plan)] == [Outcome.APPLIED] * 2
        *others, made = key_document(guard, key)["Statement"]
        assert others == before["Statement"]
        assert (made["Principal"], made["Action"]) == ({"AWS": WHO}, ["kms:Decrypt", "kms:GenerateDataKey"])
        assert made["Condition"]["StringEquals"] == {"kms:ViaService": "s3.eu-west-1.amazonaws.com"}
        assert made["Condition"]["StringLike"]["kms:EncryptionContext:aws:s3:arn"] == [
            "arn:aws:s3:::lake", "arn:aws:s3:::lake/cases/*"
        ]  # fmt: skip
        assert made["Condition"]["DateLessThan"]["aws:CurrentTime"] == f"{NOW + timedelta(hours=4):%Y-%m-%dT%H:%M:%SZ}"
        assert [receipt.outcome for receipt in revoke_due(later(guard, 5))] == [Outcome.UNDONE] * 2
        assert key_document(guard, key) == before
        assert list(revoke_due(later(guard, 6))) == []

    def test_two_people_where_the_level_asks_for_it(self, guard: Guard) -> None:
        keyed(guard)
        ready, waiting = may_be_made(planned(guard), 1, second=Level.RESTRICTED)
        assert (ready, len(waiting)) == ([], 2)

    @pytest.mark.parametrize("dies", range(4))
    @pytest.mark.parametrize("when", ["before", "after"])
    def test_killed_at_every_write_it_is_taken_back_once(
        self, guard: Guard, monkeypatch: pytest.MonkeyPatch, dies: int, when: str
    ) -> None:
        """Two writes that give and two that take back, each the last thing that a run does."""
        key = keyed(guard)
        before, plan = key_document(guard, key), planned(guard)
        count = iter(range(100))

        class Killed(BaseException):
            """What nothing catches, as a kill."""

        def dying(write: Any) -> Any:
            def made(given: Any) -> None:
                number = next(count)
                if when == "before" and number == dies:
                    raise Killed
                write(given)
                if number == dies:
                    raise Killed

            return made

        for name in ("s3_statements", "kms_statements"):
            protector = guard.maker.protectors[name]
            part = protector._part  # type: ignore[attr-defined]
            monkeypatch.setattr(protector, "_part", replace(part, write=dying(part.write)))
        monkeypatch.setattr(journal, "is_running", lambda _: False)
        for _ in range(3):
            with suppress(Killed):
                guard.apply(plan) if not standing(guard.catalog, ACCOUNT) else None
                break
            list(guard.maker.settle())
        for _ in range(3):
            with suppress(Killed):
                list(later(guard, 5).settle())
                list(revoke_due(later(guard, 5)))
        assert (guard.statements(), key_document(guard, key)) == ([], before)
        assert standing(guard.catalog, ACCOUNT) == []
        assert list(revoke_due(later(guard, 6))) == []
        with guard.catalog.reading() as connection:
            entries = journal.of_plan(connection, plan.id)
        undone = Counter(entry.action for entry in entries if entry.outcome is Outcome.UNDONE)
        assert set(undone.values()) <= {1}

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"key": None}, "others could not read"),
            ({"key": "arn:aws:kms:eu-west-1:123456789012:alias/aws/s3"}, "others could not read"),
            ({"key": "arn:aws:kms:eu-west-1:123456789012:key/gone"}, "not found"),
            ({"state": "PendingDeletion"}, "no key"), ({"state": "Disabled"}, "no key"), ({"deny": "kms.GetKeyPolicy"}, "access denied"),
            ({"deny": "kms.DescribeKey"}, "key denied"), ({"long": True}, "no room"),
        ],
    )  # fmt: skip
    def test_a_key_that_cannot_serve_is_told(self, guard: Guard, changes: dict[str, Any], reason: str) -> None:
        key = keyed(guard)
        if "key" in changes:
            named = {} if changes["key"] is None else {"KMSMasterKeyID": changes["key"]}
            rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", **named}}
            guard.s3.put_bucket_encryption(Bucket=BUCKET, ServerSideEncryptionConfiguration={"Rules": [rule]})
        if "state" in changes:
            set_state(key, changes["state"])
        if "deny" in changes:
            guard.aws.strict.deny(changes["deny"])
        if "long" in changes:
            document = key_document(guard, key)
            document["Id"] = "x" * (32_768 - size(document) - 200)
            guard.aws.client("kms").put_key_policy(
                KeyId=key, PolicyName="default", Policy=json.dumps(document, separators=(",", ":"))
            )
        plan = planned(guard, principal="arn:aws:iam::999999999999:role/theirs")
        assert [(each.control, each.reason) for each in plan.refusals] == [("kms_statements", reason)]
        assert [each.action.control for each in plan.actions] == ["s3_statements"]

    def test_no_key_no_statement(self, guard: Guard) -> None:
        guard.make()
        assert [each.action.control for each in planned(guard).actions] == ["s3_statements"]

    def test_a_key_whose_policy_became_another(self, guard: Guard) -> None:
        key = keyed(guard)
        plan, document = planned(guard), key_document(guard, key)
        document["Statement"].append(self.DENIES)
        guard.aws.client("kms").put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(document))
        assert [(each.outcome, each.reason) for each in guard.apply(plan)] == [
            (Outcome.APPLIED, ""), (Outcome.REFUSED, "changed meanwhile"),
        ]  # fmt: skip
        assert key_document(guard, key) == document

    def test_a_key_that_would_be_left_without_a_policy_keeps_it(self, guard: Guard) -> None:
        key = keyed(guard)
        plan = planned(guard)
        guard.apply(plan)
        document = key_document(guard, key)
        document["Statement"] = [each for each in document["Statement"] if each["Sid"] != "Theirs"]
        state.kms_key(ACCOUNT, "eu-west-1", key).policy = json.dumps(document)
        outcomes = [(each.outcome, each.reason) for each in revoke_due(later(guard, 5))]
        assert (Outcome.UNDO_FAILED, "nothing would be left") in outcomes
        assert key_document(guard, key) == document
