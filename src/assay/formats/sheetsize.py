"""How large a workbook becomes when it is read, told before it is.

The library that reads sheets keeps each as a full rectangle: two cells in opposite corners would take 500 GB and end
the process. Places of cells: ECMA-376 part 1, 18.3.1.4 (xlsx); MS-XLSB 2.1.4 (xlsb); OpenDocument 1.3, 9.1 (ods).
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import cache
from typing import IO, Any

from assay.errors import LimitError, ReadError
from assay.formats.compound import Compound
from assay.formats.streams import Limits

# Each takes 32 bytes, empty ones too, besides the texts.
CELLS = 8_000_000
_HOW = "save it as CSV, or delete the cell that lies far out"
_CHUNK = 1024 * 1024
_MEDIA = (".png", ".jpg", ".jpeg", ".gif", ".emf", ".wmf", ".vml", ".rels", ".bmp", ".svg", ".tif", ".tiff")
_FAR = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{2,3}(?=\d)|[A-Za-z]?)(\d+)[\"']")
# A reference with two letters or six digits: without one, a sheet is no larger than 26 columns of 100,000 rows.
_FAR_ONLY = re.compile(rb"\br\s*=\s*[\"'](?:[A-Za-z]{2,3}\d|[A-Za-z]?\d{6})")
# Without one of these, it is no larger than 26 columns of 300,000 rows, which is no more than may be.
_BEYOND = rb"\br\s*=\s*[\"'](?:[A-Za-z]{2,3}\d|[A-Za-z]?(?:[3-9]\d{5}|\d{7}))"
_OVERLAP = 64
_ODS = re.compile(
    rb"<(/?)table:(table-row|table-cell|covered-table-cell|table)\b((?:[^>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>"
)
_REPEATED = re.compile(rb"table:number-(?:rows|columns)-repeated\s*=\s*[\"'](\d{1,9})")
_ERRORS = (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, RuntimeError, IndexError, KeyError)


def check_size(stream: IO[bytes]) -> None:
    """Raises `LimitError` for a workbook (a zip) that would unfold too far, `ReadError` for one that is damaged."""
    size = stream.seek(0, 2)
    limits = Limits()
    total = 0
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            if len(set(names)) < len(names):
                raise ReadError("corrupt", "the workbook has two parts of one name; save it anew and scan that")
            for entry in archive.infolist():
                if entry.flag_bits & 1:
                    raise ReadError("encrypted", "the workbook needs a password; save it without and scan that")
                if entry.filename.lower().endswith(_MEDIA):
                    continue
                with archive.open(entry) as part:
                    for piece in _measured(part, entry.filename):
                        total += piece
                        if total > limits.member_bytes or (total > limits.floor and total > limits.ratio * size):
                            raise LimitError("compression ratio", f"{total:,} bytes came out of {size:,}")
    except NotImplementedError:
        raise ReadError("unsupported format", "the workbook is compressed in an unknown way; save it anew") from None
    except _ERRORS as error:
        detail = f"the workbook is damaged or cut short ({type(error).__name__}); restore it from a copy"
        raise ReadError("corrupt", detail) from None


def check_old_size(book: Compound) -> None:
    """The same of a workbook of Office until 2003, of which all sheets are read at once (MS-XLS 2.1.4, 2.5)."""
    total = 0
    for name in ("Workbook", "Book"):
        for data in book.read(name):
            for kind, start, size in _records(data, 0):
                # A sheet's place in the stream is what its record says, whatever lies there.
                if kind == _SHEET and size >= 4:
                    _judge_extent(data, int.from_bytes(data[start : start + 4], "little"))
                    total += _area(data, int.from_bytes(data[start : start + 4], "little"))
            if total > CELLS:
                raise LimitError("too large", f"its sheets have {total:,} cells from the first to the last one; {_HOW}")


_SHEET, _END, _SEVERAL, _EXTENT = 0x85, 0x0A, 0xBD, 0x200
_ROWS, _COLUMNS = 65_536, 256
_CELLS = frozenset(
    {0x06, 0x206, 0x406, 0x201, 0x203, 0x204, 0x205, 0x27E, 0xFD, 0xD6, 0x03, 0x04, 0x05, 0x02, _SEVERAL}
)


def _records(data: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """(kind, where its data begin, their size) of the records of a stream until the end of its part."""
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        if kind == _END:
            return
        yield kind, at + 4, size
        at += 4 + size


def _judge_extent(data: bytes, at: int) -> None:
    """What a sheet says of how far it reaches: the library sets aside memory for it, and ends the process where there is none."""
    for kind, start, size in _records(data, at):
        if kind != _EXTENT or size not in (10, 14):
            continue
        form = "<HHHH" if size == 10 else "<IIHH"
        if start + size > len(data):
            return
        first_row, rows, first_column, columns = struct.unpack_from(form, data, start)
        if rows > _ROWS or columns > _COLUMNS or first_row > rows or first_column > columns:
            raise ReadError("corrupt", "a sheet says that it is larger than a sheet can be; restore it from a copy")


def _area(data: bytes, at: int) -> int:
    rows = columns = 0
    for kind, start, size in _records(data, at):
        if kind in _CELLS and size >= 4:
            row = int.from_bytes(data[start : start + 2], "little")
            column = int.from_bytes(data[start + 2 : start + 4], "little")
            rows = max(rows, row + 1)
            columns = max(columns, column + 1 + (size // 6 if kind == _SEVERAL else 0))
    return rows * columns


def _measured(part: IO[bytes], name: str) -> Iterator[int]:
    """The sizes of the pieces of a part as they are read, while the places of its cells are looked at."""
    lower = name.lower()
    if lower == "content.xml":
        yield from _ods(part)
    elif lower.endswith(".bin"):
        yield from _xlsb(part, sheet="worksheets/" in lower)
    else:
        yield from _xlsx(part)


def _refuse(rows: int, columns: int) -> None:
    if rows * columns > CELLS:
        raise LimitError(
            "too large",
            f"a sheet of {rows:,} rows and {columns:,} columns; {_HOW}",
        )


@cache
def _beyond() -> Any:
    import re2  # only where there is a workbook

    # It goes through the text of a sheet six times as fast as Python's own expressions, which start anew at each letter.
    return re2.compile(_BEYOND)


def _xlsx(part: IO[bytes]) -> Iterator[int]:
    read = 0
    before = b""
    is_beyond = _beyond().search
    while piece := part.read(_CHUNK):
        data = before + piece
        if is_beyond(data):
            break
        before = data[-_OVERLAP:]
        read += len(piece)
        yield len(piece)
    else:
        return
    # How many rows those before have was not looked at.
    part.seek(0)
    yield -read
    yield from _exactly(part)


def _exactly(part: IO[bytes]) -> Iterator[int]:
    rows, columns = 100_000, 26
    before = b""
    while piece := part.read(_CHUNK):
        data = before + piece
        if _FAR_ONLY.search(data) and (far := _FAR.findall(data)):
            # Many rows have the same few columns.
            rows = max(rows, *(int(digits[:8]) for digits in {digits for _, digits in far}))
            columns = max(columns, *map(_column, {letters for letters, _ in far}))
            _refuse(rows, columns)
        before = data[-_OVERLAP:]
        yield len(piece)


def _column(letters: bytes) -> int:
    """`A` is 1."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _ods(part: IO[bytes]) -> Iterator[int]:
    row = column = rows = columns = repeat = 0
    used = False
    before = b""
    while piece := part.read(_CHUNK):
        data = before + piece
        end = data.rfind(b">") + 1
        for close, tag, attributes, alone in _ODS.findall(data, 0, end):
            if tag == b"table":
                row = rows = columns = 0
            elif tag == b"table-row" and not close:
                repeat, column, used = _count(attributes), 0, False
                row += repeat * bool(alone)
            elif tag == b"table-row":
                row += repeat
                rows = row if used else rows
                _refuse(rows, columns)
            elif not close:
                column += _count(attributes)
                if not alone or b"office:value" in attributes:
                    used = True
                    columns = max(columns, column)
        before = data[end:]
        if len(before) > _CHUNK:
            before = b""
        yield len(piece)


def _count(attributes: bytes) -> int:
    found = _REPEATED.search(attributes)
    return int(found[1]) if found else 1


def _xlsb(part: IO[bytes], *, sheet: bool) -> Iterator[int]:
    if not sheet:
        while piece := part.read(_CHUNK):
            yield len(piece)
        return
    data = part.read(512 * _CHUNK)
    yield len(data)
    if part.read(1):
        raise LimitError("too large", "a sheet of more than 512 MiB; save it as CSV")
    position = rows = columns = 0
    while position < len(data):
        kind, position = _number(data, position, 2)
        size, position = _number(data, position, 4)
        if kind == 0 and size >= 4:
            rows = max(rows, int.from_bytes(data[position : position + 4], "little") + 1)
        elif (1 <= kind <= 11 or kind == 62) and size >= 4:
            columns = max(columns, int.from_bytes(data[position : position + 4], "little") + 1)
        position += size
    _refuse(min(rows, 1 << 24), min(columns, 1 << 24))


def _number(data: bytes, position: int, most: int) -> tuple[int, int]:
    value = 0
    for shift in range(most):
        if position >= len(data):
            break
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << (7 * shift)
        if not byte & 0x80:
            break
    return value, position
