"""What is stored of the columns of tables, to be judged again without reading any value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection, select

from assay.model import ColumnRecord, ColumnSketch, TableRecord
from assay.store.nouns import column_of, sketch_of, table_of
from assay.store.schema.catalog import columns, resources, tables


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTable:
    """A table's record and its columns in their order: what was concluded of each, and its sketch, `None` where none is
    stored."""

    resource: str
    table: str
    record: TableRecord
    columns: tuple[tuple[ColumnRecord, ColumnSketch | None], ...]


def stored_tables(connection: Connection) -> Iterator[StoredTable]:
    """Every table of the catalog with its columns, by resource and name. Read within `Catalog.reading`."""
    wanted = (
        select(resources.c.uri, tables.c.name, tables.c.id, tables.c.record, columns.c.record, columns.c.sketch)
        .join_from(columns, tables, columns.c.table_id == tables.c.id)
        .join(resources, resources.c.id == tables.c.resource_id)
        .order_by(resources.c.uri, tables.c.name, tables.c.id, columns.c.position)
    )
    for (uri, name, _), rows in groupby(connection.execute(wanted), key=lambda row: tuple(row[:3])):
        of_table = list(rows)
        yield StoredTable(
            resource=uri,
            table=name,
            record=table_of(of_table[0][3]),
            columns=tuple(
                (column_of(record), None if sketch is None else sketch_of(sketch)) for *_, record, sketch in of_table
            ),
        )
