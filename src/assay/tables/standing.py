"""What follows from a column's confidence: its level of confidence, and whether a person has to look at it."""

from __future__ import annotations

from dataclasses import replace

from assay.model import ColumnRecord, Governance

CANDIDATE = 30.0
"""Confidence (0–100) from which a column that is not called sensitive is looked at by a person."""
MEANT_OTHERWISE = 0.5
"""From which score the meaning of a name that is of another category asks for a person."""
_MEDIUM = 0.6


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
