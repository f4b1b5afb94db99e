"""Input made to be read again and again by what looks around a place: each piece of it is looked at a few times at most."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from assay import api
from assay.detect.quoted import hl7
from assay.formats import bookparts, cellformats
from assay.formats.paired import paired
from assay.formats.shownvalues import Held, says_the_same
from assay.formats.structure import Place
from assay.model import Finding
from assay.scanning.maskedformulas import FORMULA, Formulas

KILOBYTES = 200_000
FORMAT = '<numFmt numFmtId="164" formatCode="000-00-0000"/>'
USED = '<cellXfs><xf numFmtId="164"/></cellXfs>'


@pytest.mark.parametrize(
    "line", [b"MSH|^~\\&|", b'"MSH|^~\\&|A" PID|1 ', b"MSH|^~\\&|\nAAA|1\nAAA|2 ", b"x|MSH|^~\\&|\njunk\n"]
)
def test_heads_without_a_message_are_read_once(line: bytes) -> None:
    data = line * (KILOBYTES // len(line))
    end = read = 0
    while (at := data.find(b"MSH|^~\\", end)) >= 0:
        end, part = hl7(data, at + 7)
        assert part is None
        read += 1
    # No head within what was read is read again: of 16 KiB on one line one, of short lines one each.
    assert read <= data.count(b"\nAAA") + data.count(b"junk") + KILOBYTES // (16 * 1024) + 1


def test_what_stands_beside_a_value_is_looked_for_once() -> None:
    asked: list[Place] = []

    def name(_data: bytes, place: Place) -> None:
        asked.append(place)

    place = Place(0, 10, ("value",))
    again = Place(20, 30, ("value",))
    places = [*(Place(*place) for _ in range(1000)), None, again, again]
    assert paired(b"x" * 30, places, name, name) == places
    assert asked == [place, again]


@pytest.mark.parametrize(
    ("suffix", "text"),
    [
        ("yaml", "- name: DB_PASSWORD\n  value: a" + " " * KILOBYTES + "b\n- ssn: 536-90-4399\n"),
        ("txt", ("Name: Lena Schneider\n" + "            a a a a: b\n" * 5) * 200 + "SSN 536-90-4399\n"),
        ("txt", "MSH|^~\\&|" * (KILOBYTES // 9) + "\nSSN 536-90-4399\n"),
        ("json", '{"value": "' + "x 536-90-4399 " * 2000 + '", "name": "ssn"}'),
    ],
)
def test_it_ends_and_what_stands_there_is_found(tmp_path: Path, suffix: str, text: str) -> None:
    file = tmp_path / f"a.{suffix}"
    file.write_text(text)
    found = [each for each in api.scan(str(file), jobs=1) if isinstance(each, Finding)]
    assert sum(each.identifier == "SSN" for each in found) == text.count("536-90-4399")


def test_tags_that_are_not_closed_end_at_the_next() -> None:
    assert cellformats._styles(FORMAT + "<numFmt " * KILOBYTES) == {}
    assert list(cellformats._styles("<numFmt " * KILOBYTES + FORMAT + "<cellXfs " * KILOBYTES + USED)) == [b"0"]
    styles = cellformats._styles(FORMAT + USED)
    sheet = b'<row r="1"><c r="A1" s="0"/>'
    assert cellformats._of_sheet(sheet + b"<c " * KILOBYTES, styles).said(0, 0, "12345678") == "012-34-5678"
    assert bookparts.attributes("<sheet " + "a" * KILOBYTES + ' name="b>c">') == {"name": "b>c"}
    assert FORMULA.search("<f>" * KILOBYTES) is None


def test_a_row_that_is_repeated_is_kept_once() -> None:
    cell = (
        b'table:number-columns-repeated="16384" office:value="12345678"><text:p>012-34-5678</text:p></table:table-cell>'
    )
    row = b'<table:table-row table:number-rows-repeated="1048576"><table:table-cell ' + cell + b"</table:table-row>"
    data = b'<table:table table:name="a">' + row + b"</table:table>" + b"<table:table-cell " * KILOBYTES
    [(name, formats)] = cellformats._of_open_sheets(data)
    assert name == "a"
    assert formats.said(1_048_575, 16_383, "12345678") == "012-34-5678"
    assert len({id(each) for each in formats._rows}) == 1


def test_a_part_of_an_old_workbook_is_read_for_one_sheet_alone() -> None:
    code = struct.pack("<HH", 0x41E, 16) + struct.pack("<HHB", 164, 11, 0) + b"000-00-0000"
    style = struct.pack("<HHHH", 0xE0, 4, 0, 164)
    cell = struct.pack("<HHHHHH", 0x203, 8, 4, 0, 0, 0) + b"\0\0"
    start = len(code) + len(style) + 3 * 8
    head = code + style + b"".join(struct.pack("<HHI", 0x85, 4, at) for at in (start, start, start + len(cell)))
    end = struct.pack("<HH", 0x0A, 0)
    first, same, second = cellformats._of_stream(head + cell + cell + end)
    assert first is same
    assert [len(each._rows) for each in (first, second)] == [5, 5]
    assert [first.said(4, 0, "12345678"), second.said(4, 0, "12345678")] == ["012-34-5678"] * 2
    assert len(cellformats._of_stream(code + style + struct.pack("<HHI", 0x85, 4, 1 << 30))) == 1


def test_values_longer_than_a_cell_holds_are_not_compared() -> None:
    assert not says_the_same("ab", Held("string", "ab" * 20_000))
    assert not says_the_same("2020-01-02", Held("date", "1" * 5_000))
    assert not says_the_same("1234567", Held("float", "1234567" * 1_000))


def test_a_formula_longer_than_programs_write_is_not_kept() -> None:
    formulas = Formulas(lambda _row, _column: True)
    for text, stays in (("A2+" * 100, True), ("A2+" * 3_000, False)):
        formula = FORMULA.search(f"<f>{text}1</f>")
        assert formula is not None
        assert formulas.stays(formula, 3, 1) is stays
