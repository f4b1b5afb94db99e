"""Columns of tables of SQLite files: what they are declared as, and which of them cannot be read.

A generated column is an expression of the file. It may call what only the program that made the file has, or fail for some
rows: https://www.sqlite.org/gencol.html. The other columns of its table are read without it.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from assay.errors import ReadError
from assay.model import ColumnInfo, ValueKind

ERRORS = (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError, MemoryError, RecursionError)
_AFFINITIES = (
    (r"bool", ValueKind.BOOLEAN),
    (r"datetime|timestamp", ValueKind.TIMESTAMP),
    (r"date", ValueKind.DATE),
    (r"time", ValueKind.TIME),
    (r"uuid|guid", ValueKind.UUID),
    (r"json", ValueKind.JSON),
    (r"int|serial", ValueKind.INTEGER),
    (r"char|text|clob|string|enum", ValueKind.TEXT),
    (r"blob|binary", ValueKind.BINARY),
    (r"dec|num|money", ValueKind.DECIMAL),
    (r"real|floa|doub", ValueKind.FLOAT),
)
# Columns that a table without a declared type has: https://www.sqlite.org/datatype3.html, any value in any column.
_DECLARED = tuple((re.compile(pattern, re.IGNORECASE), kind) for pattern, kind in _AFFINITIES)
# Kinds of columns in `PRAGMA table_xinfo`.
_HIDDEN, _VIRTUAL = 1, 2
_ELSEWHERE = "export it with the program that made the file, and scan that"
UNKNOWN = f"its expression uses a function or collation that SQLite does not have here; {_ELSEWHERE}"


class Columns(NamedTuple):
    """The columns that can be read, those that cannot (name → why), and the names of those that are computed when read."""

    infos: tuple[ColumnInfo, ...]
    unreadable: dict[str, str]
    computed: tuple[str, ...]


def quoted(name: str) -> str:
    """A name as an SQL identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


def source_of(table: str) -> str:
    """What rows of a table are selected from: in the table's own order, since an index may have one that is not known."""
    return f"{quoted(table)} NOT INDEXED"


def broken(error: BaseException, what: str) -> ReadError:
    """By SQLite's own name of the error. Its text may quote a value or a name and stays out."""
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return ReadError("locked", f"{what} is held by another program ({name}); scan again when it is done")
    if name.startswith("SQLITE_NOTADB"):
        return ReadError("corrupt", f"{what} cannot be read: encrypted, or damaged at its beginning ({name})")
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_READONLY", "SQLITE_IOERR_ACCESS")):
        return ReadError("unreadable", f"{what} cannot be opened ({name}); look at its permissions")
    if name.startswith("SQLITE_ERROR"):
        lacking = f"{what} needs a module, function or collation that SQLite does not have here ({name})"
        return ReadError("unsupported format", f"{lacking}; {_ELSEWHERE}")
    return ReadError("corrupt", f"{what} is damaged or cut short ({name}); restore it from a copy")


def columns_of(connection: sqlite3.Connection, table: str) -> Columns:
    """The columns of a table. Raises one of `ERRORS` where none of them can be read."""
    described = connection.execute(f"PRAGMA table_xinfo({quoted(table)})").fetchall()
    # Hidden columns of virtual tables are commands; generated ones are values like others.
    declared = [(str(row[1]), str(row[2] or "")) for row in described if row[6] != _HIDDEN]
    names = [name for name, _ in declared]
    lost: set[str] = set()
    try:
        _prepare(connection, table, names)
    except ERRORS:
        lost = set(_refused(connection, table, names))
        if len(lost) in (0, len(names)):
            raise
        _prepare(connection, table, [name for name in names if name not in lost])
    unique = _unique(connection, table)
    return Columns(
        infos=tuple(
            ColumnInfo(name=name, kind=_kind(kind), declared=kind, unique=name in unique)
            for name, kind in declared
            if name not in lost
        ),
        unreadable={name: UNKNOWN for name in names if name in lost},
        computed=tuple(str(row[1]) for row in described if row[6] == _VIRTUAL and row[1] not in lost),
    )


def failing(connection: sqlite3.Connection, table: str, computed: Sequence[str]) -> list[str]:
    """The computed columns that fail for some row; none where the table itself cannot be gone through."""
    source = source_of(table)
    found = []
    try:
        connection.execute(f"SELECT count(*) FROM {source}").fetchone()  # noqa: S608  # quoted
    except ERRORS:
        return []
    for name in computed:
        try:
            connection.execute(f"SELECT count({quoted(name)}) FROM {source}").fetchone()  # noqa: S608  # quoted
        except ERRORS:
            found.append(name)
    return found


def _prepare(connection: sqlite3.Connection, table: str, names: Iterable[str]) -> None:
    wanted = ", ".join(map(quoted, names))
    connection.execute(f"SELECT {wanted} FROM {source_of(table)} LIMIT 0").fetchall()  # noqa: S608  # quoted


def _refused(connection: sqlite3.Connection, table: str, names: Iterable[str]) -> Iterable[str]:
    for name in names:
        try:
            _prepare(connection, table, [name])
        except ERRORS:
            yield name


def _kind(declared: str) -> ValueKind:
    return next((kind for pattern, kind in _DECLARED if pattern.search(declared)), ValueKind.UNKNOWN)


def _unique(connection: sqlite3.Connection, name: str) -> set[str]:
    """Columns that alone are a key."""
    keys = [row[1] for row in connection.execute(f"PRAGMA table_info({quoted(name)})") if row[5]]
    found = set(keys) if len(keys) == 1 else set()
    for row in connection.execute(f"PRAGMA index_list({quoted(name)})").fetchall():
        if row[2] and not row[4]:
            parts = connection.execute(f"PRAGMA index_info({quoted(str(row[1]))})").fetchall()
            if len(parts) == 1:
                found.add(parts[0][2])
    return found
