"""Snowflake as far as its emulator goes, and what the dialects that were never run have in common, with one that is there."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from sqltables import PEOPLE, Shop, column, opened

from assay.errors import ReadError, UsageError
from assay.model import ValueKind
from assay.ports import Grouping
from assay.sources.sql.address import Address
from assay.sources.sql.experimental import ExperimentalDatabase
from assay.sources.sql.source import SqlSource

fakesnow = pytest.importorskip("fakesnow")
URL = "snowflake://reader:hush@account/SHOP?warehouse=SMALL"


@pytest.fixture
def snowflake() -> Iterator[str]:
    """The URL of an account with some tables."""
    import snowflake.connector

    with warnings.catch_warnings(), fakesnow.patch():
        warnings.simplefilter("ignore")
        with snowflake.connector.connect(database="SHOP", schema="PUBLIC") as connection:
            cursor = connection.cursor()
            cursor.execute("CREATE TABLE PEOPLE (ID INT, SSN VARCHAR, BORN DATE, BALANCE NUMBER(12,2), DOC VARIANT)")
            for n, _, ssn, mail, born, money, _ in PEOPLE:
                cursor.execute(
                    f"INSERT INTO PEOPLE SELECT {n}, '{ssn}', '{born}', {money}, PARSE_JSON('{{\"m\": \"{mail}\"}}')"
                )
            cursor.execute('CREATE TABLE "Order" ("sel""ect" INT, "per%cent" VARCHAR)')
            cursor.execute("""INSERT INTO "Order" VALUES (1, 'a'), (2, 'a'), (3, 'b')""")
            cursor.execute("CREATE SCHEMA OTHER")
            cursor.execute("CREATE TABLE OTHER.EMPTY (A INT)")
        yield URL


def test_snowflake(snowflake: str) -> None:
    assets, _, opener = opened(snowflake)
    assert sorted(assets) == ["EMPTY", "Order", "PEOPLE"]
    assert assets["PEOPLE"].name == ("SHOP", "PUBLIC", "PEOPLE")
    assert assets["PEOPLE"].uri == "snowflake://account:443/SHOP/PUBLIC/PEOPLE"
    assert assets["PEOPLE"].change is None
    with opener.open(assets["PEOPLE"]) as reader:
        info = reader.info
        assert [each.kind for each in info.columns] == [ValueKind.DECIMAL, ValueKind.TEXT, ValueKind.DATE,
                                                        ValueKind.DECIMAL, ValueKind.JSON]  # fmt: skip
        [batch] = reader.read()
        assert sorted(map(str, column(batch, info, "SSN"))) == [row[2] for row in PEOPLE]
        assert column(batch, info, "DOC")[0] == '{"m":"vera1@nowak.pl"}'
        assert column(batch, info, "BALANCE")[0] == "1.50"
        assert reader.sample(10, 0).rows == 10
    with opener.open(assets["Order"]) as reader:
        assert sorted(zip(*reader.sample(10, 0).columns, strict=True)) == [("1", "a"), ("2", "a"), ("3", "b")]
    with opener.open(assets["EMPTY"]) as reader:
        assert reader.sample(10, 0).rows == 0
    with opener.open(assets["Order"]) as reader:
        assert isinstance(reader, Grouping)
        assert reader.class_sizes(["per%cent"], 5).smallest == (1, 2)


def test_snowflake_one_schema_only_and_one_that_vanished(snowflake: str) -> None:
    from snowflake import connector

    assets, _, opener = opened(snowflake.replace("/SHOP?", "/SHOP/other?"))
    assert sorted(assets) == ["EMPTY"]
    with connector.connect(database="SHOP", schema="PUBLIC") as connection:
        connection.cursor().execute("DROP TABLE OTHER.EMPTY")
    with pytest.raises(ReadError) as caught, opener.open(assets["EMPTY"]) as reader:
        reader.sample(10, 0)
    assert caught.value.reason == "vanished"


def test_snowflake_without_a_database() -> None:
    with pytest.raises(UsageError, match="names no database") as caught:
        list(SqlSource("snowflake://reader:hush@account").assets())
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("more", ["", "&host=snowflake.example.org"])
def test_snowflake_is_sent_no_password_in_clear(more: str) -> None:
    with pytest.raises(UsageError, match="would send the password in clear") as caught:
        list(SqlSource(f"snowflake://reader:hush@account/SHOP?protocol=http{more}").assets())
    assert "hush" not in str(caught.value)


def test_snowflake_s_login_may_be_in_the_environment(snowflake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from snowflake import connector

    monkeypatch.setenv("SNOWFLAKE_USER", "reader")
    monkeypatch.setenv("SNOWFLAKE_PASSWORD", "hush")
    given: list[dict[str, Any]] = []
    connect = connector.connect
    with monkeypatch.context() as within:
        within.setattr(connector, "connect", lambda **told: given.append(told) or connect(**told))
        list(SqlSource("snowflake://account/SHOP").assets())
        list(SqlSource("snowflake://ada:own@account/SHOP").assets())
    assert [(told["user"], told["password"]) for told in given] == [("reader", "hush"), ("ada", "own")]


def test_what_the_dialects_have_in_common(shop: Shop) -> None:
    if shop.engine not in ("sqlite", "postgresql"):
        pytest.skip("SQLAlchemy has no dialect of its own for it")
    url = shop.url.replace("postgresql://", "postgresql+psycopg://")
    with closing(ExperimentalDatabase(Address(engine="mssql", url=url, host="h"))) as database:
        listed = {item.name[-1]: item for item in database.tables()}
        assert sorted(listed) == ["Order", "adults", "many", "nobody", "people", "unkeyed", "wide"]
        assert listed["adults"].skipped == "view"
        name = listed["people"].name
        table = database.table(name)
        [batch] = table.read()
        assert sorted(map(str, column(batch, table.info, "ssn"))) == sorted(row[2] for row in PEOPLE)
        assert database.table(listed["many"].name).sample(50, 1).rows == 50
        found = database.class_sizes(name, ["active"], 5)
        assert (found.classes, found.k) == (2, 30)
        with pytest.raises(ReadError) as caught:
            database.table((name[0], "nowhere"))
        assert caught.value.reason == "vanished"


@pytest.mark.parametrize("engine", ["mssql", "oracle"])
def test_dialects_that_are_not_installed_say_what_is_missing(engine: str) -> None:
    with pytest.raises(UsageError, match="pip install") as caught:
        list(SqlSource(f"{engine}://u:hush@127.0.0.1:1/x").assets())
    assert "hush" not in str(caught.value)
