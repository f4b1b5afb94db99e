"""JSON Lines against their published schema, and the document made of them."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from records_for_tests import classification, column, every_kind, finding, gap, skip, summary, table

from assay.model import Classification, Evidence, Level, Locator
from assay.model.learning import DocumentType
from assay.ports import LineSink
from assay.report.jsonlines import encode
from assay.sinks.json import JsonSink
from assay.sinks.jsonl import JsonLinesSink
from assay.sinks.output import Output

SCHEMA = json.loads((Path(__file__).parents[2] / "docs/schema/assay.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def written(sink_class: Any, records: list[Any], **arguments: Any) -> bytes:
    stream = io.BytesIO()
    sink = sink_class(Output(stream, "test"), **arguments)
    for record in records:
        sink.write(record)
    sink.close()
    return stream.getvalue()


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("record", every_kind(), ids=lambda record: type(record).__name__)
def test_every_kind_is_valid_and_has_its_keys_in_the_published_order(record: Any) -> None:
    line = encode(record)
    assert line.endswith(b"}\n")
    assert line.count(b"\n") == 1
    value = json.loads(line)
    VALIDATOR.validate(value)
    assert next(iter(value)) == "kind"
    published = SCHEMA["$defs"][value["kind"]]
    assert [name for name in published["properties"] if name in value] == list(value)
    assert {*published["properties"]} - {*value} <= {"document_type", "counterfactuals", "measured"}
    assert {*published["required"]} <= {*value}


def test_a_type_of_document_is_told_only_where_there_is_one() -> None:
    told = Classification(resource="file:///a", level=Level.PUBLIC)
    assert "document_type" not in json.loads(encode(told))
    value = json.loads(encode(replace(told, document_type=DocumentType(name="invoice", confidence=0.93))))
    VALIDATOR.validate(value)
    assert value["document_type"] == {"name": "invoice", "confidence": 0.93}


def test_the_schema_refuses_what_the_contract_does_not_know() -> None:
    value = json.loads(encode(finding()))
    assert not VALIDATOR.is_valid({**value, "value": "536-90-4399"})
    assert not VALIDATOR.is_valid({**value, "confidence": 1.2})
    assert not VALIDATOR.is_valid({key: item for key, item in value.items() if key != "fingerprint"})


def test_a_finding_is_written_to_the_letter() -> None:
    assert json.loads(encode(finding())) == {
        "kind": "finding",
        "resource": "file:///srv/data/customers.csv",
        "identifier": "SSN",
        "category": "PII",
        "sensitivity": "CRITICAL",
        "level": "restricted",
        "confidence": 0.9512,
        "band": "high",
        "redacted": "5*********9",
        "fingerprint": "c0ffee" * 5,
        "location": {
            "start": 40,
            "end": 51,
            "byte_start": 41,
            "byte_end": 52,
            "line": 2,
            "column": 9,
            "page": None,
            "sheet": None,
            "row": 1,
            "field": "ssn",
            "json_path": None,
            "member": None,
        },
        "evidence": [
            {"signal": "pattern", "detail": "dashed", "weight": 0.6512},
            {"signal": "name", "detail": "column 'ssn'", "weight": 0.3},
        ],
        "ruleset": "0123456789abcdef",
    }


def test_scores_are_rounded_to_four_places() -> None:
    assert json.loads(encode(classification()))["confidence"] == 0.9512
    assert json.loads(encode(column()))["confidence"] == 97.1235
    assert json.loads(encode(summary()))["coverage"]["missed_upper_bound"] == 0.0312
    assert json.loads(encode(finding(confidence=1 / 3)))["confidence"] == 0.3333


def test_a_harmless_column_is_written_with_nulls() -> None:
    value = json.loads(encode(column(detected_type=None, dominant_category=None, categories=(), rule_score=None)))
    VALIDATOR.validate(value)
    assert (value["detected_type"], value["dominant_category"], value["rule_score"]) == (None, None, None)


@given(
    redacted=st.text(),
    field=st.none() | st.text(),
    member=st.none() | st.text(),
    path=st.none() | st.text(),
    detail=st.text(),
    confidence=st.floats(0, 1),
    start=st.none() | st.integers(0, 10**12),
)
def test_any_text_in_a_finding_comes_back_as_it_was(
    redacted: str,
    field: str | None,
    member: str | None,
    path: str | None,
    detail: str,
    confidence: float,
    start: int | None,
) -> None:
    record = finding(
        redacted=redacted,
        confidence=confidence,
        location=Locator(start=start, field=field, member=member, json_path=path),
        evidence=(Evidence("name", detail, confidence),),
    )
    line = encode(record)
    assert line.count(b"\n") == 1
    value = json.loads(line)
    VALIDATOR.validate(value)
    at = value["location"]
    assert (at["field"], at["member"], at["json_path"], at["start"]) == (field, member, path, start)
    assert value["redacted"] == redacted
    assert value["evidence"][0]["detail"] == detail
    assert value["confidence"] == round(confidence, 4)


def test_names_that_are_no_unicode_are_escaped() -> None:
    odd = "caf\udce9.zip"
    for record in (
        finding(location=Locator(member=odd), resource=f"file:///{odd}"),
        gap(detail=odd),
        skip(detail=odd),
        column(column=odd),
        table(table_name=odd),
        classification(because=odd),
        summary(target=odd),
    ):
        line = encode(record)
        assert b"caf\\\\udce9.zip" in line
        json.loads(line)


def test_lines_that_a_worker_encoded_go_straight_through() -> None:
    stream = io.BytesIO()
    sink = JsonLinesSink(Output(stream, "test"))
    assert isinstance(sink, LineSink)
    sink.write_lines(encode(finding()) * 2)
    sink.write(summary())
    sink.close()
    kinds = [json.loads(line)["kind"] for line in stream.getvalue().splitlines()]
    assert kinds == ["finding", "finding", "summary"]


def test_the_document_holds_the_same_records() -> None:
    records = every_kind()
    document = json.loads(written(JsonSink, records, version="9.8"))
    assert (document["kind"], document["version"]) == ("report", "9.8")
    lines = [json.loads(encode(record)) for record in records]
    assert document["records"] == lines[:-1]
    assert document["summary"] == lines[-1]


def test_a_document_without_results_is_one() -> None:
    assert json.loads(written(JsonSink, [], version="1")) == {
        "kind": "report",
        "version": "1",
        "records": [],
        "summary": None,
    }
