"""Findings of Macie as they were told last, and what our own readings found in the same objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, insert, select, update

from assay.model import Finding
from assay.model.macie import Detection, MacieFinding
from assay.store.nouns import finding_row
from assay.store.ordering import begins, by_code_point
from assay.store.reviews import time_of
from assay.store.schema.catalog import classifications, columns, findings, readings, resources, runs, tables
from assay.store.schema.macie import macie_findings
from assay.store.texts import as_json, clean, derived, moment
from assay.store.units import resource_id
from assay.store.upserts import in_pieces, upsert

TARGET = "macie"
"""What a run of imported findings has as the beginning of its target."""
_AT_ONCE = 1_000
_KEPT = (
    "account",
    "region",
    "bucket",
    "etag",
    "version",
    "severity",
    "job",
    "archived",
    "sample",
    "more",
    "detections",
)


def keep(connection: Connection, told: Sequence[MacieFinding]) -> list[str]:
    """Keeps findings, each as it was told last. Returns the resources of those that are new or another than before."""
    now = moment()
    rows = {each.id: _row(each, now) for each in told}
    before: dict[str, Any] = {}
    for ids in in_pieces(sorted(rows)):
        for row in connection.execute(select(macie_findings).where(macie_findings.c.id.in_(ids))).mappings():
            before[row["id"]] = row
    # One that was told of by a slower answer is no news.
    fresh = [row for key, row in rows.items() if key not in before or row["updated_at"] >= before[key]["updated_at"]]
    changed = [row for row in fresh if row["id"] not in before or _content(row) != _content(before[row["id"]])]
    upsert(connection, macie_findings, changed)
    return list(dict.fromkeys(str(row["resource"]) for row in changed))


def of_resource(connection: Connection, resource: str) -> list[MacieFinding]:
    """All that Macie told of an object, the newest first."""
    wanted = select(macie_findings).where(macie_findings.c.subject == resource_id(resource))
    ordered = wanted.order_by(macie_findings.c.updated_at.desc(), macie_findings.c.id)
    return [_finding(row) for row in connection.execute(ordered)]


def any_kept(connection: Connection) -> bool:
    """Whether there is anything of Macie in the catalog."""
    return connection.execute(select(macie_findings.c.id).limit(1)).first() is not None


def by_resource(connection: Connection, buckets: Sequence[str] = ()) -> Iterator[tuple[str, str, list[MacieFinding]]]:
    """Each object with its bucket and all that Macie told of it, by URI; of some buckets only, if they are named."""
    wanted = select(macie_findings).order_by(macie_findings.c.resource, macie_findings.c.updated_at.desc())
    if buckets:
        wanted = wanted.where(macie_findings.c.bucket.in_(list(buckets)))
    held: list[MacieFinding] = []
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(wanted):
        found = _finding(row)
        if held and held[0].resource != found.resource:
            yield held[0].resource, held[0].bucket, held
            held = []
        held.append(found)
    if held:
        yield held[0].resource, held[0].bucket, held


def buckets(connection: Connection) -> list[str]:
    """The buckets that Macie told of, but for made-up findings."""
    wanted = select(macie_findings.c.bucket).where(macie_findings.c.sample.is_(False)).distinct()
    return sorted(connection.execute(wanted).scalars())


def add(connection: Connection, reading: str, found: Sequence[Finding]) -> None:
    """Puts findings of Macie beside those of a reading that holds still."""
    rows = [{"reading_id": reading, "resource_id": resource_id(each.resource)} | finding_row(each) for each in found]
    if rows:
        connection.execute(insert(findings), rows)
        grown = update(readings).where(readings.c.id == reading)
        connection.execute(grown.values(findings=readings.c.findings + len(rows)))


class Own(NamedTuple):
    """What our own reading found in an object: counts by identifier. `etag` is that of what was read, if it is known."""

    resource: str
    counts: dict[str, int]
    etag: str | None


def own(connection: Connection, bucket: str) -> Iterator[Own]:
    """Every object of a bucket that was read by us, with what was found there; without what Macie said of it."""
    below = f"s3://{clean(bucket)}/"
    rows = connection.execute(
        select(resources.c.id, resources.c.uri, classifications.c.reading_id, classifications.c.change)
        .join(classifications, classifications.c.resource_id == resources.c.id)
        .join(readings, readings.c.id == classifications.c.reading_id)
        .join(runs, runs.c.id == readings.c.run_id)
        .where(begins(connection, resources.c.uri, below), runs.c.ruleset != TARGET)
        .order_by(by_code_point(connection, resources.c.uri))
    ).all()
    for at in range(0, len(rows), _AT_ONCE):
        part = rows[at : at + _AT_ONCE]
        counts = _counts(connection, {row.reading_id: row.id for row in part})
        for row in part:
            yield Own(row.uri, counts.get(row.id, {}), etag_of(row.change))


def etag_of(change: str | None) -> str | None:
    """The ETag in the token of an object (`s3:size:version:"etag"`).

    >>> etag_of('s3:12::"0a1b"'), etag_of(None)
    ('0a1b', None)
    """
    parts = (change or "").split(":", 3)
    return parts[3].partition("|")[0].strip('"') or None if len(parts) == 4 and parts[0] == "s3" else None


def _counts(connection: Connection, of_reading: dict[str, str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for ids in in_pieces(sorted(of_reading)):
        counted = (
            select(findings.c.reading_id, findings.c.identifier, func.count())
            .where(findings.c.reading_id.in_(ids), findings.c.ruleset != TARGET, findings.c.test_value.is_(False))
            .group_by(findings.c.reading_id, findings.c.identifier)
        )
        for reading, name, number in connection.execute(counted):
            found.setdefault(of_reading[reading], {})[name] = number
    of_columns = (
        select(tables.c.resource_id, columns.c.detected_type, columns.c.record)
        .join(tables, tables.c.id == columns.c.table_id)
        .where(columns.c.detected_type.is_not(None))
    )
    for ids in in_pieces(sorted(set(of_reading.values()))):
        for resource, name, record in connection.execute(of_columns.where(tables.c.resource_id.in_(ids))):
            known = found.setdefault(resource, {})
            known[name] = max(known.get(name, 0), int(record.get("regex_hits") or 0), 1)
    return found


def _row(finding: MacieFinding, now: str) -> dict[str, Any]:
    return {
        "id": clean(finding.id)[:64],
        "account": finding.account,
        "region": finding.region,
        "resource": clean(finding.resource),
        "subject": resource_id(finding.resource),
        "bucket": finding.bucket,
        "etag": finding.etag,
        "version": clean(finding.version),
        "severity": finding.severity,
        "job": finding.job,
        "archived": finding.archived,
        "sample": finding.sample,
        "more": finding.more,
        "detections": [
            [clean(each.type), each.category, each.occurrences, each.custom, each.place] for each in finding.detections
        ],
        "created_at": None if finding.created_at is None else moment(finding.created_at),
        "updated_at": moment(finding.updated_at),
        "imported_at": now,
    }


def _content(row: Any) -> str:
    return derived(as_json([row[name] for name in _KEPT]))


def _finding(row: Any) -> MacieFinding:
    return MacieFinding(
        id=row.id,
        account=row.account,
        region=row.region,
        resource=row.resource,
        bucket=row.bucket,
        detections=tuple(Detection(*each) for each in row.detections),
        updated_at=time_of(row.updated_at),
        created_at=_time(row.created_at),
        etag=row.etag,
        version=row.version,
        severity=row.severity,
        job=row.job,
        archived=row.archived,
        sample=row.sample,
        more=row.more,
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else time_of(text)
