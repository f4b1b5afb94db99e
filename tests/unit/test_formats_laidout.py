from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("python_calamine")

from documentfiles import KEPT, kept, scanned, ssn

from assay.formats.laidout import closed_up


def laid_out(content: str) -> bytes:
    """A sheet as LibreOffice writes it where its XML is to be read by people (`PrettyPrinting`), and KSpread always."""
    with zipfile.ZipFile(KEPT / "book.ods") as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts["content.xml"] = content.encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, data in parts.items():
            made.writestr(name, data)
    return out.getvalue()


def test_sheets_whose_xml_is_laid_out_in_lines(tmp_path: Path) -> None:
    with zipfile.ZipFile(KEPT / "book.ods") as book:
        content = book.read("content.xml").decode()
    spaced = re.sub(r"(</?(?:table|office):[^<>]*>|</text:p>)(?=<)", "\\1\n  ", content)
    assert spaced.count("\n  ") > 20
    path = tmp_path / "book.ods"
    path.write_bytes(laid_out(spaced))
    found = scanned(path)
    assert not found.gaps
    assert {number: found.at(number) for number in found.places} == {
        number: kept("book.ods").at(number) for number in kept("book.ods").places
    }
    assert [(column.table, column.column) for column in found.columns] == [
        (column.table, column.column) for column in kept("book.ods").columns
    ]


def test_space_within_a_cell_stays() -> None:
    said = f"<text:p><text:span>SSN</text:span> <text:span>{ssn(1)}</text:span></text:p>"
    sheet = f"<office:spreadsheet>\n <table:table>\n <table:table-cell>\n{said}\n</table:table-cell>\n</table:table>"
    closed = closed_up(io.BytesIO(laid_out(sheet)))
    assert closed is not None
    with zipfile.ZipFile(closed) as made:
        assert made.read("content.xml").decode() == (
            f"<office:spreadsheet><table:table><table:table-cell>{said}</table:table-cell></table:table>"
        )


def test_what_is_damaged_otherwise_stays_a_gap(tmp_path: Path) -> None:
    path = tmp_path / "book.ods"
    path.write_bytes(laid_out("<office:spreadsheet>\n<table:table>\n<table:table-row>"))
    assert [gap.reason for gap in scanned(path).gaps][:1] == ["corrupt"]
    assert closed_up(io.BytesIO(b"PK\x03\x04")) is None
    assert closed_up(io.BytesIO((KEPT / "letter.docx").read_bytes())) is None
