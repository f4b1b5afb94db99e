"""Overlaps: one span gives one finding."""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from assay.detect.candidate import Candidate


def _strength(candidate: Candidate, floor: float) -> tuple[bool, bool, int, float, int, int, str, str]:
    identifier = candidate.pattern.rule.identifier
    return (
        candidate.score >= floor or candidate.test,
        not candidate.test,
        identifier.priority,
        round(candidate.score, 2),
        candidate.end - candidate.start,
        -candidate.start,
        identifier.name,
        candidate.pattern.pattern.id,
    )


def near_core(found: Iterable[Candidate], low: int, high: int) -> list[Candidate]:
    """The candidates that begin in `[low, high)`, and those that may win over them: what overlaps them, and what overlaps that."""
    kept: list[Candidate] = []
    group: list[Candidate] = []
    reach = -1
    wanted = False
    for candidate in sorted(found, key=_start):
        if candidate.start >= reach:
            if wanted:
                kept += group
            group, wanted = [], False
        group.append(candidate)
        reach = max(reach, candidate.end)
        wanted = wanted or low <= candidate.start < high
    return kept + group if wanted else kept


_start = attrgetter("start")


def resolve(found: Iterable[Candidate], floor: float) -> list[Candidate]:
    """The winners among overlapping candidates, by start.

    What would be shown wins over what would not, then priority (the more specific identifier), confidence and length.
    """
    ordered = sorted(found, key=lambda candidate: (candidate.start, -candidate.end))
    kept: list[Candidate] = []
    group: list[Candidate] = []
    reach = -1
    for candidate in ordered:
        if candidate.start >= reach:
            if group:
                kept += _winners(group, floor)
            group = [candidate]
            reach = candidate.end
        else:
            group.append(candidate)
            reach = max(reach, candidate.end)
    if group:
        kept += _winners(group, floor)
    return kept


def _winners(group: list[Candidate], floor: float) -> list[Candidate]:
    if len(group) == 1:
        return group
    winners: list[Candidate] = []
    for candidate in sorted(group, key=lambda item: _strength(item, floor), reverse=True):
        if all(candidate.end <= other.start or candidate.start >= other.end for other in winners):
            winners.append(candidate)
    return sorted(winners, key=lambda candidate: candidate.start)
