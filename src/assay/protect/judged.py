"""What is known of a resource, as far as its protection depends on it: of one classification, or of all that lies in it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from assay.model import Classification, ColumnRecord, Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """`level` with the confidence (0–1) of what makes it so, kinds of data and frameworks in order, `at` as it is stored.

    `of` counts the classifications that it comes of; `is_whole` is false where a resource may hold what none of them is of.
    """

    level: Level
    confidence: float
    types: tuple[str, ...]
    frameworks: tuple[str, ...]
    categories: tuple[str, ...]
    needs_review: bool
    at: str
    of: int = 1
    is_whole: bool = True


def of_one(classification: Classification, at: str) -> Judged:
    """What is known of a resource that is classified itself."""
    return Judged(
        level=classification.level,
        confidence=classification.confidence,
        types=tuple(sorted(classification.identifiers)),
        frameworks=tuple(sorted(classification.frameworks)),
        categories=tuple(map(str, classification.categories)),
        needs_review=classification.needs_review,
        at=at,
    )


def of_column(record: ColumnRecord, at: str) -> Judged:
    """What is known of a column of a table."""
    return Judged(
        level=record.level,
        confidence=record.confidence / 100,
        types=() if record.detected_type is None else (record.detected_type,),
        frameworks=tuple(sorted(record.compliance_frameworks)),
        categories=tuple(map(str, record.categories)),
        needs_review=record.need_review,
        at=at,
    )


def of_many(parts: Iterable[Judged]) -> Judged | None:
    """What follows for a resource that holds these: the highest level among them. `None` without any.

    That nothing was found in what is known says nothing of what else lies there: it is never public by that.
    """
    told: Judged | None = None
    for part in parts:
        told = part if told is None else _with(told, part)
    if told is None:
        return None
    level = Level.UNCLASSIFIED if told.level is Level.PUBLIC else told.level
    confidence = told.confidence if level is told.level else 0.0
    return replace(told, level=level, confidence=confidence, is_whole=False)


def _with(first: Judged, second: Judged) -> Judged:
    """The surest of those that make the level decides how sure it is."""
    decisive = max(first, second, key=lambda part: (part.level.rank, part.confidence))
    return Judged(
        level=decisive.level,
        confidence=decisive.confidence,
        types=tuple(sorted({*first.types, *second.types})),
        frameworks=tuple(sorted({*first.frameworks, *second.frameworks})),
        categories=tuple(sorted({*first.categories, *second.categories})),
        needs_review=decisive.needs_review,
        at=max(first.at, second.at),
        of=first.of + second.of,
        is_whole=False,
    )
