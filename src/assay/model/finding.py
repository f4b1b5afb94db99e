"""Findings: one detected datum at one place, with the evidence that explains its score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from assay.model.identifier import Level, Sensitivity

SIGNALS = ("pattern", "validator", "context", "name", "semantic", "learned", "feedback", "macie", "comprehend")


class Evidence(NamedTuple):
    """One signal and what it added to (or took from) the score. The weights of a finding sum to its confidence."""

    signal: str
    detail: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Locator:
    """Where a finding stands. `start`/`end` count code points of the decoded file, 0-based, half-open."""

    start: int | None = None
    end: int | None = None
    byte_start: int | None = None
    byte_end: int | None = None
    line: int | None = None
    column: int | None = None
    page: int | None = None
    sheet: str | None = None
    table: str | None = None
    row: int | None = None
    field: str | None = None
    json_path: str | None = None
    member: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One detected datum. It holds no clear value: only the redacted form and a keyed fingerprint."""

    resource: str
    identifier: str
    category: str
    sensitivity: Sensitivity
    level: Level
    confidence: float
    redacted: str
    fingerprint: str
    location: Locator
    evidence: tuple[Evidence, ...]
    ruleset: str
    test_value: bool = False

    @property
    def band(self) -> str:
        """`high` from 0.9, `medium` from 0.7, `low` from 0.5, else `candidate`."""
        return band(self.confidence)


def band(confidence: float) -> str:
    """Name of the confidence band."""
    if confidence >= 0.9:
        return "high"
    if confidence >= 0.7:
        return "medium"
    return "low" if confidence >= 0.5 else "candidate"
