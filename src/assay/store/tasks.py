"""What events ask for and what is not done with them: a resource has to be scanned, or tagged, as a whole.

However often it is asked for, there is one task of each kind for each resource; of protection one for each account, too. One process at a time works on it (`take`),
and then says what became of it: `finish`, `give_back` or `bury`. What is asked for meanwhile is done once more.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, case, func, or_, select, true, update

from assay.store import audit
from assay.store.claims import NOBODY, LostClaimError, is_free, mine
from assay.store.schema.events import tasks
from assay.store.texts import clean, derived, moment
from assay.store.upserts import inserting

GIVEN_UP = "TASK_GIVEN_UP"
_LOOKED_AT = 100


class Kind(StrEnum):
    """What is to be done."""

    RESCAN = "rescan"
    TAGS = "tags"
    PROTECT = "protect"
    ENRICH = "enrich"


class Status(StrEnum):
    """How far a task is."""

    WAITING = "waiting"
    WORKING = "working"
    DONE = "done"
    DEAD = "dead"


class Task(NamedTuple):
    """A task that this process has; `claim` proves it. `attempts` counts this one, `asked` how often it was asked for so far.

    `goes_on` says that it was begun before, and not asked for again since: what was done of it counts still.
    """

    id: str
    kind: Kind
    resource: str
    because: str
    account: str | None
    region: str | None
    attempts: int
    asked: int
    goes_on: bool
    claim: str


class Told(NamedTuple):
    """A task as people are told of it. `since` and `due` are stored moments."""

    kind: str
    resource: str
    because: str
    status: str
    attempts: int
    reason: str
    since: str
    due: str


def ask(
    connection: Connection,
    kind: Kind,
    resource: str,
    *,
    because: str,
    account: str | None = None,
    region: str | None = None,
    after: timedelta = timedelta(0),
) -> None:
    """Asks for it to be done, not before `after` is over. One that waits already stays as it is; one that was given up is
    tried anew. Of protection there is one for each account that is told: who has the credentials of one may be unable to do what another can."""
    now = datetime.now(UTC)
    whose = (account,) if kind is Kind.PROTECT and account is not None else ()
    fresh = {
        "id": derived("task", kind, clean(resource), *whose),
        "kind": kind.value,
        "resource": clean(resource),
        "account": account,
        "region": region,
        "because": clean(because),
        "status": Status.WAITING.value,
        "asked": 1,
        "begun": 0,
        "attempts": 0,
        "due_at": moment(now + after),
        "reason": "",
        "asked_at": moment(now),
    }
    connection.execute(_asking(connection.dialect.name), [fresh])


@cache
def _asking(dialect: str) -> Any:
    statement = inserting(dialect, tasks)
    is_over = tasks.c.status.in_([Status.DONE.value, Status.DEAD.value])
    renewed = ("account", "region", "because", "status", "begun", "attempts", "due_at", "reason", "asked_at")
    again: dict[str, Any] = {name: case((is_over, statement.excluded[name]), else_=tasks.c[name]) for name in renewed}
    again["asked"] = tasks.c.asked + 1
    return statement.on_conflict_do_update(index_elements=["id"], set_=again)


def take(
    connection: Connection,
    kinds: Collection[Kind],
    lease: timedelta,
    *,
    early: bool = False,
    accounts: Collection[str] | None = None,
    tired: Collection[str] = (),
) -> Task | None:
    """A task that is due, and that nobody has, for this process, until `lease` is over or the process is gone; the one that
    waits longest. With `early` also one of which no try counted yet, though it is not due, but for those of the ids `tired`. With `accounts` none of protection that is
    known to be of others: who changes something has the credentials of some."""
    now = datetime.now(UTC)
    due = tasks.c.due_at <= moment(now)
    is_new = (tasks.c.attempts == 0) & tasks.c.id.not_in(list(tired))
    waits = (tasks.c.status == Status.WAITING.value) & (or_(due, is_new) if early else due)
    whose = (
        true()
        if accounts is None
        else or_(tasks.c.kind != Kind.PROTECT.value, tasks.c.account.is_(None), tasks.c.account.in_(list(accounts)))
    )
    wanted = (
        select(tasks)
        .where(
            whose, tasks.c.kind.in_([kind.value for kind in kinds]), or_(waits, tasks.c.status == Status.WORKING.value)
        )
        .order_by(tasks.c.due_at, tasks.c.id)
        .limit(_LOOKED_AT)
        .with_for_update(skip_locked=True)
    )
    for row in connection.execute(wanted).all():
        if row.status == Status.WORKING.value and not is_free(row, now):
            continue
        key = secrets.token_hex(16)
        _set(
            connection,
            row.id,
            mine(key, now, lease) | {"status": Status.WORKING.value, "attempts": row.attempts + 1, "begun": row.asked},
        )
        return Task(
            id=row.id,
            kind=Kind(row.kind),
            resource=row.resource,
            because=row.because,
            account=row.account,
            region=row.region,
            attempts=row.attempts + 1,
            asked=row.asked,
            goes_on=row.begun == row.asked,
            claim=key,
        )
    return None


def elsewhere(connection: Connection, accounts: Collection[str], *, because: str) -> dict[str, str]:
    """What waits to be protected in other accounts than these, with its account; each says from then on that it waits for that."""
    wanted = (
        (tasks.c.kind == Kind.PROTECT.value)
        & (tasks.c.status == Status.WAITING.value)
        & tasks.c.account.is_not(None)
        & tasks.c.account.not_in(list(accounts))
    )
    found = connection.execute(select(tasks.c.resource, tasks.c.account, tasks.c.reason).where(wanted)).all()
    if any(row.reason != because for row in found):
        connection.execute(update(tasks).where(wanted).values(reason=because))
    return {str(row.resource): str(row.account) for row in found}


def renew(connection: Connection, task: Task, lease: timedelta) -> bool:
    """Keeps a task for longer. Whether it is this process's still."""
    until = moment(datetime.now(UTC) + lease)
    held = (tasks.c.id == task.id) & (tasks.c.claim == task.claim)
    return connection.execute(update(tasks).where(held).values(until=until)).rowcount == 1


def finish(connection: Connection, task: Task, reason: str = "", *, again_after: timedelta = timedelta(0)) -> None:
    """Says that it is done; where it was asked for meanwhile it waits again. Raises `LostClaimError`."""
    row = _hold(connection, task)
    now = datetime.now(UTC)
    done: dict[str, Any] = {"attempts": 0, "begun": 0, "reason": clean(reason), "finished_at": moment(now)} | NOBODY
    if row.asked > task.asked:
        done |= {
            "status": Status.WAITING.value,
            "due_at": moment(now + again_after),
            "asked_at": moment(now),
        }
    else:
        done["status"] = Status.DONE.value
    _set(connection, task.id, done)


def give_back(connection: Connection, task: Task, reason: str, *, counts: bool, after: timedelta) -> None:
    """Leaves it to be tried again once `after` is over. `counts` says whether this try is one of those after which it is
    given up. Raises `LostClaimError`."""
    row = _hold(connection, task)
    attempts = row.attempts if counts else max(0, row.attempts - 1)
    due = moment(datetime.now(UTC) + after)
    left = {"status": Status.WAITING.value, "reason": clean(reason), "attempts": attempts, "due_at": due}
    _set(connection, task.id, left | NOBODY)


def bury(connection: Connection, task: Task, reason: str, *, actor: str) -> None:
    """Gives it up, with an entry in the audit log; it is tried anew once it is asked for again. Raises `LostClaimError`."""
    _hold(connection, task)
    given_up = {"status": Status.DEAD.value, "reason": clean(reason), "finished_at": moment()}
    _set(connection, task.id, given_up | NOBODY)
    details = {"task": task.kind.value, "because": task.because, "attempts": task.attempts, "reason": reason}
    audit.append(connection, actor=actor, action=GIVEN_UP, resource=task.resource, details=details)


def open_tasks(connection: Connection, limit: int) -> list[Told]:
    """Those that are not done: waiting, being worked on, or given up; those that were asked for first come first."""
    wanted = (
        select(tasks).where(tasks.c.status != Status.DONE.value).order_by(tasks.c.asked_at, tasks.c.id).limit(limit)
    )
    return [
        Told(row.kind, row.resource, row.because, row.status, row.attempts, row.reason, row.asked_at, row.due_at)
        for row in connection.execute(wanted)
    ]


def numbers(connection: Connection) -> dict[str, dict[str, int]]:
    """How many tasks of each kind are in each status."""
    found: dict[str, dict[str, int]] = {}
    counted = select(tasks.c.kind, tasks.c.status, func.count()).group_by(tasks.c.kind, tasks.c.status)
    for kind, status, number in connection.execute(counted.order_by(tasks.c.kind, tasks.c.status)):
        found.setdefault(str(kind), {})[str(status)] = int(number)
    return found


def _hold(connection: Connection, task: Task) -> Row[Any]:
    row = connection.execute(select(tasks).where(tasks.c.id == task.id).with_for_update()).one()
    if row.claim != task.claim:
        raise LostClaimError("the task was claimed by another process meanwhile")
    return row


def _set(connection: Connection, key: str, values: dict[str, Any]) -> None:
    connection.execute(update(tasks).where(tasks.c.id == key).values(**values))
