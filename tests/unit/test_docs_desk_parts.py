"""The pages of the desk's parts and of those that read and tell name modules and tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = {name: (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in ("desk-parts", "format-parts")}


@pytest.mark.parametrize(("page", "least"), [("desk-parts", 70), ("format-parts", 40)])
def test_every_test_that_is_named_is_there(page: str, least: int) -> None:
    named = re.findall(r"`(tests/[a-z0-9_/]+\.py)::([a-z0-9_]+)`", PAGES[page])
    assert len(named) > least
    for file, name in named:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert name in {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}, f"{file}::{name}"


@pytest.mark.parametrize(("page", "least"), [("desk-parts", 60), ("format-parts", 30)])
def test_every_place_that_is_named_is_there(page: str, least: int) -> None:
    rows = [line.split(" | ") for line in PAGES[page].splitlines() if line.startswith("| ") and "tests/" in line]
    places = [place for row in rows for place in re.findall(r"`([a-z/_.]+)`", row[1])]
    assert len(places) > least
    for place in places:
        assert (ROOT / "src" / "assay" / place).exists() or (ROOT / place).exists(), place
