"""Rollout phases: what may be applied without a person, and when a scope may move up or has to fall back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from assay.errors import ReviewError
from assay.model import Level
from assay.model.action import Gate
from assay.model.review import Phase, PhaseRow
from assay.review.precision import Precision
from assay.review.scopes import matches, narrowness

ORDER = (Phase.PILOT, Phase.SUPERVISED, Phase.AUTOMATED)
HIGH = 0.9


class Ruling(NamedTuple):
    """What may happen, and why."""

    gate: Gate
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Confidences, 0–1. `apply` from where it is applied, `watch` from where an automated scope applies and watches,
    `review` below which the category asks for a person, `notify` below which people are told."""

    apply: float = 0.8
    watch: float = 0.5
    review: float = 0.0
    notify: float = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What a scope has to have shown before it moves up into a phase: at least `reviews` judged answers of which the
    lower bound of precision is `precision` or more, after `days` in the phase before."""

    reviews: int
    precision: float
    days: int


BARS = {
    Phase.SUPERVISED: Bar(reviews=50, precision=0.8, days=30),
    Phase.AUTOMATED: Bar(reviews=100, precision=0.9, days=30),
}


class Standing(NamedTuple):
    """Where a scope stands: the phase that it should be in, whether it may move up, and why."""

    phase: Phase
    may_move_up: bool
    because: str


def decide(
    confidence: float,
    level: Level,
    phase: Phase,
    thresholds: Thresholds | None = None,
    *,
    imported: bool = False,
    settled: bool = False,
) -> Ruling:
    """What may happen to a classification of that confidence (0–1) and level in that phase.

    `imported` results come from another detector (Macie). `settled` ones were decided by a reviewer, whom the phase
    does not overrule.
    """
    limits = thresholds or Thresholds()
    if settled:
        return Ruling(Gate.APPLY, "a reviewer decided it")
    if phase is Phase.PILOT:
        return Ruling(Gate.REVIEW, "in pilot nothing is applied without a person")
    if level is Level.UNCLASSIFIED:
        return Ruling(Gate.REVIEW, "unclassified: what could not be read is not known")
    if level is Level.RESTRICTED and confidence < HIGH:
        return Ruling(Gate.REVIEW, f"restricted, and confidence {confidence:.2f} is not high ({HIGH:.2f})")
    if imported and confidence < HIGH:
        return Ruling(Gate.REVIEW, f"imported, and confidence {confidence:.2f} is below {HIGH:.2f}")
    if confidence < limits.review:
        return Ruling(
            Gate.REVIEW, f"confidence {confidence:.2f} is below the category's review threshold {limits.review:.2f}"
        )
    if confidence >= limits.apply:
        return Ruling(Gate.APPLY, f"confidence {confidence:.2f} reaches {limits.apply:.2f}")
    if phase is Phase.AUTOMATED and confidence >= limits.watch:
        return Ruling(Gate.APPLY_AND_WATCH, f"confidence {confidence:.2f} is below {limits.apply:.2f}: watched")
    least = limits.watch if phase is Phase.AUTOMATED else limits.apply
    return Ruling(Gate.REVIEW, f"confidence {confidence:.2f} is below {least:.2f}")


def notifies(confidence: float, level: Level, thresholds: Thresholds | None = None) -> bool:
    """Whether people are told: of what is confidential or restricted, and of anything that is not sure enough."""
    limits = thresholds or Thresholds()
    return level.rank >= Level.CONFIDENTIAL.rank or confidence < limits.notify


def phase_of(resource: str, rows: Iterable[PhaseRow]) -> Phase:
    """The phase of a resource: that of the narrowest scope that it lies in, `pilot` where it lies in none."""
    found = [row for row in rows if matches(row.scope, resource)]
    if not found:
        return Phase.PILOT
    return max(found, key=lambda row: (narrowness(row.scope), row.scope)).phase


def standing(row: PhaseRow, judged: Precision, now: datetime) -> Standing:
    """Whether a scope may move up, or has to fall back. `judged` is the precision of its answers in this phase's window.

    It falls back one phase when enough answers show a precision below the bar that it once passed.
    """
    at = ORDER.index(row.phase)
    if row.phase in BARS:
        bar = BARS[row.phase]
        if judged.judged >= bar.reviews and judged.precision is not None and judged.precision < bar.precision:
            lower = ORDER[at - 1]
            return Standing(
                lower,
                False,
                f"precision {judged.precision:.0%} of {judged.judged} reviews is below {bar.precision:.0%}: back to {lower}",
            )
    if at + 1 == len(ORDER):
        return Standing(row.phase, False, "the last phase")
    lacking = _lacking(BARS[ORDER[at + 1]], judged, (now - row.since).days)
    if lacking:
        return Standing(row.phase, False, f"for {ORDER[at + 1]}: {'; '.join(lacking)}")
    return Standing(row.phase, True, f"precision is surely above the bar of {ORDER[at + 1]}")


def check_move(row: PhaseRow, to: Phase, judged: Precision, now: datetime, *, force: bool = False) -> None:
    """Raises `ReviewError` where a scope may not move to a phase: up one at a time and past its bar; down always.

    `force` lets somebody answer for it.
    """
    steps = ORDER.index(to) - ORDER.index(row.phase)
    if steps <= 0 or force:
        return
    if steps > 1:
        raise ReviewError(f"a scope moves up one phase at a time; set it to {ORDER[ORDER.index(row.phase) + 1]} first")
    lacking = _lacking(BARS[to], judged, (now - row.since).days)
    if lacking:
        raise ReviewError(f"not ready for {to}: {'; '.join(lacking)}; --force moves it all the same, and is recorded")


def _lacking(bar: Bar, judged: Precision, days: int) -> list[str]:
    lacking = []
    if judged.judged < bar.reviews:
        lacking.append(f"{judged.judged} of at least {bar.reviews} reviews")
    elif judged.low is None or judged.low < bar.precision:
        known = "unknown" if judged.low is None else f"{judged.low:.1%}"
        lacking.append(f"precision is surely above {known} only, the bar is {bar.precision:.0%}")
    if days < bar.days:
        lacking.append(f"{max(days, 0)} of {bar.days} days in the phase before")
    return lacking
