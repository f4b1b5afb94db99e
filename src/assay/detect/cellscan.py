"""Values of columns → counts per identifier: all columns of some rows as one text, each different value once.

No value leaves: what comes out are counts, the shapes and signs of `shapes`, and keyed hashes of different values.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from operator import mul
from typing import Any
from zlib import crc32

import numpy as np

from assay.detect import confirm, score
from assay.detect.candidate import Candidate
from assay.detect.compiled import CompiledRule
from assay.detect.engine import Detector
from assay.detect.plan import VALUE
from assay.detect.purity import Purity
from assay.detect.resolve import resolve
from assay.detect.shapes import SIGNED, STREET, are_many_streets, further_signs_of, mask_of, shape_of, signs_of
from assay.formats.structure import Decoded, Place, Window
from assay.model.columns import DISTINCT, Features

_COMPACT = 8
# ISO 8601 in its basic form.
_DAY = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_ALWAYS = -1
_FURTHER = 64
_WORDED = ("word", "words", "text", "other", "code")
_DATED = ("date", "timestamp")


@dataclass(slots=True, kw_only=True)
class ColumnCounts:
    """What was counted in one column: cells per identifier (`hits`; `whole`: that fill their cell), highest scores, hits
    per `path#pattern`, test values, and what the values look like."""

    filled: int = 0
    hits: dict[str, int] = field(default_factory=dict)
    whole: dict[str, int] = field(default_factory=dict)
    confidence: dict[str, float] = field(default_factory=dict)
    patterns: dict[str, int] = field(default_factory=dict)
    test_values: int = 0
    features: Features = field(default_factory=Features)


class _Cells:
    """A structure whose values are cells, each under the name of its column; nothing governs anything else."""

    def __init__(self, starts: list[int], ends: list[int], columns: list[int], names: list[tuple[str, ...]]) -> None:
        self.starts = starts
        self._ends = ends
        self._columns = columns
        self._names = names

    def places(self, _window: Window, offsets: Sequence[int], /) -> list[Place | None]:
        found: list[Place | None] = []
        for offset in offsets:
            at = max(0, bisect_right(self.starts, offset) - 1)
            found.append(Place(self.starts[at], self._ends[at], self._names[self._columns[at]]))
        return found

    def view(self, window: Window, /) -> bytes:
        return window.data

    def decoded(self, _window: Window, /) -> Iterator[Decoded]:
        return iter(())


class CellScanner:
    """Counts what columns hold, with the rules of a detector. One per process."""

    def __init__(self, detector: Detector, *, today: date) -> None:
        self._detector = detector
        self._rules = detector.rules
        self._today = today
        self._key = int(detector.fingerprint(b"different values of columns")[:8], 16)
        self._purity = Purity(detector.rules.rules)
        # Rules by target, for those that count only beside a word or under a name.
        self._only_with_context: list[frozenset[int]] = [
            frozenset(item.rule.index for item in target.patterns)
            if target.kind == VALUE and all(item.pattern.context_required for item in target.patterns)
            else frozenset({_ALWAYS})
            for target in self._rules.targets
        ]
        self._is_value = np.array([target.kind == VALUE for target in self._rules.targets], dtype=bool)
        self._by_context = np.array([_ALWAYS not in owners for owners in self._only_with_context], dtype=bool)
        self._width = np.array([target.width or 0 for target in self._rules.targets], dtype=np.int64)
        self._fixed = np.array([target.width is not None for target in self._rules.targets], dtype=bool)
        self._searched = np.array([target.search for target in self._rules.targets], dtype=bool)

    def scan(
        self,
        names: Sequence[str],
        columns: Sequence[Sequence[str | None]],
        rows: int,
        meant: Sequence[dict[int, str]] = (),
        *,
        parts: bool = True,
    ) -> list[ColumnCounts]:
        """Counts for each column; `names` are what the columns are called for the purpose of context.

        `parts` says that these rows are not all, so that different values of several parts can be counted together.
        `meant` are, for each column, the rules that something else than words of its name speaks for, each with the word.
        """
        # Columns of fixed width pad their values with blanks.
        counts = [Counter([text for value in column if value and (text := value.strip())]) for column in columns]
        found = [self._looks(values, rows, parts) for values in counts]
        hinted = [self._rules.names.match(name) for name in names]
        if meant:
            hinted = [{**more, **words} for more, words in zip(meant, hinted, strict=True)]
        for values, said, looks in zip(counts, hinted, found, strict=True):
            if not said and _is_worded(looks.features):
                _look_further(values, looks.features)
        cells = _Laid(counts)
        if cells.data:
            candidates = self._candidates(cells, names, hinted)
            self._count(candidates, cells, counts, found)
            for column, values in enumerate(counts):
                features = found[column].features
                if features.shapes.keys().isdisjoint(_DATED):
                    for name, share in self._purity.judge(values, found[column].hits, hinted[column]).items():
                        features.pure[name] = round(share * features.cells)
        return found

    def _looks(self, values: Counter[str], rows: int, parts: bool) -> ColumnCounts:
        cells = values.total()
        looks = Features(rows=rows, cells=cells)
        if not cells:
            return ColumnCounts(features=looks)
        texts = list(values)
        numbers = list(values.values())
        sizes = list(map(len, texts))
        numeric = all(map(str.isdecimal, texts)) and max(sizes) > 1
        shapes = ["integer"] * len(texts) if numeric else list(map(shape_of, texts))
        alone = cells == len(texts)
        if numeric and max(sizes) == min(sizes) == _COMPACT and all(map(_DAY.fullmatch, texts)):
            shapes = ["date"] * len(texts)
        looks.shapes = dict(Counter(shapes)) if alone else _weighted(zip(shapes, numbers, strict=True))
        looks.signs = _weighted(
            (sign, number)
            for value, shape, number in zip(texts, shapes, numbers, strict=True)
            if shape in SIGNED
            for sign in signs_of(value, shape, self._today)
        )
        looks.length = sum(sizes) if alone else sum(map(mul, sizes, numbers))
        looks.squares = sum(size * size * number for size, number in zip(sizes, numbers, strict=True))
        looks.longest = max(sizes)
        if parts:
            looks.distinct = tuple(sorted({crc32(text, self._key) for text in map(_encoded, texts)})[:DISTINCT])
        else:
            looks.different = len(texts)
        return ColumnCounts(filled=cells, features=looks)

    def _candidates(self, cells: _Laid, names: Sequence[str], hinted: Sequence[dict[int, str]]) -> list[Candidate]:
        data = cells.data
        window = Window(data, 0, len(data), 0, 0, 0, True)
        structure = _Cells(cells.starts, cells.ends, cells.columns, [(name,) for name in names])
        raw = self._wanted(self._detector.matches(data), cells, hinted)
        found = self._detector.candidates(raw, data, window, structure)
        settled: set[tuple[int, int]] = set()
        kept = self._judged(found, cells, names, hinted, settled)
        for column, spoken in enumerate(hinted):
            for index, hint in spoken.items():
                rule = self._rules.rules[index]
                if rule.in_column:
                    more = _named(rule, hint, cells, column, names[column], settled)
                    kept += self._judged(more, cells, names, hinted, settled)
        return resolve(kept, self._detector.floor)

    def _judged(
        self,
        found: list[Candidate],
        cells: _Laid,
        names: Sequence[str],
        hinted: Sequence[dict[int, str]],
        settled: set[tuple[int, int]],
    ) -> list[Candidate]:
        """The candidates that stand. The surest form of an identifier settles a cell that it fills, and no other is tried."""
        data, index = cells.data, self._rules.names
        kept = []
        for candidate in sorted(found, key=_surest_first):
            place = candidate.place
            # What crosses into the next cell is no value.
            if place is None or candidate.start < place.start or candidate.end > place.end:
                continue
            rule = candidate.pattern.rule.index
            if (place.start, rule) in settled:
                continue
            if candidate.start > place.start or candidate.end < place.end:
                if score.judge(candidate, data, index):
                    kept.append(candidate)
                continue
            column = cells.columns[bisect_right(cells.starts, place.start) - 1]
            if score.judge_whole(candidate, hinted[column], index.against(names[column])):
                kept.append(candidate)
                if candidate.score >= self._detector.floor:
                    settled.add((place.start, rule))
        return kept

    def _wanted(
        self, raw: list[tuple[int, int, int]], cells: _Laid, hinted: Sequence[dict[int, str]]
    ) -> list[tuple[int, int, int]]:
        """Matches that can count: those that need context only in cells with words, or under a name that gives it."""
        if not raw:
            return []
        matches = np.array(raw, dtype=np.int64)
        numbers = matches[:, 0]
        by_context = self._by_context[numbers]
        if not by_context.any():
            return raw
        starts = np.where(self._fixed[numbers], matches[:, 2] - self._width[numbers], matches[:, 1])
        starts = np.where(self._is_value[numbers] & ~self._searched[numbers], starts, matches[:, 2] - 1)
        cell = np.searchsorted(cells.start_array, starts, side="right") - 1
        with_words = np.zeros(len(cells.starts), dtype=bool)
        with_words[cell[~self._is_value[numbers]]] = True
        keep = ~by_context | with_words[cell]
        rest = np.flatnonzero(~keep)
        only = self._only_with_context
        for at in rest.tolist():
            if not only[int(numbers[at])].isdisjoint(hinted[cells.columns[int(cell[at])]]):
                keep[at] = True
        return [raw[at] for at in np.flatnonzero(keep).tolist()]

    def _count(
        self, hits: Sequence[Candidate], cells: _Laid, counts: Sequence[Counter[str]], found: Sequence[ColumnCounts]
    ) -> None:
        floor = self._detector.floor
        seen: set[tuple[int, str]] = set()
        masks: dict[tuple[int, str], set[str]] = {}
        for hit in hits:
            at = bisect_right(cells.starts, hit.start) - 1
            column, number = cells.columns[at], cells.numbers[at]
            into, rule = found[column], hit.pattern.rule
            name = rule.name
            if hit.test:
                into.test_values += number
                into.features.tests[name] = into.features.tests.get(name, 0) + number
                continue
            if hit.score < floor:
                continue
            if (at, name) in seen:
                continue
            seen.add((at, name))
            into.hits[name] = into.hits.get(name, 0) + number
            key = f"{rule.identifier.path}#{hit.pattern.pattern.id}"
            into.patterns[key] = into.patterns.get(key, 0) + number
            into.confidence[name] = max(into.confidence.get(name, 0.0), round(hit.score, 4))
            if hit.cell:
                into.whole[name] = into.whole.get(name, 0) + number
                masks.setdefault((column, name), set()).add(mask_of(hit.value))
        for (column, name), of_hits in masks.items():
            into = found[column]
            alike: Counter[str] = Counter()
            for value, number in counts[column].items():
                mask = mask_of(value)
                if mask in of_hits:
                    alike[mask] += number
            into.features.hits[name] = into.whole[name]
            into.features.alike[name] = alike.total()
            into.features.by_chance[name] = round(alike.total() * self._purity.chance(name, alike), 3)


class _Laid:
    """Different values of all columns behind one another, a line each: where they stand, and how often each occurs."""

    def __init__(self, counts: Sequence[Counter[str]]) -> None:
        texts = [value.encode("utf-8", "replace") for values in counts for value in values]
        sizes = np.fromiter(map(len, texts), np.int64, len(texts))
        ends = np.cumsum(sizes + 1)
        self.start_array: Any = ends - sizes
        self.starts: list[int] = self.start_array.tolist()
        self.ends: list[int] = ends.tolist()
        self.numbers: list[int] = [number for values in counts for number in values.values()]
        self.columns: list[int] = [column for column, values in enumerate(counts) for _ in values]
        self.first: list[int] = [0, *accumulate(map(len, counts))]
        # The first and the last are between line ends as all others are: a pattern may look at what is beside a value.
        self.data = b"\n".join((b"", *texts, b"")) if texts else b""


def _is_worded(features: Features) -> bool:
    """Whether most values may hold words, or are codes."""
    return sum(features.shapes.get(shape, 0) for shape in _WORDED) * 2 > features.cells


def _look_further(values: Counter[str], features: Features) -> None:
    """Signs by the words of some of the values, counted as if they were of all."""
    some = [value for value, _ in zip(values, range(_FURTHER), strict=False)]
    found: Counter[str] = Counter()
    streets = []
    for value in some:
        signs = list(further_signs_of(value, shape_of(value)))
        found.update(signs)
        if STREET in signs:
            streets.append(value)
    if streets and not are_many_streets(streets):
        del found[STREET]
    for sign, number in found.items():
        features.signs[sign] = round(number * features.cells / len(some))


def _weighted(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, number in pairs:
        found[name] = found.get(name, 0) + number
    return found


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _surest_first(candidate: Candidate) -> float:
    return -candidate.pattern.pattern.confidence


def _named(
    rule: CompiledRule, hint: str, cells: _Laid, column: int, name: str, settled: set[tuple[int, int]]
) -> list[Candidate]:
    found = []
    data = cells.data
    for at in range(cells.first[column], cells.first[column + 1]):
        low, high = cells.starts[at], cells.ends[at]
        if (low, rule.index) in settled:
            continue
        for compiled in rule.in_column:
            for candidate in confirm.within(compiled, data, low, high, closed=True):
                candidate.governed = hint
                candidate.place = Place(low, high, (name,))
                found.append(candidate)
    return found
