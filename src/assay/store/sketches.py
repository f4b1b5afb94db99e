"""What is stored of the columns of tables, to be judged again without reading any value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Select, select

from assay.model import ColumnRecord, ColumnSketch, TableRecord
from assay.store.engine import Catalog
from assay.store.nouns import column_of, sketch_of, table_of
from assay.store.schema.catalog import columns, resources, tables
from assay.store.texts import clean
from assay.store.units import source_id

_AHEAD = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTable:
    """A table's record and its columns in their order: what was concluded of each, and its sketch, `None` where none is
    stored. `reading` is the one it comes of, `extent` how much was read then (`scanning.report.Extent`), where that is known."""

    resource: str
    table: str
    record: TableRecord
    columns: tuple[tuple[ColumnRecord, ColumnSketch | None], ...]
    reading: str
    extent: Mapping[str, Any] | None


def stored_tables(connection: Connection) -> Iterator[StoredTable]:
    """Every table of the catalog with its columns, by resource and name. Read within `Catalog.reading`."""
    yield from _stored(connection, _wanted())


class Sketches:
    """Looks tables up one after the other, in the order of resources and names: some are fetched ahead, so that many cost few
    queries, and memory is bounded."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._source = ""
        self._ids: list[str] = []
        self._places: dict[tuple[str, str | None], int] = {}
        self._ahead: dict[tuple[str, str | None], StoredTable] = {}

    def of(self, resource: str, table: str | None) -> StoredTable | None:
        """A table of a resource; with `None` the only one that it has."""
        self._list(source_id(resource))
        key = clean(resource), None if table is None else clean(table)
        place = self._places.get(key)
        if place is None:
            return None
        if key not in self._ahead:
            self._ahead = {}
            wanted = _wanted().where(tables.c.id.in_(self._ids[place : place + _AHEAD]))
            with self._catalog.reading() as connection:
                for found in _stored(connection, wanted):
                    self._ahead[found.resource, found.table] = self._ahead[found.resource, None] = found
        return self._ahead.pop(key, None)

    def _list(self, source: str) -> None:
        """Notes the tables of a source in order."""
        if source == self._source:
            return
        wanted = select(resources.c.uri, tables.c.name, tables.c.id).join_from(tables, resources)
        with self._catalog.reading() as connection:
            listed = sorted(tuple(row) for row in connection.execute(wanted.where(resources.c.source == source)))
        self._source, self._ahead = source, {}
        self._ids = [key for _, _, key in listed]
        self._places = {}
        for place, (uri, name, _) in enumerate(listed):
            self._places[uri, name] = place
            # The only table of a resource is asked for without its name.
            if self._places.setdefault((uri, None), place) != place:
                self._places[uri, None] = -1
        self._places = {key: place for key, place in self._places.items() if place >= 0}


def _wanted() -> Select[Any]:
    return (
        select(
            resources.c.uri,
            tables.c.name,
            tables.c.id,
            tables.c.reading_id,
            tables.c.extent,
            tables.c.record,
            columns.c.record,
            columns.c.sketch,
        )
        .join_from(columns, tables, columns.c.table_id == tables.c.id)
        .join(resources, resources.c.id == tables.c.resource_id)
        .order_by(resources.c.uri, tables.c.name, tables.c.id, columns.c.position)
    )


def _stored(connection: Connection, wanted: Select[Any]) -> Iterator[StoredTable]:
    for (uri, name, _), rows in groupby(connection.execute(wanted), key=lambda row: tuple(row[:3])):
        of_table = list(rows)
        _, _, _, reading, extent, record, _, _ = of_table[0]
        yield StoredTable(
            resource=uri,
            table=name,
            record=table_of(record),
            columns=tuple((column_of(row[6]), None if row[7] is None else sketch_of(row[7])) for row in of_table),
            reading=reading,
            extent=extent,
        )
