"""Columns full of values, judged together.

In a dense table nearly every cell is filled by one value of one pattern, in the same context as all others of its column.
Such cells are confirmed and validated in bulk and share one score and one piece of evidence; every cell in which anything
else is going on (several candidates, a value inside a longer text, a test value, a keyword) is left to the general path.
The outcome is the same, a property test sees to it; only the work per value is less.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any, NamedTuple

import numpy as np

from assay.detect import confirm
from assay.detect.candidate import Candidate
from assay.detect.cells import fills
from assay.detect.celltext import CellText
from assay.detect.columnchecks import HOPELESS, Texts, hopeless, passing
from assay.detect.compiled import CompiledPattern
from assay.detect.names import NameIndex
from assay.detect.plan import VALUE
from assay.detect.redact import Fingerprinter, normalise_all, redact_all
from assay.detect.ruleset import RuleSet
from assay.detect.score import MAX_SCORE, WHOLE_CELL, WITHOUT_CONTEXT, judge
from assay.formats.delimited import DelimitedText
from assay.formats.structure import Place, Window
from assay.model import Evidence, Identifier

_LEAST_IN_COLUMN = 64

RawMatch = tuple[int, int, int]


class CellGroup(NamedTuple):
    """Values of one pattern that fill cells of one column, by start: what all share, and what each has of its own. All of
    them pass the pattern's validators, and none is a test value.

    `starts`, `ends` (bytes of the window) and `rows` are arrays of int64; `fingerprints` stand behind one another, 64 digits
    each.
    """

    compiled: CompiledPattern
    column: int
    confidence: float
    evidence: tuple[Evidence, ...]
    starts: Any
    ends: Any
    rows: Any
    redacted: list[str]
    fingerprints: str

    @property
    def identifier(self) -> Identifier:
        return self.compiled.rule.identifier


class Bulk(NamedTuple):
    """The groups, the automaton's matches that are left for the general path, and the cells that it has to look at."""

    groups: list[CellGroup]
    rest: list[RawMatch]
    open_cells: Any

    def disputed(self, starts: Sequence[int], window: Window, structure: DelimitedText) -> list[int]:
        """Cells of the groups in which the general path found something too: a value may begin behind a word of the
        cell before, or of the header."""
        cells = {cell for cell in structure.cell_indexes(window, starts) if cell >= 0 and not self.open_cells[cell]}
        return sorted(cells)


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

    def run(
        self,
        raw: Sequence[int],
        window: Window,
        structure: DelimitedText,
        opened: Sequence[int] = (),
    ) -> Bulk:
        """Judge the dense columns of a window, but for the cells that are `opened` to the general path.

        `raw` are the automaton's matches: expression, start or 0 and end of the first, then those of the next.
        """
        grid = structure.grid(window)
        has_header = structure.dialect.header is not None
        matches = np.fromiter(raw, np.int64, len(raw)).reshape(-1, 3)
        numbers, firsts, ends = matches[:, 0], matches[:, 1], matches[:, 2]
        is_value = self._is_value[numbers]
        width = self._width[numbers]
        starts = np.where(is_value, np.where(width >= 0, ends - width, firsts), ends - 1)
        cell = np.searchsorted(grid.starts, starts, side="right") - 1
        outside = (cell < 0) | (starts > grid.ends[np.maximum(cell, 0)])
        cell = np.maximum(cell, 0)
        text = CellText(window, grid, structure.dialect.delimiter)
        open_cells = np.zeros(len(grid.starts), dtype=bool)
        open_cells[0] = True
        open_cells[list(opened)] = True
        open_cells |= grid.starts >= window.core_end
        if has_header:
            open_cells |= grid.rows == 0
        open_cells[cell[~is_value & ~outside]] = True
        groups: list[CellGroup] = []
        usable = is_value & ~outside & ~open_cells[cell]
        column_of = grid.columns[cell]
        named = self._named(structure)
        for column in sorted({*np.flatnonzero(np.bincount(column_of[usable])).tolist(), *named}):
            here = np.flatnonzero(usable & (column_of == column))
            if len(here) < _LEAST_IN_COLUMN and column not in named:
                open_cells[cell[here]] = True
                continue
            name = structure.call(column) if structure.dialect.header is not None else ""
            entries = self._entries(column, name, grid, here, numbers, starts, cell, text, open_cells)
            groups += self._column(column, entries, structure, grid, text, open_cells)
        left = outside | open_cells[cell]
        rest = [(number, first, end) for number, first, end in matches[left].tolist()]
        return Bulk(groups, rest, open_cells)

    def _named(self, structure: DelimitedText) -> dict[int, dict[int, str]]:
        """Columns whose headers speak of identifiers: column → what `NameIndex.match` says."""
        if structure.dialect.header is None:
            return {}
        matched = {column: self._rules.names.match(name) for column, name in enumerate(structure.called)}
        return {column: found for column, found in matched.items() if found}

    def _entries(
        self,
        column: int,
        name: str,
        grid: Any,
        here: Any,
        numbers: Any,
        starts: Any,
        cell: Any,
        text: CellText,
        open_cells: Any,
    ) -> list[_Entry]:
        entries = []
        named, against = self._rules.names.match(name), self._rules.names.against(name)
        of_column = numbers[here]
        for number in np.flatnonzero(np.bincount(of_column)).tolist():
            mine = here[of_column == number]
            entries += [
                self._entry(compiled, cell[mine], starts[mine], compiled.rule.index in named)
                for compiled in self._rules.targets[number].patterns
                if compiled.rule.index not in against
            ]
        anchored = [compiled for index in named for compiled in self._rules.rules[index].in_column]
        if anchored:
            cells = np.flatnonzero((grid.columns == column) & (grid.ends > grid.starts))
            open_cells[cells[text.odd(cells)]] = True
            entries += [self._entry(compiled, cells, grid.starts[cells], True) for compiled in anchored]
        return sorted(entries, key=lambda entry: entry.strength, reverse=True)

    def _entry(self, compiled: CompiledPattern, cells: Any, starts: Any, named: bool) -> _Entry:
        pattern = compiled.pattern
        identifier = compiled.rule.identifier
        score = pattern.confidence
        if named and pattern.anchor == "value":
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
        structure: DelimitedText,
        grid: Any,
        text: CellText,
        open_cells: Any,
    ) -> Iterator[CellGroup]:
        claimed = np.zeros(len(grid.starts), dtype=bool)
        for entry in entries:
            free = ~(claimed[entry.cells] | open_cells[entry.cells])
            if not free.any() or self._hopeless(entry, entry.cells[free], text):
                continue
            whole = self._confirm(entry, entry.cells[free], entry.starts[free], text, open_cells)
            if entry.score < self._floor or not len(whole):
                continue
            kept = self._validate(entry, whole, text, open_cells)
            if not kept.shown:
                continue
            claimed[kept.cells] = True
            yield self._group(column, entry, kept, structure, grid, text)

    def _hopeless(self, entry: _Entry, cells: Any, text: CellText) -> bool:
        """Whether the header alone speaks for values here, such as addresses among numbers, and no cell has any."""
        if not entry.compiled.by_keyword or not any(
            passed.detail in HOPELESS for passed, _, _ in entry.compiled.checks
        ):
            return False
        texts = Texts(text.values(cells))
        return entry.compiled.rule.is_test.is_nowhere_in(texts.lines) and any(
            hopeless(passed.detail, texts) for passed, _, _ in entry.compiled.checks
        )

    def _confirm(self, entry: _Entry, cells: Any, starts: Any, text: CellText, open_cells: Any) -> Any:
        """The cells that one match fills; cells with a match that does not fill them are opened to the general path."""
        compiled = entry.compiled
        whole = np.zeros(0, dtype=np.int64)
        if compiled.by_keyword:
            # Most cells of a named column hold none of what only its name could make a value.
            likely = text.holding(compiled, cells)
            cells, starts = cells[likely], starts[likely]
        elif len(cells) and (ready := text.beginning(compiled, starts)) is not None:
            cells, starts = cells[ready], starts[ready]
        if len(cells) and not compiled.by_keyword:
            leading = np.concatenate(([True], cells[1:] != cells[:-1]))
            leading = (
                np.flatnonzero(leading) if (cells[1:] >= cells[:-1]).all() else np.unique(cells, return_index=True)[1]
            )
            first = cells[leading]
            filled, none = text.filled(compiled, first)
            if not compiled.left:
                filled &= starts[leading] == text.low[first]
            whole = first[filled]
            settled = first[filled | none]
            if len(settled):
                rest = ~_members(len(open_cells), settled)[cells]
                cells, starts = cells[rest], starts[rest]
        if len(cells):
            each = self._governed if compiled.by_keyword else self._each
            found = each(compiled, cells, starts, text, open_cells)
            if found:
                whole = np.sort(np.concatenate((whole, np.array(found, dtype=np.int64))))
        return whole[~open_cells[whole]]

    def _governed(
        self, compiled: CompiledPattern, cells: Any, _starts: Any, text: CellText, open_cells: Any
    ) -> list[int]:
        """The cells that one match of a keyword-anchored pattern fills; those with other matches are opened."""
        data = text.data
        whole: list[int] = []
        for index, first, last in zip(cells.tolist(), text.low[cells].tolist(), text.high[cells].tolist(), strict=True):
            filled = fills(compiled, data[first:last])
            if filled:
                whole.append(index)
            elif filled is not None:
                open_cells[index] = True
        return whole

    def _each(self, compiled: CompiledPattern, cells: Any, starts: Any, text: CellText, open_cells: Any) -> list[int]:
        """The same cell by cell."""
        data = text.data
        whole: list[int] = []
        seen: set[int] = set()
        match, group, left = compiled.regex.match, compiled.group or 0, compiled.left
        for index, start, first, last in zip(
            cells.tolist(), starts.tolist(), text.low[cells].tolist(), text.high[cells].tolist(), strict=True
        ):
            if index in seen:
                continue
            found = match(data, first) if left or start == first else None
            if found is not None and found.span(group) == (first, last):
                whole.append(index)
                seen.add(index)
                continue
            value = confirm.at(compiled, data, start, -1)
            if value is None:
                continue
            if (value.start, value.end) == (first, last):
                whole.append(index)
                seen.add(index)
            else:
                open_cells[index] = True
        return whole

    def _validate(self, entry: _Entry, whole: Any, text: CellText, open_cells: Any) -> _Values:
        """The cells whose values pass; test values are left to the general path."""
        rule = entry.compiled.rule
        kept = _Values(whole, text.values(whole), [])
        kept = kept._replace(normal=normalise_all(rule.identifier.normalise, kept.shown))
        if rule.is_test.may_have(kept.shown, kept.normal):
            tests = [rule.is_test(value) for value in kept.shown]
            open_cells[whole[tests]] = True
            kept = kept.without(tests)
        if rule.ignore.may_have(kept.shown, kept.normal):
            kept = kept.without([rule.ignore(value) for value in kept.shown])
        texts = None
        for (_, name, _), check, _ in entry.compiled.checks:
            if not kept.shown:
                break
            if texts is None or texts.values is not kept.shown:
                texts = Texts(kept.shown)
            passed = passing(name, check, texts)
            if not all(passed):
                kept = kept.without([not each for each in passed])
        return kept

    def _group(
        self, column: int, entry: _Entry, kept: _Values, structure: DelimitedText, grid: Any, text: CellText
    ) -> CellGroup:
        rule = entry.compiled.rule
        identifier = rule.identifier
        starts, ends = text.low[kept.cells], text.high[kept.cells]
        has_header = structure.dialect.header is not None
        first = Candidate(int(starts[0]), int(ends[0]), int(starts[0]), kept.shown[0], entry.compiled, None)
        sample = _judged(first, text.data, column, structure, self._rules.names)
        return CellGroup(
            compiled=entry.compiled,
            column=column,
            confidence=round(sample.score, 4),
            evidence=tuple(sample.evidence),
            starts=starts,
            ends=ends,
            rows=grid.rows[kept.cells] + (0 if has_header else 1),
            redacted=redact_all(kept.shown, identifier),
            fingerprints=self._fingerprint.all(f"{rule.name}\0".encode(), kept.normal),
        )


class _Values(NamedTuple):
    """Cells, their values as they stand there, and in their normal form. The lists run in parallel."""

    cells: Any
    shown: Sequence[str]
    normal: Sequence[str]

    def without(self, dropped: Sequence[bool]) -> _Values:
        """The rest of them."""
        if not any(dropped):
            return self
        kept = [not drop for drop in dropped]
        return _Values(self.cells[kept], list(compress(self.shown, kept)), list(compress(self.normal, kept)))


def _members(count: int, cells: Any) -> Any:
    found = np.zeros(count, dtype=bool)
    found[cells] = True
    return found


def _judged(candidate: Candidate, data: bytes, column: int, structure: DelimitedText, names: NameIndex) -> Candidate:
    """One value of a group through the general judgement: its score and evidence are those of all."""
    compiled = candidate.pattern
    name = structure.call(column)
    has_header = structure.dialect.header is not None
    candidate.place = Place(candidate.start, candidate.end, (name,) if has_header else (), name)
    if compiled.by_keyword:
        candidate.governed = names.match(name).get(compiled.rule.index)
    judge(candidate, data, names)
    return candidate
