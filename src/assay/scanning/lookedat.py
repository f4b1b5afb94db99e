"""Some rows of a delimited window, looked at column by column: what lists, check digits and the look of values say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from assay.detect import score
from assay.detect.bulk import CellGroup
from assay.detect.cellscan import CellScanner, ColumnCounts
from assay.formats.delimited import DelimitedText
from assay.formats.grid import Grid
from assay.formats.structure import Window

_ALL = 256
_OCTAVE_BITS = 5
_MOST_COLUMNS = 2_000
_LONGEST = 64 * 1024


def look(
    scanner: CellScanner,
    window: Window,
    structure: DelimitedText,
    grid: Grid,
    body: Any,
    groups: Sequence[CellGroup],
    meant: Sequence[dict[int, str]],
) -> list[ColumnCounts]:
    """What some rows of the window hold; `body` masks the cells that count, `groups` are values that were judged already.

    All of the first 256 rows of a table are looked at, then 32 each time that their number doubles: which ones depends on a
    row's number alone, so that a table gives the same however it is cut.
    """
    width = min(len(structure.names), _MOST_COLUMNS)
    chosen = body & _are_chosen(grid.rows)
    if not chosen.any():
        return []
    rows = int((chosen & (grid.columns == 0)).sum())
    where = np.flatnonzero(chosen & (grid.columns < width) & (grid.ends > grid.starts))
    columns: list[list[str | None]] = [[] for _ in range(width)]
    data = window.data
    for start, end, column in zip(
        grid.starts[where].tolist(), grid.ends[where].tolist(), grid.columns[where].tolist(), strict=True
    ):
        text = data[start : min(end, start + _LONGEST)].decode("utf-8", "replace").strip()
        if text[:1] == '"':
            text = text[1:].removesuffix('"').replace('""', '"').strip()
        columns[column].append(text)
    shift = 0 if structure.dialect.header is not None else 1
    for group in groups:
        judged = np.flatnonzero(_are_chosen(group.rows - shift))
        spans = zip(group.starts[judged].tolist(), group.ends[judged].tolist(), strict=True)
        score.vouch(group.compiled, [data[start:end].decode("utf-8", "replace") for start, end in spans])
    names = structure.called if structure.dialect.header is not None else ("",) * width
    return scanner.scan(names[:width], columns, rows, meant)


def look_at(
    scanner: CellScanner,
    columns: Sequence[Sequence[str | None]],
    before: int,
    rows: int,
    names: Sequence[str],
    meant: Sequence[dict[int, str]],
) -> list[ColumnCounts]:
    """The same of columns that are at hand: of `rows` rows, behind the `before` first ones below the header."""
    chosen = [row - before - 1 for row in chosen_rows(before + 1, before + rows + 1)]
    if not chosen:
        return []
    picked = [_picked(column, chosen) for column in columns[:_MOST_COLUMNS]]
    return scanner.scan(names[: len(picked)], picked, len(chosen), meant)


def _picked(column: Sequence[str | None], rows: Sequence[int]) -> list[str | None]:
    arrow = getattr(column, "picked", None)
    values = arrow(rows) if arrow is not None else [column[row] for row in rows]
    return [value[:_LONGEST] if value else value for value in values]


def chosen_rows(first: int, end: int) -> list[int]:
    """The rows from `first` (1 or more) up to `end` that are looked at."""
    rows = list(range(first, min(end, _ALL)))
    octave = max(_ALL, 1 << first.bit_length() - 1)
    while octave < end:
        stride = octave >> _OCTAVE_BITS
        rows += range(max(octave, -(-first // stride) * stride), min(end, 2 * octave), stride)
        octave *= 2
    return rows


def _are_chosen(rows: Any) -> Any:
    strides = np.where(rows < _ALL, 1, 1 << np.maximum(0, np.frexp(np.maximum(rows, 1))[1] - 1 - _OCTAVE_BITS))
    return (rows & (strides - 1)) == 0
