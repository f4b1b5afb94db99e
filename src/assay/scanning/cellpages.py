"""Values of columns → windows of quoted cells, a line each, column behind column: nothing has to be taken apart again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from assay.formats.delimited import DelimitedText, Dialect
from assay.formats.grid import Grid
from assay.formats.structure import Window
from assay.formats.windows import LEFT, RIGHT

if TYPE_CHECKING:
    from assay.formats.textcolumn import QuotedText  # loads pyarrow, which tables of other files need not have

# A dense table has a finding every few dozen bytes, each many times as long in the output.
PAGE = 512 * 1024
_BESIDE = 3  # two quotes and a line feed


class Cells(NamedTuple):
    """Cells of one column: their text as `quoted` gives it, the bytes of each between its quotes, and for each its row."""

    column: int
    data: bytes | QuotedText
    sizes: Any
    rows: Any


class _Written(NamedTuple):
    """Some of them, their text written."""

    column: int
    data: bytes
    sizes: Any
    rows: Any


class Page(NamedTuple):
    """A window and its cells. `begun`: its only cell is longer than a page, and this is not its beginning."""

    window: Window
    grid: Grid
    begun: bool = False


class Paged(DelimitedText):
    """The structure of such windows: the cells are those of the page that is shown."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(Dialect(delimiter=",", header=tuple(names), width=len(names)))
        self._page: Grid | None = None

    def show(self, page: Page) -> None:
        self._page = page.grid

    def grid(self, _window: Window) -> Grid:
        assert self._page is not None
        return self._page


def quoted(values: Sequence[str | None]) -> tuple[bytes | QuotedText, Any]:
    """All values in quotes, a line each, and how many bytes each takes between its quotes."""
    arrow = getattr(values, "quoted", None)
    done: tuple[QuotedText, Any] | None = arrow() if arrow is not None else None
    if done is not None:
        return done
    filled = ["" if value is None else value for value in values]
    if '"' in "".join(filled):
        filled = [value.replace('"', '""') for value in filled]
    text = '"\n"'.join(filled)
    if text.isascii():
        sizes = np.fromiter(map(len, filled), np.int64, len(filled))
    else:
        sizes = np.fromiter((len(value.encode("utf-8", "replace")) for value in filled), np.int64, len(filled))
    return (f'"{text}"\n'.encode("utf-8", "replace") if filled else b""), sizes


def pages(columns: Iterable[Cells]) -> Iterator[Page]:
    """Pages of all the cells, in their order; a cell that is longer than a page has pages of its own."""
    held: list[_Written] = []
    size = 0
    for cells in columns:
        ends = np.cumsum(cells.sizes + _BESIDE)
        low, count = 0, len(cells.sizes)
        while low < count:
            begin = int(ends[low - 1]) if low else 0
            high = int(np.searchsorted(ends, begin + PAGE - size, side="right"))
            if high > low:
                held.append(_cut(cells, ends, low, high))
                size += int(ends[high - 1]) - begin
                low = high
                continue
            if held:
                yield _page(held)
                held, size = [], 0
                continue
            yield from _long(_cut(cells, ends, low, low + 1))
            low += 1
    if held:
        yield _page(held)


def _cut(cells: Cells, ends: Any, low: int, high: int) -> _Written:
    begin = int(ends[low - 1]) if low else 0
    data = cells.data
    text = data[begin : int(ends[high - 1])] if isinstance(data, bytes) else data.part(low, high)
    return _Written(cells.column, text, cells.sizes[low:high], cells.rows[low:high])


def _page(held: Sequence[_Written]) -> Page:
    sizes = np.concatenate([cells.sizes for cells in held])
    ends = np.cumsum(sizes + _BESIDE) - 1
    columns = np.repeat([cells.column for cells in held], [len(cells.sizes) for cells in held])
    grid = Grid(
        starts=ends - sizes - 2,
        ends=ends,
        columns=columns,
        rows=np.concatenate([cells.rows for cells in held]),
        new_rows=len(sizes),
    )
    data = b"".join(cells.data for cells in held)
    return Page(Window(data, 0, len(data), 0, 0, 0, True), grid)


def _long(cell: _Written) -> Iterator[Page]:
    """Windows of one long cell, with margins for what crosses their cuts."""
    text = cell.data[:-1]
    at = 0
    while at < len(text):
        end = _boundary(text, at + PAGE)
        low, high = _boundary(text, max(0, at - LEFT)), _boundary(text, end + RIGHT)
        data = text[low:high]
        grid = Grid(
            starts=np.zeros(1, dtype=np.int64),
            ends=np.array([len(data)]),
            columns=np.array([cell.column]),
            rows=cell.rows,
            new_rows=0 if at else 1,
        )
        yield Page(Window(data, at - low, end - low, low, 0, 0, end >= len(text)), grid, begun=at > 0)
        at = end


def _boundary(text: bytes, at: int) -> int:
    """The beginning of a character at `at` or behind it."""
    while at < len(text) and text[at] & 0xC0 == 0x80:
        at += 1
    return min(at, len(text))
