"""What only a server can do wrong: it refuses, it is not there, it goes away and comes back."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import psycopg
import pytest
from fresh import fresh
from sqlalchemy import text
from unit import records_for_tests as made

from assay.app.scan.recording import begin
from assay.errors import CatalogError
from assay.store import audit
from assay.store.engine import open_catalog
from assay.store.proof import verify

SHOP = "postgresql://db.example.org/shop"


def test_one_that_is_not_there(postgresql: str) -> None:
    with pytest.raises(CatalogError, match="check the database's name"):
        open_catalog(postgresql.replace("/postgres?", "/no_such_database?"))
    with pytest.raises(CatalogError, match="no server answers"):
        open_catalog("postgresql://127.0.0.1:1/x")
    with pytest.raises(CatalogError, match="no server answers"):
        open_catalog("postgresql:///x?host=/nowhere")


def test_a_user_without_rights(postgresql: str, new_database: Callable[[], str]) -> None:
    url = new_database()
    open_catalog(url, create=True).close()
    name = fresh("reader_")
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {name} LOGIN")
    try:
        with pytest.raises(CatalogError, match="does not allow it to this user"):
            open_catalog(url.replace("//postgres:", f"//{name}:"))
    finally:
        with psycopg.connect(postgresql, autocommit=True) as connection:
            connection.execute(f"DROP ROLE {name}")


def test_a_connection_that_is_lost_is_made_again(new_database: Callable[[], str], postgresql: str) -> None:
    url = new_database()
    with open_catalog(url, create=True) as catalog:
        recording = begin(catalog, [SHOP], ruleset="r")
        recording.take(made.classification(resource=SHOP))
        with psycopg.connect(postgresql, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (url.split("/")[3].split("?")[0],),
            )
        recording.finish(made.summary())
        assert verify(catalog).holds
        with pytest.raises(CatalogError, match="connection") as caught, catalog.transaction() as connection_to:
            connection_to.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        assert caught.value.transient
        with catalog.transaction() as connection_to:
            audit.append(connection_to, actor="a", action="TEST", details={})
        assert verify(catalog).entries == 3


def test_a_url_with_special_characters(new_database: Callable[[], str]) -> None:
    url = new_database()
    host = url.split("host=")[1]
    with open_catalog(url.replace(f"host={host}", f"host={quote(host, safe='')}"), create=True) as catalog:
        assert "***" in catalog.shown


def test_how_a_database_shows_numbers_changes_no_row(new_database: Callable[[], str]) -> None:
    url = new_database()
    with open_catalog(url, create=True) as catalog:
        recording = begin(catalog, [SHOP], ruleset="r")
        recording.take(made.classification(resource=SHOP, confidence=0.123456789012345))
        recording.finish(made.summary())
    with psycopg.connect(url, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"ALTER DATABASE {name} SET extra_float_digits = -12")
    with open_catalog(url) as catalog:
        assert verify(catalog).problems == ()
        with catalog.engine.begin() as connection:
            connection.execute(text("UPDATE classifications SET confidence = confidence + 1e-14"))
        assert verify(catalog).problems
