"""The same tables in every kind of database, for tests: each engine in its own SQL, with what its columns give as text."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from fresh import fresh

ENGINES = ("sqlite", "duckdb", "postgresql", "mysql")
PEOPLE = [
    (n, f"Vera Nowak{n}", f"{100 + n:03d}-{10 + n % 80:02d}-{1000 + n}", f"vera{n}@nowak.pl",
     f"19{50 + n % 40}-0{1 + n % 9}-1{n % 10}", f"{n}.50", n % 2)
    for n in range(1, 61)
]  # fmt: skip
ODD = ('sel"ect', "per%cent", "back`tick", "semi;colon'", "Ünï cödé", "from")
MANY = 40_000
WIDE = 300
_TYPES = {
    "sqlite": ("INTEGER", "TEXT", "DATE", "DECIMAL(12,2)", "BOOLEAN"),
    "duckdb": ("INTEGER", "VARCHAR", "DATE", "DECIMAL(12,2)", "BOOLEAN"),
    "postgresql": ("integer", "text", "date", "numeric(12,2)", "boolean"),
    "mysql": ("int", "text", "date", "decimal(12,2)", "boolean"),
}
_NUMBERS = {
    "sqlite": f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {MANY}) SELECT n, 'v' || n FROM s",
    "duckdb": f"SELECT range, 'v' || range FROM range(1, {MANY + 1})",
    "postgresql": f"SELECT g, 'v' || g FROM generate_series(1, {MANY}) g",
    "mysql": f"SELECT seq, CONCAT('v', seq) FROM seq_1_to_{MANY}",
}


@dataclass(kw_only=True)
class Shop:
    """A database with the tables of these tests. `run` executes statements as its owner."""

    engine: str
    url: str
    run: Callable[..., None]
    schema: tuple[str, ...] = ()

    def q(self, name: str) -> str:
        """A name, quoted."""
        mark = "`" if self.engine == "mysql" else '"'
        return mark + name.replace(mark, mark * 2) + mark

    def name(self, table: str) -> tuple[str, ...]:
        return (*self.schema, table)

    def plant(self) -> None:
        """Makes the tables."""
        number, text, date, decimal, boolean = _TYPES[self.engine]
        self.run(
            f"CREATE TABLE people (id {number} PRIMARY KEY, {self.q('full name')} {text}, ssn {text}, email {text}, "
            f"born {date}, balance {decimal}, active {boolean})"
        )
        truth = {0: "false", 1: "true"}
        rows = ", ".join(f"({n}, '{name}', '{ssn}', '{mail}', '{born}', {money}, {truth[active]})"
                         for n, name, ssn, mail, born, money, active in PEOPLE)  # fmt: skip
        self.run(f"INSERT INTO people VALUES {rows}")
        columns = ", ".join(f"{self.q(name)} {text}" for name in ODD)
        self.run(f"CREATE TABLE {self.q('Order')} ({columns})")
        values = ", ".join(f"'value {number}'" for number in range(len(ODD)))
        self.run(f"INSERT INTO {self.q('Order')} VALUES ({values})")
        self.run(f"CREATE TABLE wide ({', '.join(f'c{number} TEXT' for number in range(WIDE))})")
        self.run(f"INSERT INTO wide VALUES ({', '.join(repr(f'w{number}') for number in range(WIDE))})")
        self.run(f"CREATE TABLE nobody (id {number}, {self.q('naïve %s {x}')} {text})")
        self.run(f"CREATE TABLE many (id {number} PRIMARY KEY, v {text})", f"INSERT INTO many {_NUMBERS[self.engine]}")
        self.run(f"CREATE TABLE unkeyed (id {number}, v {text})", f"INSERT INTO unkeyed {_NUMBERS[self.engine]}")
        self.run("CREATE VIEW adults AS SELECT id, ssn FROM people")


@pytest.fixture(params=ENGINES, scope="module")
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A database of each engine with the tables of these tests, which no test changes."""
    with new_shop(request.param, request, tmp_path_factory.mktemp("shop")) as made:
        made.plant()
        yield made


@pytest.fixture(params=ENGINES)
def empty_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """A database of each engine without a table."""
    with new_shop(request.param, request, tmp_path) as made:
        yield made


@pytest.fixture
def postgres(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """An empty database of PostgreSQL."""
    with new_shop("postgresql", request, tmp_path) as made:
        yield made


@pytest.fixture
def maria(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """An empty database of MariaDB."""
    with new_shop("mysql", request, tmp_path) as made:
        yield made


@contextmanager
def new_shop(engine: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Shop]:
    """An empty database, which is dropped in the end."""
    if engine == "sqlite":
        yield _sqlite(folder / "shop.db")
    elif engine == "duckdb":
        yield _duckdb(folder / "shop.duckdb")
    elif engine == "postgresql":
        with new_postgresql(request.getfixturevalue("postgresql")) as url:
            yield _postgresql(url)
    else:
        server = request.getfixturevalue("mariadb")
        name = fresh("assay_")
        server.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4")
        yield Shop(engine=engine, url=server.url(name), run=partial(server.run, database=name), schema=(name,))
        server.run(f"DROP DATABASE {name}")


@contextmanager
def new_postgresql(url: str) -> Iterator[str]:
    """The URL of an empty database of the server."""
    import psycopg

    name = fresh("assay_")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield url.replace("/postgres?", f"/{name}?")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _sqlite(path: Path) -> Shop:
    def run(*statements: str) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    return Shop(engine="sqlite", url=f"sqlite:///{path}", run=run)


def _duckdb(path: Path) -> Shop:
    import duckdb

    def run(*statements: str) -> None:
        with duckdb.connect(str(path)) as connection:
            for statement in statements:
                connection.execute(statement)

    return Shop(engine="duckdb", url=f"duckdb:///{path}", run=run)


def _postgresql(url: str) -> Shop:
    import psycopg

    def run(*statements: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    database = url.split("/")[3].split("?", maxsplit=1)[0]
    return Shop(engine="postgresql", url=url, run=run, schema=(database, "public"))


def opened(url: str) -> Any:
    """What a source of the URL gives: its assets by the last part of their names, its other records, and its opener."""
    from assay.model import AssetRef
    from assay.sources.sql.source import SqlSource

    source = SqlSource(url)
    listed = list(source.assets())
    assets = {item.name[-1]: item for item in listed if isinstance(item, AssetRef)}
    return assets, [item for item in listed if not isinstance(item, AssetRef)], source.opener()


def column(batch: Any, info: Any, name: str) -> Sequence[str | None]:
    """The values of a column of a batch, by its name."""
    return list(batch.columns[[each.name for each in info.columns].index(name)])
