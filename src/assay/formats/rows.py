"""Rows as tuples of values → batches of columns of text."""

from __future__ import annotations

import random
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any

from assay.formats.sampled import Reservoir
from assay.formats.values import as_text, declared_text, floats
from assay.ports import TableBatch

_BYTES = 4 * 1024 * 1024
_SAMPLED_CELL = 64 * 1024
_SAMPLED_COLUMN = 64 * 1024 * 1024
_LEAST_CELL = 1024
_VALUES = 250_000
_LOOK = 64


class RowBatches:
    """Puts rows of `width` values into batches of bounded size. `row` is the number of the first one that waits.

    With `cell`, no more characters of a value are kept; of one that is longer the rows hold one more at least. Bytes are
    counted as they are, but in the columns `encoded` as the characters of their UTF-8.
    """

    def __init__(
        self, width: int, row: int = 1, *, cell: int | None = None, encoded: Container[int] = frozenset()
    ) -> None:
        self._width = width
        self._cell = cell
        self._encoded = encoded
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

    def extend(self, rows: Sequence[Sequence[Any]]) -> Iterator[TableBatch]:
        """`add` for some rows that are at hand: their size is taken column by column."""
        size = 0
        for column in zip(*rows, strict=True):
            kinds = set(map(type, column))
            if kinds <= _SIZED:
                size += sum(map(len, column))
            elif kinds & _SIZED:
                size += sum(len(value) for value in column if type(value) in _SIZED)
        if len(self._pending) + len(rows) > self._most or self._bytes + size > _BYTES:
            yield from self.add(rows)
            return
        self.started = self.started or bool(rows)
        self._pending += rows
        self._bytes += size

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
        if not rows:
            return TableBatch([[] for _ in range(self._width)], 0, first_row)
        cut: dict[int, int] = {}
        columns = []
        for index, given in enumerate(zip(*rows, strict=True)):
            values: Sequence[Any] = given
            if self._cell is not None and _longest(given) > self._cell:
                values, is_cut = _shortened(given, self._cell, encoded=index in self._encoded)
                if is_cut:
                    cut[index] = self._cell
            columns.append(texts(values))
        return TableBatch(columns, len(rows), first_row, cut)


_SIZED = frozenset({str, bytes})
_TEXT = frozenset({str, type(None)})
_ALL_TEXT = frozenset({str})
_BYTES_ONLY = frozenset({bytes, type(None)})


def _longest(values: Sequence[Any]) -> int:
    return max((len(value) for value in values if type(value) in _SIZED), default=0)


def _shortened(values: Sequence[Any], cell: int, *, encoded: bool) -> tuple[list[Any], bool]:
    """The values with no more than `cell` characters each, and whether any had more."""
    found: list[Any] = []
    cut = False
    for value in values:
        kept = declared_text(value) if encoded and type(value) is bytes else value
        if isinstance(kept, str | bytes) and len(kept) > cell:
            cut = True
            kept = _whole_characters(kept[:cell]) if isinstance(kept, bytes) else kept[:cell]
        found.append(kept)
    return found, cut


def _whole_characters(data: bytes) -> bytes:
    """Bytes that were cut, without the beginning of a character of UTF-8 whose rest is missing."""
    for back in range(1, min(4, len(data) + 1)):
        byte = data[-back]
        if byte & 0xC0 != 0x80:
            size = 4 if byte >= 0xF0 else 3 if byte >= 0xE0 else 2 if byte >= 0xC0 else 1
            return data[:-back] if size > back else data
    return data


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
    if kinds == {float}:
        return floats(values)
    if kinds == {bool}:
        return ["true" if value else "false" for value in values]
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
