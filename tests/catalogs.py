"""Catalogs of both kinds for tests: a SQLite file, and a database of a PostgreSQL server that the test run starts."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fresh import fresh
from lasting import lasting
from postgresqls import PostgreSql, new_postgresql

if TYPE_CHECKING:
    from assay.store.engine import Catalog

KINDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgresql(shared: Path) -> Iterator[str]:
    """The URL of a server that listens on a socket of its own, shared by the processes of a run; it ends with the last."""
    # Told to quit it takes its memory back, which it cannot when it is killed.
    with lasting(shared, "postgresql", new_postgresql, signal.SIGQUIT) as fields:
        yield PostgreSql(*fields).url()


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
