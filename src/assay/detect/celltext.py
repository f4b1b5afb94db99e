"""The text of a window's cells, taken out and searched many at a time."""

from __future__ import annotations

import re
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from assay.detect.compiled import CompiledPattern
from assay.detect.narrowed import ALNUM, Narrowed, kinds_of, narrowed
from assay.detect.reach import needed_bytes, never_behind, reach
from assay.formats.structure import Window

_QUOTE = 34
_APOSTROPHE = 39
_BACKTICK = 96
_BLANK = 32
_NEWLINE = 10
_BETWEEN = 3  # a quote, what parts two cells, a quote
_LEAST = 8
_MOST_MARKS = 6
_MARKS = b"\x02\x03\x04\x05"


class CellText:
    """What the cells of a window hold, quotes taken off: `low` and `high` are its bounds, by cell."""

    def __init__(self, window: Window, grid: Any, delimiter: str) -> None:
        data = window.data
        self.data = data
        self._bytes = np.frombuffer(data, dtype=np.uint8)
        self._flat = _split(window, len(grid.starts), delimiter)
        self.low, self.high = grid.starts, grid.ends
        if self._flat is None and len(data):
            self.low, self.high = _inner(self._bytes, grid)
        self._ascii = data.decode("ascii") if self._flat is None and data.isascii() else None

    def values(self, cells: Any) -> list[str]:
        """The cells' values. `cells` is an array of their indexes."""
        if self._flat is not None:
            return _picked(self._flat, cells)
        bounds = zip(self.low[cells].tolist(), self.high[cells].tolist(), strict=True)
        if self._ascii is not None:
            text = self._ascii
            return [text[first:last] for first, last in bounds]
        data = self.data
        return [data[first:last].decode("utf-8", "replace") for first, last in bounds]

    def odd(self, cells: Any) -> Any:
        """Which of some cells have blanks around what they hold, or quotes in it."""
        low, high = self.low[cells], self.high[cells]
        last = max(0, len(self._bytes) - 1)
        if not len(self._bytes):
            return np.zeros(len(cells), dtype=bool)
        blank = (self._bytes[np.minimum(low, last)] <= _BLANK) | (self._bytes[np.clip(high - 1, 0, last)] <= _BLANK)
        marks = self._quotes
        inside = np.searchsorted(marks, high) > np.searchsorted(marks, low)
        return (blank & (high > low)) | inside

    @cached_property
    def _quotes(self) -> Any:
        """Where quotes stand, of any kind."""
        return np.flatnonzero((self._bytes == _QUOTE) | (self._bytes == _APOSTROPHE) | (self._bytes == _BACKTICK))

    def filled(self, compiled: CompiledPattern, cells: Any) -> tuple[Any, Any]:
        """For each cell whether a match that begins in it certainly fills it, and whether certainly none begins in it at all. What is
        neither is to be looked at."""
        found, none = np.zeros(len(cells), dtype=bool), np.zeros(len(cells), dtype=bool)
        reads = None if compiled.untrusted else reach(compiled.pattern.regex)
        if reads is None:
            return found, none
        for before, after, mine in self._neighbours(cells):
            joined = self._joined(cells[mine], before, after)
            regex = compiled.regex
            looks = b"(?=" in regex.pattern or b"(?<=" in regex.pattern
            narrow = _narrow(compiled, joined, frozenset((before, after)))
            inside = before not in reads.read and after not in reads.read
            if narrow is not None:
                regex, looks = narrow.regex, narrow.looks
            elif not inside:
                continue
            found[mine], empty = _filled(regex, compiled.group, joined, looks=looks)
            if inside:
                # Else the expression may have been narrowed to what matches from the beginning of a text.
                none[mine] = empty
        return found, none

    def beginning(self, compiled: CompiledPattern, starts: Any) -> Any:
        """Which of some places a match may begin at, by the byte before it; `None` where that is not known."""
        if compiled.untrusted or compiled.left or compiled.pattern.caseless:
            return None
        behind = sorted(never_behind(compiled.pattern.regex))
        if not behind:
            return None
        never = np.zeros(256, dtype=bool)
        never[behind] = True
        return (starts <= 0) | ~never[self._bytes[np.maximum(starts, 1) - 1]]

    def holding(self, compiled: CompiledPattern, cells: Any) -> Any:
        """For each cell whether there may be a match in it when nothing behind it is seen. `False` is certain."""
        if not self._may_hold(compiled, cells):
            return np.zeros(len(cells), dtype=bool)
        found = np.ones(len(cells), dtype=bool)
        reads = None if compiled.untrusted else reach(compiled.pattern.regex)
        if reads is None:
            return found
        for before, after, mine in self._neighbours(cells):
            if before in reads.read or after in reads.read or after in reads.seen:
                continue
            found[mine] = _holding(compiled, self._joined(cells[mine], before, after))
        return found

    def _may_hold(self, compiled: CompiledPattern, cells: Any) -> bool:
        """Whether the cells have a byte of every set of which a match needs one."""
        if compiled.untrusted or compiled.pattern.caseless or not len(cells):
            return True
        text = b"".join(self._joined(cells, _NEWLINE, _NEWLINE).texts())
        present = np.flatnonzero(np.bincount(np.frombuffer(text, dtype=np.uint8), minlength=256)).tolist()
        return not any(needed.isdisjoint(present) for needed in needed_bytes(compiled.pattern.regex))

    def _neighbours(self, cells: Any) -> list[tuple[int, int, Any]]:
        """The cells by the bytes beside them: byte before, byte behind, which of the cells."""
        low, high = self.low[cells], self.high[cells]
        inside = (low > 0) & (high < len(self._bytes)) & (high > low)
        if not inside.all():
            where = np.flatnonzero(inside)
            low, high = low[where], high[where]
        else:
            where = np.arange(len(cells))
        if not len(where):
            return []
        sides = self._bytes[low - 1].astype(np.int64) * 256 + self._bytes[high]
        first = int(sides[0])
        if (sides == first).all():
            return [(first >> 8, first & 255, where)] if len(where) >= _LEAST else []
        found = []
        for side in np.unique(sides).tolist():
            mine = where[sides == side]
            if len(mine) >= _LEAST:
                found.append((side >> 8, side & 255, mine))
        return found

    def _joined(self, cells: Any, before: int, after: int) -> _Joined:
        between = bytes((after, before)) if before != after else bytes((after,))
        if self._flat is not None:
            # What stands beside cells without quotes is ASCII.
            middle = between.decode().join(_picked(self._flat, cells)).encode()
        else:
            data = self.data
            together = self._together(cells, before, after)
            if together is not None:
                return together
            bounds = zip(self.low[cells].tolist(), self.high[cells].tolist(), strict=True)
            middle = between.join([data[first:last] for first, last in bounds])
        whole = b"%c%b%c" % (before, middle, after)
        wanted = (len(cells) - 1) * len(between) + 2
        beside = whole.count(before) + (whole.count(after) if before != after else 0)
        lengths = None if beside == wanted else self.high[cells] - self.low[cells]
        return _Joined(whole, between, len(cells), lengths)

    def _together(self, cells: Any, before: int, after: int) -> _Joined | None:
        """Quoted cells that stand behind one another, as they stand there; `None` where it is not so simple."""
        count = len(cells)
        if before != _QUOTE or after != _QUOTE or count < 2 or not bool((np.diff(cells) == 1).all()):
            return None
        first, last = int(self.low[cells[0]]), int(self.high[cells[-1]])
        between = self.data[int(self.high[cells[0]]) : int(self.low[cells[1]])]
        whole = self.data[first - 1 : last + 1]
        if len(between) != _BETWEEN or whole.count(between) != count - 1 or whole.count(b'"') != 2 * count:
            return None
        return _Joined(whole, between, count, None)


class _Joined(NamedTuple):
    """Texts behind one another, each between the bytes that stand beside it in its own place.

    Nothing in the expression reads those bytes, so that a match in one of the texts is what it is in its own place, and
    none goes beyond it. `lengths` is `None` where the bytes between stand nowhere else.
    """

    whole: bytes
    between: bytes
    number: int
    lengths: Any

    def texts(self) -> list[bytes]:
        if self.lengths is None:
            return self.whole[1:-1].split(self.between)
        starts, ends = self.spans()
        return [self.whole[first:last] for first, last in zip(starts.tolist(), ends.tolist(), strict=True)]

    def spans(self) -> tuple[Any, Any]:
        """Where each of the texts begins and ends."""
        lengths = np.fromiter(map(len, self.texts()), np.int64, self.number) if self.lengths is None else self.lengths
        starts = 1 + np.concatenate(([0], np.cumsum(lengths[:-1] + len(self.between))))
        return starts, starts + lengths


def _narrow(compiled: CompiledPattern, joined: _Joined, beside: frozenset[int]) -> Narrowed | None:
    """The expression as far as it can match in the texts, if that reads none of the bytes beside them."""
    present = frozenset(joined.whole.replace(joined.between, b"").translate(None, ALNUM))
    marks = [mark for mark in present - beside if mark < 128]
    if len(marks) > _MOST_MARKS:
        # Text of all kinds: little can be left out, and each window would have an expression of its own.
        return None
    flags = re.IGNORECASE if compiled.pattern.caseless else 0
    narrow = narrowed(compiled.pattern.regex, kinds_of(present), beside, frozenset(), flags)
    if narrow is not None and not narrow.stays_within(beside):
        texts = joined.texts()
        everywhere = frozenset(mark for mark in marks if all(mark in text for text in texts))
        narrow = narrowed(compiled.pattern.regex, kinds_of(present), beside, everywhere, flags)
    return narrow if narrow is not None and narrow.stays_within(beside) else None


def _filled(regex: re.Pattern[bytes], group: int | None, joined: _Joined, *, looks: bool) -> tuple[Any, Any]:
    """Of each text whether a match fills it, and whether there is none in it."""
    alike = joined.lengths is None
    if group is None and alike:
        mark = next((bytes((mark,)) for mark in _MARKS if mark not in joined.whole), b"")
        if mark:
            left, number = regex.subn(mark, joined.whole)
            if not number:
                return False, True
            left = left[1:-1]
            if left == joined.between.join([mark] * joined.number):
                return True, False
            parts = left.split(joined.between)
            return [part == mark for part in parts], [mark not in part for part in parts]
    # Values within their matches do not overlap, unless one is found by looking ahead or back.
    if regex.groups == 1 == group and not looks and alike:
        values = regex.findall(joined.whole)
        if len(values) == joined.number and joined.between.join(values) == joined.whole[1:-1]:
            return True, False
    found, none = np.zeros(joined.number, dtype=bool), np.ones(joined.number, dtype=bool)
    matches = list(regex.finditer(joined.whole))
    if matches:
        starts, ends = joined.spans()
        begins = np.array([match.start() for match in matches], dtype=np.int64)
        none[np.maximum(np.searchsorted(starts, begins, side="right") - 1, 0)] = False
        bounds = np.array([match.span(group or 0) for match in matches], dtype=np.int64)
        cell = np.maximum(np.searchsorted(starts, bounds[:, 0], side="right") - 1, 0)
        found[cell[(bounds[:, 0] == starts[cell]) & (bounds[:, 1] == ends[cell])]] = True
    return found, none


def _holding(compiled: CompiledPattern, joined: _Joined) -> Any:
    regex: re.Pattern[bytes] = compiled.regex
    if regex.search(joined.whole) is None:
        return False
    starts, _ = joined.spans()
    at = np.fromiter((match.start() for match in regex.finditer(joined.whole)), np.int64)
    found = np.zeros(joined.number, dtype=bool)
    found[np.maximum(np.searchsorted(starts, at, side="right") - 1, 0)] = True
    return found


def _picked(flat: list[str], cells: Any) -> list[str]:
    count = len(cells)
    if count < 2:
        return [flat[index] for index in cells.tolist()]
    first, step = int(cells[0]), int(cells[1] - cells[0])
    if step > 0 and int(cells[-1]) == first + step * (count - 1) and bool((np.diff(cells) == step).all()):
        return flat[first : int(cells[-1]) + 1 : step]
    return list(itemgetter(*cells.tolist())(flat))


def _split(window: Window, count: int, delimiter: str) -> list[str] | None:
    """The cells of a window without quotes, taken apart in one go; `None` where that is not so simple."""
    data = window.data[window.core_start :]
    if b'"' in data:
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    if "\r" in text:
        text = text.replace("\r\n", "\n").removesuffix("\r")
    cells = text.replace("\n", delimiter).split(delimiter)
    if window.last and data.endswith(b"\n"):
        cells.pop()
    return cells if len(cells) == count else None


def _inner(array: Any, grid: Any) -> tuple[Any, Any]:
    """Bounds of what the cells hold, quotes taken off."""
    low, high = grid.starts, grid.ends
    top = len(array) - 1
    quoted = (high - low >= 2) & (array[np.minimum(low, top)] == _QUOTE) & (array[np.clip(high - 1, 0, top)] == _QUOTE)
    return low + quoted, high - quoted
