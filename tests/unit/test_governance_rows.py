"""Rows of a governance configuration: what ships, what is refused and why, what is in effect, what identifiers become."""

from __future__ import annotations

import io
import math
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from governance_for_tests import shipped_identifiers
from hypothesis import given
from hypothesis import strategies as st

from assay.detect import ruleset
from assay.detect.engine import Detector
from assay.detect.governed import governed, identifiers_of
from assay.detect.redact import Fingerprinter
from assay.errors import ConfigError, RuleError
from assay.formats import UTF8, Kind
from assay.model import Governance, Level
from assay.scanning.document import Document, scan_document
from assay.scanning.report import SplitReport
from assay.tables.configuration import TABLES, Rows
from assay.tables.defaults import defaults, shipped_rows
from assay.tables.governing import Known, Problem, check_row, check_rows, known_of
from assay.tables.merging import merge
from assay.tables.rowtexts import row_of_texts, texts_of

SHIPPED = shipped_rows(shipped_identifiers())
NAMES = [identifier.name for identifier in shipped_identifiers()]
KNOWN = known_of(SHIPPED, {}, NAMES)
BADGE = {"PATTERN_ID": "badge", "CATEGORY": "PII", "NAME": "BADGE", "REGEX": r"\bBDG\d{6}\b", "WEIGHT": 0.9}


def checked(rows: Rows, stored: Rows | None = None) -> tuple[dict[str, list[dict[str, Any]]], list[Problem]]:
    return check_rows(rows, SHIPPED, stored or {}, NAMES)


def configured(rows: Rows) -> Governance:
    whole, problems = checked(rows)
    assert problems == []
    return merge(SHIPPED, whole)


def test_what_ships_is_what_the_specification_says() -> None:
    governance = defaults(shipped_identifiers())
    assert governance.weights == {"rule": 0.3, "pattern": 0.4, "semantic": 0.2, "ml": 0.1}
    assert governance.threshold("PII", "DETECTION") == 0.5
    assert [governance.threshold(name, "CLASSIFICATION") for name in ("PII", "PHI", "PCI", "SECRETS", "OTHER")] == [
        0.7, 0.9, 0.8, 0.7, 0.7,
    ]  # fmt: skip
    assert governance.categories["PHI"].confidentiality == 3
    assert governance.digest == defaults(shipped_identifiers()).digest


def test_every_shipped_row_passes_the_check_and_stays_as_it_is() -> None:
    for name, rows in SHIPPED.items():
        for row in rows if name != "SENSITIVE_PATTERNS" else rows[:50]:
            assert check_row(name, row, KNOWN) == row


def test_every_shipped_standard_says_what_it_asks_for_and_every_type_of_a_bundle_is_there() -> None:
    governance = defaults(shipped_identifiers())
    assert [row.id for row in governance.compliance if not row.policy] == []
    types = {member for bundle in governance.bundles for part in bundle.parts for member in part}
    assert {name for name in types if not name.startswith("name:")} <= set(NAMES)


REFUSED = [
    ("SENSITIVITY_WEIGHTS", {"WEIGHT_ID": "rule", "WEIGHT": 1.5}, "WEIGHT must be a number from 0 to 1, not 1.5"),
    ("SENSITIVITY_WEIGHTS", {"WEIGHT_ID": "rule", "WEIGHT": "0.5"}, "WEIGHT must be a number from 0 to 1"),
    ("SENSITIVITY_WEIGHTS", {"WEIGHT_ID": "rule", "WEIGHT": True}, "WEIGHT must be a number"),
    ("SENSITIVITY_WEIGHTS", {"WEIGHT_ID": "rule", "WEIGHT": math.nan}, "WEIGHT must be a number"),
    ("SENSITIVITY_WEIGHTS", {"WEIGHT_ID": "rule", "WEIGTH": 0.5}, "unknown key 'WEIGTH'; did you mean 'WEIGHT'?"),
    ("SENSITIVITY_WEIGHTS", {"WEIGHT_ID": "x", "SOURCE": "rules", "WEIGHT": 0.1}, "did you mean 'rule'?"),
    ("SENSITIVITY_WEIGHTS", {"WEIGHT_ID": "rule", "SOURCE": "ml"}, "SOURCE of a shipped row cannot be changed"),
    ("SENSITIVITY_WEIGHTS", {"WEIGHT": 0.5}, "WEIGHT_ID is missing"),
    ("SENSITIVITY_WEIGHTS", {"WEIGHT_ID": 5, "WEIGHT": 0.5}, "WEIGHT_ID must be text"),
    ("SENSITIVITY_WEIGHTS", {"WEIGHT_ID": "a" * 300, "WEIGHT": 0.5}, "at most 255 characters"),
    ("SENSITIVITY_THRESHOLDS", {"THRESHOLD_ID": "detection", "VALUE": -0.1}, "VALUE must be a number from 0 to 1"),
    ("SENSITIVITY_THRESHOLDS", {"THRESHOLD_ID": "t", "CATEGORY": "PHY", "VALUE": 0.5, "APPLIES_TO": "REVIEW"}, "PHI"),
    ("SENSITIVITY_THRESHOLDS", {"THRESHOLD_ID": "t", "CATEGORY": "PII", "VALUE": 0.5}, "APPLIES_TO is missing"),
    (
        "SENSITIVE_CATEGORIES",
        {"CATEGORY_ID": "hr", "NAME": "HR", "CONFIDENTIALITY": 4},
        "whole number from 0 to 3, not 4",
    ),
    ("SENSITIVE_CATEGORIES", {"CATEGORY_ID": "pii", "INTEGRITY": 1.5}, "INTEGRITY must be a whole number"),
    ("SENSITIVE_CATEGORIES", {"CATEGORY_ID": "pii", "POLICIES": "MASKING"}, "POLICIES must be a list of texts"),
    ("SENSITIVE_CATEGORIES", {"CATEGORY_ID": "pii", "IS_ACTIVE": "no"}, "IS_ACTIVE must be true or false"),
    ("SENSITIVE_CATEGORIES", {"CATEGORY_ID": "x", "NAME": "hr data"}, "capitals, digits and underscores"),
    ("SENSITIVE_KEYWORDS", {"KEYWORD_ID": "k", "CATEGORY": "PIX", "KEYWORD": "x"}, "unknown category 'PIX'"),
    ("SENSITIVE_KEYWORDS", {"KEYWORD_ID": "k", "CATEGORY": "PII", "KEYWORD": "--"}, "holds no letter or digit"),
    ("SENSITIVE_KEYWORDS", {"KEYWORD_ID": "k", "CATEGORY": "PII", "KEYWORD": " "}, "KEYWORD must not be empty"),
    ("SENSITIVE_KEYWORDS", {"KEYWORD_ID": "k", "CATEGORY": "PII", "KEYWORD": "a\nb"}, "cannot be printed"),
    ("SENSITIVE_KEYWORDS", {"KEYWORD_ID": "k", "CATEGORY": "PII", "KEYWORD": "x", "MATCH_TYPE": "fuzzy"}, "'FUZZY'"),
    (
        "SENSITIVE_KEYWORDS",
        {"KEYWORD_ID": "k", "CATEGORY": "PII", "KEYWORD": "x", "IDENTIFIER": "SNN"},
        "did you mean SSN",
    ),
    ("SENSITIVE_PATTERNS", {**BADGE, "REGEX": "(a"}, "REGEX is not a regular expression"),
    ("SENSITIVE_PATTERNS", {**BADGE, "REGEX": "(a+)+$"}, "REGEX is catastrophically slow"),
    ("SENSITIVE_PATTERNS", {**BADGE, "REGEX": r"(?<=x)\d{4}"}, "REGEX cannot be run in linear time"),
    ("SENSITIVE_PATTERNS", {**BADGE, "REGEX": r"(\d)\1"}, "REGEX cannot be run in linear time"),
    ("SENSITIVE_PATTERNS", {**BADGE, "REGEX": "a*"}, "matches where nothing stands"),
    ("SENSITIVE_PATTERNS", {**BADGE, "REGEX": "a{1,100000}"}, "too large"),
    ("SENSITIVE_PATTERNS", {**BADGE, "REGEX": "[[:alpha:]]+"}, "read differently"),
    ("SENSITIVE_PATTERNS", {**BADGE, "WEIGHT": 1.0}, "WEIGHT must be a number from 0.05 to 0.99"),
    ("SENSITIVE_PATTERNS", {**BADGE, "NAME": "badge"}, "must be capitals"),
    ("SENSITIVE_PATTERNS", {**BADGE, "NAME": "SSN"}, "set IDENTIFIER to SSN"),
    ("SENSITIVE_PATTERNS", {"PATTERN_ID": "us/ssn#dashed", "REGEX": "abc"}, "REGEX of a shipped row cannot be changed"),
    ("SENSITIVE_BUNDLES", {"BUNDLE_ID": "b", "NAME": "B1", "CATEGORY": "PII", "PARTS": [["EMAIL"]]}, "at least 2"),
    ("SENSITIVE_BUNDLES", {"BUNDLE_ID": "identity", "PARTS": [["EMAIL"], ["PERSON_NAM"]]}, "did you mean PERSON_NAME?"),
    ("SENSITIVE_BUNDLES", {"BUNDLE_ID": "identity", "PARTS": [["EMAIL"], ["name:Zip"]]}, "one word in small letters"),
    ("SENSITIVE_BUNDLES", {"BUNDLE_ID": "identity", "PARTS": [["EMAIL"], []]}, "PARTS must be"),
    ("SENSITIVE_BUNDLES", {"BUNDLE_ID": "identity", "BOOST": 0.2}, "BOOST must be a number from 0 to 0.15"),
    ("COMPLIANCE_MAPPING", {"MAPPING_ID": "m", "CATEGORY": "PII", "STANDARD": "our law"}, "STANDARD 'our law'"),
    (
        "COMPLIANCE_MAPPING",
        {"MAPPING_ID": "PII:GDPR", "PRIORITY": 5000},
        "PRIORITY must be a whole number from 0 to 1000",
    ),
    ("MODEL_SETTINGS", {"SETTING_ID": "m", "NAME": "semantic.modle", "VALUE": "x"}, "did you mean 'semantic.model'?"),
    ("MODEL_SETTINGS", {"SETTING_ID": "semantic-model", "VALUE": "gpt"}, "is not one of wordllama, none"),
    ("SENSITIVE_KEYWORD", {}, "did you mean 'SENSITIVE_KEYWORDS'?"),
]


@pytest.mark.parametrize(("table", "row", "reason"), REFUSED)
def test_a_bad_row_is_refused_with_its_reason(table: str, row: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_row(table, row, KNOWN)
    assert reason in str(caught.value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)


@given(
    st.sampled_from(sorted(TABLES)),
    st.dictionaries(st.sampled_from(sorted({name for table in TABLES.values() for name in table.names})), VALUES),
)
def test_any_row_is_taken_or_refused(table: str, row: dict[str, Any]) -> None:
    with suppress(ConfigError):
        assert set(check_row(table, row, KNOWN)) == set(TABLES[table].names)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (
            {"SENSITIVITY_WEIGHTS": [{"WEIGHT_ID": n, "WEIGHT": 0} for n in ("rule", "pattern", "semantic", "ml")]},
            "no method",
        ),
        ({"SENSITIVITY_THRESHOLDS": [{"THRESHOLD_ID": "detection", "IS_ACTIVE": False}]}, "has to stay"),
        (
            {
                "SENSITIVITY_THRESHOLDS": [
                    {"THRESHOLD_ID": "x", "CATEGORY": "PHI", "VALUE": 0.5, "APPLIES_TO": "REVIEW"}
                ]
            },
            "has the same CATEGORY, APPLIES_TO as 'review-phi'",
        ),
        ({"SENSITIVE_PATTERNS": [BADGE, BADGE]}, "PATTERN_ID 'badge' is used twice: by row 1 too"),
        (
            {"SENSITIVE_PATTERNS": [BADGE, {**BADGE, "PATTERN_ID": "b2", "REGEX": "X-[0-9]{4}", "CATEGORY": "PHI"}]},
            "one identifier has one category",
        ),
    ],
)
def test_rows_that_are_wrong_together_are_refused(rows: Rows, reason: str) -> None:
    _, problems = checked(rows)
    assert any(reason in str(problem) for problem in problems)


def test_all_bad_rows_are_told_and_rows_may_refer_to_each_other() -> None:
    category = {"CATEGORY_ID": "hr", "NAME": "HR", "CONFIDENTIALITY": 2, "INTEGRITY": 1, "AVAILABILITY": 1}
    word = {"KEYWORD_ID": "grade", "CATEGORY": "HR", "KEYWORD": "pay grade"}
    badge_word = {"KEYWORD_ID": "badge", "CATEGORY": "PII", "KEYWORD": "badge", "IDENTIFIER": "BADGE"}
    good = {"SENSITIVE_KEYWORDS": [word, badge_word], "SENSITIVE_CATEGORIES": [category], "SENSITIVE_PATTERNS": [BADGE]}
    whole, problems = checked(good)
    assert problems == []
    _, alone = checked({"SENSITIVE_KEYWORDS": [word, badge_word]})
    assert [(problem.number, problem.row_id) for problem in alone] == [(1, "grade"), (2, "badge")]
    _, problems = checked({"SENSITIVE_PATTERNS": [{"PATTERN_ID": "badge", "IS_ACTIVE": False}]}, whole)
    assert "no pattern of BADGE would be left" in str(problems[0])


def test_a_stored_row_stands_in_for_the_shipped_one_and_switched_off_ones_do_not_count() -> None:
    governance = configured(
        {
            "SENSITIVITY_WEIGHTS": [
                {"WEIGHT_ID": "semantic", "IS_ACTIVE": False},
                {"WEIGHT_ID": "rule", "WEIGHT": 0.5},
            ],
            "SENSITIVE_CATEGORIES": [{"CATEGORY_ID": "secrets", "IS_ACTIVE": False}],
            "SENSITIVE_BUNDLES": [{"BUNDLE_ID": "identity", "BOOST": 0.05}],
        }
    )
    assert governance.weights == {"rule": 0.5, "pattern": 0.4, "ml": 0.1}
    assert {row.category for row in governance.keywords} == {"PII", "PHI", "PCI", "CUSTOM"}
    assert "CREDENTIALS" not in {bundle.name for bundle in governance.bundles}
    assert governance.bundles[0].boost == 0.05
    assert governance.digest != defaults(shipped_identifiers()).digest
    made, _ = governed(shipped_identifiers(), governance)
    assert {str(item.category) for item in made} == {"PII", "PHI", "PCI", "CUSTOM"}


def test_identifiers_are_the_same_objects_where_nothing_is_configured() -> None:
    made, added = governed(shipped_identifiers(), defaults(shipped_identifiers()))
    assert all(one is other for one, other in zip(made, shipped_identifiers(), strict=True))
    assert added == frozenset()


def found(text: str, governance: Governance, compiled: Path) -> list[tuple[str, str, float]]:
    rules = ruleset.load(governance=governance, cache=compiled)
    detector = Detector(rules, Fingerprinter(b"0" * 32), floor=0.3)
    return [
        (item.identifier, str(item.category), item.confidence)
        for piece in _pieces(detector, text)
        for item in piece.findings
    ]


def _pieces(detector: Detector, text: str) -> list[Any]:
    document = Document(
        name="a.txt", resource="memory:a", member=None, kind=Kind.TEXT, head=text.encode(), encoding=UTF8
    )
    report = SplitReport(resource="memory:a")
    return list(scan_document(io.BytesIO(), document, detector, report))


@pytest.mark.slow
def test_own_patterns_find_values_and_add_forms_to_shipped_identifiers(compiled: Path) -> None:
    governance = configured(
        {
            "SENSITIVE_PATTERNS": [
                BADGE,
                {
                    "PATTERN_ID": "chart",
                    "CATEGORY": "PHI",
                    "NAME": "Chart number",
                    "IDENTIFIER": "MRN",
                    "REGEX": r"\bKB-\d{4}-[A-Z]{2}\b",
                    "WEIGHT": 0.95,
                },
                {"PATTERN_ID": "us/ssn#dashed", "IS_ACTIVE": False},
            ]
        }
    )
    badge = identifiers_of(governance)[0]
    assert (badge.name, badge.path, badge.level, badge.frameworks) == (
        "BADGE", "governance/badge", Level.RESTRICTED, ("GDPR", "CCPA", "LGPD"),
    )  # fmt: skip
    assert ("BADGE", "PII", 0.9) in found("seen: BDG204817 at the door", governance, compiled)
    assert ("MRN", "PHI", 0.95) in found("see KB-2048-QX there", governance, compiled)
    assert [item for item in found("filed under 536-90-4399 last year", governance, compiled) if item[0] == "SSN"] == []
    assert [
        item[0] for item in found("filed under 536-90-4399 last year", defaults(shipped_identifiers()), compiled)
    ] == ["SSN"]


def test_words_can_be_added_to_identifiers_and_taken_from_them() -> None:
    governance = configured(
        {
            "SENSITIVE_KEYWORDS": [
                {"KEYWORD_ID": "k1", "CATEGORY": "PII", "KEYWORD": "kartenblatt", "IDENTIFIER": "SSN"},
                {"KEYWORD_ID": "SSN:soc", "IS_ACTIVE": False},
            ]
        }
    )
    made, _ = governed(shipped_identifiers(), governance)
    ssn = next(item for item in made if item.name == "SSN")
    assert "kartenblatt" in ssn.names
    assert "soc" not in (*ssn.names, *ssn.keywords)
    assert ssn.digest != next(item for item in shipped_identifiers() if item.name == "SSN").digest


def test_the_weight_of_a_shipped_pattern_takes_its_validators_along() -> None:
    governance = configured({"SENSITIVE_PATTERNS": [{"PATTERN_ID": "us/ssn#dashed", "WEIGHT": 0.2}]})
    made, added = governed(shipped_identifiers(), governance)
    pattern = next(item for item in made if item.name == "SSN").patterns[0]
    assert added == frozenset()
    assert pattern.confidence == 0.2
    assert sum(weight for _, weight in pattern.validators) <= 0.2


def test_an_own_identifier_that_has_the_name_of_a_new_one_is_refused() -> None:
    governance = configured({"SENSITIVE_PATTERNS": [BADGE]})
    taken = next(item for item in identifiers_of(governance) if item.name == "BADGE")
    with pytest.raises(RuleError, match="BADGE is an identifier of its own now"):
        governed([*shipped_identifiers(), taken], governance)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_rows_are_the_same_after_being_text(name: str) -> None:
    for row in SHIPPED[name]:
        assert row_of_texts(TABLES[name], texts_of(TABLES[name], row)) == row


def test_what_is_known_names_own_identifiers() -> None:
    whole, _ = checked({"SENSITIVE_PATTERNS": [BADGE]})
    known: Known = known_of(SHIPPED, whole, NAMES)
    assert "BADGE" in known.identifiers
    row = {"PATTERN_ID": "b2", "CATEGORY": "PII", "NAME": "x", "IDENTIFIER": "BADGE", "REGEX": "ab"}
    with pytest.raises(ConfigError, match="use NAME BADGE"):
        check_row("SENSITIVE_PATTERNS", row, known)


def test_an_identifier_may_have_a_threshold_of_its_own_for_detection_alone() -> None:
    row = {"THRESHOLD_ID": "learned-ssn", "CATEGORY": "SSN", "VALUE": 0.8, "APPLIES_TO": "DETECTION"}
    governance = configured({"SENSITIVITY_THRESHOLDS": [row]})
    assert governance.detection("SSN", "PII") == 0.8
    assert governance.detection("EMAIL", "PII") == governance.threshold("PII", "DETECTION") == 0.5
    refused = checked({"SENSITIVITY_THRESHOLDS": [{**row, "APPLIES_TO": "REVIEW"}]})[1]
    assert "unknown category 'SSN'" in refused[0].reason
    refused = checked({"SENSITIVITY_THRESHOLDS": [{**row, "CATEGORY": "SSNN"}]})[1]
    assert "unknown category 'SSNN'" in refused[0].reason


def test_the_threshold_of_a_category_that_is_switched_off_does_not_count() -> None:
    rows = {
        "SENSITIVE_CATEGORIES": [{"CATEGORY_ID": "phi", "IS_ACTIVE": False}],
        "SENSITIVITY_THRESHOLDS": [
            {"THRESHOLD_ID": "own", "CATEGORY": "PHI", "VALUE": 0.8, "APPLIES_TO": "DETECTION", "IS_ACTIVE": False}
        ],
    }
    assert not any(name == "PHI" for name, _ in configured(rows).thresholds)
