"""Cells that show something else than their values: what a person sees is found, and neither is left in the copy."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from calling import Assay
from documentfiles import ssn
from test_cli_redact_documents import assert_gone
from test_cli_redact_to import not_copied, redacted

ROWS = 8
CODES = [f"0{number}6-44-78{number}1" for number in range(1, ROWS + 1)]


def is_finding(record: dict[str, Any]) -> bool:
    return "fingerprint" in record and "location" in record


def of_numbers(path: Path, kind: str = "") -> None:
    """A workbook of codes that are kept as numbers, under a name that says nothing; `kind` is what LibreOffice makes of it."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["no", "code", "amount"])
    for row, code in enumerate(CODES, 2):
        sheet.append([row, int(code.replace("-", "")), 1234.5 * row])
        sheet.cell(row, 2).number_format = "000-00-0000"
        sheet.cell(row, 3).number_format = "#,##0.00"
    book.save(path)
    if kind:
        where = f"-env:UserInstallation=file://{Path.cwd()}/profile"
        command = ["soffice", where, "--headless", "--convert-to", kind, "--outdir", str(path.parent), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)  # the program of the test
        path.unlink()


@pytest.mark.parametrize("kind", ["xlsx", "ods", "xls"])
def test_numbers_that_are_shown_as_codes(assay: Assay, kind: str) -> None:
    Path("in").mkdir()
    of_numbers(Path("in/book.xlsx"), "" if kind == "xlsx" else kind)

    told = [each for each in redacted(assay, "in") if is_finding(each)]

    cells = {(each["location"]["row"], each["location"]["field"]) for each in told if each["identifier"] == "SSN"}
    assert cells == {(row, "code") for row in range(2, ROWS + 2)}


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
def test_their_masked_copies(assay: Assay, kind: str) -> None:
    Path("in").mkdir()
    of_numbers(Path("in/book.xlsx"), "" if kind == "xlsx" else kind)

    assert not_copied(redacted(assay, "in")) == {}

    copy = Path("out", f"book.{kind}").read_bytes()
    assert_gone(copy, [*CODES, *(str(int(code.replace("-", ""))) for code in CODES)])
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        cells = archive.read("content.xml" if kind == "ods" else "xl/worksheets/sheet1.xml").decode()
    # As the code is written, with the figure in front that the number has not.
    assert len(re.findall(r">0\*{9}1<", cells)) == ROWS
    assert re.search(r"1234\.5|2469", cells)


def test_a_shown_text_that_says_something_else(assay: Assay) -> None:
    Path("in").mkdir()
    of_numbers(Path("in/book.xlsx"), "ods")
    made = Path("in/book.ods")
    with zipfile.ZipFile(made) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    shown = held["content.xml"].replace(b"<text:p>3</text:p>", f"<text:p>SSN: {ssn(7)}</text:p>".encode(), 1)
    assert shown != held["content.xml"]
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in (held | {"content.xml": shown}).items():
            archive.writestr(name, data)

    run = redacted(assay, "in")

    assert [each for each in run if is_finding(each) and each["location"]["member"] == "content.xml"]
    assert not_copied(run) == {}
    assert_gone(Path("out/book.ods").read_bytes(), [ssn(7), *CODES])
    with zipfile.ZipFile("out/book.ods") as archive:
        text = archive.read("content.xml").decode()
    # Nor is the value left of which a program would make the text anew.
    assert re.search(r'<table:table-cell[^>]*office:value-type="string"[^>]*><text:p>SSN: 5\*{9}\d</text:p>', text)
    assert 'office:value="3"' not in text


def test_a_formula_that_would_calculate_a_masked_value_anew(assay: Assay) -> None:
    Path("in").mkdir()
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["ssn", "pieces", "again", "sum"])
    for row in range(2, 8):
        first, second, third = ssn(row).split("-")
        sheet.append([ssn(row), f'="{first}-"&"{second}-"&"{third}"', f"=A{row}", "=1+1"])
    book.save("in/book.xlsx")
    where = f"-env:UserInstallation=file://{Path.cwd()}/profile"
    # With the results of its formulas.
    command = ["soffice", where, "--headless", "--convert-to", "xlsx", "--outdir", "seen", "in/book.xlsx"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)  # the program of the test
    Path("seen/book.xlsx").replace("in/book.xlsx")

    assert not_copied(redacted(assay, "in")) == {}

    with zipfile.ZipFile("out/book.xlsx") as archive:
        text = archive.read("xl/worksheets/sheet1.xml").decode()
    formulas = dict(re.findall(r'<c r="([A-Z]2)"[^>]*><f[^>]*>([^<]*)</f>', text))
    assert formulas == {"C2": "A2", "D2": "1+1"}
    command = [*command[:4], "csv", "--outdir", "seen", "out/book.xlsx"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)  # the program of the test
    seen = Path("seen/book.csv").read_text()
    assert ssn(2) not in seen
    assert seen.splitlines()[1].split(",") == ["5*********2", "5*********2", "5*********2", "2"]
