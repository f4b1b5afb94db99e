"""Numbers of the events that came in over a period."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select

from assay.store.schema.events import events


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Changes that were told of in a period, each once; `repeated` is how often one was told of again.

    `by_hour` begins are as `2024-05-01T12` (UTC). `reasons` are those of what was left out, refused or given up.
    """

    number: int
    repeated: int
    by_source: Mapping[str, int]
    by_type: Mapping[str, int]
    by_status: Mapping[str, int]
    by_hour: Mapping[str, int]
    by_gate: Mapping[str, int]
    reasons: Mapping[str, int]


_TOLD = ("skipped", "refused", "dead", "waiting")


def received(connection: Connection, *, since: str | None = None, until: str | None = None) -> Received:
    """The numbers of what was received from `since` (`None`: ever) until `until` (`None`: now), stored moments."""
    limits = [events.c.received_at >= since] if since is not None else []
    limits += [events.c.received_at < until] if until is not None else []
    within = and_(True, *limits)
    keys = (events.c.source, events.c.type, events.c.status, events.c.hour, events.c.gate)
    counts: tuple[Counter[str], ...] = tuple(Counter() for _ in keys)
    number = repeated = 0
    grouped = select(*keys, func.count(), func.sum(events.c.deliveries - 1)).where(within).group_by(*keys)
    for *values, found, again in connection.execute(grouped):
        number += int(found)
        repeated += int(again)
        for counter, value in zip(counts, values, strict=True):
            if value is not None:
                counter[str(value)] += int(found)
    reasons = (
        select(events.c.reason, func.count())
        .where(within, events.c.status.in_(_TOLD), events.c.reason != "")
        .group_by(events.c.reason)
        .order_by(func.count().desc(), events.c.reason)
    )
    source, kind, status, hour, gate = counts
    return Received(
        number=number,
        repeated=repeated,
        by_source=dict(source.most_common()),
        by_type=dict(kind.most_common()),
        by_status=dict(status.most_common()),
        by_hour=dict(sorted(hour.items())),
        by_gate=dict(gate.most_common()),
        reasons={str(reason): int(found) for reason, found in connection.execute(reasons)},
    )
