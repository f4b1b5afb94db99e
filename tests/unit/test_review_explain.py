"""Explanations of columns."""

from __future__ import annotations

import pytest
from records_for_tests import column
from reviews_for_tests import NOW, item, override

from assay.model import Category, ColumnSketch, Governance, Level
from assay.model.review import Action, Scope
from assay.review.explain import Explanation, explain_column

GOVERNANCE = Governance(
    weights={"rule": 0.3, "pattern": 0.4, "semantic": 0.2, "ml": 0.0},
    thresholds={
        ("*", "DETECTION"): 0.5,
        ("*", "CLASSIFICATION"): 0.7,
        ("PHI", "CLASSIFICATION"): 0.9,
        ("*", "REVIEW"): 0.6,
    },
    categories={},
    keywords=(),
)


def explained(record: object = None, **changes: object) -> Explanation:
    given = {"governance": GOVERNANCE, "today": NOW.date(), **changes}
    return explain_column(record or column(rule_score=1.0, pattern_score=0.5), **given)  # type: ignore[arg-type]


def test_the_parts_of_the_methods_make_the_composite() -> None:
    told = explained()
    assert [method.method for method in told.methods] == ["rule", "pattern", "semantic", "ml"]
    assert sum(method.adds or 0 for method in told.methods) == pytest.approx((0.3 * 1.0 + 0.4 * 0.5) / 0.7, abs=0.001)
    assert sum(method.weight or 0 for method in told.methods) == pytest.approx(1.0, abs=0.001)
    assert told.methods[2].says == "abstained: nothing to judge by"
    assert told.methods[3].says == "switched off: its weight is 0"


def test_thresholds_are_those_of_its_category() -> None:
    told = explained(column(dominant_category=Category.PHI, confidence=85.0, confidence_level="MEDIUM"))
    assert told.thresholds == (("DETECTION", 0.5, True), ("CLASSIFICATION", 0.9, False), ("REVIEW", 0.6, True))
    assert "not HIGH: 0.85 is below the CLASSIFICATION threshold 0.90" in told.why_not


def test_why_not_says_what_was_seen_and_does_not_lead() -> None:
    sketch = ColumnSketch(
        name="c", index=0, rows=200, filled=190, hits={"EMAIL": 3, "SSN": 150}, confidence={"EMAIL": 0.8}, test_values=2
    )
    told = explained(column(detected_type="SSN"), sketch=sketch)
    assert "EMAIL: 3 of 190 values (1.6%), the surest with 0.80; SSN leads" in told.why_not
    assert not [line for line in told.why_not if line.startswith("SSN")]
    assert "2 documentation or test values do not count" in told.why_not
    empty = explained(sketch=ColumnSketch(name="c", index=0, rows=7, filled=0))
    assert "no values: 7 rows read, all empty" in empty.why_not


def test_a_harmless_column_says_what_was_lacking() -> None:
    harmless = column(
        detected_type=None,
        categories=(),
        dominant_category=None,
        level=Level.PUBLIC,
        confidence=43.0,
        rule_score=1.0,
        pattern_score=0.0,
        semantic_scores={"PHI": 0.31},
    )
    told = explained(harmless)
    assert told.verdict.startswith("not called sensitive")
    assert "its confidence 0.43 does not exceed the DETECTION threshold 0.50" in told.why_not
    assert "the name suggests something, and no value agrees" in told.why_not
    assert "its name means PHI data, too (0.31), which is not enough by itself" in told.why_not


def test_overrides_are_told_those_that_expired_too() -> None:
    held = override()
    over = override(Action.SET_CONFIDENCE, confidence=1.0, id="f2", expires=NOW.date().replace(day=1))
    elsewhere = override(column="other", id="f3")
    other = override(scope=Scope.IDENTIFIER, identifier="EMAIL", id="f4")
    told = explained(overrides=(held, over, elsewhere, other))
    assert len(told.overrides) == 2
    assert told.overrides[0] == "column: suppressed by Ada on 2026-11-02 because order numbers"
    assert told.overrides[1].endswith("(expired)")


def test_its_question_in_the_queue_is_told() -> None:
    told = explained(item=item())
    assert told.question is not None
    assert told.question.startswith(f"{item().id} open, priority ")
