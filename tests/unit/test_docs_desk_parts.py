"""The pages of parts name modules and tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = {"desk-parts": (70, 60), "identifiers-parts": (60, 30)}
"""Each with how many tests and places it names at least."""


def _text(page: str) -> str:
    return (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_every_test_that_is_named_is_there(page: str) -> None:
    named = re.findall(r"`(tests/[a-z0-9_/]+\.py)::([a-z0-9_]+)`", _text(page))
    assert len(named) > PAGES[page][0]
    for file, name in named:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert name in {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}, f"{file}::{name}"


@pytest.mark.parametrize("page", PAGES)
def test_every_place_that_is_named_is_there(page: str) -> None:
    rows = [line.split(" | ") for line in _text(page).splitlines() if line.startswith("| ") and "tests/" in line]
    places = [place for row in rows for place in re.findall(r"`([a-z/_.]+)`", row[1])]
    assert len(places) > PAGES[page][1]
    for place in places:
        assert (ROOT / "src" / "assay" / place).exists() or (ROOT / place).exists(), place
