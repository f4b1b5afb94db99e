"""Rows in columns, as wide as the terminal at most."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Sequence

from assay.report.printable import pad, printable, shorten, width

_GAP = 2
_NARROWEST = 6


def terminal_columns() -> int:
    """How wide the terminal is; 80 where the output is none."""
    if sys.stdout is None or not sys.stdout.isatty():
        return 80
    return shutil.get_terminal_size().columns


def grid(
    heads: Sequence[str], rows: Sequence[Sequence[object]], columns: int, *, cut: Sequence[int] = ()
) -> Iterator[str]:
    """The lines of a table. Numbers stand to the right. Where it is too wide, cells are cut with `…`: of the columns
    `cut`, the widest first, and only then of others."""
    texts = [[printable(_text(cell)) for cell in row] for row in rows]
    widths = [max(width(row[at]) for row in [list(heads), *texts]) for at in range(len(heads))]
    for may in (cut, range(len(heads))):
        while sum(widths) + _GAP * (len(widths) - 1) > columns:
            widest = max(may, key=lambda at: widths[at], default=None)
            if widest is None or widths[widest] <= _NARROWEST:
                break
            widths[widest] -= 1
    right = [bool(rows) and all(isinstance(row[at], int | float | None) for row in rows) for at in range(len(heads))]
    for row in [list(heads), *texts]:
        cells = [shorten(cell, wide) for cell, wide in zip(row, widths, strict=True)]
        placed = [
            " " * (wide - width(cell)) + cell if is_right else pad(cell, wide)
            for cell, wide, is_right in zip(cells, widths, right, strict=True)
        ]
        yield (" " * _GAP).join(placed).rstrip()


def _text(cell: object) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, float):
        return f"{cell:.2f}"
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else str(cell)
