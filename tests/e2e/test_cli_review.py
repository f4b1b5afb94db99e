"""`assay review`, `assay phase` and `assay explain` from the command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from calling import Assay

import assay as api
from assay.app.config.settings import load_settings
from assay.app.governing import governance
from assay.app.reviews import queueing
from assay.app.scan import recording
from assay.detect.cache import read_all
from assay.model import Classification, ColumnRecord, Finding, Summary, TableRecord
from assay.store.engine import open_catalog

SSN = "536-90-4399"
NOTE = "order 536904399 shipped\nthe second order is 601553127\nplease call 020 7946 0958\n"


def scanned(target: str) -> list[Classification]:
    """A scan of `target` that keeps its results in ./catalog.db and asks what has to be asked."""
    settings = load_settings()
    identifiers = read_all(settings.identifiers, cache=settings.cache_dir, builtin=True)[0]
    levels: list[Classification] = []
    with open_catalog("catalog.db", create=True) as catalog:
        rules = governance.current(catalog, identifiers)
        filling = queueing.begin(
            catalog, identifiers=identifiers, governance=rules, second_from=settings.second_approval
        )
        decisions = filling.decisions
        kept = recording.begin(catalog, [target], ruleset="rules", governance=rules.digest)
        columns: list[ColumnRecord] = []
        for record in api.scan(target, min_confidence=0.3, jobs=1):
            if isinstance(record, ColumnRecord):
                columns.append(record)
            elif isinstance(record, TableRecord):
                settled, table = decisions.on_columns(columns, record)
                columns = []
                for each in (*settled, table):
                    filling.take(each)
                kept.table(table.resource, None, [], list(settled), table)
            elif isinstance(record, Finding):
                for finding in decisions.on_findings([record]):
                    filling.take(finding)
                    kept.take(finding)
            elif isinstance(record, Classification):
                settled_one = decisions.on_classification(record)
                levels.append(settled_one)
                filling.take(settled_one)
                kept.take(settled_one)
            elif isinstance(record, Summary):
                kept.finish(record)
        filling.flush()
    return levels


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """A catalog whose queue holds one question about a note."""
    Path("note.txt").write_text(NOTE, encoding="utf-8")
    monkeypatch.setenv("ASSAY_CATALOG", "catalog.db")
    monkeypatch.setenv("COLUMNS", "80")
    scanned("note.txt")


def listed(assay: Assay, *arguments: str) -> list[Any]:
    done = assay("review", "list", "--format", "jsonl", *arguments)
    assert (done.code, done.err) == (0, "")
    return [json.loads(line) for line in done.out.splitlines()]


@pytest.mark.usefixtures("queue")
def test_the_queue_says_what_waits_and_why(assay: Assay) -> None:
    done = assay("review", "list")
    assert (done.code, done.err) == (0, "")
    assert "SSN 0.35" in done.out
    assert "note.txt" in done.out
    assert "1 item waiting for a decision, 1 shown." in done.out
    assert all(len(line) <= 80 for line in done.out.splitlines())
    (item,) = listed(assay)
    shown = assay("review", "show", item["id"][:6])
    assert shown.code == 0
    assert "5*******9 (0.35)" in shown.out
    assert "536904399" not in shown.out
    assert all(len(line) <= 80 for line in shown.out.splitlines())


@pytest.mark.usefixtures("queue")
def test_a_decision_holds_in_the_next_scan_until_it_is_undone(assay: Assay) -> None:
    (item,) = listed(assay)
    done = assay("review", "reject", item["id"], "--reason", f"order numbers, not {SSN}", "--by", "Ada")
    assert (done.code, done.out) == (0, f"{item['id']}: rejected  note.txt\n")
    (level,) = scanned("note.txt")
    assert "SSN rejected by Ada" in level.because
    assert SSN not in level.because
    assert listed(assay) == []
    (kept,) = listed(assay, "--state", "rejected")
    assert kept["decision"]["by"] == "Ada"
    again = assay("review", "approve", item["id"], "--reason", "x")
    assert again.code == 2
    assert "cannot approve what is rejected by Ada" in again.err
    assert "review undo" in again.err
    assert assay("review", "undo", item["id"], "--reason", "wrong").code == 0
    scanned("note.txt")
    assert [each["state"] for each in listed(assay)] == ["open"]
    kept_bytes = b"".join(path.read_bytes() for path in Path().glob("catalog.db*"))
    assert b"order numbers" in kept_bytes
    assert b"536904399" not in kept_bytes
    assert SSN.encode() not in kept_bytes


@pytest.mark.usefixtures("queue")
def test_one_value_is_accepted_and_taken_back_by_its_own_id(assay: Assay) -> None:
    (item,) = listed(assay)
    value = item["details"]["examples"][0]["fingerprint"]
    arguments = ("--scope", "finding", "--fingerprint", value, "--expires", "2999-12-31", "--reason", "ours")
    done = assay("review", "suppress", item["id"], *arguments)
    assert (done.code, done.out) == (0, f"{item['id']}: open  note.txt\n")
    (override,) = listed(assay, "--overrides")
    assert (override["scope"], override["expires"]) == ("finding", "2999-12-31")
    assert "ours" in assay("review", "list", "--overrides").out
    assert assay("review", "undo", override["id"], "--reason", "no longer").out == (
        f"{override['id']}: no longer in effect\n"
    )
    assert listed(assay, "--overrides") == []


@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize("name", ["queue.csv", "queue.xlsx"])
def test_the_queue_goes_out_to_a_spreadsheet_and_decisions_come_back(assay: Assay, name: str) -> None:
    done = assay("review", "export", "-o", name)
    assert (done.code, done.out, done.err) == (0, "", f"1 item written to {name}\n")
    fill(name, decision="suppress", reason=f"seen {SSN}")
    done = assay("review", "import", name, "--by", "Ada")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("1 decision imported\n")
    (item,) = listed(assay, "--all")
    assert (item["state"], item["decision"]["by"]) == ("suppressed", "Ada")
    assert SSN not in json.dumps(item)
    stale = assay("review", "import", name, "--by", "Ada")
    assert stale.code == 2
    assert "row 2" in stale.err
    assert "has changed since the export (it is suppressed now)" in stale.err


def fill(name: str, **cells: str) -> None:
    if name.endswith(".csv"):
        rows = list(csv.reader(io.StringIO(Path(name).read_bytes().decode("utf-8-sig"))))
        for column, value in cells.items():
            rows[1][rows[0].index(column)] = value
        with open(name, "w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(rows)
        return
    book = openpyxl.load_workbook(name)
    sheet = book["review"]
    header = [cell.value for cell in sheet[1]]
    for column, value in cells.items():
        sheet.cell(row=2, column=header.index(column) + 1).value = value
    book.save(name)


def test_of_a_sheet_with_one_bad_row_nothing_is_imported(
    assay: Assay, queue: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("other.txt").write_text("the third order is 502448123\n", encoding="utf-8")
    scanned("other.txt")
    assert assay("review", "export", "-o", "queue.csv").code == 0
    rows = list(csv.reader(io.StringIO(Path("queue.csv").read_bytes().decode("utf-8-sig"))))
    at = {name: index for index, name in enumerate(rows[0])}
    for row in rows[1:]:
        row[at["decision"]], row[at["reason"]] = "reject", "order numbers"
    rows[2][at["decision"]], rows[2][at["new_identifier"]] = "reclassify", "SNN"
    with open("queue.csv", "w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    done = assay("review", "import", "queue.csv")
    assert done.code == 2
    assert "nothing was imported; row 3: no identifier is named 'SNN'; did you mean" in done.err
    assert [each["state"] for each in listed(assay)] == ["open", "open"]


def test_two_people_where_the_settings_ask_for_it(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("note.txt").write_text(NOTE, encoding="utf-8")
    Path("assay.toml").write_text('catalog = "catalog.db"\nsecond_approval = "restricted"\n', encoding="utf-8")
    scanned("note.txt")
    (item,) = listed(assay)
    assert item["two_step"]
    done = assay("review", "reject", item["id"], "--reason", "order numbers", "--by", "Ada")
    assert "awaiting second person to confirm: reject" in done.out
    assert "somebody else" in assay("review", "confirm", item["id"], "--by", "ada").err
    assert assay("review", "confirm", item["id"], "--by", "Bo").out.startswith(f"{item['id']}: rejected")


@pytest.mark.usefixtures("queue")
def test_precision_and_phases(assay: Assay) -> None:
    (item,) = listed(assay)
    assay("review", "reject", item["id"], "--reason", "order numbers")
    (ssn, _) = json.loads(assay("review", "precision", "--format", "json").out)
    assert (ssn["identifier"], ssn["right"], ssn["wrong"], ssn["precision"]) == ("SSN", 0, 1, 0.0)
    assert "SSN" in assay("review", "precision").out
    refused = assay("phase", "set", "file:///srv/*", "supervised", "--reason", "go")
    assert refused.code == 2
    assert "not ready for supervised: 0 of at least 50 reviews" in refused.err
    done = assay("phase", "set", "file:///srv/*", "supervised", "--reason", "go", "--force")
    assert (done.code, done.out) == (0, "file:///srv/*: supervised; no resource of the catalog lies in it\n")
    # A path that is there is as good as its URI.
    done = assay("phase", "set", ".", "supervised", "--reason", "go", "--force")
    assert done.out == f"{Path.cwd().as_uri()}: supervised; 1 resource of the catalog lies in it\n"
    assert assay("phase", "show", "note.txt").out == "supervised\n"
    assert assay("phase", "set", ".", "pilot", "--reason", "back").code == 0
    assert assay("phase", "show", "file:///srv/data.csv").out == "supervised\n"
    assert assay("phase", "show", "file:///other").out == "pilot\n"
    shown, _ = sorted(
        json.loads(assay("phase", "show", "--format", "json").out), key=lambda row: row["scope"] != "file:///srv/*"
    )
    assert (shown["scope"], shown["phase"], shown["may_move_up"]) == ("file:///srv/*", "supervised", False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("review", "list"), "no catalog is named; give --catalog PATH"),
        (("review", "list", "--catalog", "none.db"), "there is no catalog"),
        (("review", "import", "missing.csv", "--catalog", "none.db"), "missing.csv: cannot be read"),
        (("explain", "missing.csv"), "no such file"),
        (("explain", "missing.csv", "--catalog", "x.db", "--no-catalog"), "exclude each other"),
    ],
)
def test_what_is_missing_is_said(assay: Assay, arguments: tuple[str, ...], message: str) -> None:
    done = assay(*arguments)
    assert (done.code, done.out) == (2, "")
    assert message in done.err


@pytest.mark.usefixtures("queue")
def test_an_unknown_item_is_said(assay: Assay) -> None:
    assert "no item 'rffff' is in the queue" in assay("review", "show", "rffff").err
    assert "give an item's id" in assay("review", "show", "r").err
    (item,) = listed(assay)
    assert "is no day" in assay("review", "suppress", item["id"], "--expires", "soon").err
    assert "needs a reason" in assay("review", "suppress", item["id"]).err


def people() -> None:
    rows = [f"{name},{ssn},{number}" for name, ssn, number in PEOPLE]
    Path("staff.csv").write_text("\n".join(["name,ssn,order_no", *rows]) + "\n", encoding="utf-8")


PEOPLE = (("Ada Park", SSN, 12345678), ("Jo Reyes", "601-55-3127", 12345679), ("Bo Li", "502-44-8123", 12345680))


def test_a_column_is_explained_by_a_scan_and_so_is_a_harmless_one(
    assay: Assay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    people()
    done = assay("explain", "staff.csv:ssn")
    assert (done.code, done.err) == (0, "")
    assert "SSN, restricted" in done.out
    assert "rule        1.00" in done.out
    assert "DETECTION       0.50  reached" in done.out
    assert SSN not in done.out
    harmless = assay("explain", "staff.csv:order_no")
    assert "not called sensitive" in harmless.out
    assert "does not exceed the DETECTION threshold" in harmless.out
    assert all(len(line) <= 80 for line in (done.out + harmless.out).splitlines())
    data = json.loads(assay("explain", "staff.csv:ssn", "--format", "json").out)
    assert (data["kind"], data["detected_type"], data["thresholds"]["DETECTION"]["reached"]) == (
        "explanation",
        "SSN",
        True,
    )
    assert "did you mean 'staff.csv:ssn'?" in assay("explain", "staff.csv:snn").err


def test_a_file_is_explained_with_what_was_not_sure_enough(assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    Path("note.txt").write_text(NOTE, encoding="utf-8")
    done = assay("explain", "note.txt")
    assert "PHONE" in done.out
    assert "why not more" in done.out
    assert "SSN 5*******9 at line 1 has 0.35, below 0.50" in done.out
    assert "536904399" not in done.out
    data = json.loads(assay("explain", "note.txt", "--format", "json").out)
    assert {each["identifier"] for each in data["candidates"]} == {"SSN"}
    assert data["level"] == "confidential"


@pytest.mark.usefixtures("queue")
def test_with_a_catalog_its_record_is_explained_with_decisions(assay: Assay) -> None:
    people()
    scanned("staff.csv")
    (item,) = listed(assay)
    assay("review", "suppress", item["id"], "--reason", "order numbers", "--by", "Ada")
    scanned("note.txt")
    done = assay("explain", "note.txt")
    assert "decided by people" in done.out
    assert "SSN suppressed by Ada" in done.out
    column = assay("explain", "staff.csv:ssn")
    assert (column.code, "SSN, restricted" in column.out) == (0, True)
    assert "is not in the catalog" in assay("explain", "nowhere.csv").err
    assert assay("explain", "note.txt", "--no-catalog").code == 0
