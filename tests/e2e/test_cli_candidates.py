"""Values that are not sure enough to be findings are kept for review where there is a catalog, and are never findings."""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from calling import Assay
from running import running

NOTE = "order 536904399 shipped\nthe second order is 601553127\nmail ada@lovelace-software.org\n"
VALUES = ("536904399", "601553127")


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, assay: Assay) -> None:
    """A catalog of one scan of a folder with a note in it."""
    Path("data").mkdir()
    Path("data/note.txt").write_text(NOTE, encoding="utf-8")
    monkeypatch.setenv("ASSAY_CATALOG", "catalog.db")
    monkeypatch.setenv("COLUMNS", "80")
    assert assay("catalog", "init").code == 0
    first, again = (assay("scan", "data", "--jobs", "1") for _ in range(2))
    assert "assay: 1 new question for review; see 'assay review list'" in first.err
    assert "new question" not in again.err


def scanned(assay: Assay, *arguments: str) -> list[Any]:
    done = assay("scan", "data", "--format", "jsonl", "--jobs", "1", *arguments)
    assert done.code == 0, done.err
    return [record for record in map(json.loads, done.out.splitlines()) if record["kind"] != "summary"]


def found(records: list[Any]) -> list[tuple[str, float]]:
    return [(each["identifier"], each["confidence"]) for each in records if each["kind"] == "finding"]


def listed(assay: Assay, *arguments: str) -> list[Any]:
    done = assay("review", "list", "--format", "jsonl", *arguments)
    assert (done.code, done.err) == (0, "")
    return [json.loads(line) for line in done.out.splitlines()]


@pytest.mark.usefixtures("kept")
def test_candidates_come_to_the_queue_and_to_no_report(assay: Assay) -> None:
    (item,) = listed(assay)
    assert (item["subject"], item["identifier"], item["confidence"]) == ("candidates", "SSN", 0.35)
    assert item["priority"] == pytest.approx(item["risk"] * item["uncertainty"] * item["reach"], abs=1e-3)
    assert item["reasons"] == ["2 candidates below the confidence of findings (0.50), the surest 0.35"]
    assert [each["line"] for each in item["details"]["examples"]] == [1, 2]
    assert "SSN 0.35  candidate" in assay("review", "list").out
    with_it, without = scanned(assay), scanned(assay, "--no-catalog")
    assert with_it == without
    assert [name for name, _ in found(with_it)] == ["EMAIL"]
    exported = assay("catalog", "export", "findings").out
    assert "SSN" not in exported
    assert "EMAIL" in exported
    kept_bytes = b"".join(path.read_bytes() for path in Path().glob("catalog.db*"))
    assert not [value for value in VALUES if value.encode() in kept_bytes]


@pytest.mark.usefixtures("kept")
def test_a_scan_of_what_has_not_changed_leaves_the_question(assay: Assay) -> None:
    scanned(assay)
    assert [each["state"] for each in listed(assay)] == ["open"]
    Path("data/note.txt").write_text("nothing any more\n", encoding="utf-8")
    scanned(assay)
    assert listed(assay) == []
    assert [each["state"] for each in listed(assay, "--all")] == ["withdrawn"]


@pytest.mark.usefixtures("kept")
def test_an_approved_candidate_is_a_finding_until_that_is_undone(assay: Assay) -> None:
    (item,) = listed(assay)
    assert assay("review", "approve", item["id"], "--reason", "numbers of members", "--by", "Ada").code == 0
    assert [each for each in found(scanned(assay)) if each[0] == "SSN"] == [("SSN", 1.0)] * 2
    assert "approved by Ada" in next(each for each in scanned(assay) if each["kind"] == "classification")["because"]
    assert listed(assay) == []
    # It says nothing of how often detection is right: nothing had been detected.
    precision = json.loads(assay("review", "precision", "--format", "json").out)
    assert [(each["identifier"], each["right"]) for each in precision] == [("*", 0)]
    assert assay("review", "undo", item["id"], "--reason", "they are not").code == 0
    assert [name for name, _ in found(scanned(assay))] == ["EMAIL"]
    assert [each["state"] for each in listed(assay)] == ["open"]


@pytest.mark.usefixtures("kept")
def test_a_rejected_candidate_is_not_asked_about_again(assay: Assay) -> None:
    (item,) = listed(assay)
    assert assay("review", "reject", item["id"], "--reason", "order numbers", "--by", "Ada").code == 0
    Path("data/note.txt").write_text(NOTE + "the third order is 514223817\n", encoding="utf-8")
    assert [name for name, _ in found(scanned(assay))] == ["EMAIL"]
    assert listed(assay) == []
    (level,) = (each for each in scanned(assay) if each["kind"] == "classification")
    assert level["level"] == "internal"


@pytest.mark.usefixtures("kept")
def test_one_value_is_decided_and_the_others_stay_a_question(assay: Assay) -> None:
    (item,) = listed(assay)
    value = item["details"]["examples"][0]["fingerprint"]
    arguments = ("--scope", "value", "--fingerprint", value, "--reason", "ours", "--by", "Ada")
    assert assay("review", "suppress", item["id"], *arguments).code == 0
    scanned(assay)
    (left,) = listed(assay)
    assert left["details"]["count"] == 1
    assert [each["line"] for each in left["details"]["examples"]] == [2]


@pytest.mark.usefixtures("kept")
def test_a_candidate_is_reclassified_to_what_it_is(assay: Assay) -> None:
    (item,) = listed(assay)
    arguments = ("--identifier", "US_ITIN", "--level", "confidential", "--reason", "tax numbers", "--by", "Ada")
    assert assay("review", "reclassify", item["id"], *arguments).code == 0
    records = scanned(assay)
    assert [each for each in found(records) if each[0] == "US_ITIN"] == [("US_ITIN", 1.0)] * 2
    (level,) = (each for each in records if each["kind"] == "classification")
    assert (level["level"], level["identifiers"]["US_ITIN"]) == ("confidential", 2)


@pytest.mark.usefixtures("kept")
def test_how_little_is_kept_is_a_setting(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSAY_REVIEW_FROM", "1")
    scanned(assay)
    assert listed(assay) == []


def test_what_is_kept_of_one_resource_is_bounded(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("data").mkdir()
    lines = (f"order {536_000_000 + 10_007 * number % 99_999_999} shipped\n" for number in range(12_000))
    Path("data/note.txt").write_text("".join(lines), encoding="utf-8")
    monkeypatch.setenv("ASSAY_CATALOG", "catalog.db")
    assert assay("catalog", "init").code == 0
    assert found(scanned(assay)) == []
    items = listed(assay)
    assert 1 <= len(items) <= 20
    assert sum(each["details"]["count"] for each in items) <= 10_000
    assert all(len(each["details"]["examples"]) <= 5 for each in items)
    assert any("10,000 or more" in each["reasons"][0] or each["details"]["count"] < 10_000 for each in items)


def test_the_same_is_kept_by_workers_and_in_one_process(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("data").mkdir()
    for number in range(40):
        Path(f"data/{number}.txt").write_text(NOTE, encoding="utf-8")
    questions = []
    for jobs, name in (("1", "one.db"), ("2", "two.db")):
        monkeypatch.setenv("ASSAY_CATALOG", name)
        assert assay("catalog", "init").code == 0
        assert assay("scan", "data", "--format", "jsonl", "--jobs", jobs).code == 0
        items = listed(assay, "--limit", "1000")
        questions.append(sorted((each["id"], each["reasons"], each["details"]["count"]) for each in items))
    assert len(questions[0]) == 40
    assert questions[0] == questions[1]


@pytest.mark.usefixtures("kept")
def test_what_a_reviewer_calls_something_else_counts_as_that(assay: Assay) -> None:
    (item,) = listed(assay)
    arguments = ("--identifier", "BANK_ACCOUNT", "--category", "PHI", "--reason", "accounts of a clinic", "--by", "Ada")
    assert assay("review", "reclassify", item["id"], *arguments).code == 0
    records = scanned(assay)
    assert {each["category"] for each in records if each.get("identifier") == "BANK_ACCOUNT"} == {"PHI"}
    (level,) = (each for each in records if each["kind"] == "classification")
    assert level["categories"] == ["PHI", "PII"]
    assert "HIPAA" in level["frameworks"]
    assert "PCI_DSS" not in level["frameworks"]
    assert level["because"].count("accounts of a clinic") == 1


def classified() -> int:
    """Resources that the catalog has a level of."""
    with closing(sqlite3.connect("catalog.db")) as database:
        (found,) = database.execute("SELECT count(*) FROM classifications").fetchone()
    return int(found)


@pytest.mark.slow
@pytest.mark.parametrize("resume", [("--resume",), ()], ids=["resumed", "begun anew"])
def test_no_question_is_lost_where_the_process_is_killed(
    assay: Assay, monkeypatch: pytest.MonkeyPatch, resume: tuple[str, ...]
) -> None:
    number = 400
    Path("data").mkdir()
    for at in range(number):
        mails = "".join(f"mail ada{line}@lovelace-software.org\n" for line in range(12))
        Path(f"data/{at:04}.txt").write_text(NOTE + mails, encoding="utf-8")
    monkeypatch.setenv("ASSAY_CATALOG", "catalog.db")
    assert assay("catalog", "init").code == 0
    command = [sys.executable, "-m", "assay", "scan", "data", "--format", "jsonl"]
    with running(command) as process:
        assert process.stdout is not None
        # It waits for its reader, so that this is the middle, and what was read before has been written.
        for _ in range(3_500):
            process.stdout.readline()
        for _ in range(300):
            process.stdout.readline()
            if classified():
                break
            time.sleep(0.05)
        process.kill()
        process.wait(timeout=300)
    assert 0 < classified() < number
    assert assay("scan", "data", "--format", "jsonl", *resume).code == 0
    assert len(listed(assay, "--limit", "1000")) == number
