"""Hits of a window → findings of the resource, each with its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.detect.candidate import Hit
from assay.detect.engine import Detector
from assay.formats.structure import Window
from assay.model import Finding, Locator
from assay.scanning.locate import Positions

if TYPE_CHECKING:
    from assay.scanning.document import Document


def findings_of(
    hits: Sequence[Hit], window: Window, positions: Positions, document: Document, detector: Detector
) -> list[Finding]:
    """The findings of hits that come by start."""
    safe = detector.safe_name
    member = document.member
    ruleset = detector.rules.digest
    findings = []
    for hit, at in zip(hits, positions.of(window, hits), strict=True):
        identifier = hit.rule.identifier
        place = hit.place
        field = path = row = None
        if place is not None:
            row = place.row
            field = safe(place.field) if place.field is not None else None
            path = _safe_path(place.json_path, place.names, detector) if place.json_path is not None else None
        findings.append(
            Finding(
                resource=document.resource,
                identifier=identifier.name,
                category=identifier.category,
                sensitivity=identifier.sensitivity,
                level=identifier.level,
                confidence=hit.confidence,
                redacted=hit.redacted,
                fingerprint=hit.fingerprint,
                location=Locator(
                    start=at.start,
                    end=at.end,
                    byte_start=at.byte_start,
                    byte_end=at.byte_end,
                    line=at.line,
                    column=at.column,
                    row=row,
                    field=field,
                    json_path=path,
                    member=member,
                ),
                evidence=hit.evidence,
                ruleset=ruleset,
                test_value=hit.test,
            )
        )
    return findings


def _safe_path(path: str, names: Sequence[str], detector: Detector) -> str:
    from assay.formats.json import path_step  # not for text and tables

    for name in names:
        shown = detector.safe_name(name)
        if shown != name:
            # An odd name stands there with its quotes and backslashes escaped.
            path = path.replace(path_step(name), path_step(shown)).replace(name, shown)
    return detector.safe_name(path)
