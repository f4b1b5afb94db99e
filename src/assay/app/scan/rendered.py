"""JSON Lines that a worker has encoded already, as the results that they tell of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from assay.model import (
    Classification,
    ColumnRecord,
    Evidence,
    Finding,
    Gap,
    Level,
    Locator,
    Sensitivity,
    Skip,
    TableRecord,
)
from assay.ports import Blocks, Lines
from assay.store.nouns import category_of, classification_of, column_of, table_of


def results_of(lines: Lines) -> Iterator[Finding | ColumnRecord | TableRecord | Classification | Gap | Skip]:
    """The results of lines as `report.jsonlines` writes them. Whether a finding is a test value is not told there."""
    for block in lines if isinstance(lines, Blocks) else (lines,):
        for line in bytes(block).splitlines():
            told = orjson.loads(line)
            kind = told.pop("kind")
            if kind == "finding":
                yield _finding(told)
            elif kind == "column":
                yield column_of(told)
            elif kind == "table":
                yield table_of(told)
            elif kind == "classification":
                yield classification_of(told)
            elif kind in ("gap", "skip"):
                yield (Gap if kind == "gap" else Skip)(**told)


def _finding(told: dict[str, Any]) -> Finding:
    evidence = tuple(Evidence(item["signal"], item["detail"], item["weight"]) for item in told["evidence"])
    return Finding(
        resource=told["resource"],
        identifier=told["identifier"],
        category=category_of(told["category"]),
        sensitivity=Sensitivity(told["sensitivity"]),
        level=Level(told["level"]),
        confidence=told["confidence"],
        redacted=told["redacted"],
        fingerprint=told["fingerprint"],
        location=Locator(**told["location"]),
        evidence=evidence,
        ruleset=told["ruleset"],
    )
