"""PostgreSQL: read-only sessions over psycopg 3, everything described in a few queries.

Catalogs: https://www.postgresql.org/docs/current/catalogs.html, statistics: …/monitoring-stats.html.
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
_STATEMENT_MS = 5 * 60 * 1000
_LOCK_MS = 5_000
_FEW = 20_000
_TIMES = 4
_FETCH = 2_000

_TABLES = """
SELECT c.oid, n.nspname, c.relname, c.relkind::text, c.reltuples::float8, c.relfilenode::int8,
       obj_description(c.oid, 'pg_class'), has_any_column_privilege(c.oid, 'SELECT'),
       has_schema_privilege(n.oid, 'USAGE'),
       concat_ws('.', s.n_tup_ins, s.n_tup_upd, s.n_tup_del)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid
WHERE c.relkind IN ('r', 'p', 'm', 'f', 'v') AND NOT c.relispartition
  AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
  AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
"""
_COLUMNS = """
SELECT a.attrelid, a.attname, format_type(a.atttypid, a.atttypmod), t.typname, t.typtype::text, t.typcategory::text,
       col_description(a.attrelid, a.attnum), has_column_privilege(a.attrelid, a.attnum, 'SELECT'),
       EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique AND i.indpred IS NULL
               AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum)
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
WHERE a.attrelid = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attrelid, a.attnum
"""
# What the counters of changes count from: they begin anew when the server starts, and when they are reset.
_SINCE = "SELECT pg_postmaster_start_time()::text, (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database())::text"
_PARTITIONS = """
SELECT p.inhparent, concat_ws('.', sum(s.n_tup_ins), sum(s.n_tup_upd), sum(s.n_tup_del), count(*),
       string_agg(c.relfilenode::text, ',' ORDER BY c.oid)), sum(greatest(c.reltuples, 0))::float8
FROM (WITH RECURSIVE tree AS (
        SELECT inhrelid, inhparent AS root FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhparent WHERE NOT c.relispartition
        UNION ALL SELECT i.inhrelid, t.root FROM pg_inherits i JOIN tree t ON i.inhparent = t.inhrelid)
      SELECT inhrelid, root AS inhparent FROM tree) p
JOIN pg_class c ON c.oid = p.inhrelid LEFT JOIN pg_stat_all_tables s ON s.relid = p.inhrelid
GROUP BY p.inhparent
"""
_SKIPPED = {"v": "view", "f": "foreign table"}
_KINDS = {
    "bool": ValueKind.BOOLEAN,
    "int2": ValueKind.INTEGER,
    "int4": ValueKind.INTEGER,
    "int8": ValueKind.INTEGER,
    "oid": ValueKind.INTEGER,
    "numeric": ValueKind.DECIMAL,
    "money": ValueKind.DECIMAL,
    "float4": ValueKind.FLOAT,
    "float8": ValueKind.FLOAT,
    "date": ValueKind.DATE,
    "time": ValueKind.TIME,
    "timetz": ValueKind.TIME,
    "timestamp": ValueKind.TIMESTAMP,
    "timestamptz": ValueKind.TIMESTAMP,
    "interval": ValueKind.INTERVAL,
    "uuid": ValueKind.UUID,
    "json": ValueKind.JSON,
    "jsonb": ValueKind.JSON,
    "hstore": ValueKind.JSON,
    "xml": ValueKind.TEXT,
    "bytea": ValueKind.BINARY,
}


def quoted(name: str) -> str:
    """A name as an SQL identifier, whatever it holds."""
    return '"' + name.replace('"', '""') + '"'


class PostgresDatabase:
    """One connection to a PostgreSQL database. Raises `UsageError` without the driver, `ReadError` where it is not let in."""

    def __init__(self, address: Address) -> None:
        try:
            import psycopg
        except ImportError:
            raise missing(address, "psycopg") from None
        self._psycopg = psycopg
        self._address = address
        given: dict[str, Any] = dict(address.options)
        given.update(
            {key: value for key, value in (("host", address.host), ("port", address.port), ("user", address.user),
                                            ("password", address.password), ("dbname", address.database)) if value}
        )  # fmt: skip
        given.setdefault("connect_timeout", _CONNECT_SECONDS)
        given.setdefault("application_name", "assay")
        settings = (
            f"-c default_transaction_read_only=on -c statement_timeout={_STATEMENT_MS} -c lock_timeout={_LOCK_MS}"
        )
        given["options"] = f"{given.get('options', '')} {settings}".strip()
        try:
            self._connection = psycopg.connect(**given, autocommit=True)
            if self._connection.info.parameter_status("server_encoding") != "SQL_ASCII":
                self._connection.execute("SET client_encoding TO 'UTF8'")
        except psycopg.Error as error:
            raise ReadError("unreadable", _refused(error, address)) from None
        except UnicodeError:
            raise ReadError("unreadable", "user, password or database have characters that cannot be sent") from None
        self._infos: dict[tuple[str, ...], tuple[TableInfo, str, list[str]]] | None = None
        self._rows: list[Sequence[Any]] = []

    def tables(self) -> Iterator[Listed]:
        for _, schema, name, kind, _, _, _, readable, usable, _ in self._listed():
            whole = (self._address.database or self._connection.info.dbname, schema, name)
            if not usable or not readable:
                yield Listed(whole, unreadable=f"unreadable: permission denied; GRANT SELECT on it to {_ROLE}")
            elif kind in _SKIPPED and not self._address.views:
                yield Listed(whole, skipped=_SKIPPED[kind])
            else:
                yield Listed(whole)

    @contextmanager
    def table(self, name: tuple[str, ...]) -> Iterator[TableReader]:
        if self._infos is None:
            self._infos = self._described()
        found = self._infos.get(name)
        if found is None:
            raise ReadError("vanished", "the table was there when the database was listed")
        yield _PostgresTable(self, *found)

    def close(self) -> None:
        self._connection.close()

    def rows(self, query: str, arguments: Sequence[Any] | None = None) -> list[Sequence[Any]]:
        """All rows of a query. Raises `ReadError`."""
        try:
            return self._connection.execute(query, arguments).fetchall()
        except self._psycopg.Error as error:
            raise self.failed(error) from None

    def stream(self, query: str) -> Iterator[Sequence[Any]]:
        """The rows of a query, some thousand at a time. Raises `ReadError`."""
        try:
            with self._connection.transaction(), self._connection.cursor(name="assay") as cursor:
                cursor.itersize = _FETCH
                cursor.execute(query)
                yield from cursor
        except self._psycopg.Error as error:
            raise self.failed(error) from None

    def failed(self, error: Any) -> ReadError:
        """What an error of the driver is here."""
        state = error.sqlstate or ""
        if self._connection.closed or state[:2] == "08" or state.startswith("57P"):
            return lost()
        return _failure(state, type(error).__name__)

    def _listed(self) -> list[Sequence[Any]]:
        if not self._rows:
            self._rows = self.rows(_TABLES)
        return self._rows

    def _described(self) -> dict[tuple[str, ...], tuple[TableInfo, str, list[str]]]:
        self._rows = []
        listed = self._listed()
        since = "|".join(str(value) for value in self.rows(_SINCE)[0])
        partitions = {row[0]: (row[1], row[2]) for row in self.rows(_PARTITIONS)}
        columns: dict[int, list[Sequence[Any]]] = {}
        for row in self.rows(_COLUMNS, [[entry[0] for entry in listed]]):
            columns.setdefault(row[0], []).append(row)
        database = self._address.database or self._connection.info.dbname
        found: dict[tuple[str, ...], tuple[TableInfo, str, list[str]]] = {}
        for oid, schema, name, kind, tuples, node, comment, _, _, counted in listed:
            parts = columns.get(oid, [])
            readable = [part for part in parts if part[7]]
            infos = tuple(
                ColumnInfo(name=part[1], kind=_kind(part), declared=part[2], comment=part[6] or "", unique=part[8])
                for part in readable
            )
            changes, inherited = partitions.get(oid, ("", 0.0))
            rows = max(0.0, tuples) + inherited if tuples >= 0 or inherited else None
            shape = "|".join(f"{part[1]}:{part[2]}" for part in parts)
            info = TableInfo(
                resource=self._address.uri(database, schema, name),
                table=f"{schema}.{name}",
                columns=infos,
                kind="view" if kind == "v" else "table",
                comment=comment or "",
                rows=None if rows is None or kind in "vf" else int(rows),
                change=None if kind in "vf" else f"pg:{since}:{node}:{counted}:{changes}:{shape}",
                unreadable=tuple(part[1] for part in parts if not part[7]),
            )
            found[database, schema, name] = info, kind, [_expression(part) for part in readable]
        return found


_ROLE = "the role that assay connects as"


class _PostgresTable:
    """One table. Values come as text, as the server writes them; binary ones as bytes."""

    def __init__(self, database: PostgresDatabase, info: TableInfo, kind: str, wanted: list[str]) -> None:
        self._database = database
        self._kind = kind
        self.info = info
        schema, _, name = info.table.partition(".")
        self._select = f"SELECT {', '.join(wanted)} FROM "  # noqa: S608  # quoted
        self._name = f"{quoted(schema)}.{quoted(name)}"

    def read(self) -> Iterator[TableBatch]:
        if not self.info.columns:
            return
        yield from RowBatches(len(self.info.columns)).of(self._database.stream(f"{self._select}{self._name} AS t"))

    def sample(self, rows: int, seed: int) -> TableBatch:
        batches = RowBatches(len(self.info.columns))
        if not self.info.columns:
            return batches.one([])
        draw = random.Random(seed)
        about = self.info.rows
        if self._kind in "vf":
            # Nobody knows how dear a row of a view is: the first ones are read, no more.
            found = self._database.rows(f"{self._select}{self._name} AS t LIMIT {_TIMES * rows}")
            return batches.one(draw.sample(found, min(rows, len(found))))
        if about is not None and about > max(_FEW, _TIMES * rows):
            share = min(100.0, 100.0 * _TIMES * rows / about)
            for method in (f"SYSTEM ({share:.6f})", f"BERNOULLI ({share:.6f})"):
                found = self._database.rows(
                    f"{self._select}{self._name} AS t TABLESAMPLE {method} REPEATABLE ({seed}) LIMIT {_TIMES * _TIMES * rows}"
                )
                if len(found) >= rows:
                    return batches.one(draw.sample(found, rows))
        return batches.one(reservoir(self._database.stream(f"{self._select}{self._name} AS t"), rows, draw))


def _kind(part: Sequence[Any]) -> ValueKind:
    if part[4] == "e":
        return ValueKind.ENUM
    if part[5] == "A":
        return ValueKind.ARRAY
    if part[4] in "cr":
        return ValueKind.JSON
    known = _KINDS.get(part[3])
    return known if known is not None else ValueKind.TEXT if part[5] in "SU" else ValueKind.OTHER


def _expression(part: Sequence[Any]) -> str:
    """A column as text of bounded length; arrays and rows as JSON, so that their fields are looked into."""
    name = f"t.{quoted(part[1])}"
    if part[3] == "bytea":
        return f"substring({name} from 1 for {CELL})"
    if part[5] == "A":
        return f"left(array_to_json({name})::text, {CELL})"
    if part[4] == "c":
        return f"left(row_to_json({name})::text, {CELL})"
    if part[3] == "hstore":
        return f"left(hstore_to_json({name})::text, {CELL})"
    return f"left({name}::text, {CELL})"


def _failure(state: str, kind: str) -> ReadError:
    """By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html."""
    if state == "42501":
        return ReadError("unreadable", f"permission denied; GRANT SELECT on it to {_ROLE}")
    if state in ("42P01", "42703", "3F000"):
        return ReadError("vanished", "the table, or a column of it, was there when the database was listed")
    if state == "57014":
        return ReadError("timed out", f"a query took longer than {_STATEMENT_MS // 60_000} minutes")
    if state in ("55P03", "40P01"):
        return ReadError("locked", "another session holds a lock on it; scan again when that is done")
    return ReadError("unreadable", f"the server refused to read it (SQLSTATE {state or 'unknown'}, {kind})")


def _refused(error: Any, address: Address) -> str:
    """Why there is no connection. The driver has no SQLSTATE for what fails before the session: its text is searched."""
    text = str(error).lower()
    state = error.sqlstate or ""
    where = f"{address.host or 'the local server'}{f':{address.port}' if address.port else ''}"
    if state in ("28P01", "28000") or "password" in text or "authentication" in text or "no pg_hba.conf" in text:
        return f"{where} refused the user or the password; check both (PGPASSWORD and ~/.pgpass count too)"
    if state == "3D000" or ("database" in text and "does not exist" in text):
        return f"{where} has no database named {address.database!r}"
    if "role" in text and "does not exist" in text:
        return f"{where} knows no such user; check the user"
    if "timeout" in text or "timed out" in text:
        return f"{where} did not answer within {_CONNECT_SECONDS} seconds; check host, port and firewall"
    if "translate host name" in text or "name or service not known" in text or "resolve" in text:
        return f"no host named {address.host!r} is known; check its spelling"
    if "refused" in text or "no such file" in text:
        return f"nobody listens at {where}; check host and port, and that the server runs"
    return f"{where} cannot be reached (SQLSTATE {state or 'unknown'}, {type(error).__name__})"
