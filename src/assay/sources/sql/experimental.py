"""Databases by their SQLAlchemy dialects: SQL Server and Oracle.

Experimental: neither of the two has ever been run; what is common to them was, with another dialect. Sessions are read-only
only as far as the rights of the user are, which should be to read and no more. There are no tokens of change.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

from assay.errors import ReadError, UsageError
from assay.formats.rows import RowBatches, reservoir
from assay.model import ClassSizes, ColumnInfo, TableInfo, ValueKind
from assay.ports import TableBatch, TableReader
from assay.sources.sql.address import Address
from assay.sources.sql.database import Listed
from assay.sources.sql.groups import class_sizes, terms

_TIMES = 4
_FETCH = 2_000
_MOST = 100_000
_SYSTEM = frozenset(
    [
        "information_schema",
        "pg_catalog",
        "sys",
        "guest",
        "db_owner",
        "db_accessadmin",
        "db_securityadmin",
        "db_ddladmin",
        "db_backupoperator",
        "db_datareader",
        "db_datawriter",
        "db_denydatareader",
        "db_denydatawriter",
        "system",
        "outln",
        "dbsnmp",
        "xdb",
        "mdsys",
        "ctxsys",
        "ordsys",
        "audsys",
    ]
)
_PACKAGES = {"mssql": "pyodbc", "oracle": "oracledb"}
_OWN = ("schema", "table", "views")
_KINDS = {
    "Boolean": ValueKind.BOOLEAN,
    "Integer": ValueKind.INTEGER,
    "BigInteger": ValueKind.INTEGER,
    "SmallInteger": ValueKind.INTEGER,
    "Float": ValueKind.FLOAT,
    "Double": ValueKind.FLOAT,
    "Numeric": ValueKind.DECIMAL,
    "Date": ValueKind.DATE,
    "DateTime": ValueKind.TIMESTAMP,
    "Time": ValueKind.TIME,
    "Interval": ValueKind.INTERVAL,
    "JSON": ValueKind.JSON,
    "Uuid": ValueKind.UUID,
    "LargeBinary": ValueKind.BINARY,
    "Enum": ValueKind.ENUM,
    "String": ValueKind.TEXT,
}
_SEMI_STRUCTURED = ("SUPER", "JSON", "XML")


class ExperimentalDatabase:
    """A database that SQLAlchemy has a dialect for."""

    def __init__(self, address: Address) -> None:
        import sqlalchemy
        from sqlalchemy import exc

        self._alchemy = sqlalchemy
        self._address = address
        try:
            url = sqlalchemy.make_url(address.url).difference_update_query(_OWN)
            self._engine = sqlalchemy.create_engine(url, pool_pre_ping=True, hide_parameters=True)
            self._connection = self._engine.connect()
        except (exc.NoSuchModuleError, ImportError):
            raise UsageError(
                f"{address.engine}://… is experimental and read with packages that are not installed: "
                f"pip install 'assay[sql]' {_PACKAGES[address.engine]}"
            ) from None
        except exc.ArgumentError:
            raise UsageError(f"{address.shown}: the dialect cannot use this URL; see docs/databases.md") from None
        except Exception as error:  # noqa: BLE001  # of any driver; what it says may quote user and password
            raise ReadError("unreadable", f"{address.shown} cannot be reached ({type(error).__name__})") from None
        self._inspector: Any = sqlalchemy.inspect(self._connection)

    def tables(self) -> Iterator[Listed]:
        try:
            for schema in self._inspector.get_schema_names():
                if schema.lower() in _SYSTEM:
                    continue
                for name in sorted(self._inspector.get_table_names(schema=schema)):
                    yield Listed((schema, name))
                for name in sorted(self._inspector.get_view_names(schema=schema)):
                    yield Listed((schema, name), skipped=None if self._address.views else "view")
        except self._alchemy.exc.SQLAlchemyError as error:
            raise _failure(error) from None

    def table(self, name: tuple[str, ...]) -> TableReader:
        schema, table = name
        try:
            described = self._inspector.get_columns(table, schema=schema)
        except self._alchemy.exc.NoSuchTableError:
            raise ReadError("vanished", "the table was there when the database was listed") from None
        except self._alchemy.exc.SQLAlchemyError as error:
            raise _failure(error) from None
        columns = tuple(
            ColumnInfo(
                name=str(column["name"]),
                kind=_kind(column["type"]),
                declared=_declared(column["type"]),
                comment=column.get("comment") or "",
            )
            for column in described
        )
        if not columns:
            raise ReadError("unreadable", "no column of it may be read; grant SELECT on it")
        info = TableInfo(resource=self._address.uri(schema, table), table=f"{schema}.{table}", columns=columns)
        return _Table(self, schema, table, info)

    def class_sizes(self, name: tuple[str, ...], columns: Sequence[str], below: int) -> ClassSizes:
        schema, table = name
        quoted = self._engine.dialect.identifier_preparer.quote_identifier
        known = {column.name: quoted(column.name) for column in self.table(name).info.columns}
        return class_sizes(self._rows, f"{quoted(schema)}.{quoted(table)}", terms(known, columns), below)

    def _rows(self, query: str) -> list[Sequence[Any]]:
        try:
            return [tuple(row) for row in self._connection.exec_driver_sql(query)]
        except Exception as error:  # noqa: BLE001  # of any driver; what it says may quote values
            raise _failure(error) from None

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()

    def stream(self, schema: str, table: str, columns: Sequence[str], rows: int | None) -> Iterator[Sequence[Any]]:
        """Rows of a table; with `rows` only the first ones."""
        made = self._alchemy
        selected = made.table(table, *(made.column(name) for name in columns), schema=schema)
        query: Any = made.select(*(selected.c[name] for name in columns))
        if rows is not None:
            query = query.limit(rows)
        try:
            with self._connection.execution_options(stream_results=True, yield_per=_FETCH).execute(query) as result:
                for row in result:
                    yield tuple(row)
        except Exception as error:  # noqa: BLE001  # of any driver; what it says may quote values
            raise _failure(error) from None


class _Table:
    def __init__(self, database: ExperimentalDatabase, schema: str, table: str, info: TableInfo) -> None:
        self._database = database
        self._place = (schema, table, [column.name for column in info.columns])
        self.info = info

    def read(self) -> Iterator[TableBatch]:
        yield from RowBatches(len(self.info.columns)).of(self._database.stream(*self._place, None))

    def sample(self, rows: int, seed: int) -> TableBatch:
        found = reservoir(self._database.stream(*self._place, min(_MOST, _TIMES * rows)), rows, random.Random(seed))
        return RowBatches(len(self.info.columns)).one(found)


def _declared(kind: Any) -> str:
    try:
        return str(kind)[:80]
    except Exception:  # noqa: BLE001  # some dialects' types have no text
        return type(kind).__name__


def _kind(kind: Any) -> ValueKind:
    declared = _declared(kind).upper()
    if declared.startswith(_SEMI_STRUCTURED):
        return ValueKind.JSON
    if declared.startswith("ARRAY"):
        return ValueKind.ARRAY
    return next((_KINDS[base.__name__] for base in type(kind).__mro__ if base.__name__ in _KINDS), ValueKind.OTHER)


def _failure(error: BaseException) -> ReadError:
    return ReadError("unreadable", f"the database refused to read it ({type(error).__name__})")
