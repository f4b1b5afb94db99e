"""The tables of coverage name identifiers that exist, or say why there is none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from assay.detect.cache import read_all

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tools"))
import coverage_page  # noqa: E402  # a tool beside the package

NAMES = {identifier.name for identifier in read_all((), cache=None, builtin=True)[0]}


@pytest.mark.parametrize("product", coverage_page.products(), ids=lambda product: product.title)
def test_every_identifier_named_exists(product: coverage_page.Product) -> None:
    missing = {(row.theirs, name) for row in product.rows for name in row.ours if name not in NAMES}
    assert not missing
    assert all(bool(row.ours) != bool(row.reason) for row in product.rows)
    assert product.source.startswith("https://")
    assert product.note


def test_the_lists_are_not_cut() -> None:
    sizes = {product.title: len(product.rows) for product in coverage_page.products()}
    assert sizes["Macie's managed data identifiers"] >= 90
    assert sizes["Google's infoTypes (Sensitive Data Protection)"] >= 180
    assert sizes["Presidio's supported entities"] >= 45
    assert sizes["Purview's sensitive information types"] >= 260


def test_a_row_that_names_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="EMAIL"):
        coverage_page._row("EMAIL", "later")
