"""A detector that keeps the clear values of what it finds, so that they can be taken out of a copy of a document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assay.detect.allow import Allowed
from assay.detect.candidate import Candidate, Hit
from assay.detect.engine import Detector
from assay.formats.delimited import DelimitedText
from assay.formats.structure import Window
from assay.model.sensitive import Sensitive

if TYPE_CHECKING:
    from assay.detect.bulk import CellGroup


class Witness(Detector):
    """Finds what its like finds, one value at a time. What it keeps never leaves its process."""

    def __init__(self, like: Detector) -> None:
        super().__init__(like.rules, like.fingerprint, floor=like.floor, least=like.least)
        self._values: dict[str, dict[str, Sensitive[str]]] = {}

    def spellings(self, fingerprint: str) -> list[Sensitive[str]]:
        """The value of that fingerprint, as often as it was written differently."""
        return list(self._values.get(fingerprint, {}).values())

    def hit(self, candidate: Candidate) -> Hit:
        """What is passed on of a candidate; its value is kept."""
        hit = super().hit(candidate)
        self._values.setdefault(hit.fingerprint, {}).setdefault(candidate.value, Sensitive(candidate.value))
        return hit

    def detect_cells(
        self, window: Window, structure: DelimitedText, allowed: Allowed | None = None
    ) -> tuple[list[Hit], list[CellGroup]]:
        """Hits alone: groups of dense columns hold no value to be kept."""
        return self._table_hits(self.matches(window.data), window, structure, allowed), []
