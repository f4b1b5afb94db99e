"""Numbers over a period: what was classified, how surely, how much was read, and what waits for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, and_, distinct, exists, func, or_, select

from assay.model import Level, band
from assay.review.drift import BINS, bin_of
from assay.store.schema.catalog import (
    classification_versions,
    classifications,
    column_versions,
    omissions,
    outbox,
    readings,
    resources,
    runs,
)

_AT_ONCE = 1_000


@dataclass(slots=True, kw_only=True)
class Judged:
    """Classifications of resources, or records of columns: their number and what they say. Confidence is 0–1; `scores` are
    how many lie in each tenth of it, harmless ones included."""

    number: int = 0
    by_level: Counter[str] = field(default_factory=Counter)
    by_band: Counter[str] = field(default_factory=Counter)
    by_framework: Counter[str] = field(default_factory=Counter)
    by_type: Counter[str] = field(default_factory=Counter)
    waiting_for_review: int = 0
    average_confidence: float | None = None
    scores: list[int] = field(default_factory=lambda: [0] * BINS)
    _sum: float = 0.0
    _sensitive: int = 0

    def take(self, record: Mapping[str, Any], *, confidence: float, is_sensitive: bool, review: bool) -> None:
        self.number += 1
        self.by_level[str(record["level"])] += 1
        self.waiting_for_review += review
        self.scores[bin_of(confidence)] += 1
        if not is_sensitive:
            return
        self.by_band[band(confidence)] += 1
        self._sum += confidence
        self._sensitive += 1
        self.average_confidence = self._sum / self._sensitive


@dataclass(frozen=True, slots=True, kw_only=True)
class Metrics:
    """What holds at `until` of all that was seen since `since` (`None`: ever). Times are as `schema.base.moment`."""

    since: str | None
    until: str | None
    runs: Mapping[str, int]
    resources_known: int
    resources_seen: int
    resources: Judged
    columns: Judged
    bytes_read: int
    bytes_total: int
    rows_read: int
    rows_total: int
    read_completely: int
    gaps: Mapping[str, int]
    skips: Mapping[str, int]
    level_changes: int


def metrics(connection: Connection, *, since: str | None = None, until: str | None = None) -> Metrics:
    """The numbers of a period; the state is that at its end, as far as history is kept."""
    judged, columns = Judged(), Judged()
    covered: Counter[str] = Counter()
    for record in _records(connection, classification_versions, "classification_id", since, until):
        confidence = float(record["confidence"])
        judged.take(
            record, confidence=confidence, is_sensitive=bool(record["identifiers"]), review=bool(record["needs_review"])
        )
        judged.by_framework.update(record["frameworks"])
        judged.by_type.update(list(record["identifiers"]))
        coverage = record["coverage"]
        for name in ("bytes_read", "bytes_total", "rows_read", "rows_total"):
            covered[name] += coverage.get(name) or 0
        covered["complete"] += bool(coverage.get("complete"))
    for record in _records(connection, column_versions, "column_id", since, until):
        found = record["detected_type"]
        columns.take(
            record,
            confidence=float(record["confidence"]) / 100,
            is_sensitive=record["level"] not in (Level.PUBLIC, Level.UNCLASSIFIED),
            review=bool(record["need_review"]),
        )
        columns.by_framework.update(record["compliance_frameworks"])
        if found is not None:
            columns.by_type[found] += 1
    return Metrics(
        since=since,
        until=until,
        runs=_counted(
            connection,
            select(runs.c.status, func.count()).where(_within(runs.c.started_at, since, until)),
            runs.c.status,
        ),
        resources_known=_known(connection),
        resources_seen=int(
            connection.execute(
                select(func.count(distinct(readings.c.resource_id))).where(_within(readings.c.at, since, until))
            ).scalar_one()
        ),
        resources=judged,
        columns=columns,
        bytes_read=covered["bytes_read"],
        bytes_total=covered["bytes_total"],
        rows_read=covered["rows_read"],
        rows_total=covered["rows_total"],
        read_completely=covered["complete"],
        gaps=_omitted(connection, "gap", since, until),
        skips=_omitted(connection, "skip", since, until),
        level_changes=int(
            connection.execute(
                select(func.count()).select_from(outbox).where(_within(outbox.c.at, since, until))
            ).scalar_one()
        ),
    )


def _records(connection: Connection, versions: Table, key: str, since: str | None, until: str | None) -> Any:
    """The record that held at the end of the period, of everything in a resource that was seen in the period."""
    of = versions.c[key]
    last = (
        select(of.label("of"), func.max(versions.c.version).label("version"))
        .where(_within(versions.c.at, None, until))
        .group_by(of)
        .subquery()
    )
    seen = select(readings.c.resource_id).where(_within(readings.c.at, since, until), readings.c.state != "open")
    wanted = (
        select(versions.c.record)
        .join(last, and_(last.c.of == of, last.c.version == versions.c.version))
        .where(versions.c.record.is_not(None), versions.c.resource_id.in_(seen))
    )
    return connection.execution_options(yield_per=_AT_ONCE).execute(wanted).scalars()


def _known(connection: Connection) -> int:
    """Resources that were seen and are not known to be gone."""
    ever = exists().where(classification_versions.c.resource_id == resources.c.id)
    now = exists().where(classifications.c.resource_id == resources.c.id)
    wanted = select(func.count()).select_from(resources).where(or_(now, ~ever))
    return int(connection.execute(wanted).scalar_one())


def _omitted(connection: Connection, kind: str, since: str | None, until: str | None) -> dict[str, int]:
    wanted = (
        select(omissions.c.reason, func.count(distinct(omissions.c.resource_id)))
        .join(readings, readings.c.id == omissions.c.reading_id)
        .where(omissions.c.kind == kind, _within(readings.c.at, since, until))
    )
    return _counted(connection, wanted, omissions.c.reason)


def _counted(connection: Connection, wanted: Any, by: Any) -> dict[str, int]:
    rows = [(str(name), int(number)) for name, number in connection.execute(wanted.group_by(by))]
    return dict(sorted(rows, key=lambda row: (-row[1], row[0])))


def _within(at: Any, since: str | None, until: str | None) -> Any:
    limits = [at >= since] if since is not None else []
    limits += [at < until] if until is not None else []
    return and_(True, *limits)
