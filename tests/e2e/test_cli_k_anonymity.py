"""k-anonymity from the command line: told, explained, kept in catalogs of both kinds, exported, governed, and without values."""

from __future__ import annotations

import csv
import io
import json
import os
import random
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from calling import Assay
from planting import of_kind, records

FOREIGN = Path(os.environ.get("ASSAY_EVAL", Path(__file__).parents[3] / "shared" / "eval")) / "columns"
SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/assay.schema.json").read_text())
ALONE = ("73391-0417", "female", "lighthouse keeper")
ROWS = [
    *random.Random(4).choices([(z, s, o) for z in ("60601", "10001") for s in ("male", "female") for o in ("nurse", "cook")], k=400),
    ALONE,
]  # fmt: skip
COUNTS = sorted(Counter(ROWS).values())


def fill(path: Path, rows: list[tuple[str, ...]] = ROWS) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE staff (id INTEGER PRIMARY KEY, zip TEXT, sex TEXT, occupation TEXT)")
        database.executemany("INSERT INTO staff (zip, sex, occupation) VALUES (?, ?, ?)", rows)
        database.execute("CREATE TABLE paint (colour TEXT)")


def table(done_out: str, name: str = "staff") -> dict[str, Any]:
    (found,) = [line for line in of_kind(records(done_out), "table") if line["table_name"] == name]
    return found


@pytest.fixture
def there(assay: Assay, catalog_url: str) -> str:
    """A catalog of each kind that `assay.toml` names, and a database beside it."""
    Path("assay.toml").write_text(f'catalog = "{catalog_url}"\njobs = 1\n')
    assert assay("catalog", "init").code == 0
    fill(Path("staff.db"))
    return catalog_url


def test_it_is_told_as_lines_and_for_people(assay: Assay) -> None:
    fill(Path("staff.db"))
    done = assay("scan", "sqlite:///staff.db", "--format", "jsonl")
    assert done.code == 0, done.err
    for line in records(done.out):
        jsonschema.validate(line, SCHEMA)
    told = table(done.out)
    assert told["level"] == "confidential"
    assert told["k_anonymity"] == {
        "columns": ["zip", "sex", "occupation"],
        "measure": "k-anonymity",
        "k": 1,
        "classes": 9,
        "rows": 401,
        "unique_rows": 1,
        "rows_below": 1,
        "below": 5,
        "smallest_classes": COUNTS,
        "raised_from": "internal",
        "because": "k-anonymity is 1 by zip, sex and occupation: 1 of 401 rows is alone, 1 in classes of fewer than 5; "
        "raised from internal to confidential by policy small-classes (k below 5)",
    }
    assert table(done.out, "paint")["k_anonymity"] is None
    (concluded,) = of_kind(records(done.out), "classification")
    assert concluded["level"] == "confidential"
    assert concluded["because"].startswith(
        "confidential because in table staff k-anonymity is 1 by zip, sex and occupation"
    )
    assert sorted(concluded["identifiers"]) == ["GENDER", "JOB_TITLE", "POSTAL_CODE"]
    page = " ".join(assay("scan", "sqlite:///staff.db").out.split())
    assert "CONFIDENTIAL staff.db" in page
    assert "k-anonymity is 1 by zip, sex and occupation: 1 of 401 rows is alone" in page
    assert assay("scan", "sqlite:///staff.db", "--no-k-anonymity", "--fail-on", "confidential").code == 0
    assert assay("scan", "sqlite:///staff.db", "--fail-on", "confidential").code == 1


def test_no_value_of_a_small_class_is_told_or_kept(assay: Assay, there: str) -> None:
    said = [
        assay("scan", "sqlite:///staff.db", "--format", "jsonl"),
        assay("scan", "sqlite:///staff.db", "--no-catalog"),
        assay("explain", "staff.db"),
        assay("explain", "staff.db", "--format", "json"),
        assay("catalog", "export", "tables"),
        assay("catalog", "export", "columns"),
        assay("audit", "export"),
    ]
    for done in said:
        assert done.code == 0, done.err
        assert not [value for value in ALONE[::2] if value in done.out + done.err]
    if there.startswith("sqlite"):
        kept = Path(there.removeprefix("sqlite:///")).read_bytes()
        assert not [value for value in ALONE[::2] if value.encode() in kept]


def test_a_catalog_keeps_it_explains_it_and_exports_it(assay: Assay, there: str) -> None:
    first = assay("scan", "sqlite:///staff.db", "--format", "jsonl")
    assert first.code == 0, first.err
    explained = " ".join(assay("explain", "staff.db").out.split())
    assert "quasi-identifiers - staff: k-anonymity is 1 by zip, sex and occupation" in explained
    assert f"rows in the smallest of 9 classes: {', '.join(map(str, COUNTS))}" in explained
    document = json.loads(assay("explain", "staff.db", "--format", "json").out)
    assert [(each["table"], each["k"], each["classes"]) for each in document["k_anonymity"]] == [("staff", 1, 9)]
    exported = assay("catalog", "export", "tables", "--format", "csv")
    by_name = {row["table_name"]: row for row in csv.DictReader(io.StringIO(exported.out))}
    assert json.loads(by_name["staff"]["k_anonymity"]) == table(first.out)["k_anonymity"]
    assert by_name["paint"]["k_anonymity"] == ""
    # Another way of counting is another question; the answer that is kept is of the one before.
    without = assay("scan", "sqlite:///staff.db", "--no-k-anonymity", "--format", "jsonl")
    assert (table(without.out)["k_anonymity"], table(without.out)["level"]) == (None, "internal")


def test_the_policy_is_governed_tried_and_audited(assay: Assay, there: str) -> None:
    assert assay("scan", "sqlite:///staff.db").code == 0
    change = ("--set", "ANONYMITY_POLICIES", "small-classes", "level=restricted")
    tried = json.loads(assay("governance", "try", *change, "--format", "json").out)
    assert [
        (each["table"], each["before"]["level"], each["after"]["level"], each["certain"]) for each in tried["tables"]
    ] == [("staff", "confidential", "restricted", True)]
    assert tried["read_again"] == []
    assert assay("governance", "set", *change[1:], "--reason", "small town").code == 0
    again = assay("scan", "sqlite:///staff.db", "--format", "jsonl")
    assert (table(again.out)["level"], table(again.out)["k_anonymity"]["raised_from"]) == ("restricted", "internal")
    logged = assay("audit", "log", "--format", "jsonl").out
    assert "governance:ANONYMITY_POLICIES/small-classes" in logged
    assert "small town" in logged
    fewer = ("--set", "QUASI_IDENTIFIERS", "occupation", "is_active=false")
    tried = json.loads(assay("governance", "try", *fewer, "--format", "json").out)
    assert [each["columns"] for each in tried["read_again"]] == [["zip", "sex"]]
    assert [each["certain"] for each in tried["tables"]] == [False]
    assert assay("governance", "set", *fewer[1:]).code == 0
    counted = table(assay("scan", "sqlite:///staff.db", "--format", "jsonl").out)["k_anonymity"]
    expected = sorted(Counter(row[:2] for row in ROWS).values())
    assert (counted["columns"], counted["smallest_classes"]) == (["zip", "sex"], expected)


def test_a_large_table_of_a_sample_says_how_to_count_it(assay: Assay) -> None:
    fill(Path("many.db"), [*random.Random(1).choices(ROWS[:-1], k=100_100), ALONE])
    told = table(assay("scan", "sqlite:///many.db", "--format", "jsonl").out)
    found = told["k_anonymity"]
    assert (found["measure"], found["k"], found["raised_from"], told["level"]) == (
        "sample uniqueness",
        None,
        None,
        "internal",
    )
    assert found["rows"] == told["rows_read"] == 200
    assert found["because"].endswith("raises no level; --k-anonymity counts all of them")
    for how in ("--k-anonymity", "--full"):
        exact = table(assay("scan", "sqlite:///many.db", how, "--format", "jsonl").out)
        assert (exact["k_anonymity"]["k"], exact["k_anonymity"]["rows"], exact["level"]) == (1, 100_101, "confidential")


@pytest.mark.skipif(not FOREIGN.exists(), reason=f"no foreign tables at {FOREIGN}; set ASSAY_EVAL")
def test_foreign_tables_by_quasi_identifiers_of_ones_own(assay: Assay) -> None:
    Path("rows.yaml").write_text(
        "QUASI_IDENTIFIERS:\n"
        "  - {QUASI_IDENTIFIER_ID: land, NAME: LAND, MEMBERS: ['name:country']}\n"
        "  - {QUASI_IDENTIFIER_ID: agent, NAME: AGENT, MEMBERS: ['name:support rep id']}\n"
        "  - {QUASI_IDENTIFIER_ID: place, IS_ACTIVE: false}\n"
    )
    Path("assay.toml").write_text('governance = "rows.yaml"\n')
    file = next(FOREIGN.glob("chinook/[Cc]ustomer.csv"))
    with file.open(encoding="utf-8-sig", newline="") as lines:
        names = {name.lower(): name for name in next(csv.reader(lines))}
    with file.open(encoding="utf-8-sig", newline="") as lines:
        expected = sorted(
            Counter((row[names["country"]], row[names["supportrepid"]]) for row in csv.DictReader(lines)).values()
        )
    done = assay("scan", str(file), "--format", "jsonl")
    found = of_kind(records(done.out), "table")[0]["k_anonymity"]
    assert found["columns"] == [names["country"], names["supportrepid"]]
    assert (found["rows"], found["classes"], found["k"]) == (sum(expected), len(expected), expected[0])
    assert found["smallest_classes"] == expected[:20]
    assert found["rows_below"] == sum(size for size in expected if size < 5) > 10
