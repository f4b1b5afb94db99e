"""What detection passes on: raw candidates, and the hits that are left of them."""

from __future__ import annotations

from typing import NamedTuple

from assay.detect.compiled import CompiledPattern, CompiledRule
from assay.formats.structure import Place
from assay.model import Evidence


class Candidate:
    """A confirmed match on its way through the passes. Holds the clear value; never leaves this package."""

    __slots__ = (
        "cell",
        "end",
        "evidence",
        "governed",
        "match_start",
        "pattern",
        "place",
        "score",
        "start",
        "test",
        "value",
    )

    def __init__(
        self, start: int, end: int, match_start: int, value: str, pattern: CompiledPattern, governed: str | None
    ) -> None:
        self.start = start
        self.end = end
        self.match_start = match_start
        self.value = value
        self.pattern = pattern
        self.governed = governed
        self.place: Place | None = None
        self.cell = False
        self.test = False
        self.score = 0.0
        self.evidence: list[Evidence] = []


class Hit(NamedTuple):
    """A finding inside one window: offsets of the window's data, no clear value."""

    start: int
    end: int
    rule: CompiledRule
    pattern: str
    confidence: float
    evidence: tuple[Evidence, ...]
    redacted: str
    fingerprint: str
    test: bool
    whole: bool
    place: Place | None
