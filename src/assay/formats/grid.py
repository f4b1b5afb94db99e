"""Cells of delimited text as arrays of offsets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from assay.formats.structure import Window

_QUOTE = 34
_BLANK = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The cells of a window's core. `starts`/`ends` are offsets into its data; `columns`/`rows` index each cell (0-based).

    `new_rows` records end in the core. `resumed`: the first cell is the rest of one of the window before; `begun` is where
    that one begins, `None` where the window does not reach back so far.
    """

    starts: Any
    ends: Any
    columns: Any
    rows: Any
    new_rows: int
    resumed: bool = False
    begun: int | None = None

    def indexes(self, offsets: Sequence[int]) -> list[int]:
        """For each offset the index of its cell, -1 outside of all."""
        wanted = np.asarray(offsets)
        where = np.searchsorted(self.starts, wanted, side="right") - 1
        inside = (where >= 0) & (wanted <= self.ends[where])
        found: list[int] = np.where(inside, where, -1).tolist()
        return found

    def filled(self, data: bytes) -> Any:
        """For each cell whether it holds anything but blanks, with quotes around it or without."""
        sizes = self.ends - self.starts
        found = sizes > 0
        if not len(data):
            return found
        array = np.frombuffer(data, dtype=np.uint8)
        last = len(data) - 1
        first = array[np.minimum(self.starts, last)]
        second = array[np.minimum(self.starts + 1, last)]
        found &= ~((sizes == 2) & (first == _QUOTE) & (second == _QUOTE))
        begins_blank = found & ((first <= _BLANK) | ((first == _QUOTE) & (second <= _BLANK)))
        for index in np.flatnonzero(begins_blank).tolist():
            cell = data[self.starts[index] : self.ends[index]]
            found[index] = bool(cell.strip().strip(b'"').strip())
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where the cells of the next window begin: inside a quoted cell or not, and in which column and row. `begun` is the
    place in the file where the cell that is cut begins, -1 where that is not known.

    `before` is the byte before it. Where a run of quotes crosses the cut, `run` of them were before it, `opens` says
    whether the run began where a cell begins, and `quoted` is what held before the run.
    """

    quoted: bool = False
    column: int = 0
    row: int = 0
    before: int = 10
    run: int = 0
    opens: bool = False
    begun: int = -1


def start(row: int) -> State:
    """The state before the record number `row` (0-based; below 0 for the lines before the header)."""
    return State(row=row)


def cells(window: Window, delimiter: str, state: State) -> tuple[Grid, State]:
    """Cells from the window's core on (its right margin included, so that a cell that crosses the cut is whole)."""
    base = window.core_start
    data = np.frombuffer(window.data, dtype=np.uint8)[base:]
    breaks = np.flatnonzero((data == ord(delimiter)) | (data == 10))
    quotes = np.flatnonzero(data == 34)
    core = window.core_end - base
    crossing = (0, False)
    quoted_at_cut = state.quoted
    if len(quotes) or state.quoted:
        toggles = _toggles(data, quotes, ord(delimiter), state)
        inside = (np.searchsorted(toggles, breaks) + state.quoted) & 1
        breaks = breaks[inside == 0]
        crossing = _crossing(data, core, ord(delimiter), state)
        before_cut = int(np.searchsorted(toggles, core - crossing[0]))
        quoted_at_cut = bool((before_cut + state.quoted) & 1) if crossing[0] < core else state.quoted
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
    if state.row < 0:
        keep &= rows + state.row >= 0  # what comes before the header is no row
    at_cut = int(np.searchsorted(breaks, core))
    new_rows = int(np.count_nonzero(is_line[:at_cut]))
    resumed = state.quoted or state.before not in (ord(delimiter), 10)
    begun = state.begun if resumed and not at_cut else window.byte + base + int(starts[at_cut])
    after = replace(
        state,
        quoted=quoted_at_cut,
        row=state.row + new_rows,
        column=int(columns[at_cut]) if at_cut < len(columns) else 0,
        before=int(data[core - 1]) if core else state.before,
        run=crossing[0] + (state.run if crossing[0] == core else 0),
        opens=crossing[1],
        begun=begun,
    )
    # Not in a part of a file, behind whose end more is read: its last record ends in the next part.
    if window.last and window.core_end == len(window.data) and len(data) and data[-1] != 10:
        new_rows += 1
    grid = Grid(
        starts=starts[keep] + base,
        ends=ends[keep] + base,
        columns=columns[keep],
        rows=rows[keep] + state.row,
        new_rows=max(0, new_rows + min(state.row, 0)),
        resumed=resumed,
        begun=state.begun - window.byte if resumed and state.begun >= window.byte else None,
    )
    return grid, after


def record_end(data: bytes, delimiter: str, quoted: bool) -> tuple[int, bool]:
    """Where the last record that ends in `data` ends (0: none does), and whether `data` ends inside quotes.

    `quoted` says whether `data` begins inside quotes.
    """
    if not quoted and b'"' not in data:
        return data.rfind(b"\n") + 1, False
    array = np.frombuffer(data, dtype=np.uint8)
    toggles = _toggles(array, np.flatnonzero(array == 34), ord(delimiter), State(quoted=quoted))
    lines = np.flatnonzero(array == 10)
    outside = lines[((np.searchsorted(toggles, lines) + quoted) & 1) == 0]
    return (int(outside[-1]) + 1 if len(outside) else 0), bool((len(toggles) + quoted) & 1)


def record_count(data: bytes, delimiter: str, quoted: bool) -> int:
    """How many records end in `data`."""
    if not quoted and b'"' not in data:
        return data.count(b"\n")
    array = np.frombuffer(data, dtype=np.uint8)
    toggles = _toggles(array, np.flatnonzero(array == 34), ord(delimiter), State(quoted=quoted))
    lines = np.flatnonzero(array == 10)
    return int(np.count_nonzero(((np.searchsorted(toggles, lines) + quoted) & 1) == 0))


def _crossing(data: Any, core: int, delimiter: int, state: State) -> tuple[int, bool]:
    """How many quotes of a run that goes on beyond the cut at `core` stand before it, and whether it may open a cell."""
    if core >= len(data) or not core or data[core] != 34 or data[core - 1] != 34:
        return 0, False
    others = np.flatnonzero(data[:core] != 34)
    if not len(others):
        return core, state.opens if state.run else state.before in (delimiter, 10)
    last = int(others[-1])
    return core - 1 - last, int(data[last]) in (delimiter, 10)


def _toggles(data: Any, quotes: Any, delimiter: int, state: State) -> Any:
    """Where each run of quotes that opens or closes a cell begins.

    A run of an even number changes nothing: it is an empty cell, or quotes that are doubled because they are meant
    (RFC 4180, section 2.7). An odd one opens only where a cell begins and closes only where one ends; a stray quote
    (5" pipe) changes nothing.
    """
    first = last = quotes
    apart = quotes[1:] - quotes[:-1] > 1
    odd = None
    if not apart.all():
        first = quotes[np.concatenate(([True], apart))]
        last = quotes[np.concatenate((apart, [True]))]
        odd = (last - first) & 1 == 0
    joined = bool(state.run) and len(first) > 0 and int(first[0]) == 0
    if joined and state.run & 1:
        odd = np.ones(len(first), dtype=bool) if odd is None else odd
        odd[0] = not odd[0]
    if odd is not None:
        first, last = first[odd], last[odd]
        joined = joined and bool(odd[0])
    before = np.where(first > 0, data[np.maximum(first - 1, 0)], state.before)
    after = np.where(last + 1 < len(data), data[np.minimum(last + 1, len(data) - 1)], 10)
    opens = (before == delimiter) | (before == 10)
    closes = (after == delimiter) | (after == 10) | (after == 13)
    if joined:
        opens[0] = state.opens
    either = opens | closes
    likely, can_open, can_close = (
        (first, opens, closes) if either.all() else (first[either], opens[either], closes[either])
    )
    quoted = state.quoted
    turn = (np.arange(len(likely)) + quoted) & 1
    if np.all(np.where(turn == 0, can_open, can_close)):
        return likely
    kept: list[int] = []
    for position, may_open, may_close in zip(likely.tolist(), can_open.tolist(), can_close.tolist(), strict=True):
        if may_close if quoted else may_open:
            kept.append(position)
            quoted = not quoted
    return np.asarray(kept, dtype=np.int64)
