"""Columns full of values, judged together.

In a dense table nearly every cell is filled by one value of one pattern, in the same context as all others of its column.
Such cells are confirmed and validated in bulk and share one score and one piece of evidence; every cell in which anything
else is going on (several candidates, a value inside a longer text, a test value, a keyword) is left to the general path.
The outcome is the same, a property test sees to it; only the work per value is less.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from assay.detect import confirm
from assay.detect.candidate import Candidate
from assay.detect.compiled import CompiledPattern
from assay.detect.names import NameIndex
from assay.detect.plan import VALUE
from assay.detect.redact import Fingerprinter, redact
from assay.detect.ruleset import RuleSet
from assay.detect.score import MAX_SCORE, WHOLE_CELL, WITHOUT_CONTEXT, judge
from assay.formats.delimited import DelimitedText
from assay.formats.structure import Place, Window
from assay.model import Evidence, Identifier

_LEAST_IN_COLUMN = 64
_QUOTE = 34

RawMatch = tuple[int, int, int]


class CellGroup(NamedTuple):
    """Values of one pattern that fill cells of one column, by start: what all share, and what each has of its own."""

    identifier: Identifier
    pattern: str
    column: int
    confidence: float
    evidence: tuple[Evidence, ...]
    starts: list[int]
    ends: list[int]
    rows: list[int]
    redacted: list[str]
    fingerprints: list[str]


class Bulk(NamedTuple):
    """The groups, the automaton's matches that are left for the general path, and the cells that it has to look at."""

    groups: list[CellGroup]
    rest: list[RawMatch]
    open_cells: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A pattern in a column: the cells where it may be, and how strong a whole-cell value of it would be."""

    compiled: CompiledPattern
    cells: Any
    starts: Any
    score: float
    strength: tuple[bool, int, float, str, str]


class BulkJudge:
    """Runs the bulk path for one rule set."""

    def __init__(self, rules: RuleSet, fingerprint: Fingerprinter, floor: float) -> None:
        self._rules = rules
        self._fingerprint = fingerprint
        self._floor = floor
        targets = rules.targets
        # What has to be searched for its start is left to the general path.
        self._is_value = np.array([target.kind == VALUE and not target.search for target in targets], dtype=bool)
        self._width = np.array([-1 if target.width is None else target.width for target in targets], dtype=np.int64)

    def run(self, raw: Sequence[RawMatch], data: bytes, window: Window, structure: DelimitedText) -> Bulk:
        """Judge the dense columns of a window."""
        grid = structure.grid(window)
        has_header = structure.dialect.header is not None
        matches = np.array(raw, dtype=np.int64)
        numbers, firsts, ends = matches[:, 0], matches[:, 1], matches[:, 2]
        is_value = self._is_value[numbers]
        width = self._width[numbers]
        starts = np.where(is_value, np.where(width >= 0, ends - width, firsts), ends - 1)
        cell = np.searchsorted(grid.starts, starts, side="right") - 1
        outside = (cell < 0) | (starts > grid.ends[np.maximum(cell, 0)])
        cell = np.maximum(cell, 0)
        low, high = _inner(data, grid)
        open_cells = np.zeros(len(grid.starts), dtype=bool)
        open_cells[0] = True
        open_cells |= grid.starts >= window.core_end
        if has_header:
            open_cells |= grid.rows == 0
        open_cells[cell[~is_value & ~outside]] = True
        groups: list[CellGroup] = []
        usable = is_value & ~outside & ~open_cells[cell]
        column_of = grid.columns[cell]
        named = self._named(structure)
        for column in sorted({*np.unique(column_of[usable]).tolist(), *named}):
            here = np.flatnonzero(usable & (column_of == column))
            if len(here) < _LEAST_IN_COLUMN and column not in named:
                open_cells[cell[here]] = True
                continue
            entries = self._entries(column, named.get(column, {}), grid, here, numbers, starts, cell)
            groups += self._column(column, entries, data, structure, grid, low, high, open_cells)
        left = outside | open_cells[cell]
        rest = [raw[index] for index in np.flatnonzero(left).tolist()]
        return Bulk(groups, rest, open_cells)

    def _named(self, structure: DelimitedText) -> dict[int, dict[int, str]]:
        """Columns whose headers speak of identifiers: column → what `NameIndex.match` says."""
        if structure.dialect.header is None:
            return {}
        matched = {column: self._rules.names.match(name) for column, name in enumerate(structure.names)}
        return {column: found for column, found in matched.items() if found}

    def _entries(
        self, column: int, named: dict[int, str], grid: Any, here: Any, numbers: Any, starts: Any, cell: Any
    ) -> list[_Entry]:
        entries = []
        of_column = numbers[here]
        for number in np.unique(of_column).tolist():
            mine = here[of_column == number]
            entries += [
                self._entry(compiled, cell[mine], starts[mine], compiled.rule.index in named)
                for compiled in self._rules.targets[number].patterns
            ]
        for index in named:
            for compiled in self._rules.rules[index].near_keyword:
                cells = np.flatnonzero((grid.columns == column) & (grid.ends > grid.starts))
                entries.append(self._entry(compiled, cells, grid.starts[cells], True))
        return sorted(entries, key=lambda entry: entry.strength, reverse=True)

    def _entry(self, compiled: CompiledPattern, cells: Any, starts: Any, named: bool) -> _Entry:
        pattern = compiled.pattern
        identifier = compiled.rule.identifier
        score = pattern.confidence
        if named and pattern.anchor != "keyword":
            score += identifier.context_weight
        elif not named and pattern.context_required:
            score = WITHOUT_CONTEXT
        score = min(MAX_SCORE, score + WHOLE_CELL)
        strength = (score >= self._floor, identifier.priority, round(score, 2), identifier.name, pattern.id)
        return _Entry(compiled=compiled, cells=cells, starts=starts, score=score, strength=strength)

    def _column(
        self,
        column: int,
        entries: Sequence[_Entry],
        data: bytes,
        structure: DelimitedText,
        grid: Any,
        low: Any,
        high: Any,
        open_cells: Any,
    ) -> Iterator[CellGroup]:
        claimed = np.zeros(len(grid.starts), dtype=bool)
        for entry in entries:
            free = ~(claimed[entry.cells] | open_cells[entry.cells])
            if not free.any():
                continue
            whole = self._confirm(entry, entry.cells[free], entry.starts[free], data, low, high, open_cells)
            if entry.score < self._floor or not whole:
                continue
            kept = self._validate(entry, whole, data, low, high, open_cells)
            if not kept:
                continue
            claimed[[index for index, _ in kept]] = True
            yield self._group(column, entry, kept, data, structure, grid, low, high)

    def _confirm(
        self, entry: _Entry, cells: Any, starts: Any, data: bytes, low: Any, high: Any, open_cells: Any
    ) -> list[int]:
        """The cells that one match fills; cells with a match that does not fill them are opened to the general path."""
        compiled = entry.compiled
        match = compiled.regex.match
        whole: list[int] = []
        seen: set[int] = set()
        anchored = compiled.by_keyword
        quick = not (compiled.group or anchored)
        for index, start, first, last in zip(
            cells.tolist(), starts.tolist(), low[cells].tolist(), high[cells].tolist(), strict=True
        ):
            if index in seen:
                continue
            if quick and (start == first or compiled.left):
                found = match(data, first)
                if found is not None and found.end() == last:
                    whole.append(index)
                    seen.add(index)
                    continue
            spans = _spans(compiled, data, start, first, last, anchored=anchored)
            if spans == [(first, last)]:
                whole.append(index)
                seen.add(index)
            elif spans:
                open_cells[index] = True
        return [index for index in whole if not open_cells[index]]

    def _validate(
        self, entry: _Entry, whole: Sequence[int], data: bytes, low: Any, high: Any, open_cells: Any
    ) -> list[tuple[int, str]]:
        """(cell, value) of those that pass; test values are left to the general path."""
        rule = entry.compiled.rule
        values = [
            (index, data[first:last].decode("utf-8", "replace"))
            for index, first, last in zip(whole, low[whole].tolist(), high[whole].tolist(), strict=True)
        ]
        is_test, ignored = rule.is_test, rule.ignore
        kept = []
        for item in values:
            if is_test(item[1]):
                open_cells[item[0]] = True
            elif not ignored(item[1]):
                kept.append(item)
        for _, check, _ in entry.compiled.checks:
            kept = [item for item in kept if check(item[1])]
        return kept

    def _group(
        self,
        column: int,
        entry: _Entry,
        kept: Sequence[tuple[int, str]],
        data: bytes,
        structure: DelimitedText,
        grid: Any,
        low: Any,
        high: Any,
    ) -> CellGroup:
        rule = entry.compiled.rule
        identifier = rule.identifier
        cells = [index for index, _ in kept]
        starts, ends = low[cells].tolist(), high[cells].tolist()
        has_header = structure.dialect.header is not None
        sample = _judged(entry.compiled, kept[0], starts[0], ends[0], data, column, structure, self._rules.names)
        prefix, normalise, fingerprint = f"{rule.name}\0", rule.normalise, self._fingerprint
        return CellGroup(
            identifier=identifier,
            pattern=entry.compiled.pattern.id,
            column=column,
            confidence=round(sample.score, 4),
            evidence=tuple(sample.evidence),
            starts=starts,
            ends=ends,
            rows=(grid.rows[cells] + (0 if has_header else 1)).tolist(),
            redacted=[redact(value, identifier) for _, value in kept],
            fingerprints=[fingerprint((prefix + normalise(value)).encode()) for _, value in kept],
        )


def _judged(
    compiled: CompiledPattern,
    item: tuple[int, str],
    start: int,
    end: int,
    data: bytes,
    column: int,
    structure: DelimitedText,
    names: NameIndex,
) -> Candidate:
    """One value of a group through the general judgement: its score and evidence are those of all."""
    candidate = Candidate(start, end, start, item[1], compiled, None)
    name = structure.name(column)
    has_header = structure.dialect.header is not None
    candidate.place = Place(start, end, (name,) if has_header else (), name)
    if compiled.by_keyword:
        candidate.governed = names.match(name).get(compiled.rule.index)
    judge(candidate, data, names)
    return candidate


def _spans(
    compiled: CompiledPattern, data: bytes, start: int, first: int, last: int, *, anchored: bool
) -> list[tuple[int, int]]:
    if anchored:
        return [(item.start, item.end) for item in confirm.within(compiled, data, first, last, closed=True)]
    found = confirm.at(compiled, data, start, -1)
    return [(found.start, found.end)] if found else []


def _inner(data: bytes, grid: Any) -> tuple[Any, Any]:
    """Bounds of what the cells hold, quotes taken off."""
    array = np.frombuffer(data, dtype=np.uint8)
    low, high = grid.starts, grid.ends
    if not len(array):
        return low, high
    top = len(array) - 1
    quoted = (high - low >= 2) & (array[np.minimum(low, top)] == _QUOTE) & (array[np.clip(high - 1, 0, top)] == _QUOTE)
    return low + quoted, high - quoted
