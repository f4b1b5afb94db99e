"""The queue as a spreadsheet, and back."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from reviews_for_tests import item, of_kind

from assay.app.reviews.review_sheets import ASKED, SHOWN, csv_of, read_sheet, written
from assay.errors import OutputError, UsageError
from assay.model import Level
from assay.model.review import QueueItem, Scope, Verdict

NAMES = (*SHOWN, *ASKED)


def odd_item() -> QueueItem:
    """Of a column whose name is a formula."""
    asked = item().question
    subject = replace(asked.subject, column='=HYPERLINK("http://evil",A1)')
    return item(question=replace(asked, subject=subject))


def filled(file: Path, **cells: Any) -> Path:
    """The sheet in `file` with these cells of its first item, as a steward would fill them in."""
    if file.suffix == ".csv":
        rows = list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"))))
        for name, value in cells.items():
            rows[1][NAMES.index(name)] = str(value)
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        file.write_text(text.getvalue(), encoding="utf-8")
        return file
    book = openpyxl.load_workbook(file)
    sheet = book["review"]
    for name, value in cells.items():
        sheet.cell(row=2, column=NAMES.index(name) + 1).value = value
    book.save(file)
    return file


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_steward_fills_in_and_gets_back_what_was_meant(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"queue{suffix}"
    assert written([item(), of_kind("finding")], path) == 2
    filled(
        path,
        decision="Reclassify",
        new_level="Internal",
        new_identifier="email",
        new_categories="pii, custom",
        scope="identifier",
        path="file:///srv/*",
        expires=date(2027, 1, 31) if suffix == ".csv" else datetime(2027, 1, 31, tzinfo=None),  # noqa: DTZ001  # as a spreadsheet has it
        reason="  = a shop's own code ",
    )
    (row,) = read_sheet(path)
    assert (row.row, row.id, row.version, row.verdict) == (2, item().id, 1, Verdict.RECLASSIFY)
    assert (row.level, row.identifier, row.categories) == (Level.INTERNAL, "EMAIL", ("PII", "CUSTOM"))
    assert (row.scope, row.path, row.expires) == (Scope.IDENTIFIER, "file:///srv/*", date(2027, 1, 31))
    assert row.reason == "= a shop's own code"


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_nothing_in_a_sheet_is_a_formula(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"queue{suffix}"
    written([odd_item()], path)
    if suffix == ".csv":
        cells = [cell for row in csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"))) for cell in row]
        assert '\'=HYPERLINK("http://evil",A1)' in cells
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
        return
    sheet = openpyxl.load_workbook(path)["review"]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    assert not [cell for row in sheet.iter_rows() for cell in row if str(cell.value or "").startswith("=")]


def test_a_sheet_saved_with_semicolons_is_read(tmp_path: Path) -> None:
    path = tmp_path / "queue.csv"
    path.write_text(f"id;version;decision;reason\n{item().id};1;approve;yes, seen\n", encoding="utf-8-sig")
    (row,) = read_sheet(path)
    assert (row.verdict, row.reason) == (Verdict.APPROVE, "yes, seen")


def test_every_bad_row_is_told_and_what_is_wrong_with_it(tmp_path: Path) -> None:
    path = tmp_path / "queue.csv"
    rows = [
        "id,version,decision,reason,new_level,expires,scope",
        f"{item().id},1,aprove,x,,,",
        "536-90-4399,1,approve,x,,,",
        f"{item().id},one,approve,x,,,",
        f"{item().id},1,reclassify,x,secret,,",
        f"{item().id},1,suppress,x,,tomorrow,",
        f"{item().id},1,suppress,x,,,everything",
        f"{item().id},1,,forgot the decision,,,",
        f"{item().id},1,approve,x,,,",
        f"{item().id},1,reject,x,,,",
        f"{of_kind('finding').id},1,,,,,",
    ]
    path.write_text("\n".join(rows), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        read_sheet(path)
    told = str(caught.value).splitlines()
    assert told[0] == f"{path}: nothing was imported"
    assert [line.split(":")[0] for line in told[1:]] == [f"row {number}" for number in (2, 3, 4, 5, 6, 7, 8, 10)]
    assert "decision is none of approve" in told[1]
    assert "stands in row 9 already" in told[8]
    assert "536-90-4399" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "no column named id, version, decision, reason"),
        (b"id,version,decision,decision,reason\n", "more than one column is named decision"),
        ("id,version,decision,reason\nr1,1,approve,\u00e4\n".encode("latin-1"), "is not UTF-8"),
        (b'id,version,decision,reason\nr1,1,approve,"open\n', "is not valid CSV"),
    ],
)
def test_what_is_no_export_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "queue.csv"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=message):
        read_sheet(path)


def test_what_is_no_excel_file_is_refused_without_being_quoted(tmp_path: Path) -> None:
    path = tmp_path / "queue.xlsx"
    path.write_bytes(b"536-90-4399")
    with pytest.raises(UsageError, match="cannot be read as an Excel file") as caught:
        read_sheet(path)
    assert "536-90-4399" not in str(caught.value)
    with pytest.raises(UsageError, match="cannot be read"):
        read_sheet(tmp_path / "missing.csv")
    with pytest.raises(OutputError, match="cannot be written"):
        written([], tmp_path / "nowhere" / "queue.csv")


def test_only_redacted_examples_are_written() -> None:
    asked = of_kind("finding", details={"examples": [{"redacted": "5*********9", "fingerprint": "f", "line": 1}]})
    assert b"5*********9" in csv_of([asked])
