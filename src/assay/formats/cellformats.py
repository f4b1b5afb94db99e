"""What a person sees in cells of a workbook whose numbers are shown as codes, such as 12345678 as 012-34-5678.

The library that reads cells tells their values alone. Where a workbook has such formats (few have), the places of cells
that use them are looked for. Formats of cells: ECMA-376 part 1, 18.8.10 (xlsx); MS-XLS 2.4.126, 2.4.353 (xls); of
OpenDocument sheets each cell has its shown text (ODF 1.3 part 3, 9.1.4).
"""

from __future__ import annotations

import re
import struct
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import IO, Any
from xml.sax.saxutils import unescape

from assay.errors import LimitError, ReadError
from assay.formats.bookparts import INNER, attributes, sheet_parts
from assay.formats.compound import Compound
from assay.formats.numberformat import NumberFormat, number_format
from assay.formats.package import ERRORS

_STYLES = "xl/styles.xml"
_MOST = 256 * 1024 * 1024
_MOST_STYLES = 16 * 1024 * 1024
_FORMAT = re.compile(rf"<(?:\w+:)?numFmt\b{INNER}>")
_USED = re.compile(rf"<(?:\w+:)?cellXfs\b{INNER}>")
_USED_END = re.compile(r"</(?:\w+:)?cellXfs>")
_STYLE = re.compile(rf"<(?:\w+:)?xf\b{INNER}>")
_PLACE = re.compile(rb"<(?:\w+:)?(row|c)\b([^<>]*+)>")
_AT = re.compile(rb"""\br\s*=\s*["']([A-Z]{0,3})(\d{1,7})["']""")
_STYLED = re.compile(rb"""\bs\s*=\s*["'](\d{1,6})["']""")
_ENTITIES = {"&quot;": '"', "&apos;": "'"}
_WIDEST = 16_384
_TALLEST = 1_048_576

_OPEN_TAG = re.compile(
    rb"<(/?)table:(table-row|table-cell|covered-table-cell|table)(?=[\s/>])("
    rb"(?:[^<>\"'/]++|\"[^\"<]*+\"|'[^'<]*+'|/(?!>))*+)(/?)>"
)
_REPEATED = re.compile(rb"table:number-(?:rows|columns)-repeated\s*=\s*[\"'](\d{1,9})")
_NAME = re.compile(rb"""table:name\s*=\s*("[^"]*"|'[^']*')""")
_WHOLE = re.compile(rb"office:value=\"(\d{1,15})\"[^<>]{0,1024}>\s*<text:p>([^<>]{1,64})</text:p>")
# Signs between figures that are those of a code, not of an amount or a date.
_CODE = re.compile(r"[-+ ()\d]+")
_THOUSANDS = re.compile(r"\d{1,3}(?: \d{3})+")

_SHEET, _END, _XF, _NUMBER_FORMAT, _BEGIN, _EIGHT = 0x85, 0x0A, 0xE0, 0x41E, 0x809, 0x0600
_SEVERAL = 0xBD
_NUMBERS = frozenset({0x203, 0x27E, 0x06})

RowFormats = tuple[tuple[int, NumberFormat], ...]
"""Columns (from 0) of a row whose numbers are shown as codes."""


class CellFormats:
    """Of one sheet, which cells show codes."""

    def __init__(self) -> None:
        # Rows are much alike: they share what is known of them.
        self._rows: list[RowFormats] = []
        self._known: dict[RowFormats, RowFormats] = {}

    def add(self, row: int, formats: Iterable[tuple[int, NumberFormat]]) -> None:
        """What is known of a row (from 0)."""
        self.add_all(range(row, row + 1), formats)

    def add_all(self, rows: range, formats: Iterable[tuple[int, NumberFormat]]) -> None:
        """What is known of rows that are alike."""
        told = tuple(formats)
        first, end = rows.start, min(rows.stop, _TALLEST)
        if not told or first >= end:
            return
        told = self._known.setdefault(told, told)
        self._rows.extend([()] * (end - len(self._rows)))
        self._rows[first:end] = [told] * (end - first)

    def said(self, row: int, column: int, value: str) -> str:
        """What a person sees of a value that stands in a cell (both from 0)."""
        if row >= len(self._rows):
            return value
        form = dict(self._rows[row]).get(column)
        try:
            number = float(value)
        except ValueError:
            return value
        return value if form is None or not number.is_integer() else form.shown(int(number)) or value

    def __bool__(self) -> bool:
        return bool(self._rows)

    def shown(self, rows: Iterable[list[Any]], first_column: int) -> Iterator[list[Any]]:
        """The rows from the first one on, with codes where cells show them."""
        told = self._rows
        for number, row in enumerate(rows):
            if number < len(told) and told[number]:
                cells = list(row)
                for column, form in told[number]:
                    at = column - first_column
                    if 0 <= at < len(cells):
                        cells[at] = _shown(cells[at], form)
                yield cells
            else:
                yield row


def _shown(cell: Any, form: NumberFormat) -> Any:
    kind = type(cell)
    if kind is not int and not (kind is float and cell.is_integer()):
        return cell
    said = form.shown(int(cell))
    return cell if said is None else said


def of_package(stream: IO[bytes]) -> Mapping[str, CellFormats]:
    """Cells of a workbook that is a package, by the names of its sheets; nothing where no number is shown as a code."""
    try:
        with zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
            if _STYLES in names:
                return _of_sheets(archive)
            if "content.xml" in names and archive.getinfo("content.xml").file_size <= _MOST:
                return dict(_of_open_sheets(archive.read("content.xml")))
    except (*ERRORS, NotImplementedError):
        pass  # the reader of its cells tells what is wrong
    finally:
        stream.seek(0)
    return {}


def _of_sheets(archive: zipfile.ZipFile) -> Mapping[str, CellFormats]:
    if archive.getinfo(_STYLES).file_size > _MOST_STYLES:
        return {}
    styles = _styles(archive.read(_STYLES).decode("utf-8", "replace"))
    found: dict[str, CellFormats] = {}
    if not styles:
        return found
    for part, name in sheet_parts(archive).items():
        if archive.getinfo(part).file_size <= _MOST:
            formats = _of_sheet(archive.read(part), styles)
            if formats:
                found[name] = formats
    return found


def _styles(text: str) -> dict[bytes, NumberFormat]:
    codes: dict[str, NumberFormat] = {}
    for tag in _FORMAT.findall(text):
        told = attributes(tag)
        form = number_format(unescape(told.get("formatCode", ""), _ENTITIES))
        if form is not None:
            codes[told.get("numFmtId", "")] = form
    used = _USED.search(text)
    if not codes or used is None:
        return {}
    found = {}
    end = _USED_END.search(text, used.end())
    for number, tag in enumerate(_STYLE.findall(text, used.end(), end.start() if end else len(text))):
        form = codes.get(attributes(tag).get("numFmtId", ""))
        if form is not None:
            found[b"%d" % number] = form
    return found


def _of_sheet(data: bytes, styles: Mapping[bytes, NumberFormat]) -> CellFormats:
    found = CellFormats()
    if not any(used[1] in styles for used in _STYLED.finditer(data)):
        return found
    row, column = -1, -1
    held: list[tuple[int, NumberFormat]] = []
    for match in _PLACE.finditer(data):
        kind, told = match.groups()
        at = _AT.search(told)
        if kind == b"row":
            found.add(row, held)
            held = []
            row = int(at[2]) - 1 if at else row + 1
            column = -1
            continue
        column = _column(at[1]) if at and at[1] else column + 1
        style = _STYLED.search(told)
        if style is not None and (form := styles.get(style[1])) is not None:
            held.append((column, form))
    found.add(row, held)
    return found


@lru_cache(maxsize=_WIDEST)
def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _of_open_sheets(data: bytes) -> Iterator[tuple[str, CellFormats]]:
    """By the shown texts of cells: the format is what writes the value so."""
    if not any(_code(value, text) is not None for value, text in _WHOLE.findall(data)):
        return
    name, found = "", CellFormats()
    row = column = repeated = depth = 0
    held: list[tuple[int, NumberFormat]] = []
    for tag in _OPEN_TAG.finditer(data):
        closes, kind, told, alone = tag.groups()
        if kind == b"table":
            depth += -1 if closes else 0 if alone else 1
            if depth == 1 and not closes:
                called = _NAME.search(told)
                name = unescape(called[1][1:-1].decode("utf-8", "replace"), _ENTITIES) if called else ""
                found, row = CellFormats(), 0
            elif not depth and closes and found:
                yield name, found
        elif depth != 1:
            continue
        elif kind == b"table-row":
            if not closes:
                repeated, column, held = _times(told), 0, []
            if closes or alone:
                found.add_all(range(row, row + repeated), held)
                row += repeated
        elif not closes:
            times = _times(told)
            value = _WHOLE.search(data, tag.start(), tag.end() + 128) if b"office:value=" in told else None
            # What begins in this cell, and not in the next one.
            if value is not None and value.start() < tag.end() and (form := _code(*value.groups())) is not None:
                held += [(each, form) for each in range(column, min(column + times, _WIDEST))]
            column += times


def _times(told: bytes) -> int:
    found = _REPEATED.search(told)
    return max(1, int(found[1])) if found else 1


def _code(value: bytes, text: bytes) -> NumberFormat | None:
    """The format that shows the number as that text, if it is one of codes."""
    if value == text:
        return None
    shown = text.decode("utf-8", "replace").strip()
    if _CODE.fullmatch(shown) is None or _THOUSANDS.fullmatch(shown) is not None:
        return None
    if "".join(filter(str.isdigit, shown)).lstrip("0") != value.decode().lstrip("0"):
        return None
    form = number_format("".join("0" if char.isdigit() else char for char in shown))
    return form if form is not None and form.shown(int(value)) == shown else None


def of_old_book(book: Compound) -> Sequence[CellFormats]:
    """Cells of the sheets of a workbook of Office until 2003, in their order; nothing where no number is shown as a code."""
    try:
        for name in ("Workbook", "Book"):
            for data in book.read(name):
                return _of_stream(data)
    except LimitError:
        raise
    except (ReadError, struct.error, IndexError):
        pass  # the reader of its cells tells what is wrong
    return ()


def _records(data: bytes, at: int, end: int) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= end:
        kind, size = struct.unpack_from("<HH", data, at)
        if kind == _END:
            return
        yield kind, data[at + 4 : at + 4 + size]
        at += 4 + size


def _of_stream(data: bytes) -> Sequence[CellFormats]:
    codes: dict[int, NumberFormat] = {}
    styles: dict[int, NumberFormat] = {}
    sheets: list[int] = []
    count, is_old = 0, False
    for kind, held in _records(data, 0, len(data)):
        if kind == _BEGIN:
            is_old = _number(held, 0) < _EIGHT
        elif kind == _NUMBER_FORMAT:
            form = number_format(_string(held[2:], is_old))
            if form is not None:
                codes[_number(held, 0)] = form
        elif kind == _XF:
            if (form := codes.get(_number(held, 2))) is not None:
                styles[count] = form
            count += 1
        elif kind == _SHEET:
            sheets.append(int.from_bytes(held[:4], "little"))
    if not styles:
        return ()
    # Sheets lie behind each other: what a damaged book tells of one place twice, or within another, is read once.
    starts = sorted({*(at for at in sheets if at < len(data)), len(data)})
    ends = dict(pairwise(starts))
    parts = {at: _of_records(data, at, end, styles) for at, end in ends.items()}
    return [parts.get(at, CellFormats()) for at in sheets]


def _of_records(data: bytes, at: int, end: int, styles: Mapping[int, NumberFormat]) -> CellFormats:
    rows: dict[int, list[tuple[int, NumberFormat]]] = {}
    for kind, held in _records(data, at, end):
        if kind in _NUMBERS:
            if (form := styles.get(_number(held, 4))) is not None:
                rows.setdefault(_number(held, 0), []).append((_number(held, 2), form))
        elif kind == _SEVERAL:
            first = _number(held, 2)
            for number, place in enumerate(range(4, len(held) - 2, 6)):
                if (form := styles.get(_number(held, place))) is not None:
                    rows.setdefault(_number(held, 0), []).append((first + number, form))
    found = CellFormats()
    for row, formats in rows.items():
        found.add(row, formats)
    return found


def _string(data: bytes, is_old: bool) -> str:
    if is_old:
        return data[1 : 1 + data[0]].decode("cp1252", "replace") if data else ""
    if len(data) < 3:
        return ""
    count, is_wide = _number(data, 0), data[2] & 1
    return data[3 : 3 + count * (1 + is_wide)].decode("utf-16-le" if is_wide else "latin-1", "replace")


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")
