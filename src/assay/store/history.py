"""The versions of what is concluded of a resource, its tables and its columns, and of the whole catalog as rows."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, select

from assay.store.schema.catalog import (
    classification_versions,
    classifications,
    column_versions,
    columns,
    findings,
    omissions,
    readings,
    resources,
    runs,
    table_versions,
    tables,
)
from assay.store.texts import clean
from assay.store.units import resource_id

_AT_ONCE = 1_000
_COMPARED = 5_000


class Version(NamedTuple):
    """One version: of `resource`, `table` or `column`, from `at` on. `record` is `None` where it was gone from then on."""

    kind: str
    table: str | None
    column: str | None
    version: int
    at: str
    run: str
    record: dict[str, Any] | None


def is_known(connection: Connection, uri: str) -> bool:
    """Whether a resource was ever seen."""
    found = connection.execute(select(resources.c.id).where(resources.c.id == resource_id(uri)))
    return found.first() is not None


def alike(connection: Connection, uri: str) -> list[str]:
    """Resources whose URI is much like this one, among the first thousands."""
    known = connection.execute(select(resources.c.uri).order_by(resources.c.uri).limit(_COMPARED)).scalars()
    return difflib.get_close_matches(uri, [str(found) for found in known], n=3, cutoff=0.75)


def versions(connection: Connection, uri: str, *, table: str | None = None, column: str | None = None) -> list[Version]:
    """Every version of a resource, its tables and columns that is kept, the oldest first; or of one table or column."""
    resource = resource_id(uri)
    found: list[Version] = []
    if table is None and column is None:
        found += _of(connection, classification_versions, "resource", resource, None, None)
    if column is None:
        found += _of(connection, table_versions, "table", resource, "table_name", None)
    found += _of(connection, column_versions, "column", resource, "table", "column")
    kept = [
        item
        for item in found
        if (table is None or item.table == clean(table)) and (column is None or item.column == clean(column))
    ]
    return sorted(kept, key=lambda item: (item.at, item.kind != "resource", item.table or "", item.column or ""))


def _of(
    connection: Connection,
    versions_of: Any,
    kind: str,
    resource: str,
    table_field: str | None,
    column_field: str | None,
) -> Iterator[Version]:
    key = versions_of.c["classification_id" if kind == "resource" else f"{kind}_id"]
    rows = connection.execute(
        select(versions_of, key.label("of"))
        .where(versions_of.c.resource_id == resource)
        .order_by(key, versions_of.c.version)
    )
    names: dict[str, tuple[str | None, str | None]] = {}
    for row in rows:
        record = row.record
        if record is not None:
            names[row.of] = (
                None if table_field is None else record[table_field],
                None if column_field is None else record[column_field],
            )
        # A version that says that it is gone has the names of the one before.
        table, column = names.get(row.of, (None, None))
        yield Version(kind, table, column, row.version, row.at, row.run_id, record)


EXPORTS = ("classifications", "tables", "columns", "findings", "omissions", "history", "runs")
"""What can be exported."""


def exported(connection: Connection, what: str) -> Iterator[dict[str, Any]]:
    """The rows of one of `EXPORTS`, flat but for lists and objects within a record."""
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(_EXPORTS[what]()).mappings():
        told = {str(name): value for name, value in row.items()}
        record = told.pop("record", None)
        yield told if record is None else {**record, **told}


def _current(state: Any) -> Select[Any]:
    return (
        select(state.c.record, state.c.version, state.c.changed_at, state.c.run_id)
        .join(resources, resources.c.id == state.c.resource_id)
        .order_by(resources.c.uri)
    )


def _findings() -> Select[Any]:
    """Those of the last reading of each resource and table."""
    left_out = ("id", "reading_id", "resource_id")
    chosen = [column for column in findings.c if column.name not in left_out]
    current = select(classifications.c.reading_id).union(select(tables.c.reading_id))
    return (
        select(resources.c.uri.label("resource"), readings.c.table_name, *chosen, readings.c.run_id)
        .join_from(findings, resources, resources.c.id == findings.c.resource_id)
        .join(readings, readings.c.id == findings.c.reading_id)
        .where(findings.c.reading_id.in_(current))
        .order_by(findings.c.id)
    )


def _omissions() -> Select[Any]:
    return (
        select(
            resources.c.uri.label("resource"),
            omissions.c.kind,
            omissions.c.reason,
            omissions.c.detail,
            omissions.c.run_id,
            readings.c.at,
        )
        .join_from(omissions, resources, resources.c.id == omissions.c.resource_id)
        .join(readings, readings.c.id == omissions.c.reading_id)
        .order_by(omissions.c.id)
    )


def _history() -> Select[Any]:
    return (
        select(
            resources.c.uri.label("resource"),
            column_versions.c.version,
            column_versions.c.at,
            column_versions.c.run_id,
            column_versions.c.record,
        )
        .join_from(column_versions, resources, resources.c.id == column_versions.c.resource_id)
        .order_by(column_versions.c.id)
    )


def _runs() -> Select[Any]:
    return select(runs).order_by(runs.c.started_at, runs.c.id)


_EXPORTS = {
    "classifications": lambda: _current(classifications),
    "tables": lambda: _current(tables).order_by(tables.c.name),
    "columns": lambda: _current(columns).order_by(columns.c.table_id, columns.c.position),
    "findings": _findings,
    "omissions": _omissions,
    "history": _history,
    "runs": _runs,
}
