"""Delimited text (RFC 4180 and its relatives): dialects, headers, and cells as arrays of offsets."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from assay.formats.structure import Decoded, Place, Window

DELIMITERS = (",", ";", "\t", "|", "\x01")
_SNIFF_LINES = 60
_NUMBERLIKE = re.compile(r"[\s\d.,:/+()%$€£-]*\d[\s\d.,:/+()%$€£-]*")
_HEADER_WORD = re.compile(r"[^\W\d_]")
# Words that column names are made of; a first row of plain words is a header only if it has one of them.
_COLUMN_WORDS = frozenset(
    "id key uuid name first last full given family middle date time created updated type code number no num nr status state city "
    "country region zip postal address street mail email phone tel mobile fax dob birth ssn tax gender sex age title "
    "description notes comment value amount price total quantity qty count currency account card iban user username "
    "login password role url ip host department company customer employee patient order product category rank year month "
    "day lat lon latitude longitude start end version level score text label nombre apellido fecha direccion vorname "
    "nachname strasse stadt plz ort land nom prenom adresse ville telefon email_address".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a delimited file is written. `header` names its columns, `None` when the first row is data."""

    delimiter: str = ","
    header: tuple[str, ...] | None = None
    width: int = 1


def sniff_dialect(head: bytes, *, named: bool = False) -> Dialect | None:
    """The dialect of a file that begins with `head`, or `None` if it is not delimited.

    `named` says that the file's name promises a delimited file, so one column and few rows are enough.
    """
    text = head.decode("utf-8", "ignore").removeprefix("\ufeff")
    complete = len(head) < 32_768 or text.endswith("\n")
    lines = text.splitlines(keepends=True)
    sample = "".join((lines if complete or len(lines) < 2 else lines[:-1])[:_SNIFF_LINES])
    best: tuple[float, int, str, list[list[str]]] | None = None
    for delimiter in DELIMITERS:
        if delimiter not in sample:
            continue
        rows = _rows(sample, delimiter)
        if len(rows) < 2:
            continue
        # The last row of a sample may be cut inside a quoted cell.
        widths = Counter(len(row) for row in (rows[:-1] if len(rows) > 3 else rows))
        width, often = widths.most_common(1)[0]
        share = often / sum(widths.values())
        if width < 2 or share < 0.9 or not (named or _table_like(rows, width)):
            continue
        if best is None or (share, width) > best[:2]:
            best = (share, width, delimiter, rows)
    if best is None:
        if not named or not sample.strip():
            return None
        delimiter = next((item for item in DELIMITERS if item in sample), ",")
        rows = _rows(sample, delimiter)
        if not rows:
            return None
        return Dialect(delimiter=delimiter, header=_header(rows), width=max(len(row) for row in rows))
    _, width, delimiter, rows = best
    return Dialect(delimiter=delimiter, header=_header(rows), width=width)


def quoted_table(data: bytes) -> Dialect:
    """The dialect of comma-separated text whose first record is a header for certain."""
    header = next(csv.reader(io.StringIO(data.decode("utf-8", "replace"), newline="")))
    return Dialect(delimiter=",", header=tuple(header), width=len(header))


def _rows(sample: str, delimiter: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row]
    except csv.Error:
        return []


def _table_like(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Not prose or code that happens to have a comma a line: short cells, and two columns only with a table's signs."""
    cells = [cell.strip() for row in rows[:_SNIFF_LINES] for cell in row]
    if not cells or sum(len(cell) > 200 for cell in cells) > len(cells) // 10:
        return False
    if any(cell.startswith(("{", "<", "#!", "//", "/*")) for cell in cells[:width]):
        return False
    endings = Counter(row[-1].strip()[-1:] for row in rows if row)
    if sum(count for sign, count in endings.items() if sign in ("{", "}", ";", ")", ",", "\\", ":")) > len(rows) // 3:
        return False
    header = _header(rows)
    if width == 2:
        named = header is not None and all(cell.count(" ") <= 2 for cell in header)
        return named and sum(cell.count(" ") > 4 for cell in cells) * 10 < len(cells)
    return header is not None or len(rows) >= 3


def _header(rows: Sequence[Sequence[str]]) -> tuple[str, ...] | None:
    first = [cell.strip() for cell in rows[0]]
    if not all(first) or len(set(first)) < len(first):
        return None
    if any(len(cell) > 80 or "@" in cell or _NUMBERLIKE.fullmatch(cell) for cell in first):
        return None
    if not all(_HEADER_WORD.search(cell) for cell in first):
        return None
    words = {word.lower() for cell in first for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", cell)}
    if words & _COLUMN_WORDS:
        return tuple(first)
    body = [row for row in rows[1:] if len(row) == len(first)]
    for index in range(len(first)):
        cells = [row[index].strip() for row in body if row[index].strip()]
        if cells and sum(bool(_NUMBERLIKE.fullmatch(cell)) for cell in cells) * 2 > len(cells):
            return tuple(first)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The cells of a window's core. `starts`/`ends` are offsets into its data; `columns`/`rows` index each cell (0-based).

    `complete` says which cells begin in this window (the first may be the rest of one from the window before).
    """

    starts: Any
    ends: Any
    columns: Any
    rows: Any
    new_rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    quoted: bool = False
    column: int = 0
    row: int = 0


class DelimitedText:
    """Structure of one delimited document, its windows shown in order."""

    def __init__(self, dialect: Dialect, *, first_row: int = 0) -> None:
        self.dialect = dialect
        self.names = tuple(
            dialect.header[index] if dialect.header and index < len(dialect.header) else f"column_{index + 1}"
            for index in range(max(dialect.width, len(dialect.header or ())))
        )
        self._state = _State(row=first_row)
        self._window: tuple[int, int] | None = None
        self._grid: Grid | None = None

    def view(self, window: Window) -> bytes:
        return window.data

    def decoded(self, window: Window) -> Iterator[Decoded]:
        return iter(())

    def name(self, column: int) -> str:
        """Header of a column, or `column_N` (1-based) where there is none."""
        return self.names[column] if column < len(self.names) else f"column_{column + 1}"

    def places(self, window: Window, offsets: Sequence[int]) -> list[Place | None]:
        grid = self.grid(window)
        found: list[Place | None] = []
        has_header = self.dialect.header is not None
        for index in self.cell_indexes(window, offsets):
            if index < 0:
                found.append(None)
                continue
            row = int(grid.rows[index])
            name = self.name(int(grid.columns[index]))
            if has_header and row == 0:
                found.append(Place(int(grid.starts[index]), int(grid.ends[index])))
                continue
            names = (name,) if has_header else ()
            found.append(
                Place(
                    int(grid.starts[index]),
                    int(grid.ends[index]),
                    names,
                    name,
                    None,
                    row if has_header else row + 1,
                )
            )
        return found

    def cell_indexes(self, window: Window, offsets: Sequence[int]) -> list[int]:
        """For each offset the index of its cell in the window's grid, -1 outside of all."""
        grid = self.grid(window)
        if not offsets or not len(grid.starts):
            return [-1] * len(offsets)
        wanted = np.asarray(offsets)
        where = np.searchsorted(grid.starts, wanted, side="right") - 1
        inside = (where >= 0) & (wanted <= grid.ends[where])
        return [int(index) for index in np.where(inside, where, -1)]

    def grid(self, window: Window) -> Grid:
        """The cells of the window; computed once, then the state moves on to the next window."""
        key = (window.byte, len(window.data))
        if self._window != key or self._grid is None:
            self._grid, self._state = cells(window, self.dialect.delimiter, self._state)
            self._window = key
        return self._grid


def cells(window: Window, delimiter: str, state: _State) -> tuple[Grid, _State]:
    """Cells from the window's core on (its right margin included, so that a cell that crosses the cut is whole)."""
    base = window.core_start
    data = np.frombuffer(window.data, dtype=np.uint8)[base:]
    breaks = np.flatnonzero((data == ord(delimiter)) | (data == 10))
    quotes = np.flatnonzero(data == 34)
    quoted_at_cut = False
    if len(quotes) or state.quoted:
        toggles = _toggles(data, quotes, ord(delimiter), state.quoted)
        inside = (np.searchsorted(toggles, breaks) + state.quoted) & 1
        breaks = breaks[inside == 0]
        quoted_at_cut = bool((np.searchsorted(toggles, window.core_end - base) + state.quoted) & 1)
    is_line = data[breaks] == 10
    starts = np.concatenate(([0], breaks + 1))
    ends = np.concatenate((breaks, [len(data)]))
    rows = np.concatenate(([0], np.cumsum(is_line)))
    first_of_row = np.maximum.accumulate(np.where(np.concatenate(([True], is_line)), np.arange(len(starts)), 0))
    columns = np.arange(len(starts)) - first_of_row + np.where(rows == 0, state.column, 0)
    line_ends = np.concatenate((is_line, [True]))
    carriage = line_ends & (ends > starts) & (data[np.maximum(ends - 1, 0)] == 13) if len(data) else line_ends & False
    ends = ends - carriage
    keep = np.ones(len(starts), dtype=bool)
    if window.last and len(data) and data[-1] == 10:
        keep[-1] = False
    core = window.core_end - base
    at_cut = int(np.searchsorted(breaks, core))
    new_rows = int(np.count_nonzero(is_line[:at_cut]))
    after = replace(
        state,
        quoted=quoted_at_cut,
        row=state.row + new_rows,
        column=int(columns[at_cut]) if at_cut < len(columns) else 0,
    )
    if window.last and len(data) and data[-1] != 10:
        new_rows += 1
    grid = Grid(
        starts=starts[keep] + base,
        ends=ends[keep] + base,
        columns=columns[keep],
        rows=rows[keep] + state.row,
        new_rows=new_rows,
    )
    return grid, after


def record_end(data: bytes, delimiter: str, quoted: bool) -> tuple[int, bool]:
    """Where the last record that ends in `data` ends (0: none does), and whether `data` ends inside quotes.

    `quoted` says whether `data` begins inside quotes.
    """
    if not quoted and b'"' not in data:
        return data.rfind(b"\n") + 1, False
    array = np.frombuffer(data, dtype=np.uint8)
    toggles = _toggles(array, np.flatnonzero(array == 34), ord(delimiter), quoted)
    lines = np.flatnonzero(array == 10)
    outside = lines[((np.searchsorted(toggles, lines) + quoted) & 1) == 0]
    return (int(outside[-1]) + 1 if len(outside) else 0), bool((len(toggles) + quoted) & 1)


def record_count(data: bytes, delimiter: str, quoted: bool) -> int:
    """How many records end in `data`."""
    if not quoted and b'"' not in data:
        return data.count(b"\n")
    array = np.frombuffer(data, dtype=np.uint8)
    toggles = _toggles(array, np.flatnonzero(array == 34), ord(delimiter), quoted)
    lines = np.flatnonzero(array == 10)
    return int(np.count_nonzero(((np.searchsorted(toggles, lines) + quoted) & 1) == 0))


def _toggles(data: Any, quotes: Any, delimiter: int, quoted: bool) -> Any:
    """Positions of the quotes that open or close a cell.

    One opens only where a cell begins and closes only where one ends; a stray quote (5" pipe) and a doubled one change
    nothing.
    """
    before = np.where(quotes > 0, data[np.maximum(quotes - 1, 0)], 10)
    after = np.where(quotes + 1 < len(data), data[np.minimum(quotes + 1, len(data) - 1)], 10)
    opens = (before == delimiter) | (before == 10)
    closes = (after == delimiter) | (after == 10) | (after == 13)
    likely = quotes[opens | closes]
    can_open, can_close = opens[opens | closes], closes[opens | closes]
    turn = (np.arange(len(likely)) + quoted) & 1
    if np.all(np.where(turn == 0, can_open, can_close)):
        return likely
    kept: list[int] = []
    for position, may_open, may_close in zip(likely.tolist(), can_open.tolist(), can_close.tolist(), strict=True):
        if may_close if quoted else may_open:
            kept.append(position)
            quoted = not quoted
    return np.asarray(kept, dtype=np.int64)
