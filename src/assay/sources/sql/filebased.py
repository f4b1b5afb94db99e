"""SQLite and DuckDB: databases of one file, by the readers that read such files wherever they lie."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Protocol, runtime_checkable

from assay.errors import ReadError
from assay.formats.content import Content
from assay.formats.kinds import Kind
from assay.formats.tabular import BrokenTable, open_tables
from assay.ports import TableReader
from assay.sources.sql.address import Address
from assay.sources.sql.database import Listed

_KINDS = {"sqlite": Kind.SQLITE, "duckdb": Kind.DUCKDB}
_BESIDE = ("", "-wal", ".wal", "-journal")


@runtime_checkable
class Countable(Protocol):
    """A table that can be counted."""

    def count(self) -> int | None: ...


class FileDatabase:
    """The tables of a SQLite or DuckDB file."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._stack = ExitStack()
        self._change = _state(address.path)
        content = Content(path=address.path)
        name = os.path.basename(address.path)
        opened = open_tables(_KINDS[address.engine], content, resource=address.uri(), name=name)
        self._left = self._stack.enter_context(opened)
        self._known: dict[str, TableReader | BrokenTable] = {}

    def tables(self) -> Iterator[Listed]:
        for table in self._all():
            if isinstance(table, BrokenTable):
                yield Listed((table.table,), unreadable=f"{table.error.reason}: {table.error.detail}")
            else:
                yield Listed((table.info.table,))

    @contextmanager
    def table(self, name: tuple[str, ...]) -> Iterator[TableReader]:
        found = self._known.get(name[0])
        if found is None:
            found = next((table for table in self._all() if _name(table) == name[0]), None)
        if found is None:
            raise ReadError("vanished", "the table was there when the database was listed")
        if isinstance(found, BrokenTable):
            raise found.error
        rows = found.count() if isinstance(found, Countable) else found.info.rows
        found.info = replace(found.info, change=self._change, rows=rows)
        yield found

    def _all(self) -> Iterator[TableReader | BrokenTable]:
        yield from list(self._known.values())
        for table in self._left:
            self._known[_name(table)] = table
            yield table

    def close(self) -> None:
        self._stack.close()


def _name(table: TableReader | BrokenTable) -> str:
    return table.table if isinstance(table, BrokenTable) else table.info.table


def _state(path: str) -> str:
    """Which file it is, how long, and when it was last written, with what is written beside it."""
    parts = []
    for ending in _BESIDE:
        try:
            status = os.stat(path + ending)
        except OSError:
            continue
        parts.append(f"{status.st_dev}.{status.st_ino}.{status.st_size}.{status.st_mtime_ns}")
    return "file:" + ",".join(parts)
