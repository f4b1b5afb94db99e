"""Events that came in: each change is taken by one worker at a time, and what became of it is written once.

The order of calls, each within a transaction: `claim`; then, in the one that keeps what the event brought about, `hold`,
`is_overtaken`, and last `finish`, which writes the audit entry. A worker that dies in between leaves an event that may be
claimed again, and nothing of its work is kept.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, select, update

from assay.store import audit
from assay.store.claims import NOBODY, LostClaimError, is_free, mine
from assay.store.schema.events import event_order, events
from assay.store.texts import clean, derived, moment
from assay.store.upserts import inserting

ACTION = "EVENT_HANDLED"


class Status(StrEnum):
    """How far an event is. `applying`: kept in the catalog, and what has to follow outside of it is not through."""

    WORKING = "working"
    APPLYING = "applying"
    WAITING = "waiting"
    DONE = "done"
    SKIPPED = "skipped"
    STALE = "stale"
    IGNORED = "ignored"
    REFUSED = "refused"
    DEAD = "dead"


_SETTLED = frozenset({Status.DONE, Status.SKIPPED, Status.STALE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """An event as it is kept. `ordered` names what its order is in (`None`: it has none), `sequencer` its place there."""

    identity: str
    resource: str
    source: str
    type: str
    ordered: str | None = None
    sequencer: str | None = None
    at: datetime | None = None


class Taken(NamedTuple):
    """An event that this worker has; `key` proves it. `attempts` counts this one. `applying`: only what follows is left."""

    identity: str
    key: str
    attempts: int
    applying: bool


class Known(NamedTuple):
    """An event that nobody has to work on any more."""

    status: Status


class Busy(NamedTuple):
    """An event that somebody else works on, or whose key another event is worked on of."""


def claim(connection: Connection, event: Incoming, lease: timedelta) -> Taken | Known | Busy:
    """Takes an event for this process, until `lease` is over or the process is gone."""
    now = datetime.now(UTC)
    subject = _subject(event)
    if subject is not None:
        connection.execute(_ordered(connection.dialect.name), {"subject": subject})
        _lock_order(connection, subject)
    fresh = _insert_if_new(connection, event, subject, now)
    row = _locked(connection, event.identity)
    status = Status(row.status)
    seen = {} if fresh else {"deliveries": row.deliveries + 1}
    if status in _SETTLED:
        _set(connection, event.identity, seen)
        return Known(status)
    held = status in (Status.WORKING, Status.APPLYING)
    if not fresh and held and not is_free(row, now):
        _set(connection, event.identity, seen)
        return Busy()
    if subject is not None and _is_key_busy(connection, subject, event.identity, now):
        _set(connection, event.identity, seen | ({"status": Status.WAITING.value, "claim": None} if fresh else {}))
        return Busy()
    # One that was given up comes again only when a person has sent it again.
    attempts = 1 if status is Status.DEAD else row.attempts + 1
    applying = status is Status.APPLYING
    key = secrets.token_hex(16)
    _set(
        connection,
        event.identity,
        seen
        | mine(key, now, lease)
        | {"status": (Status.APPLYING if applying else Status.WORKING).value, "attempts": attempts},
    )
    return Taken(event.identity, key, attempts, applying)


def renew(connection: Connection, taken: Sequence[Taken], lease: timedelta) -> None:
    """Keeps events for longer."""
    until = moment(datetime.now(UTC) + lease)
    for each in taken:
        connection.execute(
            update(events).where(events.c.identity == each.identity, events.c.claim == each.key).values(until=until)
        )


def hold(connection: Connection, taken: Taken) -> None:
    """Makes sure that the event is still this worker's until the transaction ends. Raises `LostClaimError`."""
    row = _locked(connection, taken.identity)
    if row.claim != taken.key:
        raise LostClaimError("the event was claimed by another worker meanwhile")


def is_overtaken(connection: Connection, event: Incoming, is_older: Callable[[str, str], bool]) -> bool:
    """Whether a later event of its key is done already."""
    subject = _subject(event)
    if subject is None or event.sequencer is None:
        return False
    latest = _lock_order(connection, subject)
    return latest is not None and is_older(event.sequencer, latest)


def finish(
    connection: Connection,
    taken: Taken,
    event: Incoming,
    status: Status,
    *,
    actor: str,
    reason: str = "",
    gate: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Says what became of the event, and writes its audit entry. `details` are JSON without clear values."""
    is_through = status is not Status.APPLYING
    _set(
        connection,
        taken.identity,
        {
            "status": status.value,
            "reason": clean(reason),
            "gate": gate,
            "finished_at": moment() if is_through else None,
        }
        | (NOBODY if is_through else {}),
    )
    subject = _subject(event)
    if subject is not None and event.sequencer is not None and status is not Status.STALE:
        connection.execute(
            update(event_order).where(event_order.c.subject == subject).values(sequencer=event.sequencer)
        )
    audit.append(
        connection,
        actor=actor,
        action=ACTION,
        resource=event.resource,
        details={
            "event": event.identity,
            "source": event.source,
            "type": event.type,
            "outcome": (Status.DONE if status is Status.APPLYING else status).value,
            "reason": reason,
            "gate": gate,
            **(details or {}),
        },
    )


def applied(connection: Connection, taken: Taken, reason: str = "") -> None:
    """Says that what had to follow outside of the catalog is through. Raises `LostClaimError`."""
    hold(connection, taken)
    done = {"status": Status.DONE.value, "finished_at": moment()}
    _set(connection, taken.identity, done | ({"reason": clean(reason)} if reason else {}) | NOBODY)


def give_back(connection: Connection, taken: Taken, reason: str, *, counts: bool) -> None:
    """Leaves the event to be tried again. `counts` says whether this try is one of those after which it is given up."""
    row = _locked(connection, taken.identity)
    if row.claim != taken.key:
        return
    # What is kept in the catalog is not done again.
    status = Status.APPLYING if row.status == Status.APPLYING else Status.WAITING
    attempts = row.attempts if counts else max(0, row.attempts - 1)
    _set(connection, taken.identity, NOBODY | {"status": status.value, "reason": clean(reason), "attempts": attempts})


def bury(connection: Connection, taken: Taken, event: Incoming, reason: str, *, actor: str) -> None:
    """Gives the event up: its message lies in the dead-letter queue. Raises `LostClaimError`."""
    hold(connection, taken)
    finish(connection, taken, event, Status.DEAD, actor=actor, reason=reason)


def note(connection: Connection, of: Sequence[str], *, status: Status, reason: str) -> None:
    """Keeps a message, or a part of one, that asks for nothing (`ignored`) or cannot be understood (`refused`).

    `of` tells it apart: its queue, its number there, and where in it the part stands.
    """
    now = datetime.now(UTC)
    identity = derived("message", *of)
    row = {
        "identity": identity,
        "source": "unknown",
        "type": "message",
        "status": status.value,
        "reason": clean(reason),
        "attempts": 0,
        "deliveries": 1,
        "received_at": moment(now),
        "hour": f"{now:%Y-%m-%dT%H}",
        "finished_at": moment(now),
    }
    made = inserting(connection.dialect.name, events)
    again = {"deliveries": events.c.deliveries + 1}
    connection.execute(made.values(row).on_conflict_do_update(index_elements=["identity"], set_=again))


def note_done(connection: Connection, done: Sequence[tuple[Incoming, Status, str, str | None]]) -> None:
    """Keeps events that nobody else can have taken, each with what became of it, why, and what its phase allows.

    One that is known already is counted as told of again.
    """
    now = datetime.now(UTC)
    rows = [
        {
            "identity": event.identity,
            "resource": clean(event.resource),
            "source": event.source,
            "type": event.type,
            "status": status.value,
            "reason": clean(reason),
            "gate": gate,
            "attempts": 1,
            "deliveries": 1,
            "received_at": moment(now),
            "hour": f"{now:%Y-%m-%dT%H}",
            "finished_at": moment(now),
        }
        for event, status, reason, gate in done
    ]
    if rows:
        made = inserting(connection.dialect.name, events)
        again = {"deliveries": events.c.deliveries + 1}
        connection.execute(made.on_conflict_do_update(index_elements=["identity"], set_=again), rows)


def _subject(event: Incoming) -> str | None:
    return None if event.ordered is None else derived("event order", event.ordered)


def _insert_if_new(connection: Connection, event: Incoming, subject: str | None, now: datetime) -> bool:
    row = {
        "identity": event.identity,
        "resource": clean(event.resource),
        "subject": subject,
        "sequencer": event.sequencer,
        "source": event.source,
        "type": event.type,
        "status": Status.WORKING.value,
        "reason": "",
        "attempts": 0,
        "deliveries": 1,
        "event_at": None if event.at is None else moment(event.at),
        "received_at": moment(now),
        "hour": f"{now:%Y-%m-%dT%H}",
    }
    return connection.execute(_if_new(connection.dialect.name), row).first() is not None


@cache
def _if_new(dialect: str) -> Any:
    return inserting(dialect, events).on_conflict_do_nothing().returning(events.c.identity)


@cache
def _ordered(dialect: str) -> Any:
    return inserting(dialect, event_order).on_conflict_do_nothing()


def _lock_order(connection: Connection, subject: str) -> str | None:
    """Holds the key's row, which is there; that comes first in every transaction, so that none waits for another in a ring."""
    held = select(event_order.c.sequencer).where(event_order.c.subject == subject).with_for_update()
    latest: str | None = connection.execute(held).scalar_one()
    return latest


def _locked(connection: Connection, identity: str) -> Row[Any]:
    return connection.execute(select(events).where(events.c.identity == identity).with_for_update()).one()


def _set(connection: Connection, identity: str, values: Mapping[str, Any]) -> None:
    if values:
        connection.execute(update(events).where(events.c.identity == identity).values(**values))


def _is_key_busy(connection: Connection, subject: str, identity: str, now: datetime) -> bool:
    held = select(events.c.claim, events.c.until, events.c.host, events.c.process).where(
        events.c.subject == subject,
        events.c.identity != identity,
        events.c.status.in_([Status.WORKING.value, Status.APPLYING.value]),
        events.c.claim.is_not(None),
    )
    return any(not is_free(row, now) for row in connection.execute(held))
