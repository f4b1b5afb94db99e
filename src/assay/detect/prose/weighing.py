"""What a model says and what stands around it → the chance of a span, with its evidence."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from assay.model import Evidence

CAPITAL = "A-Z\u00c0-\u00de\u0100-\u017f\u0218-\u021b\u0386-\u03ab\u0400-\u042f"
"""Capital letters of names in the languages of Europe, for a class of an expression."""


class Span(NamedTuple):
    """What was found in a text: its place, how surely, and why."""

    start: int
    end: int
    score: float
    evidence: tuple[Evidence, ...]


class Taken:
    """Spans of a text of which none meets another."""

    def __init__(self, spans: Iterable[tuple[int, int]] = ()) -> None:
        ordered = sorted(spans)
        self._starts = [start for start, _ in ordered]
        self._ends = [end for _, end in ordered]

    def add(self, start: int, end: int) -> None:
        """One more, that `meets` none."""
        at = bisect_left(self._starts, start)
        self._starts.insert(at, start)
        self._ends.insert(at, end)

    def meets(self, start: int, end: int) -> bool:
        """Whether one of them has a part of this span."""
        at = bisect_left(self._starts, end)
        return at > 0 and self._ends[at - 1] > start

    def covers(self, start: int, end: int) -> bool:
        """Whether one of them has all of this span."""
        at = bisect_right(self._starts, start)
        return at > 0 and self._ends[at - 1] >= end


def weighed(odds: float, said: str, signs: Sequence[tuple[str, float]]) -> tuple[float, tuple[Evidence, ...]]:
    """The chance that all of it makes together; each sign's share is what it moved the chance by, in this order."""
    score = _chance(odds)
    evidence = [Evidence("learned", said, round(score, 4))]
    for detail, weight in signs:
        odds += weight
        moved = _chance(odds)
        evidence.append(Evidence("context", detail, round(moved - score, 4)))
        score = moved
    return score, tuple(evidence)


def logit(chance: float) -> float:
    kept = min(max(chance, 0.02), 0.98)
    return math.log(kept / (1 - kept))


def _chance(odds: float) -> float:
    return min(0.99, 1 / (1 + math.exp(-odds)))
