"""Phases, gates, and precision as judged by reviewers."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reviews_for_tests import NOW

from assay.errors import ReviewError
from assay.model import Level
from assay.model.action import Gate
from assay.model.review import Phase, PhaseRow, Reviewed
from assay.review.phases import Thresholds, check_move, decide, notifies, phase_of, standing
from assay.review.precision import Precision, by_identifier, precision_of


def row(phase: Phase, days: int = 40, scope: str = "*") -> PhaseRow:
    return PhaseRow(scope=scope, phase=phase, since=NOW - timedelta(days=days), by="Ada")


def judged(right: int, wrong: int) -> Precision:
    answers = [
        Reviewed(identifier="SSN", resource="a", right=number < right, hours=1.0, at=NOW)
        for number in range(right + wrong)
    ]
    return precision_of(answers)


@pytest.mark.parametrize(
    ("confidence", "level", "phase", "gate"),
    [
        (1.0, Level.INTERNAL, Phase.PILOT, Gate.REVIEW),
        (0.8, Level.INTERNAL, Phase.SUPERVISED, Gate.APPLY),
        (0.79, Level.INTERNAL, Phase.SUPERVISED, Gate.REVIEW),
        (0.8, Level.CONFIDENTIAL, Phase.AUTOMATED, Gate.APPLY),
        (0.79, Level.CONFIDENTIAL, Phase.AUTOMATED, Gate.APPLY_AND_WATCH),
        (0.5, Level.CONFIDENTIAL, Phase.AUTOMATED, Gate.APPLY_AND_WATCH),
        (0.49, Level.CONFIDENTIAL, Phase.AUTOMATED, Gate.REVIEW),
        (0.89, Level.RESTRICTED, Phase.AUTOMATED, Gate.REVIEW),
        (0.9, Level.RESTRICTED, Phase.AUTOMATED, Gate.APPLY),
        (1.0, Level.UNCLASSIFIED, Phase.AUTOMATED, Gate.REVIEW),
    ],
)
def test_the_gate(confidence: float, level: Level, phase: Phase, gate: Gate) -> None:
    assert decide(confidence, level, phase).gate is gate


def test_the_gate_knows_review_thresholds_imports_and_reviewers() -> None:
    assert decide(0.85, Level.INTERNAL, Phase.AUTOMATED, Thresholds(review=0.9)).gate is Gate.REVIEW
    assert decide(0.85, Level.INTERNAL, Phase.AUTOMATED, imported=True).gate is Gate.REVIEW
    assert decide(0.1, Level.RESTRICTED, Phase.PILOT, settled=True).gate is Gate.APPLY


@given(
    confidence=st.floats(0, 1),
    level=st.sampled_from(Level),
    phase=st.sampled_from(Phase),
    review=st.floats(0, 1),
    imported=st.booleans(),
)
def test_a_phase_further_down_never_lets_through_more(
    confidence: float, level: Level, phase: Phase, review: float, imported: bool
) -> None:
    strict = (Gate.REVIEW, Gate.APPLY_AND_WATCH, Gate.APPLY)
    limits = Thresholds(review=review)
    gates = [decide(confidence, level, each, limits, imported=imported).gate for each in Phase]
    assert [strict.index(gate) for gate in gates] == sorted(strict.index(gate) for gate in gates)
    assert gates[0] is Gate.REVIEW


def test_who_is_told() -> None:
    assert notifies(1.0, Level.CONFIDENTIAL)
    assert notifies(0.69, Level.INTERNAL)
    assert not notifies(0.7, Level.INTERNAL)


def test_the_narrowest_scope_says_the_phase() -> None:
    rows = [row(Phase.SUPERVISED, scope="*"), row(Phase.PILOT, scope="file:///hr/*")]
    assert phase_of("file:///hr/a.csv", rows) is Phase.PILOT
    assert phase_of("file:///shop/a.csv", rows) is Phase.SUPERVISED
    assert phase_of("file:///shop/a.csv", []) is Phase.PILOT


def test_a_scope_moves_up_when_enough_reviews_are_surely_right() -> None:
    assert standing(row(Phase.PILOT), judged(60, 2), NOW).may_move_up
    few = standing(row(Phase.PILOT), judged(20, 0), NOW)
    assert (few.may_move_up, "20 of at least 50 reviews" in few.because) == (False, True)
    wrong = standing(row(Phase.PILOT), judged(45, 8), NOW)
    assert (wrong.may_move_up, "the bar is 80%" in wrong.because) == (False, True)
    young = standing(row(Phase.PILOT, days=3), judged(60, 0), NOW)
    assert (young.may_move_up, "3 of 30 days" in young.because) == (False, True)
    assert not standing(row(Phase.AUTOMATED), judged(500, 0), NOW).may_move_up


def test_a_scope_falls_back_when_precision_drops() -> None:
    fallen = standing(row(Phase.AUTOMATED), judged(80, 30), NOW)
    assert (fallen.phase, "below 90%" in fallen.because) == (Phase.SUPERVISED, True)
    assert standing(row(Phase.AUTOMATED), judged(2, 3), NOW).phase is Phase.AUTOMATED
    assert standing(row(Phase.PILOT), judged(0, 90), NOW).phase is Phase.PILOT


def test_moving_down_is_always_allowed_and_up_is_not() -> None:
    check_move(row(Phase.AUTOMATED), Phase.PILOT, judged(0, 0), NOW)
    check_move(row(Phase.PILOT), Phase.SUPERVISED, judged(60, 0), NOW)
    with pytest.raises(ReviewError, match="one phase at a time"):
        check_move(row(Phase.PILOT), Phase.AUTOMATED, judged(500, 0), NOW)
    with pytest.raises(ReviewError, match="not ready for supervised: 0 of at least 50 reviews"):
        check_move(row(Phase.PILOT), Phase.SUPERVISED, judged(0, 0), NOW)
    check_move(row(Phase.PILOT), Phase.AUTOMATED, judged(0, 0), NOW, force=True)


@given(right=st.integers(0, 300), wrong=st.integers(0, 300))
def test_the_interval_holds_the_share(right: int, wrong: int) -> None:
    found = judged(right, wrong)
    if not right + wrong:
        assert (found.low, found.precision, found.high) == (None, None, None)
        return
    assert found.low is not None
    assert found.precision is not None
    assert found.high is not None
    assert 0 <= found.low <= found.precision + 1e-4
    assert found.precision - 1e-4 <= found.high <= 1


def test_precision_per_identifier() -> None:
    answers = [
        Reviewed(identifier="SSN", resource="a", right=True, hours=2.0, at=NOW),
        Reviewed(identifier="SSN", resource="a", right=False, hours=4.0, at=NOW),
        Reviewed(identifier="SSN", resource="a", right=None, hours=9.0, at=NOW),
        Reviewed(identifier="EMAIL", resource="a", right=None, hours=1.0, at=NOW),
    ]
    email, ssn = by_identifier(answers)
    assert (ssn.identifier, ssn.precision, ssn.judged, ssn.unjudged, ssn.hours) == ("SSN", 0.5, 2, 1, 4.0)
    assert (email.precision, email.low, email.judged) == (None, None, 0)
