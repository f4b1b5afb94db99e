"""Redshift, over psycopg 3, whose protocol it speaks. Preview: it was run on PostgreSQL in its place, never on Redshift itself.

What is asked are tables of the system that both have: Redshift began as PostgreSQL 8.0.
https://docs.aws.amazon.com/redshift/latest/dg/c_redshift-and-postgres-sql.html
"""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from assay.errors import ReadError
from assay.formats.rows import RowBatches, sampled_cell
from assay.model import ClassSizes, ColumnInfo, TableInfo, ValueKind
from assay.ports import TableBatch, TableReader
from assay.sources.sql.address import Address
from assay.sources.sql.database import CELL, Listed, share
from assay.sources.sql.failures import LoginError, lost, missing
from assay.sources.sql.groups import class_sizes, terms
from assay.sources.sql.pgcatalog import quoted

_CONNECT_SECONDS = 10
_STATEMENT_MS = 5 * 60 * 1000
_FETCH = 500
_TIMES = 4
_SYSTEM = "('information_schema', 'pg_catalog', 'pg_internal', 'pg_automv', 'pg_toast', 'catalog_history')"
_VIEW = "v"
_TABLES = f"""
SELECT n.nspname, c.relname, c.relkind, has_table_privilege(c.oid, 'SELECT') AND has_schema_privilege(n.oid, 'USAGE')
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'v') AND n.nspname NOT IN {_SYSTEM} AND n.nspname NOT LIKE 'pg_temp%'
ORDER BY 1, 2
"""  # noqa: S608  # constants
_COLUMNS = """
SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), pg_catalog.col_description(c.oid, a.attnum)
FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = %s AND c.relname = %s AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""
_KINDS = {
    "boolean": ValueKind.BOOLEAN,
    "smallint": ValueKind.INTEGER,
    "integer": ValueKind.INTEGER,
    "bigint": ValueKind.INTEGER,
    "real": ValueKind.FLOAT,
    "double precision": ValueKind.FLOAT,
    "numeric": ValueKind.DECIMAL,
    "date": ValueKind.DATE,
    "timestamp": ValueKind.TIMESTAMP,
    "time": ValueKind.TIME,
    "interval": ValueKind.INTERVAL,
    "character": ValueKind.TEXT,
    "text": ValueKind.TEXT,
    "super": ValueKind.JSON,
    "varbyte": ValueKind.BINARY,
    "bytea": ValueKind.BINARY,
}


class RedshiftDatabase:
    """One connection. Raises `UsageError` without the driver, `ReadError` where it is not let in."""

    def __init__(self, address: Address) -> None:
        try:
            import psycopg
        except ImportError:
            raise missing(address, "psycopg") from None
        self._psycopg = psycopg
        self._address = address
        given: dict[str, Any] = dict(address.options)
        given |= {
            "host": address.host,
            "port": address.port or 5439,
            "user": address.user,
            "password": address.password,
        }
        given |= {"dbname": address.database or "dev"}
        given.setdefault("sslmode", "verify-full" if "sslrootcert" in given else "require")
        given.setdefault("connect_timeout", _CONNECT_SECONDS)
        try:
            if address.tunnel is not None:
                given |= {"hostaddr": socket.gethostbyname(address.tunnel[0]), "port": address.tunnel[1]}
            # Its statements are not prepared: Redshift keeps none for a session of so few.
            self._connection = psycopg.connect(**given, autocommit=True, prepare_threshold=None)
            self._connection.execute(f"SET statement_timeout TO {_STATEMENT_MS}")
        except (psycopg.Error, OSError) as error:
            raise _refused(error, address) from None
        self._connection.autocommit = False
        # Each transaction says that it only reads.
        self._connection.read_only = True

    def tables(self) -> Iterator[Listed]:
        database = self._address.database or "dev"
        for schema, name, kind, may_read in self.rows(_TABLES):
            if kind == _VIEW and not self._address.views:
                yield Listed((database, schema, name), skipped="view")
            elif not may_read:
                yield Listed((database, schema, name), unreadable="unreadable: permission denied; GRANT SELECT on it")
            else:
                yield Listed((database, schema, name))

    def table(self, name: tuple[str, ...]) -> TableReader:
        columns = self._columns(name)
        resource, table = self._address.uri(*name), ".".join(name[1:])
        return _RedshiftTable(self, name, TableInfo(resource=resource, table=table, columns=columns))

    def class_sizes(self, name: tuple[str, ...], columns: Sequence[str], below: int) -> ClassSizes:
        known = {column.name: quoted(column.name) for column in self._columns(name)}
        return class_sizes(self.rows, place_of(name), terms(known, columns), below)

    def close(self) -> None:
        with suppress(self._psycopg.Error):
            self._connection.close()

    def rows(self, query: str, arguments: Sequence[Any] | None = None) -> list[Sequence[Any]]:
        """All rows of a query, in a transaction of its own. Raises `ReadError`."""
        try:
            with self._connection.transaction():
                return self._connection.execute(query, arguments).fetchall()
        except (self._psycopg.Error, UnicodeError) as error:
            raise self._failed(error) from None

    def stream(self, query: str) -> Iterator[Sequence[Any]]:
        """The rows of a query as they come. Raises `ReadError`."""
        try:
            with self._connection.transaction(), self._connection.cursor(name="assay") as cursor:
                cursor.execute(query)
                while rows := cursor.fetchmany(_FETCH):
                    yield from rows
        except (self._psycopg.Error, UnicodeError) as error:
            raise self._failed(error) from None

    def _columns(self, name: tuple[str, ...]) -> tuple[ColumnInfo, ...]:
        found = self.rows(_COLUMNS, name[1:])
        if not found:
            raise ReadError("vanished", "the table was there when the database was listed")
        return tuple(
            ColumnInfo(name=column, kind=_kind(declared), declared=declared, comment=comment or "")
            for column, declared, comment in found
        )

    def _failed(self, error: Any) -> ReadError:
        state = getattr(error, "sqlstate", None) or ""
        if self._connection.closed or state[:2] == "08" or state.startswith("57P"):
            return lost()
        if state == "42501":
            return ReadError("unreadable", "permission denied; GRANT SELECT on it")
        if state == "57014":
            return ReadError("timed out", f"a query took longer than {_STATEMENT_MS // 60_000} minutes")
        if state in ("42P01", "42703", "3F000"):
            return ReadError("vanished", "the table, or a column of it, was there when the database was listed")
        return ReadError("unreadable", f"the server refused to read it (SQLSTATE {state or 'unknown'})")


class _RedshiftTable:
    """One table. Another seed draws other rows; the same does not draw the same, as the server's chance has no seed."""

    def __init__(self, database: RedshiftDatabase, name: tuple[str, ...], info: TableInfo) -> None:
        self._database = database
        self._place = place_of(name)
        count = int(database.rows(f"SELECT count(*) FROM {self._place}")[0][0])  # noqa: S608  # quoted
        self.info = TableInfo(
            resource=info.resource, table=info.table, columns=info.columns, rows=count, rows_exact=True
        )

    def read(self) -> Iterator[TableBatch]:
        yield from RowBatches(len(self.info.columns), cell=CELL).of(self._database.stream(self._select()))

    def sample(self, rows: int, seed: int) -> TableBatch:
        batches = RowBatches(len(self.info.columns), cell=sampled_cell(rows))
        count = self.info.rows or 0
        if count > _TIMES * rows:
            part = share(rows, count, exact=True)
            drawn = self._database.rows(f"{self._select()} WHERE random() < {part:.9f} LIMIT {_TIMES * _TIMES * rows}")
            if len(drawn) >= rows:
                return batches.one(random.Random(seed).sample(drawn, rows))
        found = list(self._database.stream(self._select()))
        return batches.one(random.Random(seed).sample(found, min(rows, len(found))))

    def _select(self) -> str:
        columns = ", ".join(quoted(column.name) for column in self.info.columns)
        return f"SELECT {columns} FROM {self._place}"  # noqa: S608  # quoted


def place_of(name: tuple[str, ...]) -> str:
    """Schema and table, quoted."""
    return ".".join(map(quoted, name[1:]))


def _kind(declared: str) -> ValueKind:
    return next((kind for start, kind in _KINDS.items() if declared.startswith(start)), ValueKind.OTHER)


def _refused(error: Any, address: Address) -> ReadError:
    """Why there is no connection; what the driver says stays here."""
    text = str(error).lower()
    where = f"{address.host}:{address.port or 5439}"
    if (
        "password" in text
        or "authentication" in text
        or "no pg_hba.conf" in text
        or getattr(error, "sqlstate", "") == "28000"
    ):
        return LoginError(f"{where} refused the user or the password")
    if "ssl" in text or "certificate" in text:
        return ReadError(
            "unreadable", f"{where} and this side agree on no encryption: it offers none, or its certificate is not of "
            "sslrootcert's authority"
        )  # fmt: skip
    return ReadError("unreadable", f"{where} cannot be reached; check its name, its port and the way there")
