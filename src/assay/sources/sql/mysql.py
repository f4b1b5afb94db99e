"""MySQL and MariaDB: read-only sessions over PyMySQL.

Information schema: https://mariadb.com/kb/en/information-schema/, https://dev.mysql.com/doc/refman/8.4/en/information-schema.html.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from assay.errors import ReadError
from assay.formats.rows import RowBatches, reservoir
from assay.model import ColumnInfo, TableInfo, ValueKind
from assay.ports import TableBatch, TableReader
from assay.sources.sql.address import Address
from assay.sources.sql.database import CELL, Listed
from assay.sources.sql.failures import lost, missing

_CONNECT_SECONDS = 10
_STATEMENT_SECONDS = 300
_LOCK_SECONDS = 5
_FEW = 20_000
_TIMES = 4
_RANGES = 20
_SETTLED_SECONDS = 2
_SYSTEM = ("information_schema", "mysql", "performance_schema", "sys")

_TABLES = """
SELECT t.table_schema, t.table_name, t.table_type, t.table_rows, t.table_comment, t.engine,
       CAST(t.create_time AS CHAR), CAST(t.update_time AS CHAR),
       t.update_time < NOW() - INTERVAL {settled} SECOND
FROM information_schema.tables t WHERE t.table_schema NOT IN ({system}) AND ({chosen}) ORDER BY 1, 2
"""
_COLUMNS = """
SELECT table_schema, table_name, column_name, data_type, column_type, column_comment, column_key, privileges
FROM information_schema.columns WHERE table_schema NOT IN ({system}) AND ({chosen})
ORDER BY table_schema, table_name, ordinal_position
"""
_KINDS = {
    "bit": ValueKind.BINARY,
    "tinyint": ValueKind.INTEGER,
    "smallint": ValueKind.INTEGER,
    "mediumint": ValueKind.INTEGER,
    "int": ValueKind.INTEGER,
    "bigint": ValueKind.INTEGER,
    "year": ValueKind.INTEGER,
    "decimal": ValueKind.DECIMAL,
    "float": ValueKind.FLOAT,
    "double": ValueKind.FLOAT,
    "date": ValueKind.DATE,
    "time": ValueKind.TIME,
    "datetime": ValueKind.TIMESTAMP,
    "timestamp": ValueKind.TIMESTAMP,
    "json": ValueKind.JSON,
    "uuid": ValueKind.UUID,
    "enum": ValueKind.ENUM,
    "set": ValueKind.ENUM,
}
_BINARY = ("binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob")
_LOST = (2003, 2006, 2013, 2055, 1927, 4031)


def quoted(name: str) -> str:
    """A name as an SQL identifier, whatever it holds."""
    return "`" + name.replace("`", "``") + "`"


class MysqlDatabase:
    """One connection to a MySQL or MariaDB server; of one database, or of all where the URL names none."""

    def __init__(self, address: Address) -> None:
        try:
            import pymysql
        except ImportError:
            raise missing(address, "PyMySQL") from None
        self._driver = pymysql
        self._address = address
        options = dict(address.options)
        socket = options.get("unix_socket") or options.get("socket")
        try:
            self._connection = pymysql.connect(
                host=address.host or "localhost",
                port=address.port or 3306,
                user=address.user,
                password=address.password or "",
                database=address.database or None,
                unix_socket=socket,
                charset="utf8mb4",
                # Bytes that are no UTF-8 must not end the scan of a table.
                use_unicode=False,
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_STATEMENT_SECONDS + 60,
                ssl_ca=options.get("ssl_ca"),
                read_default_file=options.get("read_default_file"),
                autocommit=True,
                conv={},
            )
        except (pymysql.Error, OSError, RuntimeError, ValueError) as error:
            raise ReadError("unreadable", _refused(error, address)) from None
        self._set_up()
        self._infos: dict[tuple[str, ...], tuple[TableInfo, list[str], str | None]] | None = None

    def _set_up(self) -> None:
        self.rows("SET SESSION TRANSACTION READ ONLY")
        self._quietly(f"SET SESSION lock_wait_timeout = {_LOCK_SECONDS}")
        self._quietly(f"SET SESSION innodb_lock_wait_timeout = {_LOCK_SECONDS}")
        # MariaDB counts seconds, MySQL milliseconds.
        self._quietly(f"SET SESSION max_statement_time = {_STATEMENT_SECONDS}")
        self._quietly(f"SET SESSION max_execution_time = {_STATEMENT_SECONDS * 1000}")

    def _quietly(self, query: str) -> None:
        try:
            self.rows(query)
        except ReadError:
            return  # a setting of the other of the two

    def tables(self) -> Iterator[Listed]:
        for schema, name, kind, *_ in self._listed():
            if kind == "SYSTEM VIEW":
                continue
            is_view = kind == "VIEW"
            yield Listed((schema, name), skipped="view" if is_view and not self._address.views else None)

    @contextmanager
    def table(self, name: tuple[str, ...]) -> Iterator[TableReader]:
        if self._infos is None:
            self._infos = self._described()
        found = self._infos.get(name)
        if found is None:
            raise ReadError("vanished", "the table was there when the database was listed")
        info, wanted, key = found
        if not wanted:
            raise ReadError(
                "unreadable", "no column of it may be read; GRANT SELECT on it to the user that assay connects as"
            )
        yield _MysqlTable(self, name, info, wanted, key)

    def close(self) -> None:
        self._connection.close()

    def rows(self, query: str) -> list[Sequence[Any]]:
        """All rows of a query, values as bytes. Raises `ReadError`."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(query)
                return list(cursor.fetchall())
        except (self._driver.Error, OSError, AttributeError) as error:
            raise _failure(error) from None

    def stream(self, query: str) -> Iterator[Sequence[Any]]:
        """The rows of a query as they come. Raises `ReadError`."""
        from pymysql.cursors import SSCursor

        try:
            with self._connection.cursor(SSCursor) as cursor:
                cursor.execute(query)
                yield from cursor
        except (self._driver.Error, OSError, AttributeError) as error:
            raise _failure(error) from None

    def _query(self, query: str) -> list[list[str | None]]:
        system = ", ".join(f"'{name}'" for name in _SYSTEM)
        chosen = "1 = 1"
        if self._address.database:
            chosen = f"table_schema = {self._literal(self._address.database)}"
        text = query.format(system=system, chosen=chosen, settled=_SETTLED_SECONDS)
        return [[_decoded(value) for value in row] for row in self.rows(text)]

    def _literal(self, text: str) -> str:
        return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"

    def _listed(self) -> list[list[Any]]:
        return self._query(_TABLES)

    def _described(self) -> dict[tuple[str, ...], tuple[TableInfo, list[str], str | None]]:
        columns: dict[tuple[str, ...], list[list[Any]]] = {}
        for row in self._query(_COLUMNS):
            columns.setdefault((row[0] or "", row[1] or ""), []).append(row)
        found: dict[tuple[str, ...], tuple[TableInfo, list[str], str | None]] = {}
        for schema, name, kind, rows, comment, engine, created, updated, settled in self._listed():
            parts = columns.get((schema, name), [])
            readable = [part for part in parts if "select" in (part[7] or "").lower() or not part[7]]
            shape = "|".join(f"{part[2]}:{part[4]}" for part in parts)
            whole = updated is not None and settled == "1" and engine is not None
            info = TableInfo(
                resource=self._address.uri(schema, name),
                table=f"{schema}.{name}",
                columns=tuple(
                    ColumnInfo(
                        name=part[2],
                        kind=_kind(part[3], part[4]),
                        declared=part[4][:80],
                        comment=part[5] or "",
                        unique=part[6] in ("PRI", "UNI") and _is_alone(part, parts),
                    )
                    for part in readable
                ),
                kind="view" if kind == "VIEW" else "table",
                comment=(comment or "") if kind != "VIEW" else "",
                rows=int(rows) if rows is not None and kind != "VIEW" else None,
                change=f"mysql:{created}:{updated}:{shape}" if whole else None,
                unreadable=tuple(part[2] for part in parts if part not in readable),
            )
            key = next((part[2] for part in readable if part[6] == "PRI" and _is_alone(part, parts)
                        and _kind(part[3], part[4]) is ValueKind.INTEGER), None)  # fmt: skip
            found[schema, name] = info, [_expression(part[2], part[3]) for part in readable], key
        return found


class _MysqlTable:
    """One table. Values come as the server's text, as bytes."""

    def __init__(
        self, database: MysqlDatabase, name: tuple[str, ...], info: TableInfo, wanted: list[str], key: str | None
    ) -> None:
        self._database = database
        self.info = info
        self._key = key
        self._select = f"SELECT {', '.join(wanted)} FROM {'.'.join(map(quoted, name))} AS t"  # noqa: S608  # quoted
        self._name = ".".join(map(quoted, name))

    def read(self) -> Iterator[TableBatch]:
        yield from RowBatches(len(self.info.columns)).of(self._database.stream(self._select))

    def sample(self, rows: int, seed: int) -> TableBatch:
        draw = random.Random(seed)
        batches = RowBatches(len(self.info.columns))
        if self.info.kind == "view":
            found = self._database.rows(f"{self._select} LIMIT {_TIMES * rows}")
            return batches.one(draw.sample(found, min(rows, len(found))))
        about = self.info.rows
        if about is not None and about > max(_FEW, _TIMES * rows):
            by_key = self._by_key(rows, draw)
            if by_key is not None:
                return batches.one(by_key)
            share = min(1.0, _TIMES * rows / about)
            found = self._database.rows(
                f"{self._select} WHERE RAND({seed % 2**31}) < {share:.9f} LIMIT {_TIMES * _TIMES * rows}"
            )
            if len(found) >= rows:
                return batches.one(draw.sample(found, rows))
        return batches.one(reservoir(self._database.stream(self._select), rows, draw))

    def _by_key(self, rows: int, draw: random.Random) -> list[Sequence[Any]] | None:
        """Short runs of rows from random places of the primary key; `None` without one that is a number."""
        if self._key is None:
            return None
        key = quoted(self._key)
        low, high = (
            _decoded(value)
            for value in self._database.rows(f"SELECT MIN({key}), MAX({key}) FROM {self._name}")[0]  # noqa: S608  # quoted
        )
        if low is None or high is None:
            return None
        run = -(-rows // _RANGES)
        found: dict[tuple[Any, ...], None] = {}
        for _ in range(_TIMES):
            starts = [draw.randint(int(low), int(high)) for _ in range(_RANGES)]
            parts = [f"({self._select} WHERE t.{key} >= {start} ORDER BY t.{key} LIMIT {run})" for start in starts]
            found.update(dict.fromkeys(map(tuple, self._database.rows(" UNION ALL ".join(parts)))))
            if len(found) >= rows:
                return draw.sample(list(found), rows)
        return None


def _decoded(value: Any) -> str | None:
    if value is None:
        return None
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _kind(data_type: str, column_type: str) -> ValueKind:
    if column_type == "tinyint(1)":
        return ValueKind.BOOLEAN
    if data_type in _BINARY:
        return ValueKind.BINARY
    return _KINDS.get(data_type, ValueKind.TEXT if "char" in data_type or "text" in data_type else ValueKind.OTHER)


def _is_alone(part: Sequence[Any], parts: Sequence[Sequence[Any]]) -> bool:
    """Whether a column is a key by itself: no other is part of the primary key."""
    return bool(part[6] == "UNI" or sum(other[6] == "PRI" for other in parts) == 1)


def _expression(name: str, data_type: str) -> str:
    column = f"t.{quoted(name)}"
    if data_type in (
        "geometry",
        "point",
        "linestring",
        "polygon",
        "multipoint",
        "multilinestring",
        "multipolygon",
        "geometrycollection",
    ):
        return f"ST_AsText({column})"
    return f"LEFT({column}, {CELL})"


def _failure(error: BaseException) -> ReadError:
    """By the server's error number: https://mariadb.com/kb/en/mariadb-error-codes/."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    if number in _LOST or not number:
        return lost()
    if number in (1142, 1143, 1044, 1045, 1227):
        return ReadError("unreadable", "permission denied; GRANT SELECT on it to the user that assay connects as")
    if number in (1146, 1054, 1049, 1051):
        return ReadError("vanished", "the table, or a column of it, was there when the database was listed")
    if number in (1205, 1213, 3572):
        return ReadError("locked", "another session holds a lock on it; scan again when that is done")
    if number in (1969, 3024, 1317):
        return ReadError("timed out", f"a query took longer than {_STATEMENT_SECONDS // 60} minutes")
    return ReadError("unreadable", f"the server refused to read it (error {number}, {type(error).__name__})")


def _refused(error: BaseException, address: Address) -> str:
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    where = f"{address.host or 'the local server'}:{address.port or 3306}"
    if number in (1045, 1698, 1044, 1251):
        return f"{where} refused the user or the password; check both, and that the user may use the database"
    if number == 1049:
        return f"{where} has no database named {address.database!r}"
    if number in (2002, 2003, 2005):
        return f"nobody answers at {where}; check host and port, and that the server runs"
    return f"{where} cannot be reached (error {number or 'unknown'}, {type(error).__name__})"
