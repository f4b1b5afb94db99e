"""A database as a source: its tables listed once, and opened by whoever reads them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TypeVar

from assay.errors import LostError, ReadError, UsageError
from assay.model import AssetRef, ClassSizes, Gap, Skip
from assay.ports import TableBatch, TableReader
from assay.sources.sql.address import Address, parse
from assay.sources.sql.database import Database, Listed

T = TypeVar("T")
_WAITS = (0.2, 1.0)


class SqlSource:
    """The tables of the database that a URL names. Raises `UsageError` for a URL that is wrong."""

    def __init__(self, target: str, *, number: int = 0, exclude: Sequence[str] = ()) -> None:
        self.target = target
        self._number = number
        self._exclude = tuple(exclude)
        self._address = parse(target)

    @property
    def shown(self) -> str:
        """The target without user and password."""
        return self._address.shown

    @property
    def is_narrowed(self) -> bool:
        """Whether the URL asks for some of the tables only."""
        return bool(self._address.schemas or self._address.tables)

    def assets(self) -> Iterator[AssetRef | Gap | Skip]:
        """Every table. Raises `UsageError` where the database cannot be opened at all."""
        address = self._address
        database = _opened(address)
        try:
            listed = list(database.tables())
        except ReadError as error:
            raise UsageError(f"{address.shown}: its tables cannot be listed: {error.detail or error.reason}") from None
        finally:
            database.close()
        wanted = [table for table in listed if self._is_wanted(table.name)]
        if self.is_narrowed and not wanted:
            # Whoever names a table that is not there must not be told that nothing was found in it. The names that were
            # given are not repeated: they may be values, and nothing here would know.
            given = [name for name, globs in (("table", address.tables), ("schema", address.schemas)) if globs]
            raise UsageError(
                f"{address.shown}: none of its {len(listed):,} tables is what {' and '.join(given)} in the URL "
                f"{'asks' if len(given) == 1 else 'ask'} for; check the spelling, upper and lower case, and that the user may see it"
            )
        items = [self._item(table) for table in wanted]
        # All tables of a file are one resource, and what is left out of it is told when they are read.
        yield from sorted(items, key=lambda item: not isinstance(item, AssetRef)) if address.is_file else items

    def _item(self, table: Listed) -> AssetRef | Gap | Skip:
        address = self._address
        uri = address.uri(*table.name)
        if table.skipped is not None:
            return Skip(resource=uri, reason=table.skipped, detail=_of(address, table.name, ""))
        if self._is_excluded(table.name):
            return Skip(resource=uri, reason="excluded", detail=_of(address, table.name, ""))
        if table.unreadable is not None and not address.is_file:
            reason, _, detail = table.unreadable.partition(": ")
            return Gap(resource=uri, reason=reason, detail=_of(address, table.name, detail))
        return AssetRef(kind="table", uri=uri, source=self._number, name=table.name, change=table.change)

    def whole_state(self) -> tuple[str, str | None] | None:
        """The resource that all tables are of, and the token of change that all have, where that is one file; else `None`.

        Where the token is the same as before, so is all that `assets` gives.
        """
        from assay.sources.sql.filestate import state  # only where there is a file

        address = self._address
        return (address.uri(), state(address.path)) if address.is_file else None

    def opener(self) -> SqlOpener:
        """Opens the tables, in this process or another one."""
        return SqlOpener(self._address)

    def _is_excluded(self, name: tuple[str, ...]) -> bool:
        whole = "/".join(name[-2:])
        return any(fnmatchcase(whole, glob) or fnmatchcase(name[-1], glob) for glob in self._exclude)

    def _is_wanted(self, name: tuple[str, ...]) -> bool:
        address = self._address
        *above, table = name
        schema = above[-1] if above else ""
        if address.engine == "duckdb":
            # The tables of a file are called by one name, in which that of the schema is left out where it is main.
            schema, _, table = table.rpartition(".")
            schema = schema or "main"
        in_schema = not address.schemas or any(fnmatchcase(schema, glob) for glob in address.schemas)
        return in_schema and (not address.tables or any(fnmatchcase(table, glob) for glob in address.tables))


class SqlOpener:
    """Opens tables over one connection for each process, made when it is first needed, and again when it was lost."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._database: Database | None = None
        self._process = 0
        self._was_lost = False

    def __getstate__(self) -> Address:
        return self._address

    def __setstate__(self, state: Address) -> None:
        self._address = state
        self._database = None
        self._process = 0
        self._was_lost = False

    @contextmanager
    def open(self, asset: AssetRef) -> Iterator[TableReader]:
        """Raises `ReadError` for a table that cannot be opened or read, after trying again where the connection was lost."""
        yield _Retrying(self.on(lambda database: database.table(asset.name)), self, asset)

    def on(self, asked: Callable[[Database], T]) -> T:
        """What `asked` gives of the open database, asked again over a new connection where that was lost."""
        for wait in (*_WAITS, None):
            try:
                return asked(self._connected())
            except LostError:
                self._drop()
                if wait is None:
                    raise
                time.sleep(wait)
        raise AssertionError("the last try returns or raises")

    def _connected(self) -> Database:
        # A forked process must not use its parent's connection.
        if self._database is None or self._process != os.getpid():
            self._database = self._reached()
            self._process = os.getpid()
        return self._database

    def _reached(self) -> Database:
        """A new connection; a server that was there before may just be starting again."""
        for wait in _WAITS if self._was_lost else ():
            try:
                return _database(self._address)
            except ReadError:
                time.sleep(wait)
        return _database(self._address)

    def _drop(self) -> None:
        self._was_lost = True
        database, self._database = self._database, None
        if database is not None and self._process == os.getpid():
            with suppress(ReadError, OSError):
                database.close()


def _of(address: Address, name: tuple[str, ...], detail: str) -> str:
    """What a record of a table says besides; the tables of a file are told apart here only."""
    if not address.is_file:
        return detail
    return f"table {name[-1]}: {detail}" if detail else f"table {name[-1]}"


def _opened(address: Address) -> Database:
    """Raises `UsageError` where the database cannot be opened."""
    try:
        return _database(address)
    except ReadError as error:
        raise UsageError(f"{address.shown}: {error.detail or error.reason}") from None


def _database(address: Address) -> Database:
    if address.is_file:
        from assay.sources.sql.filebased import FileDatabase

        return FileDatabase(address)
    if address.engine == "postgresql":
        from assay.sources.sql.postgresql import PostgresDatabase

        return PostgresDatabase(address)
    if address.engine == "mysql":
        from assay.sources.sql.mysql import MysqlDatabase

        return MysqlDatabase(address)
    if address.engine == "snowflake":
        from assay.sources.sql.snowflake import SnowflakeDatabase

        return SnowflakeDatabase(address)
    from assay.sources.sql.experimental import ExperimentalDatabase

    return ExperimentalDatabase(address)


class _Retrying:
    """A reader whose first read may be tried again over a new connection. Its engine groups rows, too."""

    def __init__(self, reader: TableReader, opener: SqlOpener, asset: AssetRef) -> None:
        self._reader: TableReader | None = reader
        self._opener = opener
        self._asset = asset
        self._note(reader)

    def sample(self, rows: int, seed: int) -> TableBatch:
        return self._on(lambda reader: reader.sample(rows, seed))

    def class_sizes(self, columns: Sequence[str], below: int) -> ClassSizes:
        return self._opener.on(lambda database: database.class_sizes(self._asset.name, columns, below))

    def read(self) -> Iterator[TableBatch]:
        # Rows that were given out cannot be taken back: only the start is tried again.
        first, batches = self._on(_begun)
        if first is not None:
            yield first
            yield from batches
        if self._reader is not None:
            self._note(self._reader)

    def _on(self, asked: Callable[[TableReader], T]) -> T:
        def ask(database: Database) -> T:
            reader, self._reader = self._reader, None
            if reader is None:
                reader = database.table(self._asset.name)
            found = asked(reader)
            self._reader = reader
            self._note(reader)
            return found

        return self._opener.on(ask)

    def _note(self, reader: TableReader) -> None:
        # The token of the listing is older than whatever is read now: what changes in between is seen the next time.
        self.info = replace(reader.info, change=self._asset.change)


def _begun(reader: TableReader) -> tuple[TableBatch | None, Iterator[TableBatch]]:
    batches = reader.read()
    return next(batches, None), batches
