"""PostgreSQL: read-only sessions over psycopg 3."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from assay.errors import ReadError
from assay.formats.rows import RowBatches, reservoir, sampled_cell
from assay.formats.values import declared_text
from assay.model import ClassSizes, ValueKind
from assay.ports import TableBatch, TableReader
from assay.sources.sql.address import Address
from assay.sources.sql.database import CELL, Listed, share
from assay.sources.sql.failures import LoginError, lost, missing
from assay.sources.sql.groups import class_sizes, terms
from assay.sources.sql.pgcatalog import Described, describe, quoted

_CONNECT_SECONDS = 10
_STATEMENT_MS = 5 * 60 * 1000
_LOCK_MS = 5_000
_FEW = 20_000
_MANY = 200_000
_TIMES = 4
_PAGES = 40
_FETCH = 500
_FIRST = 20
_FETCH_CHARACTERS = 4 * 1024 * 1024
_ROLE = "the role that assay connects as"
_SKIPPED = {"v": "view", "f": "foreign table"}
# The search path is pg_catalog alone, so that nobody else's function is called; row security refuses instead of hiding rows.
_SETTINGS = f"""
SET default_transaction_read_only = on; SET statement_timeout = {_STATEMENT_MS}; SET lock_timeout = {_LOCK_MS};
SET search_path = pg_catalog; SET row_security = off; SET synchronize_seqscans = off; SET DateStyle = 'ISO';
SET IntervalStyle = 'iso_8601'; SET bytea_output = 'hex'; SET TimeZone = 'UTC'
"""


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
        if address.tunnel is not None:
            # The host stays the name that its certificate has.
            try:
                given["hostaddr"], given["port"] = socket.gethostbyname(address.tunnel[0]), address.tunnel[1]
            except OSError:
                raise ReadError(
                    "unreadable", f"no host named {address.tunnel[0]!r} is known, where the tunnel begins"
                ) from None
        given.setdefault("connect_timeout", _CONNECT_SECONDS)
        given.setdefault("application_name", "assay")
        try:
            self._connection = psycopg.connect(**given, autocommit=True)
            self._connection.execute(_SETTINGS)
            self._is_unencoded = self._connection.info.parameter_status("server_encoding") == "SQL_ASCII"
            if not self._is_unencoded:
                self._connection.execute("SET client_encoding TO 'UTF8'")
        except psycopg.Error as error:
            raise _refused(error, address) from None
        except UnicodeError:
            raise ReadError("unreadable", "user, password or database have characters that cannot be sent") from None
        self._known: dict[tuple[str, ...], Described] | None = None

    def tables(self) -> Iterator[Listed]:
        for name, table in self._described(changes=True).items():
            if table.kind in _SKIPPED and not self._address.views:
                yield Listed(name, skipped=_SKIPPED[table.kind])
            elif not table.may_read:
                yield Listed(name, unreadable=f"unreadable: permission denied; GRANT SELECT on it to {_ROLE}")
            elif table.hides_rows:
                yield Listed(name, unreadable=f"unreadable: {_HIDES}")
            else:
                yield Listed(name, change=table.info.change)

    def table(self, name: tuple[str, ...]) -> TableReader:
        if self._known is None:
            self._known = self._described(changes=False)
        found = self._known.get(name)
        if found is None:
            raise ReadError("vanished", "the table was there when the database was listed")
        return _PostgresTable(self, found)

    def class_sizes(self, name: tuple[str, ...], columns: Sequence[str], below: int) -> ClassSizes:
        self.table(name)
        found = (self._known or {})[name]
        return class_sizes(self.rows, f"{_from(found)} AS t", terms(_terms(found), columns), below)

    def close(self) -> None:
        self._connection.close()

    def rows(self, query: str, arguments: Sequence[Any] | None = None) -> list[Sequence[Any]]:
        """All rows of a query. Raises `ReadError`."""
        try:
            return self._connection.execute(query, arguments).fetchall()
        except (self._psycopg.Error, UnicodeError) as error:
            raise self._failed(error) from None

    def stream(self, query: str) -> Iterator[Sequence[Any]]:
        """The rows of a query of texts, of some megabytes at a time. Raises `ReadError`."""
        try:
            with self._connection.transaction(), self._connection.cursor(name="assay") as cursor:
                cursor.execute(query)
                size = _FIRST
                while rows := cursor.fetchmany(size):
                    characters = sum(len(value) for row in rows for value in row if value is not None)
                    size = max(1, min(_FETCH, _FETCH_CHARACTERS * len(rows) // max(1, characters)))
                    yield from rows
        except (self._psycopg.Error, UnicodeError) as error:
            raise self._failed(error) from None

    def _texts(self, query: str, arguments: Sequence[Any] | None = None) -> list[Sequence[Any]]:
        """Rows whose texts are texts in databases of no encoding, too, where the driver gives bytes."""
        found = self.rows(query, arguments)
        if not self._is_unencoded:
            return found
        return [tuple(declared_text(value) if isinstance(value, bytes) else value for value in row) for row in found]

    def _failed(self, error: Any) -> ReadError:
        """What an error of the driver is here."""
        state = getattr(error, "sqlstate", None) or ""
        if self._connection.closed or state[:2] == "08" or state.startswith("57P"):
            return lost()
        return _failure(state, type(error).__name__)

    def _described(self, *, changes: bool) -> dict[tuple[str, ...], Described]:
        database = self._address.database or self._connection.info.dbname
        found = describe(self._texts, database, self._address.uri, changes=changes)
        return {(database, *table.name): table for table in found}


class _PostgresTable:
    """One table. Values come as text, as the server writes them; binary ones as bytes."""

    def __init__(self, database: PostgresDatabase, table: Described) -> None:
        self._database = database
        self._can_sample = table.kind in "rpm"
        self._from = _from(table)
        self._table = table
        self.info = self._counted(table) if self._can_sample else table.info

    def read(self) -> Iterator[TableBatch]:
        if self.info.columns:
            batches = RowBatches(len(self.info.columns), cell=CELL)
            yield from batches.of(self._database.stream(self._select(CELL)))

    def sample(self, rows: int, seed: int) -> TableBatch:
        cell = sampled_cell(rows)
        batches = RowBatches(len(self.info.columns), cell=cell)
        if not self.info.columns:
            return batches.one([])
        draw = random.Random(seed)
        about = self.info.rows
        select = self._select(cell)
        if not self._can_sample:
            # Nobody knows how dear a row of a view is: the first ones are read, no more.
            found = self._database.rows(f"{select} LIMIT {_TIMES * rows}")
            return batches.one(draw.sample(found, min(rows, len(found))))
        if about is not None and about > _TIMES * rows:
            for query in self._draws(select, about, rows, seed):
                found = self._database.rows(query)
                if len(found) >= rows:
                    return batches.one(draw.sample(found, rows))
        return batches.one(reservoir(self._database.stream(select), rows, draw))

    def _draws(self, select: str, about: int, rows: int, seed: int) -> Iterator[str]:
        """Each row by itself where the table is read through in no time; of a larger one many pages, and of these some rows."""
        most = _TIMES * _TIMES * rows
        wanted = share(rows, about, exact=self.info.rows_exact)
        if about > _MANY:
            pages = min(1.0, _PAGES * wanted)
            self._database.rows(f"SELECT setseed({random.Random(seed).random():.15f})")
            yield (f"{select} TABLESAMPLE SYSTEM ({100 * pages:.8f}) REPEATABLE ({seed})"
                   f" WHERE random() < {wanted / pages:.8f} LIMIT {most}")  # fmt: skip
        yield f"{select} TABLESAMPLE BERNOULLI ({100 * wanted:.8f}) REPEATABLE ({seed}) LIMIT {most}"

    def _select(self, cell: int) -> str:
        return f"SELECT {self._table.expressions(cell + 1)} FROM {self._from} AS t"  # noqa: S608  # quoted

    def _counted(self, table: Described) -> Any:
        """How many rows there are: of a small table exactly, of a large one as the planner guesses from its size."""
        info = table.info
        few = self._database.rows(f"SELECT count(*) FROM (SELECT FROM {self._from} LIMIT {_FEW + 1}) AS t")[0][0]  # noqa: S608
        if few <= _FEW:
            return replace(info, rows=few, rows_exact=True)
        plan = self._database.rows(f"EXPLAIN (FORMAT JSON) SELECT FROM {self._from}")[0][0]  # quoted
        return replace(info, rows=max(few, int(plan[0]["Plan"]["Plan Rows"])))


def _from(table: Described) -> str:
    """Tables that inherit are read by themselves, partitions through their parent."""
    only = "ONLY " if table.kind == "r" else ""
    return f"{only}{'.'.join(map(quoted, table.name))}"


def _terms(table: Described) -> dict[str, str]:
    """Columns as they are grouped by: texts byte by byte, and what cannot be compared by its text."""
    named = {column.name: (f"t.{quoted(column.name)}", column.kind) for column in table.info.columns}
    return {name: f'{term}::text COLLATE "C"' if kind in _BY_TEXT else term for name, (term, kind) in named.items()}


_BY_TEXT = (ValueKind.TEXT, ValueKind.JSON, ValueKind.OTHER, ValueKind.ARRAY)
_HIDES = f"row-level security hides rows of it; give {_ROLE} BYPASSRLS, or a policy's owner's rights"


def _failure(state: str, kind: str) -> ReadError:
    """By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html."""
    if state == "42501":
        return ReadError("unreadable", f"permission denied, or row-level security; GRANT SELECT on it to {_ROLE}")
    if state in ("42P01", "42703", "3F000"):
        return ReadError("vanished", "the table, or a column of it, was there when the database was listed")
    if state == "57014":
        return ReadError("timed out", f"a query took longer than {_STATEMENT_MS // 60_000} minutes")
    if state == "40001":
        return ReadError(
            "locked", "the server that it was read from had to follow changes of another; scan again later"
        )
    if state in ("55P03", "40P01"):
        return ReadError("locked", "another session holds a lock on it; scan again when that is done")
    return ReadError("unreadable", f"the server refused to read it (SQLSTATE {state or 'unknown'}, {kind})")


def _refused(error: Any, address: Address) -> ReadError:
    """Why there is no connection. The driver has no SQLSTATE for what fails before the session: its text is searched."""
    text = str(error).lower()
    where = f"{address.host or 'the local server'}{f':{address.port}' if address.port else ''}"
    login = _login_refused(text, error.sqlstate or "", where, address)
    if login is not None:
        return LoginError(login)
    return ReadError("unreadable", _unreachable(text, error, where, address))


def _login_refused(text: str, state: str, where: str, address: Address) -> str | None:
    if state in ("28P01", "28000") or "password" in text or "authentication" in text or "no pg_hba.conf" in text:
        check = "" if address.login is not None else "; check both (PGPASSWORD and ~/.pgpass count too)"
        return f"{where} refused the user or the password{check}"
    if "role" in text and "does not exist" in text:
        return f"{where} knows no such user; check the user"
    return None


def _unreachable(text: str, error: Any, where: str, address: Address) -> str:
    if type(error).__name__ == "ProgrammingError" and "option" in text:
        return "the URL has an option that PostgreSQL does not know; its parameters are those of libpq"
    if error.sqlstate == "3D000" or ("database" in text and "does not exist" in text):
        return f"{where} has no database named {address.database!r}"
    if "ssl" in text or "certificate" in text:
        return f"{where} and this side agree on no encryption: it offers none, or its certificate is not of sslrootcert's authority"
    if "timeout" in text or "timed out" in text:
        return f"{where} did not answer within {_CONNECT_SECONDS} seconds; check host, port and firewall"
    if "translate host name" in text or "name or service not known" in text or "resolve" in text:
        return f"no host named {address.host!r} is known; check its spelling"
    if "refused" in text or "no such file" in text:
        return f"nobody listens at {where}; check host and port, and that the server runs"
    return f"{where} cannot be reached (SQLSTATE {error.sqlstate or 'unknown'}, {type(error).__name__})"
