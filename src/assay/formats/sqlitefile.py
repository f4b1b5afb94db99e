"""SQLite files as tables: read only, nothing written beside them, nothing of them executed.

Format and locking: https://www.sqlite.org/fileformat2.html, https://www.sqlite.org/uri.html. A file without pending
changes is opened as it lies; one with a write-ahead log that nobody holds is copied together with its log.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import secrets
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any
from urllib.parse import quote

from assay.errors import ReadError
from assay.formats.content import Content
from assay.formats.rows import RowBatches, sampled_cell
from assay.formats.sqlitecolumns import ERRORS, Columns, broken, columns_of, failing, quoted, source_of
from assay.formats.sqlitestate import Look, Untouched, has, look, missing
from assay.formats.tabular import BrokenTable
from assay.formats.values import declared_text
from assay.model import TableInfo
from assay.ports import TableBatch, TableReader

_MAGIC = b"SQLite format 3\0"
_WAIT = 2.0
_IDS = 400
_TRIES = 4
_COUNTED = 1024 * 1024 * 1024
_PROBES = 1_000
_FEWEST_PROBES = 10
_MEND = "Mend its rows, or store its values in a plain column"
_CREATE_VIRTUAL = re.compile(r"\s*create\s+virtual\s+table\b", re.IGNORECASE)


@contextlib.contextmanager
def open_sqlite(content: Content, resource: str, _name: str) -> Iterator[Iterator[TableReader | BrokenTable]]:
    """Every table of the file. Raises `ReadError`."""
    first = look(content)
    if not first.head.startswith(_MAGIC):
        raise ReadError("corrupt", "no SQLite file: its first bytes are others; it may be encrypted")
    with contextlib.ExitStack() as stack:
        opened, untouched = _connected(content, first.head, stack)
        connection = stack.enter_context(contextlib.closing(opened))
        yield chain(_tables(connection, resource, untouched), _missing(content, first))


def _missing(content: Content, first: Look) -> Iterator[BrokenTable]:
    error = missing(content, first)
    if error is not None:
        yield BrokenTable("", error)


def _connected(
    content: Content, head: bytes, stack: contextlib.ExitStack
) -> tuple[sqlite3.Connection, Untouched | None]:
    if content.path is None:
        with content.named() as name:
            return _open(name, "immutable=1"), None
    path = os.path.realpath(content.path)
    try:
        untouched = Untouched(path)
    except OSError as error:
        raise ReadError("unreadable", f"the file cannot be looked at ({type(error).__name__})") from None
    if not has(path, "-wal"):
        if 2 not in head[18:20]:
            return _locked(path, untouched)
        return _open(path, "immutable=1"), untouched  # a log would be made beside it
    if has(path, "-shm", filled=False):
        try:
            return _open(path, "mode=ro"), None
        except ReadError:
            pass
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="assay-"))
    copy = os.path.join(folder, "copy")
    try:
        shutil.copyfile(path, copy)
        shutil.copyfile(path + "-wal", copy + "-wal")
    except OSError as error:
        raise ReadError("unreadable", f"{type(error).__name__} while it was copied with its write-ahead log") from None
    untouched.check()
    # The log is read through memory shared by its readers, which is a file beside it.
    connection = _open(copy, "mode=rw")
    with contextlib.suppress(OSError):
        for ending in ("", "-wal", "-shm"):
            os.unlink(copy + ending)
    return connection, None


def _locked(path: str, untouched: Untouched) -> tuple[sqlite3.Connection, Untouched | None]:
    """Shares the file with who writes it; where it cannot be locked, as it is."""
    try:
        return _open(path, "mode=ro"), None
    except ReadError as error:
        if error.reason == "locked":
            raise
        if has(path, "-journal"):
            detail = "a change of it was interrupted or is going on; let its program finish or undo it, and scan again"
            raise ReadError("locked", detail) from None
        return _open(path, "immutable=1"), untouched


def _open(path: str, how: str) -> sqlite3.Connection:
    try:
        connection = sqlite3.connect(
            f"file:{quote(os.fsencode(os.path.abspath(path)))}?{how}", uri=True, timeout=_WAIT, check_same_thread=False
        )
    except ERRORS as error:
        raise broken(error, "the file") from None
    try:
        # What a file declares may be hostile: its functions, its sizes and its text are not trusted.
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA cell_size_check=ON")
        connection.execute("PRAGMA mmap_size=0")
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorname != "SQLITE_CORRUPT":
                raise
            # Some versions (3.40) count their own functions of JSON as unsafe, and then refuse every table of a file that
            # declares a column by them. What SQLite has for direct use only, such as loading code, stays refused.
            connection.execute("PRAGMA trusted_schema=ON")
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.text_factory = declared_text
    except ERRORS as error:
        connection.close()
        raise broken(error, "the file") from None
    return connection


def _tables(
    connection: sqlite3.Connection, resource: str, untouched: Untouched | None
) -> Iterator[TableReader | BrokenTable]:
    try:
        rows = connection.execute("SELECT type, name, rootpage, sql FROM sqlite_master").fetchall()
        listed = _listed(connection)
    except ERRORS as error:
        raise broken(error, "the list of its tables") from None
    names = {str(name) for kind, name, _, _ in rows if kind == "table"}
    hidden: set[str] = set()
    virtual = [str(name) for kind, name, _, sql in rows if kind == "table" and _CREATE_VIRTUAL.match(str(sql or ""))]
    for name in virtual:
        parts = {part for part in names if part.startswith(f"{name}_") and listed.get(part, "shadow") == "shadow"}
        opened = _opened(connection, name, resource, untouched)
        if isinstance(opened, SqliteTable):
            # Its content comes with its own names: the tables that keep it are left out.
            hidden |= parts
            yield opened
        elif not parts:
            # What a known module keeps in tables of its own is read there; who knows where an unknown one keeps it.
            yield opened
    for name in sorted(names - hidden - set(virtual)):
        if not name.lower().startswith("sqlite_"):
            yield _opened(connection, name, resource, untouched)


def _listed(connection: sqlite3.Connection) -> dict[str, str]:
    """What kind of table each is; empty before SQLite 3.37."""
    return {str(row[1]): str(row[2]) for row in connection.execute("PRAGMA table_list").fetchall()}


def _opened(
    connection: sqlite3.Connection, name: str, resource: str, untouched: Untouched | None
) -> TableReader | BrokenTable:
    try:
        columns = columns_of(connection, name)
    except ERRORS as error:
        return BrokenTable(name, broken(error, "the table"))
    if not columns.infos:
        return BrokenTable(name, ReadError("corrupt", "the table has no columns; restore the file from a copy"))
    return SqliteTable(connection, TableInfo(resource=resource, table=name, columns=()), columns, untouched)


class SqliteTable:
    """One table of an open SQLite file: a `TableReader`."""

    def __init__(
        self, connection: sqlite3.Connection, info: TableInfo, columns: Columns, untouched: Untouched | None
    ) -> None:
        self._connection = connection
        self._untouched = untouched
        self._computed = columns.computed
        # Of a name that no file can know: what a file declares may call functions.
        self._chosen = f"chosen_{secrets.token_hex(8)}"
        self.info = replace(info, columns=columns.infos, unreadable=columns.unreadable)
        self.source = source_of(info.table)
        # By themselves: a column may be declared to take upper and lower case for the same.
        self.terms = {column.name: f"{quoted(column.name)} COLLATE BINARY" for column in columns.infos}

    def rows(self, query: str) -> list[Any]:
        """All rows of a query of the file. Raises `ReadError`."""
        try:
            return self._connection.execute(query).fetchall()
        except ERRORS as error:
            raise broken(error, "the table") from None

    def read(self) -> Iterator[TableBatch]:
        batches = RowBatches(len(self.info.columns))
        names = [column.name for column in self.info.columns]
        lost: list[str] = []
        while True:
            wanted = ", ".join("NULL" if name in lost else quoted(name) for name in names)
            # Rows come in the table's own order, so that one can go on behind those that were given out.
            rest = f" LIMIT -1 OFFSET {batches.row - 1}" if lost else ""
            try:
                yield from batches.of(self._connection.execute(f"SELECT {wanted} FROM {self.source}{rest}"))  # noqa: S608  # quoted
            except ERRORS as error:
                yield from batches.rest()
                self._check()
                before, lost = lost, lost or self._failing()
                if before or not lost:
                    raise broken(error, f"the table after row {batches.row - 1:,}") from None
                why = f"its expression fails in row {batches.row:,} or after; it was read to there. {_MEND}"
                self._note(dict.fromkeys(lost, why))
            else:
                break
        self._check()

    def sample(self, rows: int, seed: int) -> TableBatch:
        try:
            found = self._drawn_quickly(rows, seed)
        except ERRORS as error:
            self._check()
            lost = self._failing()
            if not lost:
                raise broken(error, "the table") from None
            self._leave_out(lost)
            return self.sample(rows, seed)
        self._check()
        batch = RowBatches(len(self.info.columns), cell=sampled_cell(rows)).one(found)
        batch.infos = self.info.columns
        return batch

    def _failing(self) -> list[str]:
        return failing(self._connection, self.info.table, self._computed)

    def _leave_out(self, lost: Sequence[str]) -> None:
        self._computed = tuple(name for name in self._computed if name not in lost)
        self.terms = {name: term for name, term in self.terms.items() if name not in lost}
        columns = tuple(column for column in self.info.columns if column.name not in lost)
        self.info = replace(self.info, columns=columns)
        self._note(dict.fromkeys(lost, f"its expression fails for some rows. {_MEND}"))

    def _note(self, lost: Mapping[str, str]) -> None:
        self.info = replace(self.info, unreadable={**self.info.unreadable, **lost})

    def _check(self) -> None:
        if self._untouched is not None:
            self._untouched.check()

    def _drawn_quickly(self, rows: int, seed: int) -> list[Any]:
        # A function of ours for each text takes as long as all the rest: only where SQLite's own way meets what is no UTF-8.
        careful = self._connection.text_factory
        try:
            self._connection.text_factory = str
            return self._drawn(rows, random.Random(seed))
        except (sqlite3.OperationalError, UnicodeError):
            self._connection.text_factory = careful
            return self._drawn(rows, random.Random(seed))
        finally:
            self._connection.text_factory = careful

    def _drawn(self, rows: int, draw: random.Random) -> list[Any]:
        found = self._by_number(rows, draw)
        return self._by_place(rows, draw) if found is None else found

    def count(self) -> int | None:
        """How many rows there are; of a table in a large file about how many, and `None` where its numbers have wide gaps."""
        try:
            (pages,), (page,) = (
                self._connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size")
            )
            bounds = self._bounds()
            if pages * page <= _COUNTED or bounds is None:
                return self._counted()
            low, high = bounds
            draw = random.Random(0)
            tried = ",".join({str(draw.randint(low, high)) for _ in range(_PROBES)})
            query = f"SELECT count(*) FROM {quoted(self.info.table)} WHERE rowid IN ({tried})"  # noqa: S608  # quoted
            there = int(self._connection.execute(query).fetchone()[0])
        except ERRORS:
            return None
        return (high - low + 1) * there // _PROBES if there >= _FEWEST_PROBES else None

    def _counted(self) -> int:
        table = quoted(self.info.table)
        try:
            return int(self._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608  # quoted
        except sqlite3.OperationalError:
            # An index, which is quicker to count, may be in an order that is not known.
            return int(self._connection.execute(f"SELECT count(*) FROM {self.source}").fetchone()[0])  # noqa: S608

    def _select(self, where: str, cell: int) -> str:
        names = [quoted(column.name) for column in self.info.columns]
        wanted = ", ".join(f"iif(length({name}) > {cell}, substr({name}, 1, {cell + 1}), {name})" for name in names)
        return f"SELECT {wanted} FROM {self.source}{where}"  # noqa: S608  # quoted

    def _by_place(self, rows: int, draw: random.Random) -> list[Any]:
        """Rows of random places among all, the table read through once; values of the others are not taken from it."""
        count = self._counted()
        wanted = iter(sorted(draw.sample(range(count), min(rows, count))))
        place, chosen = -1, next(wanted, -1)

        def is_chosen() -> bool:
            nonlocal place, chosen
            place += 1
            if place != chosen:
                return False
            chosen = next(wanted, -1)
            return True

        self._connection.create_function(self._chosen, 0, is_chosen)
        return self._connection.execute(self._select(f" WHERE {self._chosen}()", sampled_cell(rows))).fetchall()

    def _by_number(self, rows: int, draw: random.Random) -> list[Any] | None:
        """Rows of random numbers; `None` for a table without numbers, with few rows, or with wide gaps among them."""
        bounds = self._bounds()
        if bounds is None or not _TRIES * rows <= bounds[1] - bounds[0] < sys.maxsize:
            return None
        numbers = draw.sample(range(bounds[0], bounds[1] + 1), _TRIES * rows)
        wanted = iter(numbers)
        found: list[Any] = []
        # Where every number is one of a row, the first ones do.
        while len(found) < rows and (some := list(islice(wanted, _IDS if found else min(_IDS, rows)))):
            listed = ",".join(map(str, some))
            found += self._connection.execute(
                self._select(f" WHERE rowid IN ({listed})", sampled_cell(rows))
            ).fetchall()
        # Each query gives its rows in the order of their numbers: the first ones would be the lowest.
        return draw.sample(found, rows) if len(found) >= rows else None

    def _bounds(self) -> tuple[int, int] | None:
        names = {column.name.lower() for column in self.info.columns}
        if "rowid" in names:
            return None
        try:
            low, high = self._connection.execute(
                f"SELECT min(rowid), max(rowid) FROM {quoted(self.info.table)}"  # noqa: S608  # quoted
            ).fetchone()
        except sqlite3.OperationalError:
            return None
        return None if low is None else (low, high)
