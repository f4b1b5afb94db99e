"""MySQL and MariaDB: read-only sessions over PyMySQL."""

from __future__ import annotations

import random
import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from assay.errors import LostError, ReadError
from assay.formats.rows import RowBatches, reservoir, sampled_cell
from assay.model import ClassSizes, TableInfo, ValueKind
from assay.ports import TableBatch, TableReader
from assay.sources.sql.address import Address
from assay.sources.sql.database import CELL, Listed, share
from assay.sources.sql.failures import LoginError, lost, missing
from assay.sources.sql.groups import class_sizes
from assay.sources.sql.groups import terms as chosen
from assay.sources.sql.mycatalog import Described, describe, quoted, terms

_CONNECT_SECONDS = 10
_STATEMENT_SECONDS = 300
_LOCK_SECONDS = 5
_READER_SECONDS = 3600
_FEW = 20_000
_TIMES = 4
_RANGES = 20
_SPARE = 20
_LOST = (2003, 2006, 2013, 2055, 1927, 1053, 1080, 4031)
# Those of the other of the two servers are refused, and not missed. MariaDB counts seconds, MySQL milliseconds.
_LIMITS = (
    f"SET SESSION max_statement_time = {_STATEMENT_SECONDS}",
    f"SET SESSION max_execution_time = {_STATEMENT_SECONDS * 1000}",
)
_NO_LIMITS = (
    "SET SESSION max_statement_time = 0",
    "SET SESSION max_execution_time = 0",
    f"SET SESSION net_write_timeout = {_READER_SECONDS}",
)
_SETTINGS = (
    *_LIMITS,
    f"SET SESSION lock_wait_timeout = {_LOCK_SECONDS}",
    f"SET SESSION innodb_lock_wait_timeout = {_LOCK_SECONDS}",
    # MySQL 8 tells times of change that are up to a day old.
    "SET SESSION information_schema_stats_expiry = 0",
)


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
        try:
            self._connection = pymysql.connect(
                host=address.host or "localhost",
                port=address.port or 3306,
                user=address.user,
                # The driver would write it in Latin-1, which the server does not expect.
                password=(address.password or "").encode(),
                database=address.database or None,
                unix_socket=options.get("unix_socket") or options.get("socket"),
                charset="utf8mb4",
                # Bytes that are no UTF-8 must not end the scan of a table.
                use_unicode=False,
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_STATEMENT_SECONDS + 60,
                read_default_file=options.get("read_default_file"),
                autocommit=True,
                conv={},
                ssl_ca=options.get("ssl_ca"),
                ssl_cert=options.get("ssl_cert"),
                ssl_key=options.get("ssl_key"),
                # The driver would take a certificate of any authority, whichever file it is given.
                ssl_verify_cert=_is_set(options.get("ssl_verify_cert", "1" if "ssl_ca" in options else "")),
                ssl_verify_identity=_is_set(options.get("ssl_verify_identity", "")),
                # The driver would go on without encryption, and send a password in clear.
                ssl=_unverified() if address.is_encrypted and "ssl_ca" not in options else None,
                defer_connect=True,
            )
            self._connection.connect(None if address.tunnel is None else _tunnel(address.tunnel))
        except (pymysql.Error, OSError, RuntimeError, ValueError) as error:
            raise _not_connected(error, address) from None
        self.rows("SET SESSION TRANSACTION READ ONLY")
        self.rows("SET SESSION time_zone = '+00:00', SESSION sql_mode = ''")
        for setting in _SETTINGS:
            self._quietly(setting)
        self._known: dict[tuple[str, ...], Described] | None = None

    def _quietly(self, query: str) -> None:
        try:
            self.rows(query)
        except LostError:
            raise
        except ReadError:
            return

    def tables(self) -> Iterator[Listed]:
        for name, table in self._described(changes=True).items():
            if table.skipped is not None and not (table.info.kind == "view" and self._address.views):
                yield Listed(name, skipped=table.skipped)
            else:
                yield Listed(name, change=table.info.change)

    def table(self, name: tuple[str, ...]) -> TableReader:
        found = self._found(name)
        if not found.readable:
            raise ReadError("unreadable", f"no column of it may be read; GRANT SELECT on it to {_USER}")
        return _MysqlTable(self, found)

    def class_sizes(self, name: tuple[str, ...], columns: Sequence[str], below: int) -> ClassSizes:
        found = self._found(name)
        return class_sizes(self.rows, f"{_from(found)} AS t", chosen(terms(found), columns), below)

    def close(self) -> None:
        with suppress(self._driver.Error):
            self._connection.close()

    def rows(self, query: str) -> list[Sequence[Any]]:
        """All rows of a query, values as bytes. Raises `ReadError`."""
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(query)
                return list(cursor.fetchall())
        except (self._driver.Error, OSError, AttributeError) as error:
            raise _failure(error) from None

    def stream(self, query: str, *, whole: bool = False) -> Iterator[Sequence[Any]]:
        """The rows of a query as they come, `whole`: without a limit of time. Raises `ReadError`."""
        from pymysql.cursors import SSCursor

        # The limit of a statement's time counts how long its rows are looked at, too.
        for setting in _NO_LIMITS if whole else ():
            self._quietly(setting)
        cursor: Any = self._connection.cursor(SSCursor)
        try:
            cursor.execute(query)
            yield from cursor
            cursor.close()
        except (self._driver.Error, OSError, AttributeError) as error:
            _give_up(cursor)
            raise _failure(error) from None
        except BaseException:
            # Nobody wants the rest (the reader stopped, or Ctrl-C came), which the driver would read to its end: the
            # connection is given up instead.
            _give_up(cursor)
            self.close()
            raise
        for setting in _LIMITS if whole else ():
            self._quietly(setting)

    def _found(self, name: tuple[str, ...]) -> Described:
        if self._known is None:
            self._known = self._described(changes=False)
        found = self._known.get(name)
        if found is None:
            raise ReadError("vanished", "the table was there when the database was listed")
        return found

    def _described(self, *, changes: bool) -> dict[tuple[str, ...], Described]:
        found = describe(self.rows, self._address.database, self._address.uri, changes=changes)
        return {table.name: table for table in found}


def _tunnel(place: tuple[str, int]) -> socket.socket:
    """What leads to the server; the connection keeps the server's name, which its certificate has."""
    found = socket.create_connection(place, timeout=_CONNECT_SECONDS)
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return found


def _unverified() -> ssl.SSLContext:
    """Encrypts; whose certificate it is, is not known without its authority."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _give_up(cursor: Any) -> None:
    """Keeps the driver from reading the rest of a result when its cursor goes, which fails where the connection is gone."""
    # A query that is stopped before its first row has a result that only the connection knows yet.
    for result in (cursor._result, getattr(cursor.connection, "_result", None)):
        if result is not None:
            result.unbuffered_active = False


def _is_set(text: str) -> bool | None:
    return text.lower() in ("1", "true", "yes", "on") if text else None


_USER = "the user that assay connects as"


class _MysqlTable:
    """One table. Values come as the server's text, as bytes."""

    def __init__(self, database: MysqlDatabase, table: Described) -> None:
        self._database = database
        self._key = table.key
        self._from = _from(table)
        self._table = table
        self.info = table.info if table.info.kind == "view" else self._counted(table.info)

    def _counted(self, info: TableInfo) -> TableInfo:
        """How many rows there are: of a small table exactly, of a large one as the server guesses."""
        counted = self._database.rows(f"SELECT COUNT(*) FROM (SELECT 1 FROM {self._from} LIMIT {_FEW + 1}) AS t")  # noqa: S608
        few = int(counted[0][0])
        if few <= _FEW:
            return replace(info, rows=few, rows_exact=True)
        return replace(info, rows=max(few, info.rows or 0))

    def read(self) -> Iterator[TableBatch]:
        yield from self._batches(CELL).of(self._database.stream(self._select(CELL), whole=True))

    def sample(self, rows: int, seed: int) -> TableBatch:
        draw = random.Random(seed)
        cell = sampled_cell(rows)
        batches = self._batches(cell)
        about = self.info.rows
        select = self._select(cell)
        if self.info.kind == "view":
            # Nobody knows how dear a row of a view is: the first ones are read, no more.
            found = self._database.rows(f"{select} LIMIT {_TIMES * rows}")
            return batches.one(draw.sample(found, min(rows, len(found))))
        if about is not None and about > _TIMES * rows:
            by_key = self._by_key(select, rows, draw) if about > _FEW else self._by_keys(select, rows, draw)
            if by_key is not None:
                return batches.one(by_key)
            part = share(rows, about, exact=self.info.rows_exact)
            found = self._database.rows(
                f"{select} WHERE RAND({seed % 2**31}) < {part:.9f} LIMIT {_TIMES * _TIMES * rows}"
            )
            if len(found) >= rows:
                return batches.one(draw.sample(found, rows))
        return batches.one(reservoir(self._database.stream(select), rows, draw))

    def _by_keys(self, select: str, rows: int, draw: random.Random) -> list[Sequence[Any]] | None:
        """Rows of random keys among all of a table that is not long, but may be wide; `None` without a key that is a number."""
        if self._key is None:
            return None
        key = f"t.{quoted(self._key)}"
        keys = [int(row[0]) for row in self._database.rows(f"SELECT {key} FROM {self._from} AS t")]  # noqa: S608  # quoted
        # Some more, as rows may go before they are asked for: fewer than asked for would mean that there are no more.
        chosen = draw.sample(keys, min(len(keys), rows + _SPARE))
        if not chosen:
            return None
        found = self._database.rows(f"{select} WHERE {key} IN ({', '.join(map(str, chosen))})")
        return draw.sample(found, rows) if len(found) >= rows else None

    def _by_key(self, select: str, rows: int, draw: random.Random) -> list[Sequence[Any]] | None:
        """Short runs of rows from random places of the primary key; `None` without one that is a number."""
        if self._key is None:
            return None
        key = f"t.{quoted(self._key)}"
        low, high = self._database.rows(f"SELECT MIN({key}), MAX({key}) FROM {self._from} AS t")[0]  # noqa: S608  # quoted
        if low is None or high is None:
            return None
        run = -(-rows // _RANGES)
        keyed = select.replace("SELECT ", f"SELECT {key}, ", 1)
        found: dict[bytes, Sequence[Any]] = {}
        for _ in range(_TIMES):
            starts = [draw.randint(int(low), int(high)) for _ in range(_RANGES)]
            parts = [f"({keyed} WHERE {key} >= {start} ORDER BY {key} LIMIT {run})" for start in starts]
            found.update((row[0], row[1:]) for row in self._database.rows(" UNION ALL ".join(parts)))
            if len(found) >= _TIMES * rows // 2:
                break
        return draw.sample(list(found.values()), rows) if len(found) >= rows else None

    def _select(self, cell: int) -> str:
        return f"SELECT {self._table.expressions(cell + 1)} FROM {self._from} AS t"  # noqa: S608  # quoted

    def _batches(self, cell: int) -> RowBatches:
        columns = self.info.columns
        encoded = {index for index, column in enumerate(columns) if column.kind is not ValueKind.BINARY}
        return RowBatches(len(columns), cell=cell, encoded=encoded)


def _from(table: Described) -> str:
    return ".".join(map(quoted, table.name))


def _failure(error: BaseException) -> ReadError:
    """By the server's error number: https://mariadb.com/kb/en/mariadb-error-codes/."""
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    if number in _LOST or not number:
        return lost()
    if number in (1142, 1143, 1044, 1045, 1227, 1345, 1356):
        return ReadError("unreadable", f"permission denied; GRANT SELECT on it to {_USER}")
    if number in (1146, 1054, 1049, 1051):
        return ReadError("vanished", "the table, or a column of it, was there when the database was listed")
    if number in (1205, 1213, 3572):
        return ReadError("locked", "another session holds a lock on it; scan again when that is done")
    if number in (1969, 3024, 1317):
        return ReadError("timed out", f"a query took longer than {_STATEMENT_SECONDS // 60} minutes")
    return ReadError("unreadable", f"the server refused to read it (error {number}, {type(error).__name__})")


def _not_connected(error: BaseException, address: Address) -> ReadError:
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    where = f"{address.host or 'the local server'}:{address.port or 3306}"
    if number in (1045, 1698, 1044, 1251):
        check = "check both, and that the user may use the database"
        return LoginError(f"{where} refused the user or the password; {check}")
    return ReadError("unreadable", _unreachable(number, error, where, address))


def _unreachable(number: int, error: BaseException, where: str, address: Address) -> str:
    if number == 1049:
        return f"{where} has no database named {address.database!r}"
    # The driver tells of a certificate that it does not take as of a server that does not answer.
    if number == 2026 or isinstance(getattr(error, "original_exception", None), ssl.SSLError):
        return (
            f"{where} and this side agree on no encryption: it offers none, or its certificate is of another host "
            "or not of ssl_ca's authority"
        )
    if number in (2002, 2003, 2005):
        return f"nobody answers at {where}; check host and port, and that the server runs"
    if isinstance(error, FileNotFoundError | PermissionError):
        return "a file that the URL's options name cannot be read; check their paths"
    if isinstance(error, RuntimeError):
        return f"{where} wants the password encrypted: use TLS (?ssl_ca=FILE), or pip install 'assay[sql]' anew"
    return f"{where} cannot be reached (error {number or 'unknown'}, {type(error).__name__})"
