"""Rows as tuples of values → batches of columns of text."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from assay.formats.sampled import Reservoir
from assay.formats.values import as_text
from assay.ports import TableBatch

_BYTES = 4 * 1024 * 1024
_SAMPLED_CELL = 64 * 1024
_SAMPLED_COLUMN = 64 * 1024 * 1024
_LEAST_CELL = 1024
_VALUES = 250_000
_LOOK = 64


class RowBatches:
    """Puts rows of `width` values into batches of bounded size. `row` is the number of the first one that waits."""

    def __init__(self, width: int, row: int = 1) -> None:
        self._width = width
        self._most = max(1, _VALUES // max(1, width))
        self._pending: list[Sequence[Any]] = []
        self._bytes = 0
        self.row = row
        self.started = False

    def of(self, rows: Iterable[Sequence[Any]]) -> Iterator[TableBatch]:
        """Batches of all the rows. What is pending when `rows` raises is in `rest`."""
        yield from self.add(rows)
        yield from self.rest()

    def add(self, rows: Iterable[Sequence[Any]]) -> Iterator[TableBatch]:
        """The full batches as rows come; the last ones wait for more."""
        pending = self._pending
        for row in rows:
            self.started = True
            pending.append(row)
            for value in row:
                if type(value) in _SIZED:
                    self._bytes += len(value)
            if len(pending) >= self._most or self._bytes >= _BYTES:
                yield from self.rest()

    def rest(self) -> Iterator[TableBatch]:
        """What has come since the last batch."""
        if self._pending:
            batch = self.one(self._pending, self.row)
            self.row += len(self._pending)
            self._pending.clear()
            self._bytes = 0
            yield batch

    def one(self, rows: Sequence[Sequence[Any]], first_row: int | None = None) -> TableBatch:
        """All of these rows as one batch."""
        columns = [texts(values) for values in zip(*rows, strict=True)] if rows else [[] for _ in range(self._width)]
        return TableBatch(columns, len(rows), first_row)


_SIZED = frozenset({str, bytes})
_TEXT = frozenset({str, type(None)})
_ALL_TEXT = frozenset({str})
_BYTES_ONLY = frozenset({bytes, type(None)})


def texts(values: Sequence[Any]) -> list[str | None]:
    """The values of a column as text; columns of one type go the short way."""
    kinds = set(map(type, values))
    if kinds == _ALL_TEXT and all(map(str.isascii, values)):
        return list(values)
    if kinds <= _TEXT and all(map(_plain, values)):
        return list(values)
    if kinds <= _BYTES_ONLY:
        try:
            decoded = [None if value is None else value.decode() for value in values]
        except UnicodeDecodeError:
            decoded = []
        if decoded and not any(value is not None and "\0" in value for value in decoded):
            return decoded
    if kinds == {int}:
        try:
            return list(map(str, values))
        except ValueError:
            pass  # thousands of digits
    return [as_text(value) for value in values]


def _plain(value: str | None) -> bool:
    return value is None or value.isascii()


def sampled_cell(rows: int) -> int:
    """Characters of a value that are read of a sample of `rows` rows: 65,536, fewer where many rows are drawn.

    A sample is held as a whole, and 200 values may have 10 MB each.
    """
    return max(_LEAST_CELL, min(_SAMPLED_CELL, _SAMPLED_COLUMN // max(1, rows)))


def reservoir(rows: Iterable[Any], size: int, draw: random.Random) -> list[Any]:
    """`size` of the rows, each as likely as any other; all of them where there are no more."""
    kept: list[Any] = []
    sample = Reservoir(size, draw)
    for row in rows:
        for _, slot in sample.of(1):
            if slot < len(kept):
                kept[slot] = row
            else:
                kept.append(row)
    return kept
