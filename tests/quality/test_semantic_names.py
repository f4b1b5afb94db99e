"""What the semantic method tells of names alone, on labelled names of tables that others made."""

from __future__ import annotations

import pytest

from assay.tables.semantic import Semantic, load
from benchmarks.semantic import labels, measure


@pytest.fixture(scope="module")
def semantic() -> Semantic:
    made = load("wordllama")
    assert made is not None
    return made


@pytest.mark.parametrize("half", [0, 1])
def test_floors(semantic: Semantic, half: int) -> None:
    found = measure(semantic, [row for row in labels() if row.half == half])
    assert found["precision"] >= 0.92
    assert found["recall"] >= 0.92
    assert found["harmless flagged"] <= 0.012
    assert found["type right of labelled"] >= 0.92
    assert found["type right where told"] >= 0.97


@pytest.mark.parametrize("category", ["PII", "PHI", "PCI", "SECRETS"])
def test_no_category_is_left_out(semantic: Semantic, category: str) -> None:
    assert measure(semantic, [row for row in labels() if row.category == category])["recall"] >= 0.88
