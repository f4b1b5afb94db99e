"""Snowflake, over its own connector. Run against an emulator only, never against Snowflake itself.

Information schema: https://docs.snowflake.com/en/sql-reference/info-schema, sampling: …/sql-reference/constructs/sample,
errors: numbers of the connector. The session can read only what its role may: give it one that may do no more.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from assay.errors import ReadError, UsageError
from assay.formats.rows import RowBatches, reservoir
from assay.model import ClassSizes, ColumnInfo, TableInfo, ValueKind
from assay.ports import TableBatch, TableReader
from assay.sources.sql.address import Address
from assay.sources.sql.database import CELL, Listed
from assay.sources.sql.failures import lost, missing
from assay.sources.sql.groups import class_sizes, terms

_LOGIN_SECONDS = 30
_STATEMENT_SECONDS = 300
_FETCH = 2_000
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_SKIPPED = {"VIEW": "view", "EXTERNAL TABLE": "foreign table"}
_KINDS = {
    "BOOLEAN": ValueKind.BOOLEAN,
    "NUMBER": ValueKind.DECIMAL,
    "DECIMAL": ValueKind.DECIMAL,
    "FLOAT": ValueKind.FLOAT,
    "TEXT": ValueKind.TEXT,
    "VARCHAR": ValueKind.TEXT,
    "DATE": ValueKind.DATE,
    "TIME": ValueKind.TIME,
    "BINARY": ValueKind.BINARY,
    "VARIANT": ValueKind.JSON,
    "OBJECT": ValueKind.JSON,
    "ARRAY": ValueKind.ARRAY,
}
_SEMI_STRUCTURED = (ValueKind.JSON, ValueKind.ARRAY)
_DENIED = (3001, 3011)
_ABSENT = (2003, 2043, 904)
_LOST = (250_001, 250_002, 250_003, 250_005, 390_111, 390_114)
_REFUSED = (250_001, 390_100, 390_144, 390_101)


def driver_of(address: Address) -> Any:
    """The connector. Raises `UsageError` that says how to get it."""
    try:
        import snowflake.connector as driver
    except ImportError:
        raise missing(address, "snowflake-connector-python", "snowflake") from None
    return driver


def check(address: Address) -> None:
    """Raises `UsageError` for a connection that would be made in clear."""
    options = dict(address.options)
    if options.get("protocol", "https") != "https" and options.get("host") not in _LOOPBACK:
        raise UsageError(f"{address.shown}: protocol=http would send the password in clear; leave it out")


def connected(address: Address, database: str | None) -> Any:
    """A connection to an account, to one of its databases or to none. Raises `UsageError`, and `ReadError` where it is not let in.

    What the URL leaves open is taken from `SNOWFLAKE_USER`, `SNOWFLAKE_PASSWORD` and `SNOWFLAKE_PRIVATE_KEY_FILE_PWD`.
    """
    driver = driver_of(address)
    options: dict[str, Any] = dict(address.options)
    check(address)
    if "private_key_file" in options:
        if not os.path.isfile(options["private_key_file"]):
            raise ReadError("unreadable", f"{address.host}: private_key_file names no file; check its path")
        options.setdefault("authenticator", "SNOWFLAKE_JWT")
        options["private_key_file_pwd"] = os.environ.get("SNOWFLAKE_PRIVATE_KEY_FILE_PWD")
    else:
        options["password"] = address.password or os.environ.get("SNOWFLAKE_PASSWORD")
    options.update(
        account=address.host,
        user=address.user or os.environ.get("SNOWFLAKE_USER"),
        database=database,
        login_timeout=_LOGIN_SECONDS,
        session_parameters={
            "QUERY_TAG": "assay",
            "STATEMENT_TIMEOUT_IN_SECONDS": _STATEMENT_SECONDS,
            "TIMEZONE": "UTC",
        },
    )
    try:
        return driver.connect(**{name: value for name, value in options.items() if value is not None})
    except driver.Error as error:
        raise ReadError("unreadable", _refused(error, address)) from None
    except (OSError, ValueError, TypeError) as error:
        raise ReadError("unreadable", f"{address.host} cannot be reached ({type(error).__name__})") from None


class _Known(NamedTuple):
    info: TableInfo
    kind: str
    expressions: list[str]


class SnowflakeDatabase:
    """One connection to a database of a Snowflake account. Raises `UsageError`, and `ReadError` where it is not let in."""

    def __init__(self, address: Address) -> None:
        self._driver = driver_of(address)
        self._address = address
        database, _, schema = address.database.partition("/")
        if not database:
            raise ReadError("unreadable", "the URL names no database: snowflake://user@account/DATABASE?warehouse=NAME")
        self._database = database
        self._schema = schema
        self._connection = connected(address, database)
        self._known: dict[tuple[str, ...], _Known] | None = None

    def tables(self) -> Iterator[Listed]:
        for name, table in self._described().items():
            reason = _SKIPPED.get(table.kind)
            yield Listed(name, skipped=None if reason == "view" and self._address.views else reason)

    def table(self, name: tuple[str, ...]) -> TableReader:
        return _Table(self, name, self._found(name))

    def class_sizes(self, name: tuple[str, ...], columns: Sequence[str], below: int) -> ClassSizes:
        known = {column.name: quoted(column.name) for column in self._found(name).info.columns}
        return class_sizes(self.rows, ".".join(map(quoted, name)), terms(known, columns), below)

    def close(self) -> None:
        with suppress(self._driver.Error):
            self._connection.close()

    def rows(self, query: str) -> list[Sequence[Any]]:
        """All rows of a query. Raises `ReadError`."""
        return list(self.stream(query))

    def stream(self, query: str) -> Iterator[Sequence[Any]]:
        """The rows of a query, some thousand at a time. Raises `ReadError`."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(query)
                while some := cursor.fetchmany(_FETCH):
                    yield from some
        except self._driver.Error as error:
            raise failure(error) from None

    def _found(self, name: tuple[str, ...]) -> _Known:
        if self._known is None:
            self._known = self._described()
        found = self._known.get(name)
        if found is None:
            raise ReadError("vanished", "the table was there when the database was listed")
        return found

    def _described(self) -> dict[tuple[str, ...], _Known]:
        # Names without quotes are kept in capitals, and so are those of the database and schema of a URL.
        views = f"{quoted(self._database.upper())}.information_schema"
        of_schema = f" AND table_schema = '{_literal(self._schema.upper())}'" if self._schema else ""
        where = f"WHERE table_schema <> 'INFORMATION_SCHEMA'{of_schema}"
        columns: dict[tuple[str, str], list[Sequence[Any]]] = {}
        for row in self.rows(
            f"SELECT table_schema, table_name, column_name, data_type, comment FROM {views}.columns {where} "  # noqa: S608
            "ORDER BY table_schema, table_name, ordinal_position"
        ):
            columns.setdefault((row[0], row[1]), []).append(row)
        found: dict[tuple[str, ...], _Known] = {}
        for schema, name, kind, count, comment in self.rows(
            f"SELECT table_schema, table_name, table_type, row_count, comment FROM {views}.tables {where} "  # noqa: S608
            "ORDER BY table_schema, table_name"
        ):
            infos = tuple(
                ColumnInfo(name=column, kind=_kind(declared), declared=declared[:80], comment=note or "")
                for _, _, column, declared, note in columns.get((schema, name), [])
            )
            info = TableInfo(
                resource=self._address.uri(self._database.upper(), schema, name),
                table=f"{schema}.{name}",
                columns=infos,
                kind="view" if kind == "VIEW" else "table",
                comment=comment or "",
                rows=None if count is None else int(count),
                rows_exact=count is not None,
            )
            found[self._database.upper(), schema, name] = _Known(info, kind, [_expression(each) for each in infos])
        return found


class _Table:
    def __init__(self, database: SnowflakeDatabase, name: Sequence[str], table: _Known) -> None:
        self._database = database
        self._select = f"SELECT {', '.join(table.expressions)} FROM {'.'.join(map(quoted, name))} AS t"  # noqa: S608
        self.info = table.info

    def read(self) -> Iterator[TableBatch]:
        if self.info.columns:
            yield from RowBatches(len(self.info.columns), cell=CELL).of(self._database.stream(self._select))

    def sample(self, rows: int, seed: int) -> TableBatch:
        batches = RowBatches(len(self.info.columns), cell=CELL)
        if not self.info.columns:
            return batches.one([])
        # A number of rows cannot be drawn by a seed; views cannot be drawn from at all.
        drawn = f"{self._select} LIMIT {rows}" if self.info.kind == "view" else f"{self._select} SAMPLE ({rows} ROWS)"
        return batches.one(reservoir(self._database.stream(drawn), rows, random.Random(seed)))


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "''")


def _kind(declared: str) -> ValueKind:
    upper = declared.upper()
    return ValueKind.TIMESTAMP if upper.startswith("TIMESTAMP") else _KINDS.get(upper.split("(", 1)[0], ValueKind.OTHER)


def _expression(column: ColumnInfo) -> str:
    name = f"t.{quoted(column.name)}"
    if column.kind in _SEMI_STRUCTURED:
        return f"LEFT(TO_JSON({name}), {CELL + 1})"
    if column.declared.upper() in ("GEOGRAPHY", "GEOMETRY"):
        return f"LEFT(ST_ASWKT({name}), {CELL + 1})"
    return f"LEFT({name}, {CELL + 1})" if column.kind is ValueKind.TEXT else name


def failure(error: Any) -> ReadError:
    """By the connector's number of the error; its text quotes the statement."""
    number = getattr(error, "errno", None) or 0
    if number in _LOST:
        return lost()
    if number in _DENIED:
        return ReadError("unreadable", "permission denied; GRANT SELECT on it to the role that assay uses")
    if number in _ABSENT:
        return ReadError("vanished", "it is there no more, or the role that assay uses may not see it")
    if number in (604, 630):
        return ReadError("timed out", f"a query took longer than {_STATEMENT_SECONDS // 60} minutes")
    return ReadError(
        "unreadable", f"Snowflake refused to read it (error {number or 'unknown'}, {type(error).__name__})"
    )


def _refused(error: Any, address: Address) -> str:
    number = getattr(error, "errno", None) or 0
    if number in _REFUSED:
        return (
            f"the account {address.host} refused user, password or key; check them, the account's name and the network"
        )
    return f"the account {address.host} cannot be reached (error {number or 'unknown'}, {type(error).__name__})"
