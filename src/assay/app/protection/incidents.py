"""Incidents are planned for as any protection; that one is open, and closed, stands in the audit log, which nobody changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from assay.app.protection.granting import statements_refusal
from assay.app.protection.preserving import BECAUSE as _BECAUSE
from assay.app.protection.preserving import Keeping, order_of, preserve
from assay.app.protection.protecting import Protection
from assay.app.protection.protecttargets import resource_of
from assay.errors import UsageError
from assay.model.action import MANUAL, Action, Gate, Outcome, Plan, Planned, Refusal
from assay.model.protection import ResourceState
from assay.protect.external import noted
from assay.protect.incidents import Incident, by_hand, is_kept
from assay.protect.means import Means
from assay.protect.points import Point, Verdict
from assay.protect.protection import COMMAND
from assay.protect.s3access import public_access_block
from assay.protect.s3data import versioning
from assay.protect.statements import NAME, account_of, principal_problem, quarantine_statement
from assay.protectors.iam_quarantine import CONTROL as IAM
from assay.protectors.iam_quarantine import POLICY, is_same
from assay.protectors.s3_statements import CONTROL as STATEMENTS
from assay.store import audit, auditlog, journal, plans
from assay.store.engine import Catalog

OPENED, CLOSED = "INCIDENT_OPENED", "INCIDENT_CLOSED"
SPARED = "never locked out"
_MOST = 10_000


def plan_incident(
    protection: Protection,
    incident: Incident,
    *,
    lock: bool,
    spared: Sequence[str],
    at: datetime,
    by: str,
    keeping: Keeping | None = None,
) -> Plan:
    """The playbook of an incident as a plan: its buckets are closed and their versions kept, its principals denied, in the buckets and in
    IAM; with `lock` the buckets are denied to everybody but who is spared. Raises `AwsError` where AWS cannot be asked at all."""
    caller = protection.session.identity()["Arn"]
    root = f"arn:{protection.session.partition}:iam::{protection.account}:root"
    kept = [root, caller_of(caller), *spared]
    told: list[Planned] = []
    refusals: list[Refusal] = []
    notes: dict[str, str] = {}
    quarantined = []
    for principal in incident.principals:
        if principal in spared or is_same(caller, principal):
            refusals.append(
                Refusal(
                    resource=principal,
                    control=IAM,
                    reason=SPARED,
                    detail="it is a way in that has to stay, or who plans",
                )
            )
        else:
            quarantined.append(principal)
            told += _of_principal(protection, principal, refusals)
    for bucket in incident.buckets:
        notes[bucket] = f"{incident.source}: {incident.what}; {', '.join(kept)} are never denied"
        (state,) = protection.observe([bucket])
        if isinstance(state, Refusal):
            refusals.append(state)
            continue
        outside = noted(state)
        if outside:
            notes[bucket] += f"; {outside}"
        told += _of_bucket(protection, state, quarantined, kept, refusals, lock=lock)
    keeping = keeping or Keeping(at=at)
    preserved, not_kept = preserve(protection, incident, keeping)
    told += preserved
    refusals += not_kept
    refusals += [
        Refusal(resource=_first(incident), control=name, reason=MANUAL, detail=detail)
        for name, detail in by_hand(incident)
        if name not in keeping.done
    ]
    order = {STATEMENTS: 1, "s3_public_access_block": 2, "s3_versioning": 3, "rds_private": 3, IAM: 4}
    return Plan(
        command=COMMAND,
        targets=(*incident.buckets, *incident.principals, *incident.resources),
        actions=tuple(
            sorted(told, key=lambda each: (order.get(each.action.control, order_of(each)), each.action.resource))
        ),
        refusals=tuple(refusals),
        notes=notes,
        looked_at=len(incident.buckets) + len(incident.principals) + len(incident.resources),
        made_at=at,
        made_by=by,
    )


def _first(incident: Incident) -> str:
    return [*incident.buckets, *incident.principals, *incident.resources][0]


def caller_of(arn: str) -> str:
    """Whoever calls, as conditions on `aws:PrincipalArn` know him: of a session its role, under any path.

    >>> caller_of("arn:aws:sts::1:assumed-role/r/s")
    'arn:aws:iam::1:role/r'
    """
    head, found, rest = arn.partition(":assumed-role/")
    return f"{head.replace(':sts:', ':iam:')}:role/{rest.partition('/')[0]}" if found else arn


def _of_principal(protection: Protection, principal: str, refusals: list[Refusal]) -> list[Planned]:
    if account_of(principal) != protection.account:
        detail = (
            f"it is of account {account_of(principal)}: it is denied in the buckets, and the rest is that account's"
        )
        refusals.append(Refusal(resource=principal, control=IAM, reason="of another account", detail=detail))
        return []
    document = {
        "Version": "2012-10-17",
        "Statement": [{"Sid": POLICY, "Effect": "Deny", "Action": "*", "Resource": "*"}],
    }
    action = Action(
        resource=principal,
        control=IAM,
        before={f"policy {POLICY}": None},
        after={f"policy {POLICY}": document},
        account=protection.account,
        calls=protection.calls.get(IAM, frozenset()),
        breaks=f"all that {principal} does, in every service, at once",
        note="an inline policy that denies everything, beside those that are there",
    )
    return [Planned(action=action, gate=Gate.REVIEW, because=_BECAUSE)]


def _of_bucket(
    protection: Protection, state: ResourceState, principals: Sequence[str], kept: Sequence[str], refusals: list[Refusal], *,
    lock: bool,
) -> list[Planned]:  # fmt: skip
    told = []
    means = Means(partition=protection.session.partition, account=protection.account)
    for point in (public_access_block(state, means), versioning(state)):
        if point.verdict is Verdict.CHANGE:
            told.append(_planned(protection, state, point))
        elif point.verdict is not Verdict.OK:
            refusals.append(
                Refusal(resource=state.resource, control=point.control, reason=point.reason, detail=point.detail)
            )
    if not principals and not lock:
        return told
    name = state.resource.removeprefix("s3://")
    statement = quarantine_statement(name, means.partition, () if lock else principals, kept)
    sets = {f"{NAME}{statement['Sid']}": statement}
    refusal = statements_refusal(state, sets)
    if refusal is not None:
        refusals.append(refusal)
        return told
    whom = f"everybody but {', '.join(kept)}" if lock else ", ".join(principals)
    action = Action(
        resource=state.resource,
        control=STATEMENTS,
        before=dict.fromkeys(sets),
        after=sets,
        account=state.account,
        calls=protection.calls.get(STATEMENTS, frozenset()),
        found={"policy": state.fingerprints["policy"]},
        breaks=f"{whom} in {state.resource}",
        note=f"a statement that denies the bucket to {whom}",
    )
    return [*told, Planned(action=action, gate=Gate.REVIEW, because=_BECAUSE)]


def _planned(protection: Protection, state: ResourceState, point: Point) -> Planned:
    action = Action(
        resource=state.resource,
        control=point.protector,
        before=point.before,
        after=point.after,
        account=state.account,
        calls=protection.calls.get(point.protector, frozenset()),
        found={name: state.fingerprints[name] for name in point.sees},
        reversible=point.reversible,
        breaks=point.breaks,
        note="; ".join(part for part in (point.detail, point.note) if part),
    )
    return Planned(action=action, gate=Gate.REVIEW, because=_BECAUSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An incident as the audit log has it. `state` is open, contained (all of its plan is made), or closed."""

    id: str
    state: str
    opened_at: str
    opened_by: str
    plan: str
    details: dict[str, Any]
    closed_by: str = ""
    closed_at: str = ""
    reason: str = ""


def named_by_hand(resources: Sequence[str], principals: Sequence[str], *, what: str) -> Incident:
    """The incident that somebody tells of. Raises `UsageError` for what nothing is done about."""
    named = tuple(dict.fromkeys(each if is_kept(each) else resource_of(each) for each in resources))
    check_principals(principals)
    buckets = tuple(each for each in named if each.startswith("s3://"))
    kept = tuple(each for each in named if each not in buckets)
    other = [each for each in kept if not is_kept(each)]
    if other:
        raise UsageError(
            f"{other[0]}: no copy of it is kept; give a bucket, a database, a volume, a table or an instance of EC2"
        )
    if not (named or principals):
        raise UsageError("give a finding, or --resource and --principal")
    return Incident(
        source="person",
        reference="",
        what=what or "opened by hand",
        severity="high",
        account="",
        buckets=buckets,
        principals=tuple(dict.fromkeys(principals)),
        resources=kept,
    )


def check_principals(given: Sequence[str]) -> None:
    """Raises `UsageError` for what is no user or role."""
    for arn in given:
        if problem := principal_problem(arn):
            raise UsageError(problem)


def open_incident(catalog: Catalog, incident: Incident, plan: Plan, *, by: str, reason: str) -> tuple[str, bool]:
    """Keeps the plan and writes that the incident is open. Returns the plan's id, and whether it was not open before."""
    with catalog.transaction() as connection:
        # Of two who open it at once, one does.
        audit.hold(connection)
        known = next((each for each in _all(connection) if each.id == incident.id and each.state != "closed"), None)
        if known is not None:
            return known.plan, False
        plan_id = plans.keep(connection, plan) if plan.actions else ""
        audit.append(
            connection,
            actor=by,
            action=OPENED,
            resource=_first(incident),
            details={
                "incident": incident.id, "plan": plan_id, "source": incident.source, "reference": incident.reference,
                "what": incident.what, "severity": incident.severity, "buckets": list(incident.buckets),
                "principals": list(incident.principals), "resources": list(incident.resources), "reason": reason,
            },
        )  # fmt: skip
    return plan_id, True


def close_incident(catalog: Catalog, known: Known, *, by: str, reason: str) -> None:
    """Writes that it is closed; what its plan made stays, and is told. Raises `UsageError` where it is closed."""
    with catalog.transaction() as connection:
        audit.hold(connection)
        same = [each for each in _all(connection) if (each.id, each.opened_at) == (known.id, known.opened_at)]
        for each in same:
            if each.state == "closed":
                at = f"{each.closed_at[:10]} {each.closed_at[11:16]} UTC"
                raise UsageError(f"incident {each.id[:8]} was closed by {each.closed_by} at {at}")
        audit.append(
            connection,
            actor=by,
            action=CLOSED,
            resource=None,
            details={"incident": known.id, "reason": reason, "of": known.opened_at},
        )


def listed(catalog: Catalog) -> list[Known]:
    """All incidents, the newest first. One that is opened again after it was closed is another."""
    with catalog.reading() as connection:
        return _all(connection)


def _all(connection: Connection) -> list[Known]:
    opened = auditlog.newest(connection, auditlog.Wanted(action=OPENED), _MOST)
    closed = {
        (each["details"]["incident"], each["details"]["of"]): each
        for each in auditlog.newest(connection, auditlog.Wanted(action=CLOSED), _MOST)
    }
    told = []
    for each in reversed(opened):
        details = each["details"]
        end = closed.get((details["incident"], str(each["at"])))
        plan = str(details["plan"])
        is_made = bool(plan) and _is_made(journal.of_plan(connection, plan), plans.load(connection, plan))
        state = "closed" if end is not None else "contained" if is_made else "open"
        told.append(
            Known(
                id=details["incident"],
                state=state,
                opened_at=str(each["at"]),
                opened_by=each["actor"],
                plan=plan,
                details=details,
                closed_by="" if end is None else end["actor"],
                closed_at="" if end is None else str(end["at"]),
                reason="" if end is None else end["details"]["reason"],
            )
        )
    return told


def _is_made(entries: Sequence[Any], plan: Plan) -> bool:
    last = {entry.action: entry.outcome for entry in entries}
    return all(last.get(each.action.id) in (Outcome.APPLIED, Outcome.UNCHANGED) for each in plan.actions)


def find(catalog: Catalog, given: str) -> Known:
    """The newest incident whose id begins so. Raises `UsageError`."""
    found = [each for each in listed(catalog) if len(given) >= 4 and each.id.startswith(given.strip().lower())]
    if not found:
        raise UsageError(
            f"there is no incident '{given}'; 'assay protect incident list' lists them, four characters are enough"
        )
    if len({each.id for each in found}) > 1:
        raise UsageError(f"'{given}' is the beginning of several incidents; give more of it")
    return found[0]
