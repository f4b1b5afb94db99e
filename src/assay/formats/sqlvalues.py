"""Values of SQL statements: the grammar of literals, and the values of some columns of INSERT statements and COPY blocks."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from collections.abc import Set as AbstractSet
from functools import lru_cache
from typing import NamedTuple

from assay.formats.structure import Window

STRING = rb"'(?>[^'\\]*(?:(?:''|\\.)[^'\\]*)*)'"
DOUBLE = rb"\"(?>[^\"\\]*(?:(?:\"\"|\\.)[^\"\\]*)*)\""
VALUE = re.compile(
    rb"[NEBXnebx]?(?:_\w+\s*)?'((?>[^'\\]*(?:(?:''|\\.)[^'\\]*)*))'|\"((?>[^\"\\]*(?:(?:\"\"|\\.)[^\"\\]*)*))\"|([(])|([)])|(,)|([^\s(),'\"]++)",
    re.DOTALL,
)
_BRACKETED = rb"\((?>(?:[^()'\"]++|" + STRING + rb"|" + DOUBLE + rb"|\((?>(?:[^()'\"]++|" + STRING + rb")*)\))*)\)"
_ITEM = rb"(?>(?:[^,()'\"]++|" + STRING + rb"|" + DOUBLE + rb"|" + _BRACKETED + rb")*)"
OPENING = re.compile(rb"\s*,?\s*\(")
_CELL = re.compile(rb"([^\t\n]*?)\r*([\t\n]|\Z)")
REST = re.compile(rb"(?>[^'\\]*(?:(?:''|\\.)[^'\\]*)*)", re.DOTALL)
# An expression with a group for each of very many columns takes minutes to compile.
_AT_ONCE = 100


class SqlState(NamedTuple):
    """The statement that a position lies in: its `table` (empty: none), `columns`, and whether it is a COPY block.

    Within a row that crosses a cut, `column` is the number of the value and `open_at` where its string began, in
    bytes of the decoded file.
    """

    table: str = ""
    columns: tuple[str, ...] = ()
    copying: bool = False
    column: int | None = None
    open_at: int | None = None


Found = Iterator[tuple[int, int, int]]
"""Column, start and end of each value."""


@lru_cache(maxsize=256)
def _row(columns: tuple[int, ...]) -> re.Pattern[bytes]:
    """A row of an INSERT, with a group for each of the `columns` (ascending)."""
    parts = []
    before = 0
    for column in columns:
        skipped = column - before
        parts.append((b"(?:" + _ITEM + rb",){%d}+" % skipped if skipped else b"") + b"(" + _ITEM + b")")
        before = column + 1
    return re.compile(rb"[\s,]*+\(" + b",".join(parts) + rb"(?>(?:," + _ITEM + rb")*)\)", re.DOTALL)


@lru_cache(maxsize=256)
def _line(columns: tuple[int, ...]) -> re.Pattern[bytes]:
    """A line of a COPY block, with a group for each of the `columns`."""
    parts = []
    before = 0
    for column in columns:
        parts.append(rb"(?:[^\t\n]*+\t){%d}" % (column - before) + rb"([^\t\r\n]*+)")
        before = column
    return re.compile(b"^" + b"".join(parts), re.MULTILINE)


def copied(window: Window, position: int, columns: tuple[int, ...]) -> Found:
    """Wanted values of a COPY block from `position` on, in the core."""
    data = window.data
    stop = copy_end(data, position)
    end = min(stop, window.core_end)
    if len(columns) > _AT_ONCE:
        yield from _copied_cells(window, position, end, frozenset(columns))
        return
    line = _line(columns)
    position = data.rfind(b"\n", 0, position) + 1
    while position < end and (row := line.search(data, position, stop)) is not None and row.start() < end:
        for number, column in enumerate(columns, 1):
            yield column, *row.span(number)
        after = data.find(b"\n", row.end(), stop)
        position = stop if after < 0 else after + 1


def _copied_cells(window: Window, position: int, end: int, columns: AbstractSet[int]) -> Found:
    data = window.data
    position = data.rfind(b"\n", 0, position) + 1
    while position < end:
        for column, cell in enumerate(_CELL.finditer(data, position)):
            if column in columns:
                yield column, *cell.span(1)
            position = cell.end()
            if cell[2] != b"\t":
                break


def inserted(window: Window, position: int, state: SqlState, columns: tuple[int, ...]) -> Found:
    """Wanted values of an INSERT from `position` on, of the rows that begin in the core or reach into it."""
    data = window.data
    wanted = frozenset(columns)
    if state.column is not None:
        column = state.column
        if state.open_at is not None:
            rest = REST.match(data, position)
            closed = rest.end() if rest else position
            if column in wanted:
                yield column, max(0, state.open_at - window.byte), closed
            position = closed + 1
        position = yield from _tokens(window, position, column, wanted)
    row = _row(columns) if len(columns) <= _AT_ONCE else None
    while position < window.core_end:
        found = row.match(data, position) if row else None
        if found is not None:
            for number, column in enumerate(columns, 1):
                for value in VALUE.finditer(data, *found.span(number)):
                    if value.lastindex in (1, 2, 6):
                        yield column, *value.span(value.lastindex)
            position = found.end()
            continue
        opening = OPENING.match(data, position)
        if opening is None:
            return
        # A row with fewer values, of another form, or one that crosses the end of the window.
        position = yield from _tokens(window, opening.end(), 0, wanted)


def _tokens(
    window: Window, position: int, column: int, columns: AbstractSet[int]
) -> Generator[tuple[int, int, int], None, int]:
    """Wanted values of one row from value number `column` on; returns where the row ends, or the window."""
    data = window.data
    depth = 0
    while True:
        value = VALUE.search(data, position)
        if value is None or (value.start() > position and b"'" in data[position : value.start()]):
            quote = data.find(b"'", position)
            if quote >= 0 and column in columns:
                yield column, quote + 1, len(data)
            return len(data)
        kind = value.lastindex or 0
        position = value.end()
        if kind in (1, 2, 6):
            if column in columns:
                yield column, *value.span(kind)
        elif kind == 5:
            column += depth == 0
        elif kind == 3:
            depth += 1
        elif depth == 0:
            return position
        else:
            depth -= 1


def copy_end(data: bytes, position: int) -> int:
    """Where a COPY block ends: at its `\\.` line."""
    if data.startswith(b"\\.", position):
        return position
    end = data.find(b"\n\\.", position)
    return len(data) if end < 0 else end + 1
