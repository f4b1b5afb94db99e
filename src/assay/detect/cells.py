"""Cells of columns whose header names an identifier: its keyword-anchored patterns run on what every cell holds.

What a cell holds is its text without the quotes and blanks around it, doubled quotes being one (RFC 4180, section 2.7). It
is searched as if it stood in quotes, however the table is written, so that a value is the same one with quotes and without.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from assay.detect import confirm
from assay.detect.candidate import Candidate
from assay.detect.compiled import CompiledPattern, CompiledRule
from assay.detect.ruleset import RuleSet
from assay.detect.scalars import filling
from assay.formats.delimited import DelimitedText
from assay.formats.structure import Decoded, Window

QUOTES = b"\"'`"
_DOUBLED = b'""'
_BEFORE = b',"'
_LONGEST = 1024


class CellContent:
    """What the cell at `[start, end)` of some data holds: `text`, which stands at `[low, high)`."""

    __slots__ = ("_doubled", "high", "low", "text")

    def __init__(self, data: bytes, start: int, end: int) -> None:
        low, high = _without_blanks(data, start, end)
        quoted = high - low >= 2 and data[low] == data[high - 1] == QUOTES[0]
        if quoted:
            low, high = _without_blanks(data, low + 1, high - 1)
        self.low, self.high = low, high
        self.text = data[low:high]
        self._doubled: list[int] = []
        if quoted and _DOUBLED in self.text:
            self._undouble()

    def _undouble(self) -> None:
        parts = self.text.split(_DOUBLED)
        at = -1
        for part in parts[:-1]:
            at += len(part) + 1
            self._doubled.append(at)
        self.text = b'"'.join(parts)

    def at(self, place: int) -> int:
        """Where in the data a place of the text is."""
        return self.low + place + bisect_left(self._doubled, place)

    def candidates(self, rule: CompiledRule) -> Iterator[Candidate]:
        """Values of the rule's keyword-anchored patterns in the cell, placed where they are written."""
        text = self.text
        if len(text) <= _LONGEST and any(quote in text for quote in QUOTES):
            whole = filling(rule, Decoded(text, range(len(text) + 1)))
            if whole:
                for candidate in whole:
                    candidate.match_start = candidate.start = self.low
                    candidate.end = self.high
                    yield candidate
                return
        for compiled in rule.in_column:
            for candidate in as_quoted(compiled, text):
                candidate.start = self.at(candidate.start - len(_BEFORE))
                candidate.end = self.at(candidate.end - len(_BEFORE))
                candidate.match_start = self.at(candidate.match_start - len(_BEFORE))
                yield candidate


def as_quoted(compiled: CompiledPattern, text: bytes) -> Iterator[Candidate]:
    """The pattern's matches in what a cell holds, as if it stood in quotes: places are by `len(_BEFORE)` too large."""
    whole = b'%b%b"' % (_BEFORE, text)
    yield from confirm.within(compiled, whole, len(_BEFORE), len(whole) - 1, closed=True)


def fills(compiled: CompiledPattern, text: bytes) -> bool | None:
    """Whether one match of the pattern fills what a cell holds; `None` where there is none."""
    whole = b'%b%b"' % (_BEFORE, text)
    low, high = len(_BEFORE), len(whole) - 1
    found = compiled.search(whole, low, high)
    if found is None:
        return None
    if compiled.find is None and compiled.span(found) == (low, high):
        return True
    spans = [(item.start, item.end) for item in confirm.within(compiled, whole, low, high, closed=True)]
    return spans == [(low, high)] if spans else None


def named_columns(rules: RuleSet, structure: DelimitedText) -> Iterator[tuple[int, list[tuple[CompiledRule, str]]]]:
    """Columns whose headers name identifiers: these, each with the hint that matched."""
    if structure.dialect.header is None:
        return
    for column, name in enumerate(structure.called):
        matched = [(rules.rules[index], hint) for index, hint in rules.names.match(name).items()]
        if named := [(rule, hint) for rule, hint in matched if rule.in_column]:
            yield column, named


def column_candidates(
    rules: RuleSet, data: bytes, window: Window, structure: DelimitedText, cells: Any = None
) -> Iterator[Candidate]:
    """Values of keyword-anchored patterns in the columns that are named for them; `cells` masks which are looked at."""
    wanted = list(named_columns(rules, structure))
    if not wanted:
        return
    grid = structure.grid(window)
    for column, named in wanted:
        mask = (grid.columns == column) & (grid.rows > 0) & (grid.ends > grid.starts)
        mask &= grid.starts < window.core_end
        where = np.flatnonzero(mask if cells is None else mask & cells)
        for content in _contents(data, where, grid):
            for rule, hint in named:
                for candidate in content.candidates(rule):
                    candidate.governed = hint
                    yield candidate


def _contents(data: bytes, where: Any, grid: Any) -> Iterator[CellContent]:
    starts: Sequence[int] = grid.starts[where].tolist()
    for index, start, end in zip(where.tolist(), starts, grid.ends[where].tolist(), strict=True):
        # The rest of a cell is told by its whole: what begins before the window's core is none of its findings.
        begun = grid.begun if not index and grid.begun is not None else start
        yield CellContent(data, begun, end)


def _without_blanks(data: bytes, low: int, high: int) -> tuple[int, int]:
    if low < high and (data[low] <= 32 or data[high - 1] <= 32):
        text = data[low:high]
        low = high - len(text.lstrip())
        return low, max(low, high - len(text) + len(text.rstrip()))
    return low, high
