"""Candidates: what a text holds besides its hits, not sure enough to be one of them, for a person to look at.

A value that counts only with context is otherwise looked for beside its keywords (`plan`). Here those without context are
looked for, too, by an automaton of their own, so that what is hit is the same whether candidates are kept or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from assay.detect import score
from assay.detect.allow import INLINE, Allowed, allowed_inline
from assay.detect.automaton import scanner
from assay.detect.candidate import Candidate, Hit
from assay.detect.engine import Detector
from assay.detect.resolve import resolve
from assay.formats.structure import PlainText, Structure, Window


class Lower:
    """Looks for values with a confidence from the detector's `least` up to its floor."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._least = detector.least
        self._besides = detector.rules.besides
        self._scan = None if self._besides is None else scanner(self._besides[1])
        self._raw: list[tuple[int, int, int]] = []
        add = self._raw.append

        def on_match(number: int, start: int, end: int, _flags: int, _context: object) -> None:
            add((number, start, end))

        self._on_match = on_match

    def search(
        self, data: bytes, window: Window, structure: Structure, hits: Sequence[Hit], allowed: Allowed | None
    ) -> list[Hit]:
        """What begins in the window's core and overlaps none of the `hits`, by start.

        To be called after the detector has judged the same `data`, which is the structure's view of the window.
        """
        detector = self._detector
        found = [*detector.lower, *self._without_context(data, window, structure)]
        if not found:
            return []
        free = _beside(found, hits)
        inline = INLINE in data
        lower = []
        for candidate in resolve(free, self._least):
            hit = detector.hit(candidate)
            name = hit.rule.name
            if allowed is not None and allowed(candidate.value, name, hit.fingerprint):
                continue
            if inline and allowed_inline(data, hit.start, name):
                continue
            lower.append(hit)
        return lower

    def _without_context(self, data: bytes, window: Window, structure: Structure) -> list[Candidate]:
        if self._besides is None or self._scan is None or not data:
            return []
        targets, _ = self._besides
        raw = self._raw
        raw.clear()
        self._scan(data, self._on_match)
        if not raw:
            return []
        detector = self._detector
        low, high = window.core_start, window.core_end
        confirmed, _ = detector.confirmed(raw, data, low, len(data), targets)
        found = [candidate for candidate in confirmed if low <= candidate.start < high]
        if found and not isinstance(structure, PlainText):
            offsets = sorted({candidate.start for candidate in found})
            places = dict(zip(offsets, structure.places(window, offsets), strict=True))
            for candidate in found:
                candidate.place = places[candidate.start]
        names = detector.rules.names
        return [
            candidate
            for candidate in found
            if score.judge(candidate, data, names)
            and not candidate.test
            and self._least <= candidate.score < detector.floor
        ]


def _beside(found: Iterable[Candidate], hits: Sequence[Hit]) -> list[Candidate]:
    """Those that no hit overlaps."""
    free = []
    spans = iter(hits)
    span = next(spans, None)
    for candidate in sorted(found, key=lambda each: each.start):
        while span is not None and span.end <= candidate.start:
            span = next(spans, None)
        if span is None or span.start >= candidate.end:
            free.append(candidate)
    return free
