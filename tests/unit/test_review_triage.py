"""What comes to the queue, why, and what first."""

from __future__ import annotations

import pytest
from records_for_tests import classification, column, finding, table
from reviews_for_tests import AROUND

from assay.model import Category, Level
from assay.review.triage import Exposure, Group, Surroundings, of_column, of_group, of_resource, of_table


def around(**changes: object) -> Surroundings:
    return Surroundings(**{"review_below": lambda _category: 0.5, **changes})  # type: ignore[arg-type]


def group(confidence: float, level: Level = Level.RESTRICTED, count: int = 1) -> Group:
    made = Group(resource="file:///a.txt", identifier="SSN", level=level, category=Category.PII)
    for number in range(count):
        made.add(finding(confidence=confidence, fingerprint=f"{number:064x}"))
    return made


def test_a_sure_column_is_not_asked_about() -> None:
    assert of_column(column(pattern_score=1.0), table(), AROUND) is None
    assert of_column(column(rule_score=None, pattern_score=1.0, ml_score=0.1), table(), AROUND) is None


@pytest.mark.parametrize(
    ("changes", "surroundings", "reason"),
    [
        ({"need_review": True, "pattern_score": 1.0}, {}, column().detection_reason),
        ({"need_review": True, "pattern_score": None}, {}, "its name alone speaks for it"),
        ({"confidence_level": "MEDIUM"}, {}, "restricted with medium confidence"),
        ({}, {"review_below": lambda _: 0.99}, "below the review threshold of PII"),
        ({"confidence": 85.0}, {"imported": True}, "imported with confidence below 0.9"),
        (
            {"rule_score": 1.0, "pattern_score": 0.1, "confidence_level": "LOW"},
            {},
            "methods disagree: name 1.00, values 0.10",
        ),
        (
            {"semantic_top_category": "PHI", "semantic_top_confidence": 0.72},
            {},
            "its name means PHI data more than what was detected (0.72)",
        ),
    ],
)
def test_why_a_column_is_asked_about(changes: dict[str, object], surroundings: dict[str, object], reason: str) -> None:
    asked = of_column(column(**changes), table(), around(**surroundings))
    assert asked is not None
    assert any(reason in each for each in asked.reasons)


def test_a_harmless_column_is_asked_about_only_where_it_is_near() -> None:
    far = {
        "confidence_level": "LOW",
        "detected_type": None,
        "categories": (),
        "level": Level.PUBLIC,
        "rule_score": 1.0,
        "pattern_score": 0.0,
    }
    assert of_column(column(**far, confidence=0.0), table(), AROUND) is None
    near = of_column(column(**far, confidence=43.0), table(), AROUND)
    assert near is not None
    # What it is suspected of stands first.
    assert near.reasons[0] == column().detection_reason
    assert "methods disagree" in near.reasons[1]


def test_priority_grows_with_risk_uncertainty_and_reach_and_is_explained() -> None:
    def priority(rows: int = 100, exposure: Exposure = Exposure.PRIVATE, **changes: object) -> float:
        asked = of_column(column(need_review=True, **changes), table(rows_read=rows), around(exposure=exposure))
        assert asked is not None
        product = asked.risk * asked.uncertainty * asked.reach
        assert asked.priority == pytest.approx(product, abs=0.001)
        assert 0 < asked.priority <= 1
        return asked.priority

    assert priority(confidence=50.0) > priority(confidence=95.0)
    assert priority(level=Level.RESTRICTED) > priority(level=Level.INTERNAL)
    assert priority(rows=1_000_000) > priority(rows=10)
    assert priority(exposure=Exposure.PUBLIC) > priority(exposure=Exposure.UNKNOWN) > priority()
    asked = of_column(column(need_review=True, confidence=50.0), table(rows_read=12_000), AROUND)
    assert asked is not None
    assert "risk 1.00 (restricted) × uncertainty 1.00 (confidence 0.50" in asked.because
    assert "12,000 rows" in asked.because


def test_evidence_is_the_same_for_another_sample_and_not_for_another_result() -> None:
    def evidence(**changes: object) -> str:
        asked = of_column(column(need_review=True, **changes), table(), AROUND)
        assert asked is not None
        return asked.evidence

    assert evidence(confidence=71.0, pattern_score=0.81) == evidence(confidence=72.0, pattern_score=0.83)
    assert evidence() != evidence(detected_type="EMAIL")
    assert evidence() != evidence(confidence_level="MEDIUM")
    assert evidence() != evidence(categories=(Category.PII, Category.PCI))
    assert evidence() != evidence(pattern_ids=("us/ssn#dashed",))


def test_findings_are_asked_about_together_with_a_few_redacted_examples() -> None:
    assert of_group(group(0.95), AROUND) is None
    asked = of_group(group(0.75, count=40), AROUND)
    assert asked is not None
    assert "its confidence is not high (0.75)" in asked.reasons[0]
    assert asked.details["count"] == 40
    assert len(asked.details["examples"]) == 5
    assert asked.details["examples"][0]["redacted"] == "5*********9"
    assert of_group(group(0.75, Level.INTERNAL), AROUND) is None
    assert of_group(group(0.45, Level.INTERNAL), AROUND) is not None
    assert of_group(group(0.85, Level.INTERNAL), around(imported=True)) is not None


def test_an_owners_tag_that_says_something_else_is_a_question() -> None:
    assert of_table(table(), AROUND) is None
    assert of_table(table(), around(tag=Level.RESTRICTED)) is None
    asked = of_table(table(), around(tag=Level.PUBLIC))
    assert asked is not None
    assert asked.reasons == ("its owner tagged it public, detection says restricted",)
    asked = of_resource(classification(level=Level.PUBLIC), around(tag=Level.RESTRICTED))
    assert asked is not None
    assert asked.risk == 1.0


def test_a_resource_that_could_not_be_read_is_a_question_of_its_own() -> None:
    unread = classification(level=Level.UNCLASSIFIED, identifiers={}, categories=(), confidence=0.0, needs_review=True)
    asked = of_resource(unread, AROUND)
    assert asked is not None
    assert "not everything could be read" in asked.reasons[0]
    assert of_resource(classification(needs_review=True), AROUND) is None
