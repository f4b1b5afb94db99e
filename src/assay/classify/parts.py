"""One classification of what is told in parts: a database file of many tables, each read by itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from assay.model import Classification, Coverage

T = TypeVar("T")


def together(first: Classification, second: Classification) -> Classification:
    """The classification of both parts of one resource: the higher level and its reason, counts and coverage summed."""
    higher = max(first, second, key=lambda part: (part.level.rank, part.confidence, part.because))
    names = sorted({*first.identifiers, *second.identifiers})
    return Classification(
        resource=first.resource,
        level=higher.level,
        categories=_union(first.categories, second.categories),
        identifiers={name: first.identifiers.get(name, 0) + second.identifiers.get(name, 0) for name in names},
        frameworks=_union(first.frameworks, second.frameworks),
        confidence=higher.confidence,
        needs_review=first.needs_review or second.needs_review,
        coverage=_covered(first.coverage, second.coverage),
        recommended_policies=_union(first.recommended_policies, second.recommended_policies),
        because=higher.because,
    )


def _covered(first: Coverage, second: Coverage) -> Coverage:
    bounds = [part.missed_upper_bound for part in (first, second) if part.missed_upper_bound is not None]
    return Coverage(
        bytes_read=first.bytes_read + second.bytes_read,
        bytes_total=first.bytes_total + second.bytes_total,
        rows_read=_sum(first.rows_read, second.rows_read),
        rows_total=_sum(first.rows_total, second.rows_total),
        complete=first.complete and second.complete,
        missed_upper_bound=max(bounds, default=None),
    )


def _sum(first: int | None, second: int | None) -> int | None:
    return None if first is None and second is None else (first or 0) + (second or 0)


def _union(first: Iterable[T], second: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys((*first, *second)))
