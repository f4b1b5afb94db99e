"""SQLite and DuckDB: databases of one file, by the readers that read such files wherever they lie."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Protocol, runtime_checkable

from assay.errors import ReadError
from assay.formats.content import Content
from assay.formats.kinds import Kind
from assay.formats.tabular import BrokenTable, open_tables
from assay.model import ClassSizes
from assay.ports import TableReader
from assay.sources.sql.address import Address
from assay.sources.sql.database import Listed
from assay.sources.sql.filestate import state
from assay.sources.sql.groups import class_sizes, terms

_KINDS = {"sqlite": Kind.SQLITE, "duckdb": Kind.DUCKDB}


@runtime_checkable
class Countable(Protocol):
    """A table that can be counted."""

    def count(self) -> int | None: ...


@runtime_checkable
class Askable(Protocol):
    """A table whose file answers queries. `source` is what it is selected from, `terms` what each column is called there."""

    source: str
    terms: Mapping[str, str]

    def rows(self, query: str) -> list[Sequence[Any]]: ...


class FileDatabase:
    """The tables of a SQLite or DuckDB file. Views are listed as left out and never read: a file may come from anybody."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._stack = ExitStack()
        self._change = state(address.path)
        content = Content(path=address.path)
        name = os.path.basename(address.path)
        opened = open_tables(_KINDS[address.engine], content, resource=address.uri(), name=name)
        self._left = self._stack.enter_context(opened)
        self._known: dict[str, TableReader | BrokenTable] = {}

    def tables(self) -> Iterator[Listed]:
        views: list[str] = []
        for table in self._all():
            if isinstance(table, BrokenTable):
                yield Listed((table.table,), unreadable=f"{table.error.reason}: {table.error.detail}")
            else:
                if isinstance(table, Askable) and not views:
                    views = [str(row[0]) for row in table.rows(_VIEWS[self._address.engine])]
                yield Listed((table.info.table,), change=self._change)
        for view in views:
            yield Listed((view,), skipped="view")

    def table(self, name: tuple[str, ...]) -> TableReader:
        found = self._known.get(name[0])
        if found is None:
            found = next((table for table in self._all() if _name(table) == name[0]), None)
        if found is None:
            raise ReadError("vanished", "the table was there when the database was listed")
        if isinstance(found, BrokenTable):
            raise found.error
        if isinstance(found, Countable):
            found.info = replace(found.info, rows=found.count())
        return found

    def class_sizes(self, name: tuple[str, ...], columns: Sequence[str], below: int) -> ClassSizes:
        table = self.table(name)
        if not isinstance(table, Askable):
            raise ReadError("unsupported format", "rows of it cannot be grouped")
        return class_sizes(table.rows, table.source, terms(table.terms, columns), below)

    def _all(self) -> Iterator[TableReader | BrokenTable]:
        yield from list(self._known.values())
        for table in self._left:
            self._known[_name(table)] = table
            yield table

    def close(self) -> None:
        self._stack.close()


_VIEWS = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name",
    "duckdb": "SELECT CASE schema_name WHEN 'main' THEN view_name ELSE schema_name || '.' || view_name END "
    "FROM duckdb_views() WHERE NOT internal AND database_name = current_database() ORDER BY ALL",
}


def _name(table: TableReader | BrokenTable) -> str:
    return table.table if isinstance(table, BrokenTable) else table.info.table
