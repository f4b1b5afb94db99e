"""Sentences of reason."""

from __future__ import annotations

from assay.model import ColumnSketch
from assay.tables.composite import Judged
from assay.tables.reasons import harmless_reason
from assay.tables.values import ValueVote


def judged(score: float, hits: int) -> Judged:
    vote = ValueVote(identifier="SSN", score=score, share=hits / 200, hits=hits)
    return Judged(name="SSN", category="PII", score=0.9, scores={"rule": 1.0, "pattern": score}, vote=vote, hint="ssn")


def test_values_that_agree_are_not_told_as_few_where_a_threshold_is_high() -> None:
    sketch = ColumnSketch(name="ssn", index=0, rows=200, filled=200)
    assert harmless_reason(sketch, [judged(1.0, 200)]) == (
        "name and values speak for SSN, but not as surely as the threshold of detection asks"
    )
    assert harmless_reason(sketch, [judged(0.2, 3)]) == "the name suggests SSN, but only 3 values of 200 agree"
