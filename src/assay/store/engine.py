"""Opens the catalog: a SQLite file or a PostgreSQL database, by the same URL setting and with the same tables."""

from __future__ import annotations

import os
import re
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, insert, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as WaitedError

from assay.errors import CatalogError, ConfigError, NoConnectionError
from assay.store import audit, here, sealing, versions
from assay.store.failures import explained, unreachable
from assay.store.former import Far, looked_at
from assay.store.keys import Seal
from assay.store.kinds import DIGEST, digest_of
from assay.store.making import is_there, make_file
from assay.store.schema.catalog import catalog_info
from assay.store.statements import Through
from assay.store.texts import as_json, moment
from assay.store.together import Together
from assay.store.touching import make_triggers

_READ = "assay_read"
_BUSY_SECONDS = 30
_LOCK_SECONDS = 60
_CONNECT_SECONDS = 10
_KEPT_CONNECTIONS = 15
_MORE_CONNECTIONS = 10
_PATIENCE_SECONDS = 30
_UPGRADING = 0x61737361  # the advisory lock that one process at a time makes or changes tables under
_ID = select(catalog_info.c.value).where(catalog_info.c.name == "id")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """An open catalog. `shown` is its URL without the password, `id` its own; `together` has threads commit together."""

    engine: Engine
    shown: str
    id: str
    seal: Seal
    together: Together | None = None

    def grouped(self) -> Catalog:
        """The catalog for several threads that write at once. In PostgreSQL they do not wait for one another."""
        return replace(self, together=Together()) if self.is_sqlite else self

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A connection that writes: everything within is kept, or nothing.

        In SQLite it is the only writer from the start. What was written is sealed at the end (`store.sealing`). Raises
        `CatalogError` for what is wrong with the catalog; what is wrong with a row (`IntegrityError`) is left as it is.
        """
        with _translated(self.shown):
            if self.together is None:
                with self._whole() as connection:
                    yield connection
            else:
                with self.together.part(self._whole) as connection:
                    yield connection

    @contextmanager
    def _whole(self) -> Iterator[Connection]:
        with _translated(self.shown):
            with self.engine.begin() as connection:
                connection.info.pop(audit.PENDING, None)
                on = Through(connection)
                since = sealing.begun(on)
                yield connection
                sealing.settle(on, self.seal, since)
                end = connection.info.pop(audit.PENDING, None)
            if end is not None:
                # After the commit: a note of an entry that was never kept would look like a log that was cut.
                self.seal.remember(end)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that reads one state of the catalog, whatever is written meanwhile."""
        with _translated(self.shown), self.engine.connect() as connection:
            options: dict[str, Any] = {_READ: True}
            if not self.is_sqlite:
                options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            connection.execution_options(**options)
            yield connection

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file."""
        return self.engine.dialect.name == "sqlite"

    @property
    def path(self) -> Path | None:
        """The file that it is, if it is one."""
        return Path(self.engine.url.database or "") if self.is_sqlite else None

    def close(self) -> None:
        """Lets go of all connections."""
        self.engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _unseen(_done: int, _of: int) -> None:
    """Nobody looks on."""


def open_catalog(
    url: str, *, create: bool = False, keys: Path | None = None, patience: float = _PATIENCE_SECONDS
) -> Catalog:
    """The catalog at `url`: `sqlite:///path`, a plain path, or `postgresql://user@host/database`.

    With `create` it is made where it is not there yet. `keys` is the folder of audit keys, by default assay's own. Where all connections
    of this process are in use, one is waited for so many seconds: `patience`.
    Raises `CatalogError` that says what is wrong and what to do, `ConfigError` for a URL that cannot be used.
    """
    return _opened(url, create=create, upgrade=False, keys=keys, patience=patience)


def upgrade_catalog(url: str, *, keys: Path | None = None, far: Far = _unseen) -> tuple[Catalog, str | None]:
    """Brings an older catalog to this version. Returns it and the version it had, `None` if that was this one. `far` is told how many rows
    have to be read for it, and how many are."""
    before: list[str] = []
    catalog = _opened(url, create=False, upgrade=True, keys=keys, was=before, far=far)
    return catalog, before[0] if before else None


def parsed(url: str) -> URL:
    """The URL as SQLAlchemy takes it. Raises `ConfigError`."""
    if not url:
        raise ConfigError("the catalog's URL is empty; give sqlite:///path, a path, or postgresql://user@host/database")
    if "\0" in url:
        raise ConfigError("the catalog's URL holds a null character")
    scheme = _SCHEME.match(url)
    if scheme is None or os.path.lexists(url):
        return URL.create("sqlite", database=os.path.abspath(os.path.expanduser(url)))
    try:
        made = make_url(url)
    except (ArgumentError, ValueError):
        # The URL may hold a password: it is not shown.
        raise ConfigError(
            "the catalog's URL cannot be read; it is sqlite:///path or postgresql://user:password@host:port/database "
            "(special characters of a password are percent-encoded)"
        ) from None
    kind = made.drivername.split("+")[0]
    if kind == "sqlite":
        if not made.database or made.database == ":memory:" or made.host:
            raise ConfigError("a catalog in SQLite is a file: sqlite:///relative/path or sqlite:////absolute/path")
        return URL.create("sqlite", database=os.path.abspath(os.path.expanduser(made.database)))
    if kind in ("postgresql", "postgres"):
        return made.set(drivername="postgresql+psycopg")
    raise ConfigError(f"a catalog cannot be kept in '{kind}'; there are sqlite:///path and postgresql://…")


def _opened(
    url: str,
    *,
    create: bool,
    upgrade: bool,
    keys: Path | None,
    was: list[str] | None = None,
    patience: float = _PATIENCE_SECONDS,
    far: Far = _unseen,
) -> Catalog:
    at = parsed(url)
    is_file = at.drivername == "sqlite"
    shown = at.database or "" if is_file else _without_password(at)
    if is_file and not is_there(Path(shown), create=create):
        _make_file(Path(shown), keys)
    engine = _engine(at, patience)
    try:
        with _translated(shown):
            try:
                connection = engine.connect()
            except DBAPIError as error:
                if is_file:
                    raise
                raise unreachable(error, at, shown) from None
            with connection:
                connection.execution_options(**{_READ: True})
                version = versions.current(connection)
                foreign = version is None and not versions.is_empty(connection)
                connection.rollback()
            if version is None:
                _refuse_missing(shown, foreign=foreign, create=create)
            else:
                _refuse_version(shown, version, upgrade=upgrade)
            if version != versions.known()[-1]:
                if was is not None and version is not None:
                    was.append(version)
                _make(engine, Seal(secrets.token_hex(8), keys), far)
            with engine.connect() as connection:
                connection.execution_options(**{_READ: True})
                known = connection.execute(_ID).scalar_one()
                connection.rollback()
    except UnicodeDecodeError:
        # What SQLite says of a table whose definition is damaged need not be UTF-8.
        engine.dispose()
        raise CatalogError(f"{shown}: is damaged; bring back a backup ('assay catalog backup' makes them)") from None
    except BaseException:
        engine.dispose()
        raise
    seal = Seal(known, keys)
    engine.update_execution_options(**{audit.SEAL: seal})
    return Catalog(engine=engine, shown=shown, id=known, seal=seal)


def _without_password(url: URL) -> str:
    query = {name: "***" if _is_secret(f"{name}={value}".lower()) else value for name, value in url.query.items()}
    return url.set(drivername="postgresql", query=query).render_as_string(hide_password=True)


def _is_secret(option: str) -> bool:
    """Of its value as well: a semicolon written for an ampersand makes one option of two."""
    return any(word in option for word in ("pass", "secret", "token"))


def _make_file(path: Path, keys: Path | None) -> None:
    seal = Seal(secrets.token_hex(8), keys)

    def fill(part: Path) -> None:
        engine = _engine(URL.create("sqlite", database=str(part)))
        try:
            with _translated(str(path)):
                _make(engine, seal)
        finally:
            engine.dispose()

    made = False
    try:
        made = make_file(path, fill)
    finally:
        if not made:
            seal.discard()


def _refuse_missing(shown: str, *, foreign: bool, create: bool) -> None:
    if foreign:
        raise CatalogError(f"{shown}: is a database, but no catalog of assay; name another, or one that is empty")
    if not create:
        raise CatalogError(f"{shown}: there is no catalog; make one with 'assay catalog init --catalog {shown}'")


def _refuse_version(shown: str, version: str, *, upgrade: bool) -> None:
    newest = versions.known()[-1]
    if version not in versions.known():
        raise CatalogError(
            f"{shown}: the catalog is of a newer version ({version}) than this assay knows ({newest}); use a newer assay"
        )
    if version != newest and not upgrade:
        raise CatalogError(
            f"{shown}: the catalog is of an older version ({version}; this assay needs {newest}); make a backup, "
            "then run 'assay catalog upgrade'"
        )


def _make(engine: Engine, seal: Seal, far: Far = _unseen) -> None:
    """Makes the tables of a new catalog, whose seal that is, or changes those of one that is there; another process that does the same waits,
    and then finds them made."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADING})")
        newest, before = versions.known()[-1], versions.current(connection)
        if before == newest:
            return
        on = Through(connection)
        if before is None:
            versions.upgrade(connection)
            seal.make_key()
            rows = [{"name": "id", "value": seal.catalog_id}, {"name": "made_at", "value": moment()}]
            connection.execute(insert(catalog_info), rows)
            audit.begin(connection, seal)
            make_triggers(on)
            sealing.seal_all(on, seal)
            return
        seal = Seal(connection.execute(_ID).scalar_one(), seal.folder)
        # Rows of tables that change are sealed as they are now; what was not proven of them before stays told.
        former = looked_at(connection, seal, before, far)
        versions.upgrade(connection)
        make_triggers(on)
        connection.execution_options(**{audit.SEAL: seal})
        audit.append(
            connection,
            actor=here.actor(),
            action="CATALOG_UPGRADED",
            details={"from": before, "to": newest, "not_proven": former.wrong},
        )
        sealing.seal_all(on, seal, former.wrong, former.kept, former.tick)
        end = connection.info.pop(audit.PENDING)
    seal.remember(end)


def _engine(url: URL, patience: float = _PATIENCE_SECONDS) -> Engine:
    import orjson

    given: dict[str, Any] = {"json_serializer": as_json, "json_deserializer": orjson.loads, "hide_parameters": True}
    # Connections beyond those that are kept are made and closed for one request each, and to make one costs more than most questions.
    given |= {"pool_size": _KEPT_CONNECTIONS, "max_overflow": _MORE_CONNECTIONS, "pool_timeout": patience}
    if url.drivername == "sqlite":
        arguments: dict[str, Any] = {"timeout": _BUSY_SECONDS, "check_same_thread": False}
        if is_still(file := Path(url.database or "")):
            address = f"{file.as_uri()}?immutable=1"
            given["creator"] = lambda: sqlite3.connect(address, uri=True, **arguments)
        engine = create_engine(url, **given, connect_args=arguments)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "invalidate", _let_go_of_sqlite)
        return engine
    try:
        import psycopg  # noqa: F401  # only to say what is missing
    except ImportError:
        raise CatalogError("a catalog in PostgreSQL needs psycopg: pip install 'assay[sql]'") from None
    arguments = {"connect_timeout": _CONNECT_SECONDS, "application_name": "assay"}
    engine = create_engine(url, **given, connect_args=arguments, pool_pre_ping=True)
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver begins no transaction by itself: each begins as _begin_sqlite says.
    connection.isolation_level = None
    connection.create_function(DIGEST, -1, digest_of, deterministic=True)
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", f"busy_timeout={_BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def is_still(file: Path) -> bool:
    """Whether nobody writes to the catalog in `file`, because its folder is read-only and no log of SQLite lies beside it.

    SQLite itself makes such a log to read, and so cannot open a file there otherwise."""
    return not os.access(file.parent, os.W_OK) and not any(
        os.path.lexists(f"{file}{end}") for end in ("-wal", "-journal")
    )


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that reads first and writes later cannot wait for another writer; so a writer is one from the start.
    reads = connection.get_execution_options().get(_READ)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _let_go_of_sqlite(connection: Any, _record: object, _error: object) -> None:
    # Ctrl-C within a statement has the connection closed. While what was raised holds that statement SQLite only marks it as closed, and keeps
    # its transaction: this process, which still has to write what it found, would wait for itself.
    with suppress(sqlite3.Error):
        connection.rollback()


def _prepare_postgresql(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = '{_LOCK_SECONDS}s'")
        # The digest of a row is of its text, in which numbers have to be whole, whatever the role or database is set to.
        cursor.execute("SET extra_float_digits = 1")
    connection.commit()


@contextmanager
def _translated(shown: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        known = explained(error, shown)
        if known is None:
            raise
        raise known from None
    except WaitedError:
        raise NoConnectionError(f"{shown}: all connections of this process are in use; try again in a moment") from None
