"""Numbers of the catalog over a period: what was classified, how reviewers answered, what drifted, and the events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median, quantiles
from typing import TYPE_CHECKING

from assay.app.learning.drifting import MOST, between
from assay.learn import drift as documents
from assay.model.review import Decision
from assay.review.drift import Drift, drift
from assay.review.precision import Precision, by_identifier, precision_of, reviewed
from assay.store import activity, eventcounts, metrics, reviews
from assay.store.activity import Events, Queue
from assay.store.eventcounts import Received
from assay.store.metrics import Metrics
from assay.store.texts import moment

if TYPE_CHECKING:
    from sqlalchemy import Connection

_TENTHS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Answers that were given in a period and not taken back. Hours are from question to answer: the median, and what nine
    of ten stay below; `None` where nobody answered."""

    number: int
    by_verdict: Mapping[str, int]
    median_hours: float | None
    p90_hours: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """The confidences of a period against those of the one before it, which is as long and begins at `since`."""

    since: str
    columns: Drift
    resources: Drift


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All numbers of one period. `compared` and `documents`, what was read against what was before, are `None` where the
    period has no beginning."""

    found: Metrics
    queue: Queue
    answers: Answers
    precision: Sequence[Precision]
    together: Precision
    compared: Compared | None
    documents: documents.Drift | None
    events: Events
    received: Received


def measure(connection: Connection, *, since: str | None = None, until: str | None = None) -> Measured:
    """The numbers from `since` (`None`: ever) until `until` (`None`: now), stored moments."""
    found = metrics.metrics(connection, since=since, until=until)
    first = None if since is None else reviews.time_of(since)
    last = None if until is None else reviews.time_of(until)
    given = reviews.answers(connection, since=first, until=last)
    judged = [
        reviewed(identifier, resource, decision, queued_at)
        for identifier, resource, decision, queued_at in given
        if identifier is not None
    ]
    return Measured(
        found=found,
        queue=activity.queue(connection, since=since, until=until),
        answers=_answers([(decision, queued_at) for _, _, decision, queued_at in given]),
        precision=by_identifier(judged),
        together=precision_of(judged),
        compared=None if first is None else _compared(connection, found, first, last),
        documents=None if since is None else between(connection, since, until, MOST),
        events=activity.events(connection, since=since, until=until),
        received=eventcounts.received(connection, since=since, until=until),
    )


def _answers(given: Sequence[tuple[Decision, datetime]]) -> Answers:
    hours = [max(0.0, (decision.at - asked).total_seconds() / 3_600) for decision, asked in given]
    slow = quantiles(hours, n=_TENTHS, method="inclusive")[-1] if len(hours) > 1 else hours[0] if hours else None
    return Answers(
        number=len(hours),
        by_verdict=dict(Counter(str(decision.verdict) for decision, _ in given).most_common()),
        median_hours=round(median(hours), 2) if hours else None,
        p90_hours=None if slow is None else round(slow, 2),
    )


def _compared(connection: Connection, found: Metrics, first: datetime, last: datetime | None) -> Compared:
    earlier = first - ((last or datetime.now(UTC)) - first)
    before = metrics.metrics(connection, since=moment(earlier), until=moment(first))
    return Compared(
        since=moment(earlier),
        columns=drift(before.columns.scores, found.columns.scores),
        resources=drift(before.resources.scores, found.resources.scores),
    )
