"""Cells of delimited text as arrays of offsets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from assay.formats.structure import Window


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

    def indexes(self, offsets: Sequence[int]) -> list[int]:
        """For each offset the index of its cell, -1 outside of all."""
        wanted = np.asarray(offsets)
        where = np.searchsorted(self.starts, wanted, side="right") - 1
        inside = (where >= 0) & (wanted <= self.ends[where])
        return [int(index) for index in np.where(inside, where, -1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    quoted: bool = False
    column: int = 0
    row: int = 0


def start(row: int) -> State:
    """The state before the record number `row` (0-based)."""
    return State(row=row)


def cells(window: Window, delimiter: str, state: State) -> tuple[Grid, State]:
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
