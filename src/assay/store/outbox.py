"""Tells later consumers of every changed level: each exactly once, in the order of each resource.

An event is written in the transaction that changes the level. A consumer claims events for a time; one that ends before
it is done leaves them to be claimed again. `done` takes the connection of the transaction that holds the consumer's own
effects, so that where these are in the same database both are kept, or neither.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, delete, exists, insert, or_, select, text, update

from assay.errors import CatalogError
from assay.model import Level
from assay.store.schema.catalog import outbox, outbox_claims, resources
from assay.store.texts import moment

LEASE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelChange:
    """A resource's level changed in a run. `old` is `None` for one that was not known before."""

    id: int
    resource: str
    old: Level | None
    new: Level
    run: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Events that a consumer has until `until`; `key` says that it is this one that has them."""

    consumer: str
    key: str
    until: str
    events: tuple[LevelChange, ...]


def claim(connection: Connection, consumer: str, n: int, *, lease: timedelta = LEASE) -> Claim:
    """At most `n` events that `consumer` is not done with and that nobody else has, the oldest first.

    An event waits while an earlier one of its resource is claimed by another. `consumer` has at most 64 characters.
    """
    now = moment()
    if connection.dialect.name == "postgresql":
        # One claimer at a time, per consumer; SQLite has one writer anyway.
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": f"assay outbox {consumer}"})
    mine = and_(outbox_claims.c.consumer == consumer, outbox_claims.c.event_id == outbox.c.id)
    settled = exists().where(mine, or_(outbox_claims.c.done_at.is_not(None), outbox_claims.c.until > now))
    earlier, held = outbox.alias("earlier"), outbox_claims.alias("held")
    waits = exists().where(
        earlier.c.resource_id == outbox.c.resource_id,
        earlier.c.id < outbox.c.id,
        held.c.event_id == earlier.c.id,
        held.c.consumer == consumer,
        held.c.done_at.is_(None),
        held.c.until > now,
    )
    rows = connection.execute(
        select(outbox, resources.c.uri)
        .join(resources, resources.c.id == outbox.c.resource_id)
        .where(~settled, ~waits)
        .order_by(outbox.c.id)
        .limit(n)
    ).all()
    key = secrets.token_hex(16)
    until = moment(datetime.now(UTC) + lease)
    if rows:
        taken = [row.id for row in rows]
        connection.execute(
            delete(outbox_claims).where(outbox_claims.c.consumer == consumer, outbox_claims.c.event_id.in_(taken))
        )
        connection.execute(
            insert(outbox_claims),
            [{"consumer": consumer, "event_id": event, "claim": key, "until": until} for event in taken],
        )
    return Claim(consumer=consumer, key=key, until=until, events=tuple(_change(row) for row in rows))


def done(connection: Connection, given: Claim, events: Sequence[LevelChange] | None = None) -> None:
    """Says that the consumer is done with the claim's events, or some of them.

    Raises `CatalogError`, and the transaction must not be kept, where the claim ran out and another has them.
    """
    ids = [event.id for event in (given.events if events is None else events)]
    if not ids:
        return
    changed = connection.execute(
        update(outbox_claims)
        .where(
            outbox_claims.c.consumer == given.consumer,
            outbox_claims.c.claim == given.key,
            outbox_claims.c.done_at.is_(None),
            outbox_claims.c.event_id.in_(ids),
        )
        .values(done_at=moment())
    )
    if changed.rowcount != len(set(ids)):
        raise CatalogError(f"the events claimed by '{given.consumer}' were claimed again by another; claim anew")


def release(connection: Connection, given: Claim) -> None:
    """Gives back what the consumer is not done with."""
    connection.execute(
        delete(outbox_claims).where(
            outbox_claims.c.consumer == given.consumer,
            outbox_claims.c.claim == given.key,
            outbox_claims.c.done_at.is_(None),
        )
    )


def waiting(connection: Connection, consumer: str) -> Iterator[LevelChange]:
    """The events that the consumer is not done with, the oldest first."""
    finished = exists().where(
        outbox_claims.c.consumer == consumer,
        outbox_claims.c.event_id == outbox.c.id,
        outbox_claims.c.done_at.is_not(None),
    )
    rows = connection.execute(
        select(outbox, resources.c.uri)
        .join(resources, resources.c.id == outbox.c.resource_id)
        .where(~finished)
        .order_by(outbox.c.id)
    )
    return (_change(row) for row in rows)


def _change(row: Any) -> LevelChange:
    return LevelChange(
        id=row.id,
        resource=row.uri,
        old=None if row.old_level is None else Level(row.old_level),
        new=Level(row.new_level),
        run=row.run_id,
        at=row.at,
    )
