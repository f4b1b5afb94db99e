"""Workbooks (xlsx, xlsm, xlsb, xls, ods) as tables: every sheet, hidden ones too, with the rows' own numbers.

A formula is read as the value that was stored with it, a number that is shown as a code (`000-00-0000`) as that; macros, links and pictures are not touched.
"""

from __future__ import annotations

import contextlib
import os
import random
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, repeat
from typing import IO, Any

import python_calamine as calamine

from assay.errors import ReadError
from assay.formats.cellformats import CellFormats, of_old_book, of_package
from assay.formats.compound import SIGNATURE, Compound
from assay.formats.content import Content
from assay.formats.delimited import header_of
from assay.formats.laidout import closed_up
from assay.formats.rows import RowBatches, reservoir
from assay.formats.sheetsize import check_old_size, check_size
from assay.formats.tabular import BrokenTable
from assay.formats.values import as_text
from assay.model import ColumnInfo, TableInfo, ValueKind
from assay.ports import TableBatch, TableReader

_ERRORS = (calamine.CalamineError, OSError, ValueError, TypeError, IndexError, KeyError, OverflowError, MemoryError)
_STANDARD_ERROR = 2
_ONE_AT_A_TIME = threading.Lock()
_LOOK = 50
_CHUNK_CELLS = 8_192
_HEADER_WITHIN = 30
_NO_CELLS = (calamine.SheetTypeEnum.ChartSheet, calamine.SheetTypeEnum.DialogSheet, calamine.SheetTypeEnum.Vba)


@contextlib.contextmanager
def open_sheets(content: Content, resource: str, _name: str) -> Iterator[Iterator[TableReader | BrokenTable]]:
    """Every sheet of the workbook that has cells. Raises `ReadError`."""
    with contextlib.ExitStack() as stack:
        stream = stack.enter_context(content.open())
        compound = stream.read(len(SIGNATURE)) == SIGNATURE
        shown: Mapping[str, CellFormats] = {}
        in_order: Sequence[CellFormats] = ()
        if not compound:
            check_size(stream)
            shown = of_package(stream)
        else:
            book = Compound(stream)
            if "EncryptedPackage" in book.names:
                raise ReadError("encrypted", "the workbook needs a password; save it without and scan that")
            check_old_size(book)
            in_order = of_old_book(book)
        stream.seek(0)
        with _told("the workbook", compound=compound), _quiet():
            workbook = _workbook(stream)
        stack.callback(workbook.close)
        if not workbook.sheets_metadata:
            raise ReadError("corrupt", "the workbook has no sheets; it is damaged, or another document")
        if len(in_order) == len(workbook.sheets_metadata):
            shown = {told.name: each for told, each in zip(workbook.sheets_metadata, in_order, strict=True)}
        yield _sheets(workbook, resource, shown)


def _workbook(stream: IO[bytes]) -> Any:
    try:
        return calamine.CalamineWorkbook.from_filelike(stream)
    except calamine.PasswordError:
        raise
    except calamine.CalamineError:
        again = closed_up(stream)
        if again is None:
            raise
        return calamine.CalamineWorkbook.from_filelike(again)


@contextlib.contextmanager
def _told(what: str, *, compound: bool = False) -> Iterator[None]:
    """Errors of the library as ours. What it says may quote a cell and stays out."""
    try:
        yield
    except calamine.PasswordError:
        raise ReadError("encrypted", f"{what} needs a password; save it without and scan that") from None
    except ReadError:
        raise
    except _ERRORS as error:
        kind = type(error).__name__
        if compound:
            detail = f"{what} is no workbook that can be read ({kind}): damaged, encrypted, or another document"
            raise ReadError("corrupt", detail) from None
        raise ReadError("corrupt", f"{what} is damaged or cut short ({kind}); restore it from a copy") from None
    except BaseException as error:
        # The library's own word for a mistake of its own is no `Exception`.
        if type(error).__name__ != "PanicException":
            raise
        raise ReadError("corrupt", f"{what} is damaged in a way that its reader does not expect") from None


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps off standard error what the library prints there when it panics: it may quote a cell."""
    with _ONE_AT_A_TIME, tempfile.TemporaryFile() as written:
        try:
            kept = os.dup(_STANDARD_ERROR)
        except OSError:
            yield  # there is none
            return
        os.dup2(written.fileno(), _STANDARD_ERROR)
        is_panic = False
        try:
            yield
        except BaseException as error:
            is_panic = not isinstance(error, Exception)
            raise
        finally:
            os.dup2(kept, _STANDARD_ERROR)
            os.close(kept)
            if not is_panic:
                # What other threads said meanwhile.
                written.seek(0)
                with contextlib.suppress(OSError):
                    os.write(_STANDARD_ERROR, written.read())


def _sheets(workbook: Any, resource: str, shown: Mapping[str, CellFormats]) -> Iterator[TableReader | BrokenTable]:
    for index, described in enumerate(workbook.sheets_metadata):
        if described.typ in _NO_CELLS:
            continue
        try:
            with _told("the sheet"):
                with _quiet():
                    sheet = workbook.get_sheet_by_index(index)
                if sheet.start is not None:
                    yield Sheet(sheet, described.name, resource, shown.get(described.name))
        except ReadError as error:
            yield BrokenTable(described.name, error)


class Sheet:
    """One sheet of an open workbook: a `TableReader`. Rows above its header are rows like others.

    `formats` are those of cells that show codes.
    """

    def __init__(self, sheet: Any, name: str, resource: str, formats: CellFormats | None = None) -> None:
        self._sheet = sheet
        self.formats = formats
        first_row, first_column = sheet.start
        top = []
        for index, row in enumerate(self._rows()):
            if index >= first_row:
                top.append(row)
            if len(top) >= _LOOK:
                break
        self._width: int = sheet.width
        self._header, names = _header(top, _merged(sheet, first_row, first_column))
        if self._header is not None:
            self._header += first_row
        columns = []
        body = top if self._header is None else top[self._header - first_row + 1 :]
        for index in range(self._width):
            shown = names[index] if index < len(names) else ""
            kind = _kind([row[index] for row in body if index < len(row)])
            columns.append(ColumnInfo(name=shown or f"column_{first_column + index + 1}", kind=kind))
        rows = sheet.height if self._header is None else sheet.height - (self._header - first_row) - 1
        self.info = TableInfo(
            resource=resource, table=name, columns=tuple(columns), kind="sheet", rows=max(0, rows), rows_exact=False
        )

    def _rows(self) -> Iterator[list[Any]]:
        """All rows of the sheet, its cells as a person sees them where numbers are shown as codes."""
        rows: Iterator[list[Any]] = iter(self._sheet.iter_rows())
        return rows if not self.formats else self.formats.shown(rows, self._sheet.start[1])

    @property
    def corner(self) -> tuple[int, int]:
        """The number of the first row below the header (from 1), and of the first column (from 0)."""
        first_row, first_column = self._sheet.start
        return (first_row if self._header is None else self._header + 1) + 1, first_column

    def read(self) -> Iterator[TableBatch]:
        batches = RowBatches(self._width)
        empty = [None] * self._width
        blank = 0
        with _told("the sheet"):
            for number, rows in self._chunks():
                if batches.started and not blank and None not in rows:
                    yield from batches.extend([row for row in rows if row is not None])
                    continue
                for at, row in enumerate(rows, start=number):
                    if row is None:
                        blank += 1
                        continue
                    if batches.started:
                        # Blank ones, and the header, are there as empty rows, so that the others follow their numbers.
                        yield from batches.add(repeat(empty, blank))
                    else:
                        batches.row = at + 1
                    blank = 0
                    yield from batches.add((row,))
            yield from batches.rest()

    def sample(self, rows: int, seed: int) -> TableBatch:
        draw = random.Random(seed)
        after = -1 if self._header is None else self._header
        with _told("the sheet"):
            below = (
                row
                for first, rows in self._chunks()
                for number, row in enumerate(rows, start=first)
                if row is not None and number > after
            )
            drawn = reservoir(below, rows, draw)
        return RowBatches(self._width).one(drawn)

    def _chunks(self) -> Iterator[tuple[int, list[Sequence[Any] | None]]]:
        """Rows, each time with the 0-based number of the first, and `None` where one is blank and for the header."""
        number, each = 0, self._rows()
        size = max(1, _CHUNK_CELLS // max(1, self._width))
        while rows := list(islice(each, size)):
            header = self._header is not None and number <= self._header < number + len(rows)
            columns = [] if header or set(map(len, rows)) != {self._width} else list(zip(*rows, strict=True))
            empty = ["" in column for column in columns]
            if all(empty):
                # Some rows may be blank.
                yield number, [self._cells(row, number + at) for at, row in enumerate(rows)]
            else:
                filled = [
                    [None if cell == "" else cell for cell in column] if some else column
                    for column, some in zip(columns, empty, strict=True)
                ]
                yield number, list(zip(*filled, strict=True)) if any(empty) else list(rows)
            number += len(rows)

    def _cells(self, row: list[Any], number: int) -> list[Any] | None:
        if number == self._header or row.count("") == len(row):
            return None
        cells = [None if cell == "" else cell for cell in row]
        return cells + [None] * (self._width - len(cells))


def _merged(sheet: Any, first_row: int, first_column: int) -> dict[tuple[int, int], tuple[int, int]]:
    """Cells of merged ranges that lie beside their first one, and that one; within the first rows."""
    found = {}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or ():
        if top - first_row < _HEADER_WITHIN and top == bottom and right - left < 1000:
            for column in range(left + 1, right + 1):
                found[top - first_row, column - first_column] = (top - first_row, left - first_column)
    return found


def _header(
    top: Sequence[Sequence[Any]], merged: dict[tuple[int, int], tuple[int, int]]
) -> tuple[int | None, list[str]]:
    """Which of the first rows names the columns, and the names, empty where it has none.

    Titles and notes above a table have fewer cells than it: the header is the first row about as wide as the widest.
    """
    filled = [
        sum(cell != "" or (index, column) in merged for column, cell in enumerate(row)) for index, row in enumerate(top)
    ]
    widest = max((sum(cell != "" for cell in row) for row in top), default=0)
    for index, count in enumerate(filled[:_HEADER_WITHIN]):
        if count * 10 < widest * 6 or not count:
            continue
        names = _names(top[index], index, top, merged)
        if names is not None:
            return index, names
        # A wide title is parted from its table by a blank row.
        if index + 1 < len(filled) and filled[index + 1]:
            break
    return None, []


def _names(
    row: Sequence[Any], index: int, top: Sequence[Sequence[Any]], merged: dict[tuple[int, int], tuple[int, int]]
) -> list[str] | None:
    if not all(isinstance(cell, str) for cell in row):
        return None
    names = []
    for column, cell in enumerate(row):
        left = merged.get((index, column))
        shown = row[left[1]] if cell == "" and left is not None and 0 <= left[1] < len(row) else cell
        names.append(" ".join(shown.split()))
    used = [column for column, cell in enumerate(row) if cell != ""]
    below = [
        [as_text(line[column]) or "" for column in used]
        for line in top[index + 1 :]
        if any(cell != "" for cell in line)
    ]
    first = [names[column] for column in used]
    # Two columns of one name are usual in sheets, and no sign of data.
    told = [f"{name} {first[:at].count(name)}" if name in first[:at] else name for at, name in enumerate(first)]
    if not below and len(used) < 2:
        return None  # a single cell is what the sheet holds
    return names if header_of([told, *below]) is not None else None


def _kind(cells: Sequence[Any]) -> ValueKind:
    """What the first cells of a column hold, if it is one kind."""
    kinds = {type(cell).__name__ for cell in cells if cell != ""}
    if len(kinds) != 1:
        return ValueKind.UNKNOWN
    return {
        "bool": ValueKind.BOOLEAN,
        "float": ValueKind.FLOAT,
        "int": ValueKind.INTEGER,
        "date": ValueKind.DATE,
        "datetime": ValueKind.TIMESTAMP,
        "time": ValueKind.TIME,
        "timedelta": ValueKind.INTERVAL,
        "str": ValueKind.TEXT,
    }.get(kinds.pop(), ValueKind.UNKNOWN)
