"""A second scan of databases: what has not changed is told again, what is judged otherwise is judged by what is stored."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from calling import Assay
from planting import of_kind, records
from sqlalchemy import text
from sqltables import Shop, new_shop

from assay.app.config.settings import load_settings
from assay.app.governing.replay import VERDICT
from assay.app.scan import line, unchanged
from assay.app.scan.keeping import Wanted
from assay.model import Summary
from assay.model.options import ScanOptions
from assay.ports import Rendered
from assay.sources.sql.source import SqlSource
from assay.store.engine import open_catalog

BADGE = """\
name: BADGE_NUMBER
title: Badge number
category: CUSTOM
sensitivity: MEDIUM
patterns:
  - id: badge
    regex: '\\bBDG-\\d{6}\\b'
    confidence: 0.8
finds:
  - {text: "badge BDG-204817", value: "BDG-204817"}
  - {text: "the door opened for BDG-773102", value: "BDG-773102"}
  - {text: "BDG-419035", value: "BDG-419035"}
ignores:
  - {text: "BDG-20481", because: five digits}
  - {text: "BDG-2048171", because: seven digits}
  - {text: "BDX-204817", because: another prefix}
"""

Records = list[dict[str, Any]]
Scan = Callable[..., Records]

CHANGES: dict[str, dict[str, dict[str, object]]] = {
    "a weight": {"SENSITIVITY_WEIGHTS": {"WEIGHT_ID": "pattern", "WEIGHT": 0.02}},
    "a threshold": {"SENSITIVITY_THRESHOLDS": {"THRESHOLD_ID": "detection", "VALUE": 1.0}},
    "policies": {"SENSITIVE_CATEGORIES": {"CATEGORY_ID": "pii", "POLICIES": ["MASKING"], "CONFIDENTIALITY": 1}},
    "a category less": {"SENSITIVE_CATEGORIES": {"CATEGORY_ID": "phi", "IS_ACTIVE": False}},
    "a word more": {
        "SENSITIVE_KEYWORDS": {"KEYWORD_ID": "k1", "CATEGORY": "PII", "KEYWORD": "colour", "IDENTIFIER": "EMAIL"}
    },
    "a word of a category": {"SENSITIVE_KEYWORDS": {"KEYWORD_ID": "k2", "CATEGORY": "PHI", "KEYWORD": "colour"}},
    "a pattern more": {
        "SENSITIVE_PATTERNS": {"PATTERN_ID": "p1", "CATEGORY": "PII", "NAME": "SHELF", "REGEX": r"\bshelf \d+\b"}
    },
    "a pattern less": {"SENSITIVE_PATTERNS": {"PATTERN_ID": "us/ssn#dashed", "IS_ACTIVE": False}},
    "no meaning": {"MODEL_SETTINGS": {"SETTING_ID": "semantic-model", "VALUE": "none"}},
    "smaller classes": {"ANONYMITY_POLICIES": {"POLICY_ID": "small-classes", "K": 50}},
    "other quasi-identifiers": {
        "QUASI_IDENTIFIERS": {"QUASI_IDENTIFIER_ID": "q1", "NAME": "SHADE", "MEMBERS": ["name:shade"]}
    },
}
IN_PART = {"a word more", "a pattern less", "a category less"}
"""Changes for which some tables have to be read, and others do not."""
WHOLLY = {"a weight", "a threshold", "policies", "a word of a category"}
"""Changes for which none has to be read."""
ASKED = {"a weight", "a pattern less", "no meaning", "smaller classes"}
"""One of each way to take what is not stored, which alone differs from engine to engine: nothing, some, all, the classes."""


def again(name: str) -> list[Any]:
    """A change on the engines on which it is tried."""
    return [pytest.param(engine, name, id=f"{name}-{engine}")
            for engine in ("sqlite", "postgresql") if engine == "sqlite" or name in ASKED]  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """Tables about people, about things, and a view."""
    with new_shop(request.param, request, tmp_path) as made:
        plant(made)
        yield made


def plant(made: Shop) -> None:
    dice = random.Random(3)

    def filled(name: str, columns: str, rows: list[tuple[object, ...]]) -> None:
        values = ", ".join("(" + ", ".join(repr(cell) for cell in row) + ")" for row in rows)
        made.run(f"CREATE TABLE {name} ({columns})", f"INSERT INTO {name} VALUES {values}")  # ours

    people = range(260)
    filled(
        "members",
        "id int, ssn text, email text",
        [(n, f"{dice.randint(100, 665)}-{dice.randint(10, 99)}-{dice.randint(1000, 9999)}", f"user{n}@posteo.de")
         for n in people],
    )  # fmt: skip
    filled(
        "patients",
        "id int, mbr_dob text, zip text, gender text, diagnosis text, shade text",
        [(n, f"19{dice.randint(30, 99)}-0{dice.randint(1, 9)}-{dice.randint(10, 28)}", f"{dice.randint(10001, 10040)}",
          dice.choice("mf"), dice.choice(["E11.9", "I10", "J45.909"]), dice.choice(["red", "blue"])) for n in people],
    )  # fmt: skip
    filled("paint", "id int, colour text", [(n, dice.choice(["red", "green", "light blue"])) for n in people])
    shelves = [(n, f"shelf {dice.randint(1, 90)}", dice.choice(["A1", "B2", "blue"])) for n in range(60)]
    filled("parts", "id int, note text, passport_no text", shelves)
    made.run("CREATE VIEW shown AS SELECT id, ssn FROM members")
    settle(made.url)


def settle(url: str) -> None:
    """Waits until tables are not so fresh any more that a change might not show."""
    before = None
    while True:
        now = [getattr(item, "change", item) for item in SqlSource(url).assets()]
        if now == before and None not in now:
            return
        before = now
        time.sleep(0.6)


@pytest.fixture
def there(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> str:
    """A catalog in SQLite."""
    return new_catalog(assay, monkeypatch, "team.db")


def new_catalog(assay: Assay, monkeypatch: pytest.MonkeyPatch, url: str) -> str:
    monkeypatch.setenv("ASSAY_CATALOG", url)
    monkeypatch.setenv("ASSAY_JOBS", "1")
    assert assay("catalog", "init").code == 0
    return url


@pytest.fixture
def scan(assay: Assay) -> Scan:
    def call(*arguments: str, code: int = 0) -> Records:
        done = assay("scan", *arguments, "--format", "jsonl")
        assert done.code == code, done.err
        return records(done.out)

    return call


def rows(catalog: str, query: str) -> list[tuple[Any, ...]]:
    with open_catalog(catalog) as opened, opened.reading() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def done(catalog: str, statement: str) -> None:
    with open_catalog(catalog) as opened, opened.transaction() as connection:
        connection.execute(text(statement))


def told(found: Records) -> Records:
    return [record for record in found if record["kind"] != "summary"]


def summary(found: Records) -> dict[str, Any]:
    return found[-1]


def repeated(catalog: str) -> bool:
    """Whether the last run repeated the one before it, without loading what reads and judges."""
    entries = rows(catalog, "SELECT details FROM audit_log WHERE action = 'DETECTION_RUN' ORDER BY seq DESC")
    began = next(json.loads(details) for (details,) in entries if json.loads(details)["state"] == "started")
    return "repeats" in began


STATE = (
    "SELECT r.uri, t.name, t.level, t.version, t.record, t.extent FROM tables t JOIN resources r ON r.id = t.resource_id ORDER BY 1, 2",
    "SELECT c.table_id, c.position, c.name, c.version, c.record, c.sketch FROM columns c ORDER BY 1, 2",
    "SELECT resource_id, level, version, record, change FROM classifications ORDER BY 1",
    "SELECT column_id, version, level, record FROM column_versions ORDER BY 1, 2",
    "SELECT table_id, version, level, record FROM table_versions ORDER BY 1, 2",
    "SELECT classification_id, version, level, record FROM classification_versions ORDER BY 1, 2",
    "SELECT resource_id, old_level, new_level FROM outbox ORDER BY id",
    "SELECT resource, table_name, column_name, identifier, level, confidence, evidence, state, version FROM review_items ORDER BY id",
)


def state(catalog: str) -> list[list[tuple[Any, ...]]]:
    """All that is concluded, with its history."""
    return [rows(catalog, query) for query in STATE]


class TestUnchanged:
    def test_it_is_told_and_kept_again(
        self, assay: Assay, scan: Scan, shop: Shop, catalog_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        catalog = new_catalog(assay, monkeypatch, catalog_url)
        first = scan(shop.url)
        before = state(catalog)
        for _ in range(2):
            again = scan(shop.url)
            assert repeated(catalog)
            assert told(again) == told(first)
        kept = summary(again)["unchanged"]
        assert (kept["tables"], kept["columns"], kept["runs"]) == (4, 14, 1)
        assert kept["run"] == rows(catalog, "SELECT id FROM runs ORDER BY started_at DESC")[1][0]
        same = ("level", "resources", "findings", "columns", "sensitive_columns", "gaps", "skips", "by_level")
        assert [summary(again)[name] for name in same] == [summary(first)[name] for name in same]
        assert summary(again)["bytes"] == 0
        assert state(catalog) == before
        assert rows(catalog, "SELECT status FROM runs") == [("finished",)] * 3
        seen = "SELECT count(*) FROM {} WHERE run_id = (SELECT id FROM runs ORDER BY started_at DESC LIMIT 1)"
        counts = {name: rows(catalog, seen.format(name))[0][0] for name in ("resources", "tables", "classifications")}
        number = summary(first)["resources"]
        assert counts == {"resources": number, "tables": 4, "classifications": number}
        assert rows(catalog, seen.format("readings") + " AND state = 'same'") == [(number,)]
        assert assay("audit", "verify").code == 0
        assert assay("catalog", "history").out.count("finished") == 3

    def test_it_is_as_the_line_tells_it(self, scan: Scan, shop: Shop, there: str) -> None:
        scan(shop.url)
        asked = {"settings": load_settings(None), "wanted": Wanted(url=there)}
        usual = list(line.scan([shop.url], ScanOptions(), **asked))
        quick = list(unchanged.scan([shop.url], ScanOptions(), **asked))
        assert repeated(there)
        assert quick[:-1] == usual[:-1]
        one, other = usual[-1], quick[-1]
        assert isinstance(one, Summary)
        assert isinstance(other, Summary)
        names = [name for name in one.__dataclass_fields__ if name not in ("seconds", "unchanged")]
        assert [getattr(other, name) for name in names] == [getattr(one, name) for name in names]
        assert one.unchanged is not None
        assert other.unchanged is not None
        assert (one.unchanged.tables, one.unchanged.columns) == (other.unchanged.tables, other.unchanged.columns)
        lines = list(unchanged.scan([shop.url], ScanOptions(), **asked, render=True))
        assert any(isinstance(record, Rendered) for record in lines)

    def test_a_person_is_told_so(self, assay: Assay, shop: Shop, there: str) -> None:
        assert assay("scan", shop.url).code == 0
        page = assay("scan", shop.url)
        text = " ".join(page.out.split())
        assert "Nothing changed since 20" in text
        assert "4 tables and 14 columns kept from run 20" in text
        assert "nothing had to be read" in text
        assert "0 bytes" not in text

    @pytest.mark.parametrize(
        "change",
        [
            "a row",
            "a table",
            "a view",
            "an option",
            "a rule",
            "the configuration",
            "a run that died",
            "an expired decision",
        ],
    )
    def test_whatever_may_change_a_result_is_looked_at(
        self, assay: Assay, scan: Scan, shop: Shop, there: str, change: str, tmp_path: Path
    ) -> None:
        first = scan(shop.url)
        scan(shop.url)
        assert repeated(there)
        arguments = [shop.url]
        if change == "a row":
            shop.run("INSERT INTO parts VALUES (99, 'shelf 4', 'A1')")
        elif change == "a table":
            shop.run("CREATE TABLE more (id int, phone text)", "INSERT INTO more VALUES (1, '+44 20 7946 0958')")
        elif change == "a view":
            shop.run("CREATE VIEW also AS SELECT id FROM paint")
        elif change == "an option":
            arguments += ["--rows", "100"]
        elif change == "a rule":
            Path("own").mkdir()
            Path("own/badge.yaml").write_text(BADGE)
            Path("assay.toml").write_text('identifiers = ["own"]\n')
        elif change == "the configuration":
            assert assay("governance", "set", "SENSITIVITY_WEIGHTS", "pattern", "weight=0.3", "--reason", "x").code == 0
        elif change == "a run that died":
            done(
                there,
                "UPDATE runs SET status = 'running', process = 4194305 WHERE id = (SELECT id FROM runs ORDER BY started_at DESC LIMIT 1)",
            )
        else:
            done(there, "UPDATE review_items SET state = 'approved', expires = '2020-01-01'")
        settle(shop.url)
        found = scan(*arguments)
        assert not repeated(there)
        if change == "a table":
            assert len(of_kind(found, "table")) == 5
        elif change == "a view":
            assert len(of_kind(found, "skip")) == 2
        elif change not in ("a rule", "an option", "the configuration"):
            assert [each["level"] for each in of_kind(found, "table")] == [
                each["level"] for each in of_kind(first, "table")
            ]
        assert rows(there, "SELECT count(*) FROM runs WHERE status = 'running'") == [(0,)]

    def test_what_could_not_be_read_is_told_each_time(
        self, assay: Assay, scan: Scan, there: str, tmp_path: Path
    ) -> None:
        import sqlite3

        with closing(sqlite3.connect("torn.db")) as database, database:
            database.execute("CREATE TABLE fine (id int, ssn text)")
            database.executemany("INSERT INTO fine VALUES (?, ?)", [(n, f"{536 + n}-21-{4399 + n}") for n in range(30)])
            database.execute("CREATE TABLE torn (id int, note text)")
            database.executemany("INSERT INTO torn VALUES (?, ?)", [(n, "x" * 500) for n in range(200)])
            (page,) = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'torn'").fetchone()
        data = bytearray(Path("torn.db").read_bytes())
        data[(page - 1) * 4096 : (page - 1) * 4096 + 64] = b"\xff" * 64
        Path("torn.db").write_bytes(data)
        settled = time.monotonic() + 0.5
        while time.monotonic() < settled:
            time.sleep(0.1)
        for _ in range(2):
            assert of_kind(scan("sqlite:///torn.db", code=3), "gap")
            assert not repeated(there)

    def test_a_view_of_a_file_is_no_resource_of_its_own(
        self, scan: Scan, there: str, tmp_path: Path, request: pytest.FixtureRequest
    ) -> None:
        with new_shop("sqlite", request, tmp_path) as made:
            plant(made)
            found = scan(made.url)
            assert [record["level"] for record in of_kind(found, "classification")] == ["restricted"]
            assert [record["reason"] for record in of_kind(found, "skip")] == ["view"]
            assert (summary(found)["resources"], summary(found)["skips"]) == (1, 1)
            assert rows(there, "SELECT level FROM classifications") == [("restricted",)]
            assert rows(there, "SELECT count(*) FROM tables") == [(4,)]
            alone = scan(made.url, "--exclude", "*")
            assert [record["level"] for record in of_kind(alone, "classification")] == ["unclassified"]
            assert summary(alone)["skips"] == 5


class TestJudgedAgain:
    @pytest.mark.parametrize(("shop", "name"), [case for name in CHANGES for case in again(name)], indirect=["shop"])
    def test_it_is_as_if_it_had_been_read(
        self, assay: Assay, scan: Scan, shop: Shop, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        Path("rows.json").write_text(json.dumps({table: [row] for table, row in CHANGES[name].items()}))
        found: dict[str, Records] = {}
        states = {}
        for way in ("stored", "read"):
            catalog = new_catalog(assay, monkeypatch, f"{way}.db")
            before = scan(shop.url)
            if way == "stored":
                tried = json.loads(assay("governance", "try", "--file", "rows.json", "--format", "json").out)
            assert assay("governance", "import", "rows.json", "--reason", "a test").code == 0
            if way == "read":
                done(catalog, "UPDATE tables SET extent = NULL")
            found[way] = scan(shop.url)
            assert assay("audit", "verify").code == 0
            states[way] = state(catalog)
            again = scan(shop.url)
            assert told(again) == told(found[way])
            assert summary(again)["unchanged"]["tables"] == 4
        assert told(found["stored"]) == told(found["read"])
        for stored, read in zip(states["stored"], states["read"], strict=True):
            assert stored == read
        assert summary(found["read"])["judged_again"] is None
        judged = summary(found["stored"])["judged_again"]
        if name in WHOLLY:
            assert judged == {"tables": 4, "columns": 14}
            assert summary(found["stored"])["bytes"] == 0
        elif name in IN_PART:
            assert 0 < judged["tables"] < 4
            assert 0 < summary(found["stored"])["bytes"] < summary(found["read"])["bytes"]
        # What trying it showed is what applying it changed, but for what had to be read to know.
        unsure = {(each["table"], column) for each in tried["read_again"] for column in each["columns"]}
        shown = {(each["table"], each["column"]) for each in tried["changes"]}
        assert flipped(before, found["stored"]) - unsure == shown - unsure

    def test_versions_and_events_are_of_what_changed_alone(
        self, assay: Assay, scan: Scan, shop: Shop, there: str
    ) -> None:
        before = scan(shop.url)
        versions = "SELECT c.name FROM column_versions v JOIN columns c ON c.id = v.column_id WHERE v.version = 2"
        assert assay("governance", "set", "SENSITIVITY_THRESHOLDS", "detection", "value=1.0", "--reason", "x").code == 0
        after = scan(shop.url)
        changed = flipped(before, after)
        assert changed
        assert {column for (column,) in rows(there, versions)} >= {column for _, column in changed}
        old, new = (
            {record["resource"]: record["level"] for record in of_kind(each, "classification")}
            for each in (before, after)
        )
        events = rows(
            there,
            "SELECT r.uri, o.old_level, o.new_level FROM outbox o JOIN resources r ON r.id = o.resource_id WHERE o.old_level IS NOT NULL",
        )
        assert sorted(events) == sorted((uri, old[uri], new[uri]) for uri in old if old[uri] != new[uri])
        # Taken back, all is as it was, and again nothing is read.
        assert assay("governance", "set", "SENSITIVITY_THRESHOLDS", "detection", "--reset", "--reason", "x").code == 0
        back = scan(shop.url)
        assert told(back) == told(before)
        assert summary(back)["bytes"] == 0

    def test_decisions_come_into_effect_without_reading(self, assay: Assay, scan: Scan, shop: Shop, there: str) -> None:
        before = scan(shop.url)
        asked = json.loads(assay("review", "list", "--format", "json").out)
        question = next(each for each in asked if each["column"] == "passport_no")
        decided = assay("review", "reclassify", question["id"], "--identifier", "PASSPORT", "--reason", "they are")
        assert decided.code == 0
        after = scan(shop.url)
        assert summary(after)["bytes"] == 0
        judged = summary(after)["judged_again"]
        assert judged["tables"] > 0
        assert flipped(before, after) == {(question["table"], question["column"])}
        assert assay("review", "undo", question["id"]).code == 0
        back = scan(shop.url)
        assert told(back) == told(before)
        assert summary(back)["bytes"] == 0

    def test_a_person_is_told_so(self, assay: Assay, scan: Scan, shop: Shop, there: str) -> None:
        scan(shop.url)
        assert assay("governance", "set", "SENSITIVITY_WEIGHTS", "pattern", "weight=0.3", "--reason", "x").code == 0
        text = " ".join(assay("scan", shop.url).out.split())
        assert "4 tables and 14 columns judged again as rules and decisions are now, from what is stored" in text
        assert "nothing had to be read" in text


def flipped(before: Records, after: Records) -> set[tuple[str, str]]:
    """The columns whose verdict is another."""
    one, other = (
        {(record["table"], record["column"]): [record[name] for name in VERDICT] for record in of_kind(each, "column")}
        for each in (before, after)
    )
    return {key for key in one if one[key] != other[key]}
