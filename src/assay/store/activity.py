"""Numbers over a period: the review queue, and the outbox's events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, func, or_, select

from assay.model import Level
from assay.model.review import State
from assay.store.reviews import time_of
from assay.store.schema.catalog import outbox, outbox_claims
from assay.store.schema.review import review_items
from assay.store.texts import moment

_HOUR = len("2024-05-01T12")


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The review queue. `asked` questions came in the period; at its end `waiting` had no answer, by level, and `since`
    is when the one that waited longest was asked."""

    asked: int
    waiting: int
    waiting_by_level: Mapping[str, int]
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """Of a period's events, how many a consumer is done with, has taken at this moment, and has not taken."""

    done: int
    taken: int
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Changes of level that were written in a period. `by_type` is `first`, `raised` or `lowered`; `by_level` the new
    level; `by_hour` begins are as `2024-05-01T12` (UTC)."""

    number: int
    by_type: Mapping[str, int]
    by_level: Mapping[str, int]
    by_hour: Mapping[str, int]
    by_consumer: Mapping[str, Consumer]


def queue(connection: Connection, *, since: str | None = None, until: str | None = None) -> Queue:
    """The queue of a period."""
    items = review_items.c
    came = [items.queued_at >= since] if since is not None else []
    came += [items.queued_at < until] if until is not None else []
    asked = connection.execute(select(func.count()).select_from(review_items).where(and_(True, *came))).scalar_one()
    waits: ColumnElement[bool] = items.state.in_([str(State.OPEN), str(State.AWAITING_SECOND)])
    if until is not None:
        waits = and_(items.queued_at < until, or_(items.decided_at.is_(None), items.decided_at >= until))
    rows = connection.execute(
        select(items.level, func.count(), func.min(items.queued_at)).where(waits).group_by(items.level)
    ).all()
    by_level = {str(level): int(number) for level, number, _ in rows}
    first = min((text for _, _, text in rows), default=None)
    return Queue(
        asked=int(asked),
        waiting=sum(by_level.values()),
        waiting_by_level=by_level,
        since=None if first is None else time_of(first),
    )


def events(connection: Connection, *, since: str | None = None, until: str | None = None) -> Events:
    """The events of a period, and how far their consumers are now."""
    limits = [outbox.c.at >= since] if since is not None else []
    limits += [outbox.c.at < until] if until is not None else []
    within = and_(True, *limits)
    by_type = {"first": 0, "raised": 0, "lowered": 0}
    by_level: dict[str, int] = {}
    changes = select(outbox.c.old_level, outbox.c.new_level, func.count()).where(within)
    for old, new, number in connection.execute(changes.group_by(outbox.c.old_level, outbox.c.new_level)):
        kind = "first" if old is None else "raised" if Level(new).rank > Level(old).rank else "lowered"
        by_type[kind] += number
        by_level[new] = by_level.get(new, 0) + number
    total = sum(by_type.values())
    hour = func.substr(outbox.c.at, 1, _HOUR).label("hour")
    hours = connection.execute(select(hour, func.count()).where(within).group_by(hour).order_by(hour))
    claims = outbox_claims.c
    is_done = case((claims.done_at.is_not(None), 1), else_=0)
    is_taken = case((and_(claims.done_at.is_(None), claims.until > moment()), 1), else_=0)
    rows = connection.execute(
        select(claims.consumer, func.sum(is_done), func.sum(is_taken))
        .join(outbox, outbox.c.id == claims.event_id)
        .where(within)
        .group_by(claims.consumer)
        .order_by(claims.consumer)
    )
    return Events(
        number=total,
        by_type=by_type,
        by_level=by_level,
        by_hour={str(begin): int(number) for begin, number in hours},
        by_consumer={
            str(name): Consumer(done=int(done), taken=int(taken), waiting=total - int(done) - int(taken))
            for name, done, taken in rows
        },
    )
