"""Columns of public sample databases that others filled, labelled by hand: how many that identify people are told as such.

The labels lie beside the project, not in it; without them the test is skipped.
"""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

import assay

FOREIGN = Path(os.environ.get("ASSAY_EVAL", Path(__file__).parents[3] / "shared" / "eval")) / "columns"
# What identifies a person by itself. Quasi-identifiers (a city, a job) may be told or not.
IDENTIFYING = frozenset(("PERSON_NAME", "EMAIL", "PHONE", "ADDRESS", "DOB", "USERNAME", "PASSWORD", "PHOTO"))
Column = tuple[str, str, str]

# No harmless column is told.
WRONG: set[Column] = set()
# Pictures are no identifiers yet; composers stand in a column of that name.
MISSED = {
    ("sakila", "staff", "picture"),
    ("chinook", "Track", "Composer"),
}
# The labels call a digest of a password a password.
DIGESTS = {("sakila", "staff", "password"): "PASSWORD_HASH"}


@pytest.mark.skipif(not (FOREIGN / "labels.csv").exists(), reason=f"no labelled tables at {FOREIGN}; set ASSAY_EVAL")
def test_columns_of_foreign_tables() -> None:
    with (FOREIGN / "labels.csv").open(encoding="utf-8", newline="") as lines:
        labels = {(row["source"], row["table"], row["column"]): row for row in csv.DictReader(lines)}
    told: dict[Column, str] = {}
    for record in assay.scan(str(FOREIGN), jobs=1):
        if isinstance(record, assay.ColumnRecord) and record.detected_type is not None and record.confidence > 50:
            source, file = record.resource.split("/")[-2:]
            told[source, file.removesuffix(".csv"), record.column] = record.detected_type
    counted = {key: row for key, row in labels.items() if row["note"] != "empty" and not row["type"].endswith("_ORG")}
    harmless = {key for key, row in counted.items() if row["category"] == "NONE"}
    identifying = {key: row["type"] for key, row in counted.items() if row["type"] in IDENTIFYING}
    assert len(harmless) > 100
    assert len(identifying) > 30
    assert told.keys() & harmless == WRONG
    assert identifying.keys() - told.keys() == MISSED
    assert {key for key in identifying.keys() & told.keys() if told[key] != DIGESTS.get(key, identifying[key])} == set()
