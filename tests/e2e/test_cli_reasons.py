"""What is said of a column fits its verdict: confidence, reason, whether a person has to look, and what is asked."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from calling import Assay
from planting import of_kind, records

import assay as api
from assay.review.explain import explain_column
from assay.tables.defaults import defaults

GIVEN = [
    "Anna",
    "Ben",
    "Carla",
    "David",
    "Emma",
    "Frank",
    "Grace",
    "Henry",
    "Irene",
    "Jack",
    "Karen",
    "Liam",
    "Maria",
    "Nathan",
    "Olivia",
    "Peter",
]
FAMILY = [
    "Smith",
    "Johnson",
    "Williams",
    "Brown",
    "Jones",
    "Garcia",
    "Miller",
    "Davis",
    "Wilson",
    "Anderson",
    "Thomas",
    "Taylor",
    "Moore",
    "Lee",
]
DICE = random.Random(11)
NAMES = [f"{DICE.choice(GIVEN)} {DICE.choice(FAMILY)}" for _ in range(60)]
BIRTHS = [f"{DICE.randint(1938, 1999)}-{DICE.randint(1, 12):02}-{DICE.randint(1, 28):02}" for _ in range(60)]
SSNS = [f"{DICE.randint(100, 665)}-{DICE.randint(10, 99)}-{DICE.randint(1000, 9999)}" for _ in range(60)]
MAILS = [f"user{n}@posteo.de" for n in range(60)]
MIXED = {
    "select": NAMES,
    "ssn": SSNS,
    "d": BIRTHS,
    "email": MAILS,
    "gender": [str(n % 4) for n in range(60)],
    "disease": [f"K{n % 9}" for n in range(60)],
    "name": ["oak table", "steel bolt", "blue paint", "wood glue"] * 15,
    "passport_no": ["A1", "A2", "A3"] * 20,
    "home_address": [""] * 60,
    "colour": ["red", "green"] * 30,
    "note": [f"order {n} shipped" for n in range(59)] + ["card 4012 8888 8888 1881 and SSN 536-90-4399"],
}


def write(columns: dict[str, list[str]], name: str = "people.csv") -> None:
    lines = [",".join(columns), *(",".join(row) for row in zip(*columns.values(), strict=True))]
    Path(name).write_text("\n".join(lines) + "\n")


def scanned(name: str = "people.csv") -> dict[str, api.ColumnRecord]:
    return {each.column: each for each in api.scan(name, jobs=1) if isinstance(each, api.ColumnRecord)}


@pytest.fixture(scope="module")
def governance() -> Any:
    from governance_for_tests import shipped_identifiers

    return defaults(shipped_identifiers())


def test_no_column_is_surer_than_its_verdict_says(governance: Any) -> None:
    write(MIXED)
    found = scanned()
    suspected = [each for each in found.values() if each.detected_type is None and each.confidence]
    assert {"gender", "passport_no"} <= {each.column for each in suspected}
    for each in found.values():
        limit = 100 * governance.threshold(each.dominant_category or "*", "DETECTION")
        assert (each.confidence > limit) == (each.detected_type is not None), each
    # Name and meaning are as sure as they can be, and no value agrees.
    assert found["gender"].confidence == pytest.approx(50.0)
    assert found["gender"].detection_reason == "the name suggests GENDER, but no value of 60 agrees"
    told = explain_column(found["gender"], governance=governance)
    assert "it is held at the threshold, since no value speaks for it" in " ".join(told.evidence)
    assert "its confidence 0.50 does not exceed the DETECTION threshold 0.50" in told.why_not


def test_the_parts_that_are_told_add_up_or_it_is_said_why_not(governance: Any) -> None:
    write(MIXED)
    for each in scanned().values():
        told = explain_column(each, governance=governance)
        added = sum(method.adds or 0.0 for method in told.methods) + told.boost
        differs = abs(added - told.composite) > 0.01
        assert differs == any("the methods add up to" in line for line in told.evidence), each
        reached = {name: is_reached for name, _, is_reached in told.thresholds}
        if each.detected_type is not None:
            assert reached["DETECTION"]
            assert reached["CLASSIFICATION"] == (each.confidence_level == "HIGH"), each


def test_births_are_not_said_to_be_on_lists_of_names() -> None:
    write(MIXED)
    found = scanned()
    assert found["d"].detected_type == "DOB"
    assert "dates on which adults were born" in found["d"].detection_reason
    assert "names" not in found["d"].detection_reason
    assert "are on lists of names of persons" in found["select"].detection_reason


def test_a_column_without_values_says_so_and_counts_none() -> None:
    write(MIXED)
    empty = scanned()["home_address"]
    assert empty.detected_type is not None
    assert empty.detection_reason.startswith("it holds no values yet")
    assert " 0 " not in empty.detection_reason
    assert empty.need_review


def test_a_column_needs_review_where_it_is_asked_about_and_only_there(assay: Assay, catalog_url: str) -> None:
    Path("assay.toml").write_text(f'catalog = "{catalog_url}"\njobs = 1\n')
    assert assay("catalog", "init").code == 0
    write(MIXED)
    found = of_kind(records(assay("scan", "people.csv", "--format", "jsonl").out), "column")
    items = [
        json.loads(line) for line in assay("review", "list", "--format", "jsonl", "--limit", "99").out.splitlines()
    ]
    asked = {item["column"] for item in items if item["subject"] == "column"}
    assert {each["column"] for each in found if each["need_review"]} == asked
    assert {"gender", "passport_no", "home_address"} <= asked
    assert "colour" not in asked
    # Whatever is asked has a reason in words, and never one that tells nothing.
    assert not [item for item in items if not item["reasons"] or "detection asks for it" in item["reasons"]]


def test_try_says_how_many_confidences_move_and_lists_them_on_request(assay: Assay, catalog_url: str) -> None:
    Path("assay.toml").write_text(f'catalog = "{catalog_url}"\njobs = 1\n')
    assert assay("catalog", "init").code == 0
    change = ("--set", "SENSITIVITY_WEIGHTS", "rule", "weight=0.31")
    assert "holds no columns to try it on" in assay("governance", "try", *change).out
    write(MIXED)
    before = of_kind(records(assay("scan", "people.csv", "--format", "jsonl").out), "column")
    moves = json.loads(assay("governance", "try", *change, "--format", "json").out)
    assert moves["changes"] == []
    assert moves["moves"]
    short, long = assay("governance", "try", *change).out, assay("governance", "try", *change, "--all").out
    assert f"No column of {len(before)} would be judged otherwise." in short
    assert f"{len(before)} columns would keep the verdict; confidence moves on {len(moves['moves'])}, by " in short
    assert "people.csv:" not in short
    assert [line.strip() for line in long.splitlines() if line.startswith("  people.csv:")] == [
        f"people.csv:{each['column']}" for each in moves["moves"]
    ]
    # And that is what applying it does.
    assert assay("governance", "set", *change[1:], "--reason", "less of it").code == 0
    after = of_kind(records(assay("scan", "people.csv", "--format", "jsonl").out), "column")
    moved = {
        old["column"]: (old["confidence"], new["confidence"])
        for old, new in zip(before, after, strict=True)
        if old["confidence"] != new["confidence"]
    }
    assert moved == {
        each["column"]: (each["before"]["confidence"], each["after"]["confidence"]) for each in moves["moves"]
    }
    assert "would keep verdict and confidence" in assay("governance", "try", *change).out
