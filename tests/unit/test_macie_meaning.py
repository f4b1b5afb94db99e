"""What Macie's types mean, what follows for an object, filters for exceptions, and the comparison."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from botocore.session import Session
from botocore.validate import ParamValidator
from macie_for_tests import exception, policy_finding, told

from assay.detect.cache import read_all
from assay.errors import UsageError
from assay.macie import mapping
from assay.macie.agreement import Seen, Verdict, compare
from assay.macie.evidence import concluded, evidence_of, identifiers_in, standing
from assay.macie.filters import Suppression, Unsaid, suppressions
from assay.macie.findings import finding_of
from assay.model import Identifier, Level
from assay.model.macie import Detection, MacieFinding
from assay.model.review import Action, Scope
from assay.model.review import Verdict as Said

TYPE = "classificationDetails.result.sensitiveData.detections.type"


@pytest.fixture(scope="module")
def known() -> dict[str, Identifier]:
    return {each.name: each for each in read_all((), cache=None, builtin=True)[0]}


def found(**more: Any) -> MacieFinding:
    made = finding_of(told(1, "in/a b+ü.csv", **more))
    assert made is not None
    return made


def test_every_type_of_the_table_means_an_identifier_that_there_is(known: dict[str, Identifier]) -> None:
    table = mapping._table()
    rows = [*table["types"].values(), *table["endings"].values()]
    assert len(rows) > 80
    assert {row["identifier"] for row in rows} <= set(known)
    assert all(0.5 <= row["confidence"] < 1 for row in rows)


@pytest.mark.parametrize(
    ("detection", "name", "level", "is_known"),
    [
        (Detection("USA_SOCIAL_SECURITY_NUMBER", "PERSONAL_INFORMATION", 1), "SSN", Level.RESTRICTED, True),
        (Detection("CREDIT_CARD_NUMBER_(NO_KEYWORD)", "FINANCIAL_INFORMATION", 1), "CREDIT_CARD", Level.RESTRICTED, True),
        (Detection("PORTUGAL_DRIVERS_LICENSE", "PERSONAL_INFORMATION", 1), "DRIVERS_LICENSE", Level.RESTRICTED, True),
        (Detection("MEDICAL_DEVICE_UDI", "PERSONAL_INFORMATION", 1), "MEDICAL_DEVICE_UDI", Level.CONFIDENTIAL, True),
        (Detection("SOMETHING_NEW", "PERSONAL_INFORMATION", 1), "SOMETHING_NEW", Level.INTERNAL, False),
        (Detection("SOMETHING_NEW", "", 1), "SOMETHING_NEW", Level.INTERNAL, False),
        (Detection("NEW_SECRET", "CREDENTIALS", 1), "NEW_SECRET", Level.RESTRICTED, False),
        (Detection("assay:SSN:near", "CUSTOM_IDENTIFIER", 1, custom=True), "SSN", Level.RESTRICTED, True),
        (Detection("EMPLOYEE_NUMBER", "CUSTOM_IDENTIFIER", 1, custom=True), "EMPLOYEE_NUMBER", Level.CONFIDENTIAL, True),
        (Detection("badge no. (gate)", "CUSTOM_IDENTIFIER", 1, custom=True), "BADGE_NO_GATE", Level.INTERNAL, False),
        (Detection("USA_SOCIAL_SECURITY_NUMBER", "CUSTOM_IDENTIFIER", 1, custom=True), "USA_SOCIAL_SECURITY_NUMBER",
         Level.INTERNAL, False),
    ],
)  # fmt: skip
def test_types_are_mapped_and_what_is_not_known_is_internal_at_least(
    known: dict[str, Identifier], detection: Detection, name: str, level: Level, is_known: bool
) -> None:
    meaning = mapping.mapping_of(known).meaning(detection)
    assert (meaning.identifier.name, meaning.identifier.level, meaning.known) == (name, level, is_known)


def test_a_users_own_table_comes_first(known: dict[str, Identifier]) -> None:
    own = mapping.mapping_of(known, {"badge": "EMPLOYEE_NUMBER", "NAME": "USERNAME"})
    assert own.meaning(Detection("badge", "CUSTOM_IDENTIFIER", 1, custom=True)).identifier.name == "EMPLOYEE_NUMBER"
    assert own.meaning(Detection("NAME", "PERSONAL_INFORMATION", 1)).identifier.name == "USERNAME"
    with pytest.raises(UsageError, match="there is no identifier 'NOWHERE'"):
        mapping.mapping_of(known, {"badge": "NOWHERE"})


def test_a_finding_is_read_without_any_value() -> None:
    made = found(custom={"badge": 4}, etag='"0a1b"')
    assert made.resource == "s3://lake/in/a%20b%2B%C3%BC.csv"
    assert made.etag == "0a1b"
    assert [(each.type, each.occurrences, each.custom) for each in made.detections] == [
        ("USA_SOCIAL_SECURITY_NUMBER", 12, False),
        ("NAME", 3, False),
        ("badge", 4, True),
    ]
    assert made.detections[0].place == {"line": 2, "column": 5}


@pytest.mark.parametrize(
    "broken", [{}, {"id": "1"}, policy_finding(1), {"id": "1", "resourcesAffected": {"s3Bucket": {"name": "b"}}}]
)
def test_what_is_about_no_object_is_no_finding(broken: dict[str, Any]) -> None:
    assert finding_of(broken) is None


def test_a_finding_with_hardly_anything_in_it_is_read() -> None:
    bare = {"id": "1", "resourcesAffected": {"s3Bucket": {"name": "b"}, "s3Object": {"key": "k"}}}
    made = finding_of(bare)
    assert made is not None
    assert (made.detections, made.counts) == ((), False)


def test_what_is_archived_made_up_or_of_another_object_is_no_evidence() -> None:
    told_ = [found(), found(archived=True), found(sample=True), found(etag="old"), found(etag="now")]
    assert standing(told_, "now") == [told_[0], told_[4]]
    assert standing(told_) == [told_[0], told_[3], told_[4]]


def test_an_object_is_as_sensitive_as_what_was_found_and_counts_are_not_doubled(known: dict[str, Identifier]) -> None:
    again = found(sensitive={"PERSONAL_INFORMATION": {"USA_SOCIAL_SECURITY_NUMBER": 9}}, custom={"assay:SSN": 2})
    table = mapping.mapping_of(known)
    evidence, counts = evidence_of("s3://lake/a", [found(), again], table)
    assert counts == {"PERSON_NAME": 3, "SSN": 14}
    assert [(each.identifier, each.confidence, each.redacted) for each in evidence] == [
        ("PERSON_NAME", 0.75, ""),
        ("SSN", 0.95, ""),
    ]
    assert evidence[1].evidence[0][:2] == ("macie", "USA_SOCIAL_SECURITY_NUMBER × 12 (High)")
    whole = concluded("s3://lake/a", evidence, counts, identifiers_in([found()], table, known))
    assert (whole.level, whole.identifiers) == (Level.RESTRICTED, {"PERSON_NAME": 3, "SSN": 14})
    assert not whole.coverage.complete


def test_a_new_type_gives_a_level_and_categories(known: dict[str, Identifier]) -> None:
    new = found(sensitive={"PERSONAL_INFORMATION": {"NEW_THING": 2}})
    table = mapping.mapping_of(known)
    evidence, counts = evidence_of("s3://lake/a", [new], table)
    whole = concluded("s3://lake/a", evidence, counts, identifiers_in([new], table, known))
    assert (whole.level, whole.categories, whole.identifiers) == (Level.INTERNAL, ("PII",), {"NEW_THING": 2})


# Exceptions


def said(override: Any, custom: tuple[str, ...] = ()) -> list[Suppression | Unsaid]:
    return list(suppressions([override], custom))


def test_an_exception_archives_what_holds_the_type_and_nothing_else() -> None:
    (made,) = said(exception("SSN", "s3://lake/in/a%20b.csv", expires=date(2027, 1, 31)))
    assert isinstance(made, Suppression)
    assert made.criterion == {
        TYPE: {"eqExactMatch": ["USA_SOCIAL_SECURITY_NUMBER"]},
        "type": {"neq": ["SensitiveData:S3Object/Multiple"]},
        "resourcesAffected.s3Bucket.name": {"eq": ["lake"]},
        "resourcesAffected.s3Object.key": {"eq": ["in/a b.csv"]},
    }
    assert made.until == "2027-01-31"
    assert 3 <= len(made.name) <= 64


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("*", {}),
        ("s3://lake", {"resourcesAffected.s3Bucket.name": {"eq": ["lake"]}}),
        ("s3://lake/*", {"resourcesAffected.s3Bucket.name": {"eq": ["lake"]}}),
        ("s3://lake/a[[]1].csv", {"resourcesAffected.s3Bucket.name": {"eq": ["lake"]},
                                  "resourcesAffected.s3Object.key": {"eq": ["a[1].csv"]}}),
    ],
)  # fmt: skip
def test_places_that_macie_knows(path: str, place: dict[str, Any]) -> None:
    (made,) = said(exception("SSN", path))
    assert isinstance(made, Suppression)
    assert {name: value for name, value in made.criterion.items() if name.startswith("resources")} == place


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"path": "s3://lake/in/*"}, "below a prefix"),
        ({"path": "s3://lake/*.csv"}, "by a pattern"),
        ({"path": "s3://l?ke"}, "by a pattern"),
        ({"path": "file:///srv/a"}, "not about S3"),
        ({"scope": Scope.VALUE, "fingerprint": "f"}, "about one value"),
        ({"scope": Scope.COLUMN, "column": "ssn"}, "about one column"),
        ({"scope": Scope.PATTERN, "pattern": "us/ssn#bare"}, "about one pattern"),
        ({"identifier": "SENDGRID_KEY", "path": "s3://lake"}, "Macie has no type for SENDGRID_KEY"),
    ],
)
def test_what_macie_cannot_be_told_is_said(changes: dict[str, Any], why: str) -> None:
    (made,) = said(replace(exception("SSN", "s3://lake"), **changes))
    assert isinstance(made, Unsaid)
    assert why in made.why


def test_an_identifier_of_several_types_has_a_filter_for_each() -> None:
    made = said(exception("CREDIT_CARD", "s3://lake"), ("assay:CREDIT_CARD",))
    told_ = [each.criterion for each in made if isinstance(each, Suppression)]
    assert [each[TYPE]["eqExactMatch"] for each in told_ if TYPE in each] == [
        ["CREDIT_CARD_NUMBER"],
        ["CREDIT_CARD_NUMBER_(NO_KEYWORD)"],
    ]
    assert told_[2]["type"] == {"eq": ["SensitiveData:S3Object/CustomIdentifier"]}
    assert len({each.name for each in made if isinstance(each, Suppression)}) == 3


@pytest.mark.parametrize("changes", [{"verdict": Said.REJECT}, {"action": Action.SET_CONFIDENCE}, {"below": 0.5}])
def test_what_is_no_accepted_exception_makes_no_filter(changes: dict[str, Any]) -> None:
    assert said(replace(exception("SSN", "s3://lake"), **changes)) == []


@pytest.mark.parametrize("path", ["*", "s3://lake", "s3://lake/a"])
def test_criteria_have_the_shape_of_the_model(path: str) -> None:
    shape = Session().get_service_model("macie2").operation_model("CreateFindingsFilter").input_shape
    for made in said(exception("SSN", path), ("assay:SSN",)):
        assert isinstance(made, Suppression)
        request = {"name": made.name, "action": "ARCHIVE", "findingCriteria": {"criterion": made.criterion}}
        report = ParamValidator().validate(request, shape)
        assert not report.has_errors(), report.generate_report()


# The comparison


def test_both_one_side_and_what_cannot_be_compared_are_told_apart() -> None:
    seen = [
        Seen("s3://lake/a", "lake", {"SSN": 12, "PERSON_NAME": 3}, {"SSN": 10, "JWT": 1, "MRN": 4}),
        Seen("s3://lake/b", "lake", {"SSN": 1}, {}),
        Seen("s3://lake/c", "lake", {"SSN": 5}, None),
    ]
    whole = compare(seen, has_type={"SSN": True, "PERSON_NAME": True, "JWT": True, "MRN": False})
    assert {(line.resource[-1], line.identifier): str(line.verdict) for line in whole.lines} == {
        ("a", "SSN"): "both",
        ("a", "PERSON_NAME"): "only_macie",
        ("a", "JWT"): "only_ours",
        ("a", "MRN"): "no_type_in_macie",
        ("b", "SSN"): "only_macie",
        ("c", "SSN"): "not_read_by_us",
    }
    ssn = whole.by_identifier["SSN"]
    assert (ssn.objects[Verdict.BOTH], ssn.macie, ssn.ours, ssn.agreement) == (1, 18, 10, 0.5)
    assert whole.total.agreement == 0.25
    assert compare([], has_type={}).total.agreement is None
