"""Access for a time, in an emulated account: given, refused, and taken back exactly once whatever happens."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from awsservers import ACCOUNT, Aws
from protecting_for_tests import BUCKET, MINE, PARTNER, PUBLIC, URI, Guard

from assay.app.protection import granting
from assay.app.protection.granting import plan_grant, revoke_due, standing
from assay.errors import UsageError
from assay.model.action import Action, Outcome, Plan
from assay.protect.bucketpolicy import LONGEST, size
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
