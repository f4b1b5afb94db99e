"""URLs of databases: what they name, what they are called, and what is refused."""

from __future__ import annotations

import sqlite3
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from assay.app.scan.sources import shown
from assay.errors import UsageError
from assay.sources.sql.address import parse
from assay.sources.sql.source import SqlSource

PASSWORD = "Pl4nted-Pa55word"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE orders (id)")
    connection.close()
    return path


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
@pytest.mark.parametrize("query", ["tabel=orders", "mode=rw", "table=orders&Views=1"])
def test_an_option_of_a_file_that_is_not_known_is_refused(file: Path, engine: str, query: str) -> None:
    with pytest.raises(UsageError, match="there is no option '.*' here; there are schema, table, views"):
        parse(f"{engine}:///{file}?{query}")


def test_an_option_that_was_to_encrypt_is_never_passed_over() -> None:
    with pytest.raises(UsageError, match="no option 'ssl_mode'.*ssl_ca"):
        parse("mysql://user@db.internal/shop?ssl_mode=REQUIRED")
    assert dict(parse("mysql://user@db.internal/shop?ssl_ca=/ca.pem").options) == {"ssl_ca": "/ca.pem"}


@pytest.mark.parametrize(
    "target",
    [
        f"sqlite://user:{PASSWORD}@host/shop.db",
        f"duckdb://user:{PASSWORD}@host/shop.db",
        f"postgresql://user:{PASSWORD}@[::1/shop",
        f"postgresql://user:{PASSWORD}@host:port/shop",
        f"postgresql://user:{PASSWORD}@host/shop#part",
        f"postgresql://user:{PASSWORD}@host/shop?port=many",
        f"mysql://user:{PASSWORD}@host/shop?password={PASSWORD}",
        f"mariadb://user:a/{PASSWORD}@host/shop",
    ],
)
def test_a_url_that_is_refused_is_told_without_its_password(target: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(target)
    assert PASSWORD not in str(caught.value)
    assert PASSWORD not in shown(target)


def test_neither_user_nor_password_are_shown_wherever_they_stand() -> None:
    for target in (
        f"postgresql://steward:{PASSWORD}@db.internal:6432/shop?sslmode=require",
        f"postgresql:///shop?host=db.internal&port=6432&user=steward&password={PASSWORD}&sslmode=require",
    ):
        address = parse(target)
        assert (address.host, address.port, address.user, address.password) == (
            "db.internal",
            6432,
            "steward",
            PASSWORD,
        )
        assert shown(target) == address.shown
        assert address.shown == "postgresql://db.internal:6432/shop"
        assert address.uri("shop", "public", "a/b") == "postgresql://db.internal:6432/shop/public/a%2Fb"
        assert PASSWORD not in repr(address)
        assert "steward" not in repr(address)


def test_a_server_that_the_environment_names_is_called_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "db.internal")
    monkeypatch.setenv("PGPORT", "6432")
    monkeypatch.setenv("PGDATABASE", "shop")
    assert parse("postgresql://").uri("shop", "public", "t") == "postgresql://db.internal:6432/shop/public/t"
    assert parse("postgresql://other:1/x").shown == "postgresql://other:1/x"
    assert parse("mysql://other/x").uri("x", "t") == "mysql://other:3306/x/t"
    monkeypatch.setenv("PGPORT", "many")
    with pytest.raises(UsageError, match="PGPORT"):
        parse("postgresql://other/x")


@pytest.mark.parametrize("query", ["table=order", "schema=sales", "table=ORDERS,customers", "schema=main&table=x*"])
def test_to_ask_for_a_table_that_is_not_there_is_an_error(file: Path, query: str) -> None:
    with pytest.raises(UsageError, match="none of its 1 tables is what .* in the URL asks? for"):
        list(SqlSource(f"sqlite:///{file}?{query}").assets())


def test_tables_of_a_duckdb_file_are_asked_for_by_schema(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA sales; CREATE TABLE sales.orders (id INT); CREATE TABLE people (id INT)")

    def names(query: str) -> list[str]:
        return [asset.name[-1] for asset in SqlSource(f"duckdb:///{path}?{query}").assets()]  # type: ignore[union-attr]

    assert names("schema=sales") == ["sales.orders"]
    assert names("schema=main") == ["people"]
    assert names("table=orders") == ["sales.orders"]
    assert names("table=p*") == ["people"]


def test_what_is_no_database_is_shown_as_it_is() -> None:
    for target in ("-", "/data/a b", "file:///data"):
        assert shown(target) == target


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("postgresql://db:5432/shop", ("public", "orders")),
        ("postgresql://db:5432/shop", ("HR, dept", "a/b [x] *")),
        ("mysql://db:3306", ("shop", "Order")),
    ],
)
def test_a_table_is_named_as_it_is_told(url: str, names: tuple[str, str]) -> None:
    whole = parse(url)
    told = whole.uri(*([whole.database] if whole.database else []), *names)
    found = parse(told)
    assert (found.host, found.port, found.database) == (whole.host, whole.port, whole.database or names[0])
    chosen = [*found.schemas, *found.tables]
    assert all(fnmatchcase(name, glob) for name, glob in zip(names[-len(chosen) :], chosen, strict=True))
    assert not fnmatchcase("other", chosen[-1])
    assert parse("postgresql://db/a?table=x").tables == ("x",)
    assert parse("postgresql://db/a/b/c?table=x").database == "a/b/c"
