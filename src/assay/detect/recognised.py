"""What a recogniser says of texts besides what was detected: its entities become hits where nothing of ours lies."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from assay.detect.allow import Allowed
from assay.detect.candidate import Candidate, Hit
from assay.detect.engine import Detector
from assay.detect.score import TEST_SCORE
from assay.formats.structure import Structure, Window
from assay.model import Evidence
from assay.ports import Entity, Recogniser


@dataclass(slots=True, kw_only=True)
class Asking:
    """Asks about one document. `sent` is in bytes; `is_cut` says that the rest was not sent, as so many were asked for."""

    recogniser: Recogniser
    detector: Detector
    sent: int = 0
    is_cut: bool = False
    unknown: set[str] = field(default_factory=set)

    def besides(
        self, hits: Sequence[Hit], view: bytes, window: Window, structure: Structure, allowed: Allowed | None
    ) -> list[Hit]:
        """The hits with those of entities that begin in the window's core, by start. Raises `ReadError`."""
        taken = sorted((hit.start, hit.end) for hit in hits)
        found: list[Hit] = []
        for begin, piece in self._pieces(view, window.core_start, window.core_end):
            text = piece.decode("utf-8", "replace")
            told = self.recogniser.entities(text)
            self.unknown.update(told.unknown)
            at = begin
            read = 0
            for entity in sorted(told.entities, key=lambda each: (each.start, -each.end)):
                start = at + len(text[read : entity.start].encode())
                at, read = start, entity.start
                end = start + len(text[entity.start : entity.end].encode())
                if not _overlaps(taken, start, end):
                    found += self._hit(entity, start, end, text[entity.start : entity.end], allowed)
        places = structure.places(window, [hit.start for hit in found])
        placed = [hit._replace(place=place) for hit, place in zip(found, places, strict=True)]
        return sorted([*hits, *placed], key=lambda hit: hit.start)

    def _hit(self, entity: Entity, start: int, end: int, value: str, allowed: Allowed | None) -> Iterator[Hit]:
        rule = next((each for each in self.detector.rules.rules if each.name == entity.identifier), None)
        if rule is None or entity.confidence < self.detector.floor:
            return
        candidate = Candidate(start, end, start, value, rule.patterns[0], None)
        candidate.test = rule.is_test(value)
        candidate.score = TEST_SCORE if candidate.test else entity.confidence
        candidate.evidence = [Evidence(self.recogniser.name, "says so", round(candidate.score, 4))]
        hit = self.detector.hit(candidate)._replace(pattern=self.recogniser.name)
        if allowed is not None and allowed(value, rule.name, hit.fingerprint):
            self.detector.suppressed += 1
            return
        yield hit

    def _pieces(self, data: bytes, begin: int, end: int) -> Iterator[tuple[int, bytes]]:
        """Pieces of a length that may be sent, cut between lines, else between words, else between characters."""
        at = begin
        while at < end:
            room = min(self.recogniser.longest, self.recogniser.most - self.sent)
            if room <= 0:
                self.is_cut = True
                return
            stop = end if end - at <= room else _cut(data, at, at + room)
            if stop <= at:
                self.is_cut = True
                return
            if data[at:stop].strip():
                self.sent += stop - at
                yield at, data[at:stop]
            at = stop


def _cut(data: bytes, begin: int, limit: int) -> int:
    for mark in (b"\n", b" "):
        found = data.rfind(mark, begin, limit)
        if found > begin:
            return found + 1
    while limit > begin and data[limit] & 0xC0 == 0x80:
        limit -= 1
    return limit


def _overlaps(taken: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    at = bisect_left(taken, (end, 0))
    return any(before > start for _, before in taken[max(0, at - 8) : at])
