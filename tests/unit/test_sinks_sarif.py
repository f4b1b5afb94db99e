"""SARIF against the official schema, and what code-scanning pages make of it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from records_for_tests import CUSTOMERS, classification, every_kind, finding, gap, skip, summary

from assay.model import Category, Evidence, Identifier, Level, Locator, Sensitivity
from assay.sinks.output import Output
from assay.sinks.sarif import SarifSink

SCHEMA = json.loads((Path(__file__).parents[1] / "data/sarif-2.1.0.json").read_text())
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)
SSN = Identifier(
    path="us/ssn",
    name="SSN",
    title="US Social Security number",
    description="Nine digits.",
    category=Category.PII,
    sensitivity=Sensitivity.CRITICAL,
    level=Level.RESTRICTED,
    frameworks=("GDPR",),
    regions=("US",),
    source=("https://www.ssa.gov/employer/randomization.html",),
    patterns=(),
)
BASES = (("SRCROOT", "file:///srv/data/"),)


def log(records: list[Any], **options: Any) -> dict[str, Any]:
    stream = io.BytesIO()
    sink = SarifSink(Output(stream, "test"), version="1.2.3", identifiers={"SSN": SSN}, bases=BASES, **options)
    for record in records:
        sink.write(record)
    sink.close()
    value: dict[str, Any] = json.loads(stream.getvalue())
    VALIDATOR.validate(value)
    return value


def run(records: list[Any], **options: Any) -> dict[str, Any]:
    value: dict[str, Any] = log(records, **options)["runs"][0]
    return value


def test_every_kind_of_record_gives_a_valid_log() -> None:
    value = log(every_kind())
    assert value["version"] == "2.1.0"
    assert value["runs"][0]["columnKind"] == "unicodeCodePoints"


def test_the_official_schema_would_refuse_a_mistake() -> None:
    value = log(every_kind())
    value["runs"][0]["results"][0]["level"] = "restricted"
    assert not VALIDATOR.is_valid(value)


def test_no_results_is_a_valid_log() -> None:
    assert run([summary(findings=0, gaps=0)])["results"] == []


def test_a_result_points_at_the_value() -> None:
    result = run([finding()])["results"][0]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "customers.csv", "uriBaseId": "SRCROOT"}
    assert place["region"] == {
        "startLine": 2,
        "startColumn": 9,
        "endColumn": 20,
        "charOffset": 40,
        "charLength": 11,
        "byteOffset": 41,
        "byteLength": 11,
    }
    assert result["locations"][0]["logicalLocations"] == [
        {"name": "ssn", "fullyQualifiedName": "ssn", "kind": "property"}
    ]
    assert result["properties"]["evidence"][0]["signal"] == "pattern"
    assert "resource" not in result["properties"]


def test_a_resource_outside_of_the_bases_stays_absolute() -> None:
    result = run([finding(resource="file:///etc/other.conf")])["results"][0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": "file:///etc/other.conf"}


def test_a_member_of_an_archive_has_no_region_of_the_archive() -> None:
    at = Locator(start=1, end=5, line=1, column=2, member="inner/notes.txt")
    location = run([finding(location=at)])["results"][0]["locations"][0]
    assert "region" not in location["physicalLocation"]
    assert location["logicalLocations"] == [{"fullyQualifiedName": "inner/notes.txt", "kind": "resource"}]


@pytest.mark.parametrize(
    ("level", "expected"),
    [(Level.RESTRICTED, "error"), (Level.CONFIDENTIAL, "warning"), (Level.INTERNAL, "note")],
)
def test_levels(level: Level, expected: str) -> None:
    assert run([finding(level=level)])["results"][0]["level"] == expected


def test_rules_are_those_that_were_used_and_say_what_to_do() -> None:
    value = run([finding(), finding(identifier="BADGE", category=Category.CUSTOM), finding()])
    rules = value["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == ["SSN", "BADGE"]
    assert [result["ruleIndex"] for result in value["results"]] == [0, 1, 0]
    assert "revoke" in rules[0]["help"]["text"]
    assert rules[0]["helpUri"] == SSN.source[0]


def fingerprints(records: list[Any]) -> list[str]:
    return [result["partialFingerprints"]["assayFinding/v1"] for result in run(records)["results"]]


def test_fingerprints_stay_when_a_value_moves_and_differ_otherwise() -> None:
    moved = finding(location=Locator(start=900, end=911, line=40, column=1))
    assert fingerprints([finding()]) == fingerprints([moved])
    different = [
        finding(),
        finding(),
        finding(fingerprint="0" * 30),
        finding(identifier="BADGE"),
        finding(resource="file:///srv/data/b"),
        finding(location=Locator(member="a")),
    ]
    assert len(set(fingerprints(different))) == len(different)
    again = [finding(), classification(), finding()]
    assert len(set(fingerprints(again))) == 1


def test_gaps_are_notifications_and_skips_are_counted() -> None:
    value = run([gap(), skip(), skip(reason="executable"), skip(), summary()])
    (invocation,) = value["invocations"]
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["descriptor"] == {"id": "corrupt"}
    assert notification["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "broken.zip"
    assert invocation["executionSuccessful"] is True
    assert value["properties"]["skipped"] == {"executable": 1, "media": 2}


@pytest.mark.parametrize("records", [[finding()], [finding(), summary(interrupted=True)]])
def test_an_interrupted_scan_says_so(records: list[Any]) -> None:
    (invocation,) = run(records)["invocations"]
    assert invocation["executionSuccessful"] is False
    assert "interrupted" in invocation["toolExecutionNotifications"][-1]["message"]["text"]


def test_many_gaps_are_listed_up_to_a_limit() -> None:
    notifications = run([gap()] * 1_500 + [summary()])["invocations"][0]["toolExecutionNotifications"]
    assert len(notifications) == 1_001
    assert notifications[-1]["message"]["text"].startswith("500 more")


def _region(end: tuple[int, int] | None) -> dict[str, int]:
    at = Locator(start=5, end=1_705, line=2, column=3)
    key = finding(location=at, evidence=(Evidence("pattern", "pem", 0.9),))
    physical = run([key, summary()], end_of=lambda _: end)["results"][0]["locations"][0]["physicalLocation"]
    region: dict[str, int] = physical["region"]
    return region


def test_a_long_value_ends_where_it_ends() -> None:
    assert _region((29, 26)) == {
        "startLine": 2, "startColumn": 3, "endLine": 29, "endColumn": 26, "charOffset": 5, "charLength": 1_700,
    }  # fmt: skip


def test_a_long_value_whose_end_is_not_known_is_its_first_line() -> None:
    assert _region(None) == {"startLine": 2}


def test_base_of_the_target_itself() -> None:
    assert CUSTOMERS.startswith(BASES[0][1])
