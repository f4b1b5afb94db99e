"""Overrides on columns, tables, findings and classifications."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from records_for_tests import classification, column, finding, table
from reviews_for_tests import MEANS, NOW, decision, item, override

from assay.model import Category, ColumnRecord, Evidence, Level, Sensitivity
from assay.model.review import Action, Override, Scope, Verdict
from assay.review.findings import settle_classification, settle_findings
from assay.review.overrides import in_effect, settle_columns
from assay.review.scopes import matches, narrowness
from assay.review.workflow import overrides_of

TODAY = NOW.date()
PLAIN = column(column="note", level=Level.PUBLIC, categories=(), detected_type=None, confidence=0.0, regex_hits=0)


def settled(*overrides: Override, record: ColumnRecord | None = None) -> Any:
    columns = [record or column(regex_hits=3, pattern_ids=("us/ssn#dashed",)), PLAIN]
    return settle_columns(columns, table(), overrides, today=TODAY, means=MEANS)


def test_a_suppressed_column_counts_no_more_and_says_by_whom_and_why() -> None:
    columns, whole, applied = settled(override(), record=column(regex_hits=0))
    assert (columns[0].detected_type, columns[0].level, columns[0].need_review) == (None, Level.PUBLIC, False)
    assert "suppressed by Ada on 2026-11-02 because order numbers" in columns[0].detection_reason
    assert (whole.level, whole.sensitive_columns) == (Level.PUBLIC, ())
    assert (applied[0].override, applied[0].outcome, applied[0].level_before) == ("f1", "applied", Level.RESTRICTED)


def test_a_suppressed_column_with_checked_values_is_not_shown_as_harmless() -> None:
    columns, whole, applied = settled(override())
    assert columns[0].level is Level.UNCLASSIFIED
    assert whole.level is Level.UNCLASSIFIED
    assert applied[0].held


def test_a_confidence_set_below_what_is_sensitive_is_held_as_well() -> None:
    columns, whole, _ = settled(override(Action.SET_CONFIDENCE, confidence=0.2))
    assert (columns[0].detected_type, columns[0].level, columns[0].confidence) == (None, Level.UNCLASSIFIED, 20.0)
    assert whole.level is Level.UNCLASSIFIED


def test_a_suppression_does_not_hide_what_came_later() -> None:
    other = column(regex_hits=3, categories=(Category.PII, Category.PCI))
    columns, whole, applied = settled(override(seen=(Category.PII,)), record=other)
    assert (columns[0].level, columns[0].detected_type, columns[0].need_review) == (Level.RESTRICTED, "SSN", True)
    assert "PCI has come since" in columns[0].detection_reason
    assert applied[0].outcome == "withheld"
    assert whole.need_review
    # Another identifier is another thing altogether: the override does not speak of it.
    columns, _, applied = settled(override(), record=column(detected_type="CREDIT_CARD"))
    assert (columns[0].detected_type, applied) == ("CREDIT_CARD", [])


def test_a_level_above_the_one_that_was_seen_is_not_covered() -> None:
    columns, _, applied = settled(override(seen_level=Level.INTERNAL))
    assert columns[0].level is Level.RESTRICTED
    assert applied[0].outcome == "withheld"
    assert "level restricted has come since" in applied[0].sentence


def test_an_approved_column_is_certain_and_asks_no_more() -> None:
    unsure = column(confidence=64.0, confidence_level="MEDIUM", need_review=True)
    columns, _, _ = settled(override(Action.SET_CONFIDENCE, confidence=1.0), record=unsure)
    assert (columns[0].confidence, columns[0].confidence_level, columns[0].need_review) == (100.0, "HIGH", False)


def test_a_reclassified_column_has_the_new_identifier_with_its_level() -> None:
    columns, whole, _ = settled(override(Action.RECLASSIFY, to_identifier="EMAIL"))
    assert (columns[0].detected_type, columns[0].level) == ("EMAIL", Level.INTERNAL)
    assert whole.level is Level.INTERNAL


def test_a_harmless_column_can_be_called_sensitive_but_not_for_ever_hide_more() -> None:
    said = override(
        Action.RECLASSIFY, identifier=None, to_identifier="EMAIL", level=Level.INTERNAL, seen_level=Level.PUBLIC
    )
    columns, _, _ = settled(replace(said, column="note"))
    assert (columns[1].detected_type, columns[1].level, columns[1].confidence) == ("EMAIL", Level.INTERNAL, 100.0)
    columns, _, applied = settled(said)
    assert (columns[0].detected_type, columns[0].level, columns[0].need_review) == ("SSN", Level.RESTRICTED, True)
    assert applied[0].outcome == "withheld"


def test_the_most_specific_wins_then_the_newest() -> None:
    wide = override(scope=Scope.IDENTIFIER, id="f2")
    sure = override(Action.SET_CONFIDENCE, confidence=1.0, id="f3")
    columns, _, applied = settled(wide, sure)
    assert (columns[0].detected_type, [each.override for each in applied]) == ("SSN", ["f3"])
    newer = override(id="f4", at=NOW + timedelta(hours=1))
    columns, _, applied = settled(wide, sure, newer)
    assert (columns[0].detected_type, [each.override for each in applied]) == (None, ["f4"])


def test_what_has_expired_holds_no_more_and_what_expires_today_does() -> None:
    assert settled(override(expires=TODAY - timedelta(days=1)))[2] == []
    assert len(settled(override(expires=TODAY))[2]) == 1


def test_a_pattern_scope_holds_where_that_pattern_alone_spoke() -> None:
    assert settled(override(scope=Scope.PATTERN))[0][0].detected_type is None
    both = column(pattern_ids=("us/ssn#dashed", "us/ssn#bare"))
    assert settled(override(scope=Scope.PATTERN), record=both)[0][0].detected_type == "SSN"


def test_a_table_can_be_given_a_level_until_something_higher_comes() -> None:
    said = override(
        Action.RECLASSIFY, Scope.TABLE, identifier=None, level=Level.INTERNAL, seen_level=Level.CONFIDENTIAL
    )
    _, whole, applied = settled(said)
    assert (whole.level, whole.need_review, applied[0].outcome) == (Level.RESTRICTED, True, "withheld")
    _, whole, applied = settled(replace(said, seen_level=Level.RESTRICTED))
    assert (whole.level, applied[0].outcome) == (Level.INTERNAL, "applied")


ANY = st.builds(
    override,
    st.sampled_from(Action),
    st.sampled_from([Scope.COLUMN, Scope.TABLE, Scope.PATTERN, Scope.IDENTIFIER, Scope.RESOURCE]),
    id=st.uuids().map(str),
    at=st.integers(0, 3).map(lambda hours: NOW + timedelta(hours=hours)),
    identifier=st.sampled_from(["SSN", "EMAIL", None]),
    confidence=st.sampled_from([0.0, 0.4, 0.9, 1.0, None]),
    level=st.sampled_from([Level.INTERNAL, Level.PUBLIC, None]),
    to_identifier=st.sampled_from(["EMAIL", None]),
    categories=st.sampled_from([(), (Category.PHI,), (Category.PCI, Category.PII)]),
    seen=st.sampled_from([(), (Category.PII,), (Category.PCI,)]),
    seen_level=st.sampled_from([Level.RESTRICTED, Level.PUBLIC, None]),
)


@given(overrides=st.lists(ANY, max_size=6), data=st.data())
def test_the_order_in_which_overrides_come_changes_nothing(overrides: list[Override], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(overrides))
    assert settled(*overrides) == settled(*shuffled)
    assert in_effect(overrides, TODAY) == in_effect(shuffled, TODAY)


@given(overrides=st.lists(ANY, max_size=6))
def test_a_validated_restricted_column_never_becomes_public_without_a_person_saying_so(
    overrides: list[Override],
) -> None:
    columns, whole, applied = settled(*overrides)
    record = column(regex_hits=3, pattern_ids=("us/ssn#dashed",))
    if columns[0].level.rank < Level.RESTRICTED.rank:
        assert any(each.outcome == "applied" and each.column == record.column for each in applied)
        assert "by Ada" in columns[0].detection_reason
    if columns[0].detected_type is None:
        assert columns[0].level is Level.UNCLASSIFIED or any(each.level == Level.PUBLIC for each in overrides)
    lowered_whole = any(each.scope is Scope.TABLE and each.level is not None for each in overrides)
    assert lowered_whole or whole.level.rank >= max(each.level.rank for each in columns)


CHECKED = (Evidence("pattern", "us/ssn#dashed", 0.6), Evidence("validator", "ssn", 0.35))


def test_suppressed_findings_are_left_out_and_counted_per_resource() -> None:
    found = [finding(evidence=CHECKED), finding(evidence=CHECKED), finding(fingerprint="beef" * 16)]
    kept, applied = settle_findings(found, [override(scope=Scope.VALUE)], today=TODAY, means=MEANS)
    assert kept == [found[2]]
    assert [(each.count, each.held, each.level_after) for each in applied] == [(2, True, None)]
    low = finding(sensitivity=Sensitivity.MEDIUM, evidence=CHECKED)
    _, applied = settle_findings([low], [override(scope=Scope.VALUE)], today=TODAY, means=MEANS)
    assert not applied[0].held


@pytest.mark.parametrize(
    ("scope", "changes", "met"),
    [
        (Scope.FINDING, {}, True),
        (Scope.FINDING, {"resource": "file:///other.csv"}, False),
        (Scope.COLUMN, {}, True),
        (Scope.COLUMN, {"column": "id"}, False),
        (Scope.PATTERN, {}, True),
        (Scope.PATTERN, {"pattern": "us/ssn#bare"}, False),
        (Scope.IDENTIFIER, {}, True),
        (Scope.IDENTIFIER, {"identifier": None}, False),
        (Scope.IDENTIFIER, {"path": "file:///elsewhere/*"}, False),
        (Scope.RESOURCE, {}, False),
        (Scope.TABLE, {}, False),
    ],
)
def test_what_a_scope_means_for_a_finding(scope: Scope, changes: dict[str, Any], met: bool) -> None:
    kept, _ = settle_findings([finding(evidence=CHECKED)], [override(scope=scope, **changes)], today=TODAY, means=MEANS)
    assert (kept == []) is met


def test_a_finding_of_which_a_person_is_sure_says_so_among_its_evidence() -> None:
    said = override(Action.SET_CONFIDENCE, Scope.IDENTIFIER, confidence=1.0)
    kept, _ = settle_findings([finding()], [said], today=TODAY, means=MEANS)
    assert kept[0].confidence == 1.0
    assert kept[0].evidence[-1].signal == "feedback"
    assert sum(each.weight for each in kept[0].evidence) == pytest.approx(1.0)


def test_a_resource_in_which_only_suppressed_hits_are_left_is_not_public() -> None:
    _, notes = settle_findings([finding(evidence=CHECKED)], [override(scope=Scope.VALUE)], today=TODAY, means=MEANS)
    public = classification(level=Level.PUBLIC, identifiers={}, categories=(), because="nothing was found")
    settled_one, _ = settle_classification(public, [], notes, today=TODAY)
    assert settled_one.level is Level.UNCLASSIFIED
    assert "SSN suppressed by Ada" in settled_one.because


def test_a_reclassified_resource_keeps_the_level_until_more_is_found() -> None:
    said = override(Action.RECLASSIFY, Scope.RESOURCE, identifier=None, level=Level.INTERNAL, seen=(Category.PII,))
    lowered, applied = settle_classification(classification(), [said], [], today=TODAY)
    assert (lowered.level, lowered.needs_review, applied[0].outcome) == (Level.INTERNAL, False, "applied")
    more = classification(categories=(Category.PII, Category.PHI))
    kept, applied = settle_classification(more, [said], [], today=TODAY)
    assert (kept.level, kept.needs_review, applied[0].outcome) == (Level.RESTRICTED, True, "withheld")


def test_being_sure_of_what_could_not_be_read_does_not_make_it_known() -> None:
    unknown = classification(level=Level.UNCLASSIFIED, confidence=0.0, categories=(), identifiers={}, needs_review=True)
    said = override(Action.SET_CONFIDENCE, Scope.RESOURCE, identifier=None, confidence=1.0)
    settled_one, _ = settle_classification(unknown, [said], [], today=TODAY)
    assert (settled_one.level, settled_one.confidence) == (Level.UNCLASSIFIED, 0.0)


def test_a_decision_leads_to_the_override_that_settles_its_column() -> None:
    (made,) = overrides_of(item(), decision(Verdict.SUPPRESS))
    columns, _, applied = settled(made)
    assert columns[0].detected_type is None
    assert applied[0].override == made.id


def test_globs_over_resources() -> None:
    assert matches("*", "s3://bucket/key")
    assert matches("file:///srv/*.csv", "file:///srv/a/b.csv")
    assert not matches("file:///srv/*.csv", "file:///srv/a/b.csv.gz")
    assert not matches("file:///srv/?.csv", "file:///srv/ab.csv")
    assert narrowness("file:///srv/data") > narrowness("file:///srv/*") > narrowness("*")


@pytest.mark.parametrize(
    ("confidence", "below", "expected"),
    [(0.35, None, 0.35), (0.8, None, 1.0), (0.35, 0.5, 1.0), (0.8, 0.5, 0.8)],
)
def test_what_was_said_of_findings_is_not_said_of_candidates(
    confidence: float, below: float | None, expected: float
) -> None:
    said = override(Action.SET_CONFIDENCE, Scope.IDENTIFIER, confidence=1.0, below=below)
    kept, _ = settle_findings([finding(confidence=confidence)], [said], today=TODAY, means=replace(MEANS, floor=0.5))
    assert [each.confidence for each in kept] == [expected]


@pytest.mark.parametrize("confidence", [0.35, 0.8])
def test_a_value_is_the_same_value_whether_it_was_sure_or_not(confidence: float) -> None:
    accepted = override(scope=Scope.VALUE)
    kept, applied = settle_findings(
        [finding(confidence=confidence, evidence=CHECKED)], [accepted], today=TODAY, means=replace(MEANS, floor=0.5)
    )
    assert kept == []
    # What never counted is not held back either.
    assert [note.held for note in applied] == ([] if confidence < 0.5 else [True])


def test_an_override_of_candidates_does_not_meet_a_column() -> None:
    said = override(Action.SET_CONFIDENCE, Scope.IDENTIFIER, confidence=1.0, below=0.5)
    record = column(confidence=64.0)
    settled, _, applied = settle_columns([record], table(), [said], today=TODAY, means=MEANS)
    assert (settled, applied) == ([record], [])


def test_what_is_called_something_else_is_of_its_category() -> None:
    kinds = {"BANK_ACCOUNT": (str(Category.PCI), Sensitivity.HIGH)}
    said = override(Action.RECLASSIFY, Scope.IDENTIFIER, to_identifier="BANK_ACCOUNT")
    ((settled,), _) = settle_findings([finding()], [said], today=TODAY, means=replace(MEANS, kind_of=kinds.get))
    assert (settled.identifier, settled.category, settled.sensitivity) == ("BANK_ACCOUNT", "PCI", "HIGH")


def test_a_finding_is_given_a_category_of_the_users_own() -> None:
    said = override(Action.SET_CATEGORIES, Scope.IDENTIFIER, categories=("HR",))
    ((settled,), _) = settle_findings([finding()], [said], today=TODAY, means=MEANS)
    assert settled.category == "HR"


def test_one_decision_that_sets_two_things_is_told_once() -> None:
    both = [
        override(Action.RECLASSIFY, id="f1", to_identifier="PHONE", verdict=Verdict.RECLASSIFY),
        override(Action.SET_CATEGORIES, id="f2", categories=("HR",), verdict=Verdict.RECLASSIFY),
    ]
    ((settled,), _, applied) = settle_columns([column()], table(), both, today=TODAY, means=MEANS)
    assert (settled.detected_type, settled.categories) == ("PHONE", ("HR",))
    assert len(applied) == 2
    assert settled.detection_reason.count("reclassified by Ada") == 1
