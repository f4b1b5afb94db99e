"""Incidents in an emulated account: what is told becomes a plan that isolates and can be taken back, and locks nobody out who has to stay."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from awsservers import ACCOUNT, Aws
from protecting_for_tests import BUCKET, MINE, PUBLIC, ROLE, URI, USER, Guard, make_people

from assay.app.protection.incidents import close_incident, listed, open_incident, plan_incident
from assay.errors import UsageError
from assay.model.action import Outcome, Plan
from assay.protect.incidents import Incident, NotAnIncidentError, incident_of
from assay.protectors.iam_quarantine import is_same
from assay.store.engine import Catalog, open_catalog

NOW = datetime(2026, 11, 30, tzinfo=UTC)
THEIRS = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
ROOT = f"arn:aws:iam::{ACCOUNT}:root"


@pytest.fixture
def guard(aws: Aws, tmp_path: Any) -> Any:
    with open_catalog(str(tmp_path / "catalog.db"), create=True) as catalog:
        yield Guard(aws=aws, catalog=catalog)


def incident(**changes: Any) -> Incident:
    values = {"source": "person", "reference": "", "what": "test", "severity": "high", "account": "", "buckets": (URI,),
              "principals": (ROLE, USER), **changes}  # fmt: skip
    return Incident(**values)


def planned(guard: Guard, *, lock: bool = False, spared: tuple[str, ...] = (), **changes: Any) -> Plan:
    return plan_incident(guard.protection, incident(**changes), lock=lock, spared=spared, at=NOW, by="ada")


def statement(guard: Guard) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(guard.s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"][-1]
    return found


def test_isolated_and_taken_back(guard: Guard) -> None:
    guard.make()
    guard.put_policy(MINE)
    make_people(guard.aws)
    iam = guard.aws.client("iam", "us-east-1")
    iam.put_role_policy(RoleName="mo", PolicyName="Theirs", PolicyDocument=json.dumps(THEIRS))
    plan = planned(guard)
    # The policy is written before public ones are refused, and IAM is last.
    assert [each.action.control for each in plan.actions] == [
        "s3_statements", "s3_public_access_block", "s3_versioning", "iam_quarantine", "iam_quarantine",
    ]  # fmt: skip
    assert {str(each.gate) for each in plan.actions} == {"review"}
    assert [receipt.outcome for receipt in guard.apply(plan)] == [Outcome.APPLIED] * 5
    told = statement(guard)
    assert (told["Effect"], guard.statements()[0]) == ("Deny", "Mine")
    assert set(told["Condition"]["ArnEquals"]["aws:PrincipalArn"]) >= {ROLE, USER, f"arn:aws:iam::{ACCOUNT}:role/*/mo"}
    assert ROOT in told["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    assert sorted(iam.list_role_policies(RoleName="mo")["PolicyNames"]) == ["AssayQuarantine", "Theirs"]
    assert [receipt.outcome for receipt in guard.undo(plan)] == [Outcome.UNDONE] * 5
    assert guard.statements() == ["Mine"]
    assert iam.list_role_policies(RoleName="mo")["PolicyNames"] == ["Theirs"]
    assert iam.list_user_policies(UserName="mo")["PolicyNames"] == []


def test_what_people_do_stands_in_the_plan(guard: Guard) -> None:
    guard.make()
    by_hand = {refusal.control for refusal in planned(guard).refusals}
    assert {"preserve_logs", "preserve_copies", "object_lock", "credentials", "notify", "recover"} <= by_hand


def test_nobody_who_has_to_stay_is_locked_out(guard: Guard) -> None:
    guard.make()
    caller = guard.protection.session.identity()["Arn"]
    plan = planned(guard, lock=True, spared=(USER,))
    (quarantine,) = [each.action for each in plan.actions if each.action.control == "s3_statements"]
    ((_, told),) = quarantine.after.items()
    assert list(told["Condition"]) == ["ArnNotEquals"]
    assert {ROOT, USER} <= set(told["Condition"]["ArnNotEquals"]["aws:PrincipalArn"])
    assert any(
        caller in each or caller.rpartition("/")[2] in each
        for each in told["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    )
    assert [refusal.resource for refusal in plan.refusals if refusal.reason == "never locked out"] == [USER]
    assert [each.action.resource for each in plan.actions if each.action.control == "iam_quarantine"] == [ROLE]
    assert ROOT in plan.notes[URI]


def test_who_calls_is_not_quarantined(guard: Guard) -> None:
    guard.make()
    caller = guard.protection.session.identity()["Arn"]
    if ":iam:" in caller:
        assert next(refusal.resource for refusal in planned(guard, principals=(caller,)).refusals) == caller
    (action,) = [
        each.action for each in planned(guard, principals=(ROLE,)).actions if each.action.control == "iam_quarantine"
    ]
    protector = guard.maker.protectors["iam_quarantine"]
    protector._session.identity = lambda: {"Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/mo/s"}  # type: ignore[attr-defined]
    make_people(guard.aws)
    (receipt,) = guard.apply(planned(guard, buckets=(), principals=(ROLE,)))
    assert (receipt.outcome, receipt.reason) == (Outcome.REFUSED, "its own identity")
    assert action.resource == ROLE


def test_what_cannot_be_done_is_told_and_the_rest_is_done(guard: Guard) -> None:
    guard.make()
    guard.aws.strict.deny("s3.GetBucketPolicy", times=1)
    plan = planned(guard, principals=("arn:aws:iam::999999999999:role/theirs",))
    assert {"s3_statements": "access denied", "iam_quarantine": "of another account"}.items() <= {
        refusal.control: refusal.reason for refusal in plan.refusals
    }.items()
    assert [each.action.control for each in plan.actions] == ["s3_public_access_block", "s3_versioning"]


def test_a_user_that_is_gone_fails_alone(guard: Guard) -> None:
    guard.make()
    make_people(guard.aws)
    guard.aws.client("iam", "us-east-1").delete_user(UserName="mo")
    plan = planned(guard)
    outcomes = {receipt.action: receipt.outcome for receipt in guard.apply(plan)}
    told = {each.action.resource: outcomes[each.action.id] for each in plan.actions}
    assert (told[ROLE], told[USER], told[URI]) == (Outcome.APPLIED, Outcome.FAILED, Outcome.APPLIED)


def test_a_public_bucket_that_blocks_policies(guard: Guard) -> None:
    guard.make()
    guard.put_policy(PUBLIC)
    plan = planned(guard)
    assert [receipt.outcome for receipt in guard.apply(plan)][:2] == [Outcome.APPLIED] * 2


def test_open_once_and_closed_once(guard: Guard) -> None:
    guard.make()
    make_people(guard.aws)
    plan = planned(guard)
    first, is_new = open_incident(guard.catalog, incident(), plan, by="ada", reason="r")
    assert (open_incident(guard.catalog, incident(), plan, by="grace", reason="r"), is_new) == ((first, False), True)
    (known,) = listed(guard.catalog)
    assert (known.state, known.opened_by, known.plan) == ("open", "ada", plan.id)
    guard.apply(plan)
    (known,) = listed(guard.catalog)
    assert known.state == "contained"
    close_incident(guard.catalog, known, by="grace", reason="false alarm")
    (known,) = listed(guard.catalog)
    assert (known.state, known.closed_by, known.reason) == ("closed", "grace", "false alarm")
    with pytest.raises(UsageError, match="was closed by grace"):
        close_incident(guard.catalog, known, by="ada", reason="again")
    assert open_incident(guard.catalog, incident(), plan, by="ada", reason="it came back")[1] is True
    assert [each.state for each in listed(guard.catalog)] == ["contained", "closed"]


class Late:
    """A catalog of somebody who is as quick: what he does comes just before the next transaction begins."""

    def __init__(self, catalog: Catalog, before: Callable[[], Any]) -> None:
        self._catalog, self._before = catalog, [before]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalog, name)

    def transaction(self) -> Any:
        while self._before:
            self._before.pop()()
        return self._catalog.transaction()


def test_of_two_who_open_it_at_once_one_does_and_so_when_it_is_closed(tmp_path: Path) -> None:
    nothing = Plan(
        command="protect", targets=(URI,), actions=(), refusals=(), notes={}, looked_at=1, made_at=NOW, made_by="ada"
    )
    with open_catalog(str(tmp_path / "catalog.db"), create=True) as catalog:

        def opened(where: Any, by: str) -> bool:
            return open_incident(where, incident(), nothing, by=by, reason="r")[1]

        late: Any = Late(catalog, lambda: opened(catalog, "grace"))
        assert opened(late, "ada") is False
        (known,) = listed(catalog)
        assert (known.opened_by, known.state) == ("grace", "open")
        late = Late(catalog, lambda: close_incident(catalog, known, by="grace", reason="false alarm"))
        with pytest.raises(UsageError, match="was closed by grace"):
            close_incident(late, known, by="ada", reason="contained")
        (known,) = listed(catalog)
        assert (known.closed_by, known.reason) == ("grace", "false alarm")


GUARDDUTY = {
    "schemaVersion": "2.0", "accountId": ACCOUNT, "region": "eu-west-1", "partition": "aws", "id": "16afba5c5c43e07c9e3e5e2e544e95df",
    "arn": f"arn:aws:guardduty:eu-west-1:{ACCOUNT}:detector/d/finding/f", "type": "Exfiltration:S3/AnomalousBehavior", "severity": 8,
    "resource": {"resourceType": "S3Bucket",
                 "accessKeyDetails": {"userType": "AssumedRole", "userName": "mo", "principalId": "x:y"},
                 "s3BucketDetails": [{"name": BUCKET, "arn": f"arn:aws:s3:::{BUCKET}"}]},
}  # fmt: skip
MACIE = {
    "id": "a1b2-c3", "accountId": ACCOUNT, "type": "Policy:IAMUser/S3BucketPublic", "severity": {"description": "High", "score": 3},
    "category": "POLICY", "resourcesAffected": {"s3Bucket": {"name": BUCKET}},
    "policyDetails": {"actor": {"userIdentity": {"type": "AssumedRole", "assumedRole": {"sessionContext": {"sessionIssuer": {"arn": ROLE}}}}}},
}  # fmt: skip
ANOMALY = {"kind": "anomaly", "principal": USER, "day": "2026-11-29", "level": "restricted", "reasons": [{"name": "region"}],
           "places": [{"resource": URI}, {"resource": "dynamodb://orders"}]}  # fmt: skip


class TestFindings:
    @pytest.mark.parametrize(
        ("document", "source", "principals", "severity"),
        [
            (GUARDDUTY, "guardduty", (ROLE,), "high"), (MACIE, "macie", (ROLE,), "high"), (ANOMALY, "anomaly", (USER,), "high"),
            ({"version": "0", "detail-type": "GuardDuty Finding", "source": "aws.guardduty", "detail": GUARDDUTY}, "guardduty", (ROLE,), "high"),
            ({**GUARDDUTY, "severity": 2.0}, "guardduty", (ROLE,), "low"),
        ],
    )  # fmt: skip
    def test_known_shapes(self, document: Any, source: str, principals: tuple[str, ...], severity: str) -> None:
        found = incident_of(document)
        assert (found.source, found.buckets, found.principals, found.severity) == (source, (URI,), principals, severity)
        assert incident_of(json.loads(json.dumps(document))).id == found.id

    def test_who_cannot_be_named_is_told(self) -> None:
        root = {
            **GUARDDUTY,
            "resource": {**GUARDDUTY["resource"], "accessKeyDetails": {"userType": "Root", "userName": "Root"}},
        }
        found = incident_of(root)
        assert (found.principals, found.untold) == ((), ("Root: no user or role is named; it cannot be quarantined",))
        assert incident_of(ANOMALY).untold == ("dynamodb://orders: only buckets are isolated",)
        assert incident_of({**ANOMALY, "principal": "everybody"}).principals == ()

    @pytest.mark.parametrize(
        "document",
        [[], {}, {"type": "x"}, {"kind": "anomaly"}, {**GUARDDUTY, "resource": {}}, {**GUARDDUTY, "id": "a\nb"}, {**MACIE, "resourcesAffected": 5, "policyDetails": None},
         {**GUARDDUTY, "resource": {"s3BucketDetails": [{"name": "No bucket; drop"}]}}, "text", None],
    )  # fmt: skip
    def test_anything_else_is_refused_shortly(self, document: Any) -> None:
        with pytest.raises(NotAnIncidentError) as error:
            incident_of(document)
        assert "drop" not in str(error.value)


def test_whose_session_it_is() -> None:
    assert is_same("arn:aws:sts::1:assumed-role/r/s", "arn:aws:iam::1:role/team/r")
    assert not is_same("arn:aws:sts::1:assumed-role/r/s", "arn:aws:iam::1:user/r")
    assert not is_same("arn:aws:sts::1:assumed-role/r/s", "arn:aws:iam::2:role/r")
    assert is_same("arn:aws:iam::1:user/a/b", "arn:aws:iam::1:user/a/b")
