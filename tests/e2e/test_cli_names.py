"""Whatever any command tells of a column or a table can be given to any other, in a catalog of each kind; names are odd."""

from __future__ import annotations

import json
import random
import re
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from calling import Assay, Done

TABLES = {
    "Order": ("select", "from"),
    "emp": ("ssn", "e:mail"),
    "a.b": ("x.ssn", 'we"ird'),
    "Ünï cödé": ("номер", " spaced  out"),
    "t\nnl": ("n\tx", "536-90-4399"),
}
OTHERS = {"st:aff.csv": ("ssn", "e:mail"), "-dash.csv": ("ssn", "mail"), "sp ace!.csv": ("ssn!", "mail")}


@pytest.fixture(autouse=True)
def _kept(assay: Assay, catalog_url: str) -> None:
    """A database and files with odd names, scanned into a catalog of each kind."""
    Path("assay.toml").write_text(f'catalog = "{catalog_url}"\njobs = 1\n')
    dice = random.Random(7)
    rows = [
        (f"{dice.randint(100, 665)}-{dice.randint(10, 99)}-{dice.randint(1000, 9999)}", f"user{n}@posteo.de")
        for n in range(40)
    ]
    with closing(sqlite3.connect("odd.db")) as database, database:
        for table, columns in TABLES.items():
            told = [f'"{name.replace(chr(34), chr(34) * 2)}"' for name in (table, *columns)]
            database.execute(f"CREATE TABLE {told[0]} ({told[1]} TEXT, {told[2]} TEXT)")
            database.executemany(f"INSERT INTO {told[0]} VALUES (?, ?)", rows)
    for name, columns in OTHERS.items():
        Path(name).write_text("\n".join(map(",".join, (columns, *rows))))
    Path("nested.jsonl").write_text("".join(json.dumps({"doc": {"patient": {"ssn": row[0]}}}) + "\n" for row in rows))
    Path("in").mkdir()
    Path("in/member.csv").write_text("\n".join(map(",".join, (("ssn", "mail"), *rows))))
    with zipfile.ZipFile("packed.zip", "w") as archive:
        archive.write("in/member.csv")
    assert assay("catalog", "init").code == 0
    done = assay("scan", "sqlite:///odd.db", *(f"./{name}" for name in OTHERS), "nested.jsonl", "packed.zip")
    assert done.code == 0, done.err


def questions(assay: Assay) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for line in assay("review", "list", "--all", "--format", "jsonl", "--limit", "99").out.splitlines()
    ]


def columns(assay: Assay) -> list[dict[str, Any]]:
    return [json.loads(line) for line in assay("catalog", "export", "columns").out.splitlines()]


def places(assay: Assay) -> list[str]:
    """What `explain` and `review list` call each column that there is."""
    from assay.report.spelling import Named, spelled

    return [spelled(Named(each["resource"], each["table"], each["column"])) for each in columns(assay)]


def test_what_is_told_of_a_column_is_taken_by_every_command(assay: Assay) -> None:
    asked = {(each["resource"], each["table"], each["column"]): each for each in questions(assay)}
    known = columns(assay)
    assert len(known) >= 18
    for column, place in zip(known, places(assay), strict=True):
        explained = assay("explain", "--", place)
        assert explained.code == 0, (place, explained.err)
        assert explained.out.splitlines()[0] == place
        data = json.loads(assay("explain", "--format", "json", "--", place).out)
        assert (data["table"], data["column"]) == (column["table"], column["column"])
        versions = json.loads(assay("catalog", "history", "--format", "json", "--", place).out)
        assert {(each["table"], each["column"]) for each in versions} == {(column["table"], column["column"])}
        item = asked.get((column["resource"], column["table"], column["column"]))
        listed = [
            json.loads(line)["id"]
            for line in assay("review", "list", "--format", "jsonl", "--resource", place).out.splitlines()
        ]
        assert listed == ([] if item is None else [item["id"]])
        shown = assay("review", "show", "--", place)
        assert (item["id"] in shown.out) if item is not None else "nothing is asked about" in shown.err
        assert assay("phase", "show", "--", place).out == "pilot\n"
        assert assay("audit", "log", "--resource", place).code == 0


def test_pages_for_people_tell_names_that_can_be_asked_for(assay: Assay) -> None:
    told = set(
        re.findall(
            r"^ {2,}column (.+): [A-Z_]+, \d+ of 100$", assay("scan", "sqlite:///odd.db", "--rescan").out, re.MULTILINE
        )
    )
    for name in told:
        assert assay("explain", f"odd.db:{name}").code == 0
        assert assay("explain", name).code == 0
    heads = [
        line
        for line in assay(
            "governance", "try", "--all", "--set", "SENSITIVITY_WEIGHTS", "rule", "weight=0.9"
        ).out.splitlines()
        if re.match(r"  \S", line)
    ]
    assert heads
    for head in heads:
        assert assay("catalog", "history", "--", head.strip()).code == 0, head
    listed = assay("review", "list").out.splitlines()
    for place in (line.strip() for line in listed if re.match(r" {14}\S", line) and ":" in line):
        assert assay("review", "show", "--", place).err == "" or "methods" in place or "confidence" in place, place


WRITTEN = [
    "odd.db:Order.select", "odd.db!Order.select", 'odd.db:"Order"."select"', "odd.db:[Order].[select]", "odd.db:Order:select",
    "sqlite:///odd.db:Order.select", "odd.db:order.SELECT", "odd.db:select", "Order.select", "odd.db:Order.sel…",
    "…d.db:Order.select", "./odd.db:Order.select",
]  # fmt: skip


def test_other_spellings_are_understood(assay: Assay) -> None:
    for written in WRITTEN:
        done = assay("explain", written)
        assert (done.code, done.out.splitlines()[:1]) == (0, ["odd.db:Order.select"]), done.err
        versions = json.loads(assay("catalog", "history", written, "--format", "json").out)
        assert {each["column"] for each in versions} == {"select"}


def test_members_tables_and_ids_of_questions_are_understood(assay: Assay) -> None:
    for written in ("packed.zip!/in/member.csv:ssn", "packed.zip:member.ssn", "packed.zip:ssn"):
        assert assay("explain", written).out.splitlines()[0] == "packed.zip:member.ssn"
    assert assay("explain", "nested.jsonl:doc.patient.ssn").code == 0
    table = assay("explain", "odd.db:Order").out
    assert table.splitlines()[0] == "odd.db:Order"
    assert "Order.select" in table
    assert "emp" not in table
    assert "Order" in assay("catalog", "history", "odd.db:Order").out
    for item in questions(assay)[:2]:
        assert assay("explain", item["id"]).code == 0


def test_a_decision_is_made_by_the_name_of_a_column_and_taken_back(assay: Assay) -> None:
    # So nothing is sure enough, and all that is near is asked about.
    assert assay("governance", "set", "SENSITIVITY_THRESHOLDS", "detection", "value=1").code == 0
    assert assay("scan", "sqlite:///odd.db").code == 0
    for place in ('odd.db:"a.b".x.ssn', "odd.db:Order.select"):
        done = assay("review", "approve", place, "--reason", "they are", "--by", "ada")
        assert (done.code, done.out.rpartition("  ")[2].strip()) == (0, place), done.err
        assert "approved" in assay("review", "list", "--resource", place, "--state", "approved").out
        assert "FEEDBACK_APPLIED" in assay("audit", "log", "--resource", place).out
        assert assay("review", "undo", place).code == 0


def test_what_is_not_there_is_told_with_what_is_likely_meant(assay: Assay) -> None:
    def refused(*arguments: str) -> str:
        done: Done = assay(*arguments)
        assert done.code == 2
        return done.err

    for verb in (("explain",), ("catalog", "history"), ("review", "show"), ("review", "list", "--resource")):
        assert "did you mean 'odd.db:Order.select'?" in refused(*verb, "odd.db:Order.selct")
        assert "did you mean 'odd.db'?" in refused(*verb, "od.db")
        assert "did you mean 'st:aff.csv:ssn'?" in refused(*verb, "st:aff.csv:snn")
    several = refused("review", "show", "odd.db:nothing")
    assert "there is no column or table 'nothing'" in several
    assert "name one of them" in refused("explain", "ssn")
    assert "odd.db is there, and is read as a whole" in refused("scan", "odd.db:Order.select")
    assert "phases hold for resources" in refused(
        "phase", "set", "odd.db:Order.select", "supervised", "--force", "--reason", "x"
    )


def test_without_a_catalog_the_same_names_are_understood(assay: Assay) -> None:
    for place in (
        "odd.db:Order.select",
        'odd.db:"a.b".x.ssn',
        "st:aff.csv:e:mail",
        "./-dash.csv:ssn",
        "packed.zip:member.ssn",
    ):
        done = assay("explain", "--no-catalog", "--", place)
        assert (done.code, done.out.splitlines()[:1]) == (0, [place]), done.err
    assert "did you mean 'st:aff.csv:ssn'?" in assay("explain", "--no-catalog", "st:aff.csv:snn").err
    assert "sqlite:///odd.db" not in assay("explain", "--no-catalog", "sqlite:///odd.db:Order.select").err
