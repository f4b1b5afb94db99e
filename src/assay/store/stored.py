"""What was found before, for what has not changed since: looked up by few queries for a whole database or folder."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, select

from assay.model import Classification, ColumnRecord, Finding, Gap, Skip, TableRecord
from assay.store.nouns import classification_of, column_of, finding_of, table_of
from assay.store.schema.catalog import classifications, columns, findings, omissions, readings, resources, runs, tables
from assay.store.units import resource_id
from assay.store.upserts import in_pieces


class Known(NamedTuple):
    """The state of a resource or a table: the reading that it comes of, its token, what it was made with, its gaps and
    findings, and which run saw it last, and when.

    `concluded` says that the run of the reading came to its end, so that all it asked of people is in the queue.
    """

    reading: str
    change: str | None
    made_with: str
    gaps: int
    findings: int
    run: str
    seen_at: str
    concluded: bool


Place = tuple[str, str | None]
"""A resource and a table of it; no table for a resource that is none."""

Told = Finding | ColumnRecord | TableRecord | Classification | Gap | Skip


class Kept(NamedTuple):
    """What a reading gave, in the order of a scan, without its classification, which a table may have none of."""

    results: list[Told]
    classification: Classification | None


def still_holds(kept: Kept, table: str | None) -> bool:
    """Whether the state now still comes of that reading. Another scan may have read the same meanwhile."""
    if table is None:
        return kept.classification is not None
    return any(isinstance(result, TableRecord) for result in kept.results)


def known_of(connection: Connection, source: str, only: Collection[str] | None = None) -> dict[Place, Known]:
    """What is known of everything in a source (`units.source_id`), in the order of resources and tables; of those
    resources with `only`."""
    found: dict[Place, Known] = {}
    for state, is_table in ((classifications, False), (tables, True)):
        wanted = (
            select(
                resources.c.uri,
                readings.c.table_name,
                readings.c.id,
                state.c.change,
                state.c.made_with,
                readings.c.gaps,
                readings.c.findings,
                state.c.run_id,
                state.c.seen_at,
                runs.c.status == "finished",
            )
            .join_from(state, readings, state.c.reading_id == readings.c.id)
            .join(runs, runs.c.id == readings.c.run_id)
            .join(resources, resources.c.id == readings.c.resource_id)
            .where(
                resources.c.source == source,
                readings.c.table_name.is_not(None) if is_table else readings.c.table_name.is_(None),
            )
        )
        pieces = [None] if only is None else in_pieces([*map(resource_id, only)])
        for ids in pieces:
            part = wanted if ids is None else wanted.where(resources.c.id.in_(ids))
            for uri, table, *known in connection.execute(part):
                found[uri, table] = Known(*known)
    return dict(sorted(found.items(), key=lambda item: (item[0][0], item[0][1] or "")))


def kept(connection: Connection, wanted: Sequence[str]) -> dict[str, Kept]:
    """What these readings gave."""
    found: dict[str, list[Told]] = {reading: [] for reading in wanted}
    concluded: dict[str, Classification] = {}
    for ids in in_pieces(list(wanted)):
        for reading, told in _findings(connection, ids):
            found[reading].append(told)
        for reading, told in _tables(connection, ids):
            found[reading].append(told)
        for reading, told in _omissions(connection, ids):
            found[reading].append(told)
        alone = select(readings.c.id, readings.c.classification).where(
            readings.c.id.in_(ids), readings.c.classification.is_not(None)
        )
        concluded |= {key: classification_of(record) for key, record in connection.execute(alone)}
        whole = (
            select(classifications.c.reading_id, classifications.c.record)
            .join(readings, readings.c.id == classifications.c.reading_id)
            .where(classifications.c.reading_id.in_(ids), readings.c.table_name.is_(None))
        )
        concluded |= {key: classification_of(record) for key, record in connection.execute(whole)}
    return {reading: Kept(found[reading], concluded.get(reading)) for reading in wanted}


def _findings(connection: Connection, ids: list[str]) -> Iterator[tuple[str, Told]]:
    rows = (
        select(findings, resources.c.uri)
        .join(resources, resources.c.id == findings.c.resource_id)
        .where(findings.c.reading_id.in_(ids))
        .order_by(findings.c.id)
    )
    for row in connection.execute(rows):
        yield row.reading_id, finding_of(row, row.uri)


def _tables(connection: Connection, ids: list[str]) -> Iterator[tuple[str, Told]]:
    of_table: dict[str, tuple[str, TableRecord]] = {}
    in_order = select(tables.c.id, tables.c.reading_id, tables.c.record).where(tables.c.reading_id.in_(ids))
    for key, reading, record in connection.execute(in_order.order_by(tables.c.name)):
        of_table[key] = reading, table_of(record)
    told: dict[str, list[ColumnRecord]] = {}
    for piece in in_pieces(list(of_table)):
        rows = select(columns.c.table_id, columns.c.record).where(columns.c.table_id.in_(piece))
        for key, record in connection.execute(rows.order_by(columns.c.table_id, columns.c.position)):
            told.setdefault(key, []).append(column_of(record))
    for key, (reading, table) in of_table.items():
        for column in told.get(key, ()):
            yield reading, column
        yield reading, table


def _omissions(connection: Connection, ids: list[str]) -> Iterator[tuple[str, Told]]:
    rows = (
        select(omissions.c.reading_id, omissions.c.kind, omissions.c.reason, omissions.c.detail, resources.c.uri)
        .join(resources, resources.c.id == omissions.c.resource_id)
        .where(omissions.c.reading_id.in_(ids))
        .order_by(omissions.c.id)
    )
    for reading, kind, reason, detail, uri in connection.execute(rows):
        noun = Gap if kind == "gap" else Skip
        yield reading, noun(resource=uri, reason=reason, detail=detail)
