"""Plans in the catalog: kept as they were shown, approved, and read again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, or_, select

from assay.errors import UsageError
from assay.model.action import FOR_PEOPLE, Action, Gate, Plan, Planned, Refusal
from assay.store import audit
from assay.store.reviews import inserted, time_of
from assay.store.schema.protect import actions, plan_approvals, plan_refusals, plans, receipts
from assay.store.texts import clean, moment
from assay.store.upserts import IN_ONE

_ENOUGH = 4


class Approval(NamedTuple):
    """Who approved a plan as it is, when, and why."""

    by: str
    at: datetime
    reason: str
    digest: str = ""


class Listed(NamedTuple):
    """A plan in a list. `refusals` counts what is refused or not known, `by_hand` what people have to do, or left alone; `outcomes` its
    actions by the last that became of them; those never tried are not in it."""

    id: str
    command: str
    targets: tuple[str, ...]
    made_at: datetime
    made_by: str
    actions: int
    refusals: int
    by_hand: int
    approved_by: tuple[str, ...]
    outcomes: dict[str, int]


def keep(connection: Connection, plan: Plan) -> str:
    """Writes a plan, once, and returns its id: that of the newest that says the same, if nothing became of that yet."""
    if connection.execute(select(plans.c.id).where(plans.c.id == plan.id)).first() is not None:
        return plan.id
    same = select(plans.c.id, plans.c.targets).where(
        plans.c.digest == plan.digest,
        plans.c.command == plan.command,
        ~exists().where(receipts.c.plan_id == plans.c.id),
    )
    newest = connection.execute(same.order_by(plans.c.made_at.desc()).limit(1)).first()
    if newest is not None and newest.targets == [clean(target) for target in plan.targets]:
        return str(newest.id)
    connection.execute(insert(plans).values(**_row(plan)))
    rows = [_action_row(plan.id, position, planned) for position, planned in enumerate(plan.actions)]
    told = [
        {
            "plan_id": plan.id,
            "position": position,
            "resource": clean(refusal.resource),
            "control": refusal.control,
            "reason": clean(refusal.reason),
            "detail": clean(refusal.detail),
        }
        for position, refusal in enumerate(plan.refusals)
    ]
    for table, written in ((actions, rows), (plan_refusals, told)):
        for at in range(0, len(written), IN_ONE):
            connection.execute(insert(table), written[at : at + IN_ONE])
    return plan.id


def _row(plan: Plan) -> dict[str, Any]:
    return {
        "id": plan.id,
        "digest": plan.digest,
        "command": plan.command,
        "targets": [clean(target) for target in plan.targets],
        "made_at": moment(plan.made_at),
        "made_by": clean(plan.made_by),
        "looked_at": plan.looked_at,
        "notes": dict(plan.notes),
    }


def _action_row(plan: str, position: int, planned: Planned) -> dict[str, Any]:
    action = planned.action
    return {
        "plan_id": plan,
        "id": action.id,
        "position": position,
        "resource": clean(action.resource),
        "control": action.control,
        "gate": str(planned.gate),
        "because": clean(planned.because),
        "record": {
            "account": action.account,
            "before": dict(action.before),
            "after": dict(action.after),
            "calls": sorted(action.calls),
            "found": dict(action.found),
            "reversible": action.reversible,
            "breaks": action.breaks,
            "control_ids": list(action.control_ids),
            "note": action.note,
        }
        | ({"cost": dict(action.cost)} if action.cost else {}),
    }


def action_of(row: Any) -> Action:
    """An action that was stored."""
    told = row.record
    return Action(
        resource=row.resource,
        control=row.control,
        before=told["before"],
        after=told["after"],
        account=told["account"],
        calls=frozenset(told["calls"]),
        found=told["found"],
        reversible=told["reversible"],
        breaks=told["breaks"],
        control_ids=tuple(told["control_ids"]),
        note=told["note"],
        cost=told.get("cost", {}),
    )


def approve(connection: Connection, plan: str, *, by: str, at: datetime, reason: str) -> None:
    """Notes that somebody approved a plan as it is, and audits it. The same person approves it once."""
    digest = connection.execute(select(plans.c.digest).where(plans.c.id == plan)).scalar_one()
    row = {
        "plan_id": plan,
        "approved_by": clean(by),
        "digest": digest,
        "approved_at": moment(at),
        "reason": clean(reason),
    }
    made = inserted(connection, plan_approvals, [row]).returning(plan_approvals.c.plan_id)
    if connection.execute(made).first() is None:
        return
    counted = connection.execute(
        select(func.count()).select_from(actions).where(actions.c.plan_id == plan)
    ).scalar_one()
    audit.append(
        connection,
        actor=by,
        action="PLAN_APPROVED",
        details={"plan": plan, "digest": digest, "actions": counted, "reason": reason},
    )


def find(connection: Connection, given: str) -> str:
    """The id of the one plan whose id is, or begins with, `given`. Raises `UsageError`."""
    begins = select(plans.c.id).where(plans.c.id.startswith(given.strip().lower(), autoescape=True))
    found = (
        [] if len(given.strip()) < _ENOUGH else list(connection.execute(begins.order_by(plans.c.id).limit(5)).scalars())
    )
    if not found:
        raise UsageError(
            f"there is no plan '{given}'; 'assay aws plans' lists them, four characters of an id are enough"
        )
    if len(found) > 1:
        raise UsageError(f"'{given}' is the beginning of several plans: {', '.join(found)}; give more of it")
    return str(found[0])


def load(connection: Connection, plan: str) -> Plan:
    """The plan of this id, as it was made."""
    row = connection.execute(select(plans).where(plans.c.id == plan)).one()
    planned = connection.execute(select(actions).where(actions.c.plan_id == plan).order_by(actions.c.position))
    refused = connection.execute(
        select(plan_refusals).where(plan_refusals.c.plan_id == plan).order_by(plan_refusals.c.position)
    )
    return Plan(
        command=row.command,
        targets=tuple(row.targets),
        actions=tuple(Planned(action=action_of(each), gate=Gate(each.gate), because=each.because) for each in planned),
        refusals=tuple(
            Refusal(resource=each.resource, control=each.control, reason=each.reason, detail=each.detail)
            for each in refused
        ),
        notes=row.notes,
        looked_at=row.looked_at,
        made_at=time_of(row.made_at),
        made_by=row.made_by,
    )


def digest_of(connection: Connection, plan: str) -> str:
    """The digest of a plan as it was kept."""
    return str(connection.execute(select(plans.c.digest).where(plans.c.id == plan)).scalar_one())


def approvals(connection: Connection, plan: str) -> list[Approval]:
    """Who approved a plan, the first first."""
    rows = connection.execute(
        select(plan_approvals).where(plan_approvals.c.plan_id == plan).order_by(plan_approvals.c.approved_at)
    )
    return [
        Approval(by=row.approved_by, at=time_of(row.approved_at), reason=row.reason, digest=row.digest) for row in rows
    ]


def is_there(connection: Connection, plan_id: str) -> bool:
    """Whether there is a plan of that id."""
    return connection.execute(select(plans.c.id).where(plans.c.id == plan_id)).first() is not None


def listed(connection: Connection, *, limit: int, after: str | None = None) -> list[Listed]:
    """The newest plans, the newest first; those behind the plan of an id, if there is one of it."""
    asked = select(plans).order_by(plans.c.made_at.desc(), plans.c.id).limit(limit)
    if after is not None:
        made_at = connection.execute(select(plans.c.made_at).where(plans.c.id == after)).scalar_one_or_none()
        if made_at is not None:
            earlier = plans.c.made_at < made_at
            asked = asked.where(or_(earlier, and_(plans.c.made_at == made_at, plans.c.id > after)))
    rows: Sequence[Any] = connection.execute(asked).all()
    return [
        Listed(
            id=row.id,
            command=row.command,
            targets=tuple(row.targets),
            made_at=time_of(row.made_at),
            made_by=row.made_by,
            actions=_count(connection, actions.c.plan_id == row.id),
            refusals=_count(connection, plan_refusals.c.plan_id == row.id, plan_refusals.c.reason.not_in(FOR_PEOPLE)),
            by_hand=_count(connection, plan_refusals.c.plan_id == row.id, plan_refusals.c.reason.in_(FOR_PEOPLE)),
            approved_by=tuple(each.by for each in approvals(connection, row.id)),
            outcomes=outcomes(connection, row.id),
        )
        for row in rows
    ]


def _count(connection: Connection, *where: ColumnElement[bool]) -> int:
    return int(connection.execute(select(func.count()).where(*where)).scalar_one())


def outcomes(connection: Connection, plan: str) -> dict[str, int]:
    """How many of a plan's actions ended in what."""
    last = select(func.max(receipts.c.id)).where(receipts.c.plan_id == plan).group_by(receipts.c.action_id)
    counted = select(receipts.c.outcome, func.count()).where(receipts.c.id.in_(last)).group_by(receipts.c.outcome)
    return {row[0]: row[1] for row in connection.execute(counted.order_by(receipts.c.outcome))}


def touching(connection: Connection, resources: Sequence[str], *, limit: int) -> list[tuple[str, str, datetime]]:
    """The newest plans that have an action on one of these: id, command, and when each was made."""
    asked = (
        select(plans.c.id, plans.c.command, plans.c.made_at)
        .where(plans.c.id.in_(select(actions.c.plan_id).where(actions.c.resource.in_(list(resources)))))
        .order_by(plans.c.made_at.desc())
        .limit(limit)
    )
    return [(row.id, row.command, time_of(row.made_at)) for row in connection.execute(asked)]
