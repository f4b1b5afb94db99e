"""Columns without values: what their names alone may say, and parents of fields, which only look as if they had none."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

import assay
from assay import ColumnRecord, Level, TableRecord


def told(target: str) -> dict[str, ColumnRecord | TableRecord]:
    found: dict[str, ColumnRecord | TableRecord] = {}
    for record in assay.scan(target, jobs=1):
        if isinstance(record, ColumnRecord):
            found[record.column] = record
        elif isinstance(record, TableRecord):
            found[""] = record
    return found


def column(tmp_path: Path, name: str, values: list[str]) -> ColumnRecord:
    path = tmp_path / "export.csv"
    path.write_text(f"nr,{name}\n" + "".join(f"{n},{value}\n" for n, value in enumerate(values)))
    record = told(str(path))[name]
    assert isinstance(record, ColumnRecord)
    return record


def card(first: int) -> str:
    """A number with the check digit of Luhn (ISO/IEC 7812-1)."""
    digits = [int(digit) for digit in str(first)]
    total = sum(digit if at % 2 else sum(divmod(2 * digit, 10)) for at, digit in enumerate(digits))
    return f"{first}{-total % 10}"


CARDS = [card(453957876362100 + 7919 * n) for n in range(36)]
NAMES = ("cc", "pan", "ssn", "dob", "credit_card", "passport_number")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("form", ["lines", "column", "database"])
def test_a_parent_of_fields_is_judged_by_its_fields(tmp_path: Path, name: str, form: str) -> None:
    bodies = [{"a": n, "note": f"step {n}"} for n in range(40)]
    if form == "lines":
        target = tmp_path / "x.jsonl"
        documents = [{"n": n, name: body if n % 3 else None} for n, body in enumerate(bodies)]
        target.write_text("".join(json.dumps(document) + "\n" for document in documents))
        url = str(target)
    else:
        target = tmp_path / "x.db"
        connection = sqlite3.connect(target)
        connection.execute(f"CREATE TABLE events (n INTEGER, {name} TEXT)")
        connection.executemany(
            "INSERT INTO events VALUES (?, ?)", [(n, json.dumps(each)) for n, each in enumerate(bodies)]
        )
        connection.commit()
        connection.close()
        url = f"sqlite:///{target}" if form == "database" else str(target)
    records = told(url)
    parent = records[name]
    assert isinstance(parent, ColumnRecord)
    assert (parent.detected_type, parent.level, parent.need_review) == (None, Level.PUBLIC, False)
    assert "no values" not in parent.detection_reason
    assert {f"{name}.a", f"{name}.note"} <= records.keys()
    assert records[""].level is Level.PUBLIC


def test_the_name_of_a_parent_speaks_for_its_fields(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    numbers = [f"{536 + n}90{4301 + n}" for n in range(40)]
    path.write_text("".join(json.dumps({"ssn": {"value": number, "ok": True}}) + "\n" for number in numbers))
    records = told(str(path))
    field = records["ssn.value"]
    assert isinstance(field, ColumnRecord)
    assert field.detected_type == "SSN"


@pytest.mark.parametrize("name", ["cc", "ci", "tin", "nif", "pan", "sin", "ni", "bsn", "uid", "vin", "dni"])
def test_a_short_word_alone_is_a_candidate_for_review(tmp_path: Path, name: str) -> None:
    record = column(tmp_path, name, [""] * 30)
    assert record.detected_type is None
    assert record.confidence <= 50
    assert record.level is Level.PUBLIC
    if record.token_hits:
        assert record.need_review
        assert "no values yet" in record.detection_reason
        assert "or something else" in record.detection_reason


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ssn", "SSN"),
        ("mbr_ssn", "SSN"),
        ("dob", "DOB"),
        ("passport_number", "PASSPORT"),
        ("credit_card_number", "CREDIT_CARD"),
        ("social_security_number", "SSN"),
    ],
)
def test_names_that_say_one_thing_speak_for_columns_without_values(tmp_path: Path, name: str, expected: str) -> None:
    record = column(tmp_path, name, [""] * 30)
    assert record.detected_type == expected
    assert record.need_review
    assert "it holds no values yet" in record.detection_reason


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("national_id", "NATIONAL_ID, "),
        ("tax_id", "NATIONAL_ID, "),
        ("id_number", "CN_RIC, ZA_IDNR"),
        ("ic_no", "MY_NRIC, SG_NRIC"),
        ("personal_id_number", "NATIONAL_ID, "),
    ],
)
def test_a_name_that_several_countries_have_is_a_candidate_for_review(tmp_path: Path, name: str, says: str) -> None:
    record = column(tmp_path, name, [""] * 30)
    assert (record.detected_type, record.level, record.need_review) == (None, Level.PUBLIC, True)
    assert record.confidence == 50
    assert f"may stand for {says}" in record.detection_reason


@pytest.mark.parametrize("name", ["social_security_number", "bank_account", "medication", "patient_number"])
def test_a_name_that_surely_says_something_sensitive_is_more(tmp_path: Path, name: str) -> None:
    record = column(tmp_path, name, [""] * 30)
    assert record.detected_type is not None
    assert record.need_review


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("cc", CARDS, "CREDIT_CARD"),
        ("cc", ["DE", "FR", "ES", "IT", "US", "BR"] * 6, None),
        ("cc", [f"{name}.muster@firma-nord.de" for name in "abcdefghijklmnopqrstuvwxyz"], "EMAIL"),
        ("ci", ["passed", "failed", "queued"] * 12, None),
        ("tin", ["12 oz", "14 oz", "28 oz"] * 12, None),
        ("pan", ["left", "right", "centre"] * 12, None),
        ("sin", ["0.8415", "0.9093", "0.1411", "-0.7568"] * 9, None),
        ("vin", ["Merlot", "Syrah", "Chablis", "Rioja"] * 9, None),
    ],
)
def test_short_words_with_values_are_judged_by_these(
    tmp_path: Path, name: str, values: list[str], expected: str | None
) -> None:
    assert column(tmp_path, name, values).detected_type == expected
