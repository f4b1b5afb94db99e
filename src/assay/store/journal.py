"""The journal of actions: what is going to be done is written before it is done, and what became of it after.

Whoever makes an action has a claim on its resource and control, so that two processes do not change the same at once. A
claim that its process left behind says that the action was interrupted; whoever finds it takes it over, and looks.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, select, update

from assay.errors import CatalogError
from assay.model.action import Action, Outcome, Receipt, State
from assay.store import audit
from assay.store.here import host
from assay.store.plans import action_of
from assay.store.reviews import inserted, time_of
from assay.store.runs import is_running
from assay.store.schema.protect import action_claims, actions, receipts
from assay.store.texts import clean, derived, moment

LEASE = timedelta(minutes=15)
"""After this time another may take over what a process on another host began."""

_AUDITED = {Outcome.APPLIED: "APPLIED", Outcome.UNDONE: "UNDONE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """An action that somebody began and of which it is not known what became. `claim` is one's own now."""

    plan: str
    action: Action
    claim: str
    step: Outcome
    watched: bool


class Begun(NamedTuple):
    """Which actions may be made now; which were already, in this plan; and of which another process has the resource."""

    free: list[Action]
    done: list[Action]
    busy: list[Action]


def begin(
    connection: Connection,
    plan: str,
    wanted: Sequence[Action],
    claim: str,
    step: Outcome,
    *,
    by: str,
    watched: frozenset[str] = frozenset(),
) -> Begun:
    """Claims actions of a plan and writes that they are going to be made (`INTENDED`) or undone (`UNDOING`)."""
    ended = _done(connection, plan, [action.id for action in wanted], step)
    free, done, busy = [], [], []
    for action in wanted:
        if action.id in ended:
            done.append(action)
            continue
        row = {"id": _subject(action), "plan_id": plan, "action_id": action.id, "claim": claim, **_mine()}
        if connection.execute(inserted(connection, action_claims, [row]).returning(action_claims.c.id)).first():
            free.append(action)
        else:
            busy.append(action)
    if free:
        now = moment()
        connection.execute(
            insert(receipts),
            [
                {
                    "plan_id": plan,
                    "action_id": action.id,
                    "outcome": str(step),
                    "reason": "",
                    "detail": "",
                    "watched": action.id in watched,
                    "at": now,
                    "by": clean(by),
                }
                for action in free
            ],
        )
    return Begun(free, done, busy)


def _done(connection: Connection, plan: str, ids: Sequence[str], step: Outcome) -> set[str]:
    end = Outcome.APPLIED if step is Outcome.INTENDED else Outcome.UNDONE
    wanted = select(receipts.c.action_id).where(
        receipts.c.plan_id == plan, receipts.c.outcome == str(end), receipts.c.action_id.in_(ids)
    )
    return set(connection.execute(wanted).scalars())


def finish(connection: Connection, told: Sequence[Receipt], made: Iterable[Action], claim: str) -> None:
    """Writes what became of actions, audits what was changed, and gives the claims back.

    What is `UNKNOWN` keeps its claim, which anybody may take over at once. Raises `CatalogError`, and the transaction must
    not be kept, where another took a claim over meanwhile.
    """
    by_id = {action.id: action for action in made}
    for receipt in told:
        action = by_id[receipt.action]
        mine = (action_claims.c.id == _subject(action)) & (action_claims.c.claim == claim)
        if receipt.outcome is Outcome.UNKNOWN:
            left: Any = update(action_claims).where(mine).values(until=moment(), process=0)
        else:
            left = delete(action_claims).where(mine)
        if connection.execute(left).rowcount != 1:
            raise CatalogError(f"{action.resource}: another process took it over meanwhile; see 'assay aws plans'")
    if told:
        connection.execute(insert(receipts), [_row(receipt) for receipt in told])
    # Last: the end of the audit log is held until the transaction ends.
    for receipt in told:
        if receipt.outcome in _AUDITED:
            _audit(connection, receipt, by_id[receipt.action])


def _row(receipt: Receipt) -> dict[str, Any]:
    return {
        "plan_id": receipt.plan,
        "action_id": receipt.action,
        "outcome": str(receipt.outcome),
        "before": _json(receipt.before),
        "after": _json(receipt.after),
        "undo": _json(receipt.undo),
        "reason": clean(receipt.reason),
        "detail": clean(receipt.detail),
        "watched": receipt.watched,
        "at": moment(receipt.at),
        "by": clean(receipt.by),
    }


def _audit(connection: Connection, receipt: Receipt, action: Action) -> None:
    what = "TAG" if action.control.endswith("_tags") else "PROTECTION"
    details = {"plan": receipt.plan, "action": receipt.action, "control": action.control, "watched": receipt.watched}
    audit.append(
        connection,
        actor=receipt.by,
        action=f"{what}_{_AUDITED[receipt.outcome]}",
        resource=action.resource,
        details=details | ({"detail": receipt.detail} if receipt.detail else {}),
        before=_json(receipt.before),
        after=_json(receipt.after),
    )


def _json(state: State | None) -> dict[str, Any] | None:
    return None if state is None else dict(state)


def take_over(connection: Connection, controls: Iterable[str], account: str, *, limit: int) -> list[Open]:
    """Claims at most `limit` actions of these controls and of an account that others began and left behind: their process died, their lease
    ran out, or they could not see what became of it."""
    claim = new_claim()
    rows = connection.execute(
        select(action_claims, actions.c.resource, actions.c.control, actions.c.record)
        .join(actions, (actions.c.plan_id == action_claims.c.plan_id) & (actions.c.id == action_claims.c.action_id))
        .where(actions.c.control.in_(list(controls)))
        .order_by(action_claims.c.until, action_claims.c.id)
    )
    found: list[Open] = []
    for row in rows.all():
        if len(found) == limit:
            break
        if row.record["account"] != account or not _is_left(row):
            continue
        same = (action_claims.c.id == row.id) & (action_claims.c.claim == row.claim)
        if connection.execute(update(action_claims).where(same).values(claim=claim, **_mine())).rowcount == 1:
            last = _last_step(connection, row.plan_id, row.action_id)
            found.append(Open(plan=row.plan_id, action=action_of(row), claim=claim, step=last[0], watched=last[1]))
    return found


def accounts_left(connection: Connection, controls: Iterable[str]) -> set[str]:
    """The accounts in which `take_over` would find something."""
    rows = connection.execute(
        select(action_claims, actions.c.record)
        .join(actions, (actions.c.plan_id == action_claims.c.plan_id) & (actions.c.id == action_claims.c.action_id))
        .where(actions.c.control.in_(list(controls)))
    )
    return {str(row.record["account"]) for row in rows if _is_left(row)}


def _last_step(connection: Connection, plan: str, action: str) -> tuple[Outcome, bool]:
    """What was begun last."""
    begun = [str(Outcome.INTENDED), str(Outcome.UNDOING)]
    row = connection.execute(
        select(receipts.c.outcome, receipts.c.watched)
        .where(receipts.c.plan_id == plan, receipts.c.action_id == action, receipts.c.outcome.in_(begun))
        .order_by(receipts.c.id.desc())
        .limit(1)
    ).one()
    return Outcome(row.outcome), bool(row.watched)


def leave(connection: Connection, claim: str) -> None:
    """Gives claims back as they were found: what became of their actions could not be seen now either."""
    connection.execute(update(action_claims).where(action_claims.c.claim == claim).values(until=moment(), process=0))


def of_plan(connection: Connection, plan: str) -> list[Receipt]:
    """The journal of a plan, in its order."""
    rows = connection.execute(select(receipts).where(receipts.c.plan_id == plan).order_by(receipts.c.id))
    return [
        Receipt(
            plan=row.plan_id,
            action=row.action_id,
            outcome=Outcome(row.outcome),
            at=time_of(row.at),
            by=row.by,
            before=row.before,
            after=row.after,
            undo=row.undo,
            reason=row.reason,
            detail=row.detail,
            watched=row.watched,
        )
        for row in rows
    ]


def new_claim() -> str:
    """A claim of one's own."""
    return secrets.token_hex(16)


def _mine() -> dict[str, Any]:
    return {"host": host(), "process": os.getpid(), "until": moment(datetime.now(UTC) + LEASE)}


def _is_left(row: Any) -> bool:
    if str(row.until) < moment():
        return True
    return bool(row.host == host() and not is_running(row.process))


def _subject(action: Action) -> str:
    return derived("claim", clean(action.resource), action.control)


def standing(connection: Connection, resource: str, control: str) -> list[tuple[str, Action]]:
    """What was applied to a resource by a control and not undone since, the last first, each with its plan."""
    return _standing(connection, (actions.c.resource == clean(resource)) & (actions.c.control == control))


def all_standing(connection: Connection, controls: Iterable[str], account: str | None) -> list[tuple[str, Action]]:
    """The same of all resources of an account (`None`: of all), by these controls."""
    found = _standing(connection, actions.c.control.in_(list(controls)))
    return [(plan, action) for plan, action in found if account in (None, action.account)]


def newest(connection: Connection, control: str, account: str) -> dict[str, datetime]:
    """When what a control does was last done, by resource of an account."""
    rows = connection.execute(
        select(actions.c.resource, actions.c.record, receipts.c.at)
        .join(receipts, (receipts.c.plan_id == actions.c.plan_id) & (receipts.c.action_id == actions.c.id))
        .where(actions.c.control == control, receipts.c.outcome == str(Outcome.APPLIED))
        .order_by(receipts.c.id)
    )
    return {str(row.resource): time_of(row.at) for row in rows if row.record["account"] == account}


def made_since(connection: Connection, since: datetime) -> Counter[tuple[str, str]]:
    """How often each control was made of each resource since a time."""
    counted = (
        select(actions.c.resource, actions.c.control, func.count())
        .join(receipts, (receipts.c.plan_id == actions.c.plan_id) & (receipts.c.action_id == actions.c.id))
        .where(receipts.c.outcome == str(Outcome.APPLIED), receipts.c.at >= moment(since))
        .group_by(actions.c.resource, actions.c.control)
    )
    return Counter({(row[0], row[1]): int(row[2]) for row in connection.execute(counted)})


def _standing(connection: Connection, which: ColumnElement[bool]) -> list[tuple[str, Action]]:
    undone = receipts.alias("undone")
    taken_back = exists().where(
        undone.c.plan_id == receipts.c.plan_id,
        undone.c.action_id == receipts.c.action_id,
        undone.c.outcome == str(Outcome.UNDONE),
    )
    rows = connection.execute(
        select(actions.c.plan_id, actions.c.id, actions.c.resource, actions.c.control, actions.c.record)
        .join(receipts, (receipts.c.plan_id == actions.c.plan_id) & (receipts.c.action_id == actions.c.id))
        .where(which, receipts.c.outcome == str(Outcome.APPLIED), ~taken_back)
        .order_by(receipts.c.id.desc())
    )
    return [(str(row.plan_id), action_of(row)) for row in rows]
