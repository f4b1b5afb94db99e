"""`assay explain` of what was left out, or could not be read: why there is nothing to explain."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from calling import Assay
from fresh import fresh
from sqltables import Shop, new_shop


@pytest.fixture(params=["sqlite", "duckdb"])
def file_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    with new_shop(request.param, request, tmp_path) as made:
        made.run(f"CREATE TABLE {made.q('a:b.c')} (ssn VARCHAR(20), {made.q('x:y')} VARCHAR(20))")
        made.run(f"CREATE VIEW adults AS SELECT ssn FROM {made.q('a:b.c')}")
        made.run(f"CREATE VIEW {made.q('v:w.x')} AS SELECT ssn FROM {made.q('a:b.c')}")
        yield made


def test_a_view_of_a_file_says_why_it_was_not_read(file_shop: Shop, assay: Assay) -> None:
    assert assay("catalog", "init", "--catalog", "team.db").code == 0
    assert assay("scan", file_shop.url, "--catalog", "team.db").code == 0
    for name, view, *how in (
        ("adults", "adults", "--catalog", "team.db"),
        ("adults.ssn", "adults", "--catalog", "team.db"),
        ("v:w.x", "v:w.x", "--catalog", "team.db"),
        ('"v:w.x".ssn', "v:w.x", "--no-catalog"),
    ):
        done = assay("explain", f"{file_shop.url}:{name}", *how)
        assert done.code == 0, done.err
        assert done.out.splitlines()[0].endswith(f":{name}")
        assert "not classified: it was not read" in done.out
        assert f"view: table {view}; what a view shows is in the tables that it reads" in " ".join(done.out.split())
    done = assay("explain", f"{file_shop.url}:nothing.ssn", "--catalog", "team.db")
    assert (done.code, done.out) == (2, "")
    told = json.loads(assay("explain", f"{file_shop.url}:adults", "--catalog", "team.db", "--format", "json").out)
    assert (told["asked"], told["level"], told["not_read"]) == (
        "adults", None, [{"reason": "view", "detail": "table adults"}],
    )  # fmt: skip


def test_a_view_comes_before_columns_that_are_called_as_it_is(assay: Assay) -> None:
    with closing(sqlite3.connect("shop.db")) as database, database:
        database.execute("CREATE TABLE mixed (v TEXT, w TEXT)")
        database.execute("CREATE VIEW v AS SELECT w FROM mixed")
    assert assay("catalog", "init", "--catalog", "team.db").code == 0
    assert assay("scan", "sqlite:///shop.db", "--catalog", "team.db").code == 0
    for how in (("--catalog", "team.db"), ("--no-catalog",)):
        done = assay("explain", "sqlite:///shop.db:v", *how)
        assert (done.code, "not classified: it was not read" in done.out) == (0, True), done.err
        for name in ("mixed.v", "w"):
            done = assay("explain", f"sqlite:///shop.db:{name}", *how)
            assert (done.code, "not classified" in done.out) == (0, False), done.err


def test_a_column_of_an_empty_table_says_that_it_has_no_values(file_shop: Shop, assay: Assay) -> None:
    assert assay("catalog", "init", "--catalog", "team.db").code == 0
    assert assay("scan", file_shop.url, "--catalog", "team.db").code == 0
    for name, says in (('"a:b.c".ssn', "it holds no values yet"), ('"a:b.c".x:y', "no values")):
        done = assay("explain", f"{file_shop.url}:{name}", "--catalog", "team.db")
        assert done.code == 0, done.err
        assert done.out.splitlines()[0].endswith(f":{name}")
        assert says in done.out


def test_what_a_role_may_not_read_and_views_of_a_server(postgres: Shop, assay: Assay) -> None:
    reader = fresh("reader_")
    postgres.run(
        "CREATE TABLE half (ssn text, closed text)",
        "CREATE VIEW shown AS SELECT ssn FROM half",
        f"CREATE ROLE {reader} LOGIN",
        f"GRANT SELECT (ssn) ON half TO {reader}",
    )
    url = postgres.url.replace("//postgres:", f"//{reader}:")
    assert assay("catalog", "init", "--catalog", "team.db").code == 0
    done = assay("scan", url, "--format", "jsonl", "--catalog", "team.db")
    postgres.run(f"DROP OWNED BY {reader}", f"DROP ROLE {reader}")
    assert done.code == 3
    resources = {line["resource"] for line in map(json.loads, done.out.splitlines()) if line["kind"] != "summary"}
    half, shown = (next(uri for uri in resources if uri.endswith(name)) for name in ("/half", "/shown"))
    for asked, says in (
        (f"{half}:closed", "unreadable: column closed of public.half"),
        (half, "unreadable: column closed of public.half"),
        (f"{shown}:ssn", "view; what a view shows"),
        (shown, "view; what a view shows"),
    ):
        done = assay("explain", asked, "--catalog", "team.db")
        assert done.code == 0, (asked, done.err)
        assert says in " ".join(done.out.split()), (asked, done.out)
