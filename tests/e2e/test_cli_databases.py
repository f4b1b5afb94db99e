"""`assay scan` of databases of every kind, from the command line to its exit code."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from html import escape
from urllib.parse import quote

import pytest
from calling import Assay
from fresh import fresh
from servers import PASSWORD
from sqltables import PEOPLE, Shop

SSN = PEOPLE[0][2]


def narrowed(shop: Shop, tables: str) -> str:
    """Its URL, asking for some tables only."""
    return f"{shop.url}{'&' if '?' in shop.url else '?'}table={tables}"


def test_tables_of_every_engine_are_told_as_lines(shop: Shop, assay: Assay) -> None:
    done = assay("scan", narrowed(shop, "people,Order,m*,nob*,unkeyed"), "--format", "jsonl")
    assert done.code == 0, done.err
    lines = [json.loads(line) for line in done.out.splitlines()]
    found = {
        (line["table"].rsplit(".", 1)[-1], line["column"]): line["detected_type"]
        for line in lines
        if line["kind"] == "column"
    }
    assert found["people", "ssn"] == "SSN"
    assert found["people", "email"] == "EMAIL"
    assert found["people", "balance"] is None
    assert found["Order", 'sel"ect'] is None
    assert len(found) == 7 + 6 + 2 + 2 + 2
    tables = {line["table_name"].rsplit(".", 1)[-1]: line["level"] for line in lines if line["kind"] == "table"}
    assert tables["people"] == "restricted"
    assert sorted(tables) == ["Order", "many", "nobody", "people", "unkeyed"]
    assert not [line for line in lines if line["kind"] == "skip"]
    assert not [line for line in lines if line["kind"] == "gap"]
    assert lines[-1]["kind"] == "summary"


def test_nothing_clear_gets_out_however_it_is_asked(shop: Shop, assay: Assay) -> None:
    for how in (["--jobs", "2"], ["--full", "--fail-on", "restricted"], ["--format", "jsonl"], ["--format", "json"]):
        done = assay("scan", narrowed(shop, "people"), *how)
        assert done.code == (1 if "--fail-on" in how else 0), done.err
        assert "people" in done.out or shop.engine in ("sqlite", "duckdb")
        assert ("ssn: SSN" if "--format" not in how else '"detected_type":"SSN"') in done.out
        for text in (SSN, PASSWORD, quote(PASSWORD, safe="")):
            assert text not in done.out + done.err


@pytest.mark.parametrize("output_format", ["jsonl", "json", "sarif", "csv", "html"])
def test_no_form_of_the_output_tells_how_to_log_in(output_format: str, shop: Shop, assay: Assay) -> None:
    done = assay("scan", narrowed(shop, "people"), "--format", output_format)
    assert done.code == 0, done.err
    assert "SSN" in done.out
    for text in (SSN, PASSWORD, quote(PASSWORD, safe=""), escape(PASSWORD), "root:", "postgres:@"):
        assert text not in done.out + done.err


def test_what_a_role_may_not_read_is_a_gap_and_the_rest_is_read(postgres: Shop, assay: Assay) -> None:
    postgres.run("CREATE TABLE secret (a text)", "CREATE TABLE half (ssn text, closed text)",
                 f"INSERT INTO half VALUES ('{SSN}', 'no')")  # fmt: skip
    name = fresh("reader_")
    postgres.run(f"CREATE ROLE {name} LOGIN", f"GRANT SELECT (ssn) ON half TO {name}")
    done = assay("scan", postgres.url.replace("//postgres:", f"//{name}:"), "--format", "jsonl")
    postgres.run(f"DROP OWNED BY {name}", f"DROP ROLE {name}")
    assert done.code == 3
    lines = [json.loads(line) for line in done.out.splitlines()]
    details = [line["detail"] for line in lines if line["kind"] == "gap"]
    assert len(details) == 2
    assert any("column closed of public.half" in detail for detail in details)
    assert [line["column"] for line in lines if line["kind"] == "column"] == ["ssn"]


@pytest.mark.parametrize(
    "url", ["mysql://u:hush@127.0.0.1:1/x", "postgresql://u:hush@127.0.0.1:1/x", "sqlite:///none.db"]
)
def test_what_cannot_be_opened_is_wrong_usage(url: str, assay: Assay) -> None:
    done = assay("scan", url)
    assert done.code == 2
    assert done.out == ""
    assert "check" in done.err
    assert "hush" not in done.err


def test_a_file_of_several_sampled_tables_says_of_which_values_only_the_beginning_was_read(assay: Assay) -> None:
    with closing(sqlite3.connect("shop.db")) as database, database:
        database.execute("CREATE TABLE letters (id INTEGER PRIMARY KEY, body TEXT)")
        database.execute("INSERT INTO letters (body) VALUES (?)", ("x" * 70_000 + f" SSN: {SSN}",))
        database.execute("CREATE TABLE parts (id INTEGER PRIMARY KEY, label TEXT)")
        database.executemany("INSERT INTO parts (label) VALUES (?)", [(f"bolt {n}",) for n in range(900)])
    assert assay("catalog", "init", "--catalog", "c.db").code == 0
    first = classified(assay)
    assert first == (
        "unclassified because nothing was found but not everything was read: sampled (201 of 901 rows, of 2 tables not all, "
        "the first 65,536 characters of longer values of body in letters)"
    )
    change = ("SENSITIVITY_WEIGHTS", "rule", "weight=0.5", "--reason", "a trial", "--catalog", "c.db")
    assert assay("governance", "set", *change).code == 0
    assert classified(assay, "judged again") == first


def classified(assay: Assay, told: str = "") -> str:
    """Why the only resource has its level; `told` is what the scan says besides."""
    done = assay("scan", "sqlite:///shop.db", "--catalog", "c.db", "--format", "jsonl")
    assert done.code == 0, done.err
    assert told in done.err
    (line,) = [each for each in map(json.loads, done.out.splitlines()) if each["kind"] == "classification"]
    return str(line["because"])
