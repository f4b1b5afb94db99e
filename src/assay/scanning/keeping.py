"""Candidates of a split: counted for review, with a few examples; told where people have decided on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.detect.allow import Allowed
from assay.detect.candidate import Hit
from assay.detect.engine import Detector
from assay.detect.lower import Lower
from assay.formats.structure import Structure, Window
from assay.model import Finding
from assay.model.candidates import MOST, Candidates
from assay.scanning.findings import findings_of
from assay.scanning.locate import Positions
from assay.scanning.report import SplitReport

if TYPE_CHECKING:
    from assay.scanning.document import Document


class Kept:
    """The candidates of one document. Of the identifiers in `detector.decided` they are told, so that each meets what
    was decided; all others are counted in the report."""

    def __init__(self, detector: Detector, report: SplitReport, document: Document, positions: Positions) -> None:
        self._lower = Lower(detector)
        self._detector = detector
        self._report = report
        self._document = document
        self._positions = positions

    def told(
        self, data: bytes, window: Window, structure: Structure, hits: Sequence[Hit], allowed: Allowed | None
    ) -> list[Finding]:
        """The candidates of a window that are told. To be called after `data`, the structure's view of it, was judged."""
        decided = self._detector.decided
        kept = self._report.candidates
        if self._is_full() and not decided:
            return []
        told = []
        lower = self._lower.search(data, window, structure, hits, allowed)
        for finding in findings_of(lower, window, self._positions, self._document, self._detector):
            if finding.identifier in decided:
                told.append(finding)
            elif not self._is_full():
                one = candidate_of(finding, self._detector.floor)
                known = kept.get(one.key)
                kept[one.key] = one if known is None else known.and_also(one)
                self._report.candidate_values += 1
        return told

    def _is_full(self) -> bool:
        return self._report.candidate_values >= MOST


def kept_of(detector: Detector, report: SplitReport, document: Document, positions: Positions) -> Kept | None:
    """What keeps a document's candidates; `None` where none are wanted."""
    return Kept(detector, report, document, positions) if detector.least < detector.floor else None


def together(findings: list[Finding], told: list[Finding]) -> list[Finding]:
    """Both, by start."""
    return sorted((*findings, *told), key=lambda each: each.location.start or 0) if told else findings


def candidate_of(finding: Finding, below: float) -> Candidates:
    """One value, as what is kept of it."""
    example = {
        "redacted": finding.redacted,
        "fingerprint": finding.fingerprint,
        "line": finding.location.line,
        "confidence": round(finding.confidence, 4),
    }
    return Candidates(
        resource=finding.resource,
        identifier=finding.identifier,
        category=finding.category,
        level=finding.level,
        pattern=next((each.detail for each in finding.evidence if each.signal == "pattern"), ""),
        below=below,
        count=1,
        highest=finding.confidence,
        examples=(example,),
    )
