"""What the catalog holds now of one resource: its columns with their sketches, its findings, its classification."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, or_, select, true

from assay.model import Classification, ColumnRecord, ColumnSketch, Finding, Gap, Skip, Standing, TableRecord
from assay.store.nouns import classification_of, column_of, finding_of, sketch_of, table_of
from assay.store.schema.catalog import (
    catalog_info,
    classifications,
    columns,
    findings,
    omissions,
    readings,
    resources,
    tables,
)
from assay.store.texts import clean

_AT_ONCE = 10_000


class KeptColumn(NamedTuple):
    """A column's record, and what was counted in its values, if that was kept."""

    record: ColumnRecord
    sketch: ColumnSketch | None


def made_at(connection: Connection) -> datetime:
    """When the catalog was made."""
    wanted = select(catalog_info.c.value).where(catalog_info.c.name == "made_at")
    return datetime.fromisoformat(connection.execute(wanted).scalar_one())


def uris(connection: Connection, given: str) -> list[str]:
    """The resources that somebody who writes `given` may mean: the one of this URI, else those whose URI ends so."""
    exact = select(resources.c.uri).where(resources.c.uri == clean(given))
    found = list(connection.execute(exact).scalars())
    if found:
        return found
    ends = resources.c.uri.endswith("/" + clean(given).lstrip("/"), autoescape=True)
    return list(connection.execute(select(resources.c.uri).where(ends).order_by(resources.c.uri).limit(10)).scalars())


def known_among(connection: Connection, given: Sequence[str]) -> list[str]:
    """Those of these URIs that are of resources, in the order given."""
    found = set(connection.execute(select(resources.c.uri).where(resources.c.uri.in_(map(clean, given)))).scalars())
    return [uri for uri in dict.fromkeys(map(clean, given)) if uri in found]


def like(connection: Connection, pattern: str, *, limit: int) -> list[str]:
    """The URIs that match a pattern of SQL, whatever the case of their letters."""
    alike = resources.c.uri.ilike(pattern, escape="\\")
    return list(
        connection.execute(select(resources.c.uri).where(alike).order_by(resources.c.uri).limit(limit)).scalars()
    )


def names_in(connection: Connection, uris: Sequence[str]) -> Iterator[tuple[str, str, str | None]]:
    """Resource, table and column of all tables and columns of these resources; tables have no column."""
    one = select(resources.c.uri, tables.c.name).join(resources, resources.c.id == tables.c.resource_id)
    two = select(resources.c.uri, tables.c.name, columns.c.name).join(resources, resources.c.id == tables.c.resource_id)
    two = two.join(columns, columns.c.table_id == tables.c.id)
    of = resources.c.uri.in_(uris)
    for uri, table in connection.execute(one.where(of).order_by(resources.c.uri, tables.c.name)):
        yield uri, table, None
    ordered = two.where(of).order_by(resources.c.uri, tables.c.name, columns.c.position)
    for uri, table, column in connection.execute(ordered):
        yield uri, table, column


def called(
    connection: Connection, pairs: Sequence[tuple[str | None, str]], *, limit: int
) -> list[tuple[str, str, str]]:
    """Resource, table and column of columns of these names (table or `None` for any, column), whatever the resource."""
    name = func.lower(columns.c.name)
    wanted = [
        (name == clean(column).lower())
        & (true() if table is None else func.lower(tables.c.name) == clean(table).lower())
        for table, column in pairs
    ]
    asked = select(resources.c.uri, tables.c.name, columns.c.name).join(
        resources, resources.c.id == tables.c.resource_id
    )
    asked = asked.join(columns, columns.c.table_id == tables.c.id).where(or_(*wanted))
    ordered = asked.order_by(resources.c.uri, tables.c.name, columns.c.position).limit(limit)
    return [(uri, table, column) for uri, table, column in connection.execute(ordered)]


def all_uris(connection: Connection) -> Iterator[str]:
    """The URIs of all resources."""
    wanted = connection.execution_options(yield_per=_AT_ONCE).execute(select(resources.c.uri))
    for uri in wanted.scalars():
        yield str(uri)


def columns_of(
    connection: Connection, resource: str, *, table: str | None = None, column: str | None = None
) -> list[KeptColumn]:
    """The columns of a resource, of one table of it and of one name if given, in the order of tables and columns."""
    wanted = (
        select(columns.c.record, columns.c.sketch)
        .join(tables, tables.c.id == columns.c.table_id)
        # By the table's resource: from there an index leads to the columns.
        .join(resources, resources.c.id == tables.c.resource_id)
        .where(resources.c.uri == clean(resource))
        .order_by(tables.c.name, columns.c.position)
    )
    if table is not None:
        wanted = wanted.where(tables.c.name == clean(table))
    if column is not None:
        wanted = wanted.where(func.lower(columns.c.name) == clean(column).lower())
    return [
        KeptColumn(column_of(record), None if sketch is None else sketch_of(sketch))
        for record, sketch in connection.execute(wanted)
    ]


def tables_of(connection: Connection, resource: str) -> list[TableRecord]:
    """The tables of a resource, by name."""
    wanted = (
        select(tables.c.record)
        .join(resources, resources.c.id == tables.c.resource_id)
        .where(resources.c.uri == clean(resource))
        .order_by(tables.c.name)
    )
    return [table_of(record) for record in connection.execute(wanted).scalars()]


def findings_of(connection: Connection, resource: str, *, limit: int, identifier: str | None = None) -> list[Finding]:
    """Findings of the reading that a resource's classification comes of, of one identifier if given, the surest first."""
    wanted = (
        select(findings, resources.c.uri)
        .join(readings, readings.c.id == findings.c.reading_id)
        .join(classifications, classifications.c.reading_id == readings.c.id)
        .join(resources, resources.c.id == findings.c.resource_id)
        .where(resources.c.uri == clean(resource))
        .order_by(findings.c.confidence.desc(), findings.c.id)
        .limit(limit)
    )
    if identifier is not None:
        wanted = wanted.where(findings.c.identifier == identifier)
    return [finding_of(row, row.uri) for row in connection.execute(wanted)]


def left_out_of(connection: Connection, resource: str) -> list[Gap | Skip]:
    """What could not be read of a resource, and what was left out, in the reading that its classification comes of."""
    wanted = (
        select(omissions.c.kind, omissions.c.reason, omissions.c.detail)
        .join(classifications, classifications.c.reading_id == omissions.c.reading_id)
        .join(resources, resources.c.id == classifications.c.resource_id)
        .where(resources.c.uri == clean(resource))
        .order_by(omissions.c.id)
    )
    return [
        (Gap if kind == "gap" else Skip)(resource=resource, reason=reason, detail=detail)
        for kind, reason, detail in connection.execute(wanted)
    ]


def classification_now(connection: Connection, resource: str) -> Classification | None:
    """What is concluded of a resource, if it is known."""
    wanted = (
        select(classifications.c.record)
        .join(resources, resources.c.id == classifications.c.resource_id)
        .where(resources.c.uri == clean(resource))
    )
    record = connection.execute(wanted).scalar_one_or_none()
    return None if record is None else classification_of(record)


def standings(connection: Connection, *, since: str | None = None) -> Iterator[Standing]:
    """What is concluded of every resource, in the order of their ids; `since` a moment, only what changed then or later."""
    wanted = select(
        classifications.c.record, classifications.c.version, classifications.c.changed_at, resources.c.first_seen_at
    ).join(resources, resources.c.id == classifications.c.resource_id)
    if since is not None:
        wanted = wanted.where(classifications.c.changed_at >= since)
    rows = connection.execution_options(yield_per=_AT_ONCE).execute(wanted.order_by(classifications.c.resource_id))
    for row in rows:
        yield Standing(
            classification=classification_of(row.record),
            first_seen_at=row.first_seen_at,
            changed_at=row.changed_at,
            version=row.version,
        )
