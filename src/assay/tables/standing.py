"""What follows from a column's confidence: its level of confidence, and whether a person has to look at it."""

from __future__ import annotations

from dataclasses import replace

from assay.model import ColumnRecord, Governance, Level

CANDIDATE = 30.0
"""Confidence (0–100) from which a column that is not called sensitive is looked at by a person."""
MEANT_OTHERWISE = 0.5
"""From which score the meaning of a name that is of another category asks for a person."""
_MEDIUM = 0.6
_FEW = 10


def confidence_level(share: float, limit: float) -> str:
    """HIGH from the CLASSIFICATION threshold on, MEDIUM from 60 % of it on; both are 0–1."""
    return "HIGH" if share >= limit else "MEDIUM" if share >= _MEDIUM * limit else "LOW"


def is_meant_otherwise(record: ColumnRecord) -> bool:
    """Whether the name of a sensitive column surely means a category that was not found."""
    top = record.semantic_top_category
    return (
        record.detected_type is not None
        and top is not None
        and top not in record.categories
        and (record.semantic_top_confidence or 0.0) >= MEANT_OTHERWISE
    )


def is_sensitive_as_a_whole(column: ColumnRecord, rows: int) -> bool:
    """Whether a sensitive column of a table of so many rows is more than one with a few values, each of which is a finding."""
    named = bool(column.rule_score or column.semantic_score)
    return named or not column.regex_hits or column.regex_hits * _FEW >= rows


def stood(record: ColumnRecord, governance: Governance) -> ColumnRecord:
    """The record with the level of its confidence as it is now, and with `need_review` where that or the meaning asks for it."""
    if record.detected_type is None:
        return record if record.need_review or record.confidence < CANDIDATE else replace(record, need_review=True)
    share = record.confidence / 100
    level = confidence_level(share, governance.threshold(record.dominant_category or "*", "CLASSIFICATION"))
    is_asked = (
        record.need_review
        or level != "HIGH"
        or any(share < governance.threshold(category, "REVIEW") for category in record.categories)
        or is_meant_otherwise(record)
    )
    if (level, is_asked) == (record.confidence_level, record.need_review):
        return record
    return replace(record, confidence_level=level, need_review=is_asked)


def emptied(column: ColumnRecord, level: Level, reason: str) -> ColumnRecord:
    """A column that counts no more, at a level and for a reason."""
    return replace(
        column,
        level=level,
        categories=(),
        dominant_category=None,
        detected_type=None,
        confidence=0.0,
        confidence_level="NONE",
        suggested_cia="C:0/I:0/A:0",
        composite_score=0.0,
        compliance_frameworks=(),
        recommended_policies=(),
        need_review=False,
        detection_reason=reason,
    )
