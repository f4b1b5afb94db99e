"""What is stored of the columns of tables, to be judged again without reading any value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from assay.model import ColumnRecord, ColumnSketch
from assay.store.nouns import column_of, sketch_of
from assay.store.schema.catalog import columns, resources, tables


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTable:
    """A table's columns in their order: what was concluded of each, and its sketch, `None` where none is stored."""

    resource: str
    table: str
    columns: tuple[tuple[ColumnRecord, ColumnSketch | None], ...]


def stored_tables(connection: Connection) -> Iterator[StoredTable]:
    """Every table of the catalog with its columns, by resource and name. Read within `Catalog.reading`."""
    wanted = (
        select(resources.c.uri, tables.c.name, tables.c.id, columns.c.record, columns.c.sketch)
        .join_from(columns, tables, columns.c.table_id == tables.c.id)
        .join(resources, resources.c.id == tables.c.resource_id)
        .order_by(resources.c.uri, tables.c.name, tables.c.id, columns.c.position)
    )
    at: tuple[str, str, str] | None = None
    found: list[tuple[ColumnRecord, ColumnSketch | None]] = []
    for uri, name, table_id, record, sketch in connection.execute(wanted):
        if at is not None and at != (uri, name, table_id):
            yield StoredTable(resource=at[0], table=at[1], columns=tuple(found))
            found = []
        at = uri, name, table_id
        found.append((column_of(record), None if sketch is None else sketch_of(sketch)))
    if at is not None:
        yield StoredTable(resource=at[0], table=at[1], columns=tuple(found))
