"""JUnit and OCSF: one entry a resource, well-formed whatever names and reasons hold."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from ocsf_json_schema.embedded import OcsfJsonSchemaEmbedded
from ocsf_json_schema.loader import get_ocsf_schema

from assay.model import Classification, Coverage, Finding, Gap, Level, Locator, Sensitivity, Skip, Summary
from assay.ports import Result
from assay.sinks.junit import JunitSink
from assay.sinks.ocsf import OcsfSink
from assay.sinks.output import Output

BASE = "/srv/app"
FINDING = Finding(
    resource="file:///srv/app/a.py",
    identifier="SSN",
    category="PII",
    sensitivity=Sensitivity.CRITICAL,
    level=Level.RESTRICTED,
    confidence=0.95,
    redacted="5*********9",
    fingerprint="ab" * 32,
    location=Locator(line=3),
    evidence=(),
    ruleset="r",
)
FOUND = Classification(
    resource=FINDING.resource,
    level=Level.RESTRICTED,
    categories=("PII",),
    identifiers={"SSN": 1},
    frameworks=("GDPR",),
    confidence=0.95,
    because='restricted because 1 "SSN" <was> found & told',
)
INTERRUPTED = Summary(
    target=".",
    level=Level.RESTRICTED,
    resources=1,
    findings=70,
    gaps=0,
    skips=0,
    seconds=1.5,
    bytes_read=10,
    by_level={},
    by_identifier={},
    test_values_ignored=0,
    suppressed=0,
    coverage=Coverage(),
    because="x",
    interrupted=True,
)
CLEAN = Classification(resource="file:///srv/app/b%0A%01%26.py", level=Level.PUBLIC, confidence=1.0, because="public")


def written(records: list[Result], least: Level | None = None) -> ET.Element:
    stream = io.BytesIO()
    sink = JunitSink(Output(stream, "x"), base=BASE, least=least)
    for record in records:
        sink.write(record)
    sink.close()
    return ET.fromstring(stream.getvalue())  # our own


def test_resources_are_cases_and_numbers_agree() -> None:
    gone = Gap(resource="file:///srv/app/c.pdf", reason="unsupported format", detail="pdf <cannot> be read yet")
    left = Skip(resource="file:///srv/app/d.png", reason="image")
    root = written(
        [
            FINDING,
            FOUND,
            CLEAN,
            gone,
            Classification(resource=gone.resource, level=Level.UNCLASSIFIED, because="x"),
            left,
            Classification(resource=left.resource, level=Level.UNCLASSIFIED, because="x"),
            Gap(resource="git:///srv/app", reason="shallow clone"),
        ]
    )

    (suite,) = root
    cases = list(suite)
    assert [case.get("name") for case in cases] == ["a.py", "b\\n\\x01&.py", "c.pdf", "d.png", "/srv/app"]
    assert [[child.tag for child in case] for case in cases] == [["failure"], [], ["error"], ["skipped"], ["error"]]
    for kind, tag in (("tests", None), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        number = len(cases) if tag is None else len(suite.findall(f".//{tag}"))
        assert suite.get(kind) == root.get(kind) == str(number)
    failure = cases[0][0]
    assert failure.get("message") == FOUND.because
    assert failure.text == "line 3: SSN 5*********9 (high confidence, restricted)"


@pytest.mark.parametrize(
    ("least", "fails"), [(Level.RESTRICTED, 0), (Level.CONFIDENTIAL, 1), (Level.PUBLIC, 2), (None, 1)]
)
def test_what_fails_is_what_fails_the_build(least: Level | None, fails: int) -> None:
    lower = replace(FOUND, level=Level.CONFIDENTIAL)

    assert written([FINDING, lower, CLEAN], least).get("failures") == str(fails)


def test_many_findings_are_counted_and_an_interrupted_scan_is_an_error() -> None:
    root = written([*[FINDING] * 70, FOUND, INTERRUPTED])

    failure = root.find(".//failure")
    assert failure is not None
    assert (failure.text or "").endswith("and 20 more findings")
    assert root.get("errors") == "1"


def test_ocsf_holds_against_the_schema() -> None:
    stream = io.BytesIO()
    sink = OcsfSink(Output(stream, "x"), version="0.1.0", at=datetime(2026, 3, 1, tzinfo=UTC))
    for record in (FINDING, FOUND, CLEAN):
        sink.write(record)
    sink.close()
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    schema = OcsfJsonSchemaEmbedded(get_ocsf_schema("1.3.0")).get_class_schema("data_security_finding", [])
    validator = jsonschema.Draft202012Validator(schema)

    assert [event["severity"] for event in events] == ["High", "Informational"]
    for event in events:
        assert list(validator.iter_errors(event)) == []
        for broken in ({**event, "severity_id": 7_000}, {**event, "data_security": {"category_id": "x"}}):
            assert list(validator.iter_errors(broken))
        assert list(validator.iter_errors({key: value for key, value in event.items() if key != "time"}))
