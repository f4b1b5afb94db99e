"""Columns of which neither names nor values tell anything, from a scan to what people decide on the model's opinion."""

from __future__ import annotations

import json
import random
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from calling import Assay

_GIVEN = ["Aino", "Bela", "Cosmin", "Dagny", "Eino", "Ferenc", "Gizem", "Hilde", "Ilkka", "Jadwiga", "Kaarlo", "Lempi"]
_LISTED = [
    "Virtanen",
    "Kowalska",
    "Ionescu",
    "Nagy",
    "Hansen",
    "Lindqvist",
    "Yilmaz",
    "Novak",
    "Petrov",
    "Rossi",
    "Meyer",
]
_PARTS = ["vex", "dor", "lun", "mika", "tar", "sol", "brin", "quo", "hal", "den", "ost", "wil"]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("config", "cache"):
        monkeypatch.setenv(f"XDG_{name.upper()}_HOME", str(tmp_path / name))
    (tmp_path / "assay.toml").write_text('catalog = "c.db"\n', encoding="utf-8")
    drawing = random.Random(1)
    with sqlite3.connect("legacy.db") as database:
        database.execute("create table t1 (c1 integer, c2 text, c3 text, c4 text, c5 text, c6 text)")
        for number in range(60):
            listed = drawing.random() < 0.2
            family = drawing.choice(_LISTED) if listed else "".join(drawing.sample(_PARTS, 2)).title()
            row = (
                number,
                family,
                drawing.choice(_GIVEN),
                f"{family.lower()}{number}@mailbox-nord.org",
                f"0{drawing.randrange(10**8, 10**9)}",
                f"{family.lower()[:4]}{drawing.randrange(10, 99)}",
            )
            database.execute("insert into t1 values (?, ?, ?, ?, ?, ?)", row)
    database.close()
    return tmp_path


def _columns(told: str) -> dict[str, dict[str, Any]]:
    records = [json.loads(line) for line in told.splitlines()]
    return {each["column"]: each for each in records if each["kind"] == "column"}


def test_from_an_opinion_to_a_decision(place: Path, assay: Assay, monkeypatch: pytest.MonkeyPatch) -> None:
    assert assay("catalog", "init").code == 0
    with_it = assay("scan", "legacy.db", "--format", "jsonl")
    found = _columns(with_it.out)
    opinion = found["c2"]
    assert (opinion["detected_type"], opinion["detection_methods"]) == ("PERSON_NAME", ["ML_BASED"])
    assert (opinion["need_review"], opinion["confidence"]) == (True, 51.0)
    assert opinion["ml_score"] >= 0.7
    assert "only the learned model takes it for PERSON_NAME" in opinion["detection_reason"]
    assert "(+" in opinion["detection_reason"], "with what features add"

    # Without it the others are told as they are with it.
    monkeypatch.setenv("ASSAY_LEARNED", "false")
    without = _columns(assay("scan", "legacy.db", "--no-catalog", "--format", "jsonl").out)
    monkeypatch.delenv("ASSAY_LEARNED")
    assert without["c2"]["detected_type"] is None
    assert {name: each for name, each in found.items() if name != "c2"} == {
        name: each for name, each in without.items() if name != "c2"
    }

    told = assay("explain", "legacy.db:t1.c2")
    assert told.code == 0, told.err
    said = " ".join(told.out.split())
    assert opinion["detection_reason"] in said
    assert "since the learned model takes it for that" in said
    why = assay("learn", "why", "legacy.db:t1.c2", "--format", "json")
    assert why.code == 0, why.err
    explained = json.loads(why.out)
    assert (explained["label"], explained["confidence"]) == ("PERSON_NAME", opinion["ml_score"])
    assert len(explained["attributions"]) == 10
    assert explained["sentence"].removesuffix(".").lower().endswith(opinion["detection_reason"].lower())
    assert "takes it for nothing" in assay("learn", "why", "legacy.db:t1.c1").out
    refused = assay("learn", "why", "legacy.db:t1.c4")
    assert refused.code == 2
    assert "without it, it is EMAIL" in refused.err
    assert assay("learn", "why", "legacy.db:t1.c9").code == 2
    assert "columns that nothing else tells of: shipped" in assay("learn", "models").out

    waiting = json.loads(assay("review", "list", "--format", "json").out)
    (item,) = [each for each in waiting if each["column"] == "c2"]
    assert opinion["detection_reason"] in json.dumps(item)
    assert assay("review", "reject", item["id"], "--reason", "names of products", "--by", "ann").code == 0
    again = _columns(assay("scan", "legacy.db", "--format", "jsonl").out)
    assert again["c2"]["detected_type"] is None
    for secret in ("Virtanen", "Aino"):
        assert secret not in with_it.out + told.out + why.out
