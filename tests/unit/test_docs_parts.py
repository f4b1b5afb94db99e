"""The pages of what the parts of assay are made of name modules and tests that are there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PAGES = {
    "desk-parts.md": (70, 60),
    "protection-parts.md": (110, 80),
    "identifiers-parts.md": (60, 30),
    "format-parts.md": (40, 20),
}
"""How many tests and places each names at least."""


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


@cache
def functions_of(file: str) -> frozenset[str]:
    """The tests of a file, those of its classes too."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    bodies = [tree.body, *(each.body for each in tree.body if isinstance(each, ast.ClassDef))]
    return frozenset(each.name for body in bodies for each in body if isinstance(each, ast.FunctionDef))


@pytest.mark.parametrize("name", PAGES)
def test_every_test_that_is_named_is_there(name: str) -> None:
    named = re.findall(r"`(tests/[a-z0-9_/]+\.py)::([a-z0-9_]+)`", page(name))
    assert len(named) > PAGES[name][0]
    for file, test in named:
        assert test in functions_of(file), f"{file}::{test}"


@pytest.mark.parametrize("name", PAGES)
def test_every_place_that_is_named_is_there(name: str) -> None:
    rows = [line.split(" | ") for line in page(name).splitlines() if line.startswith("| ") and "tests/" in line]
    assert all(len(row) == 3 for row in rows)
    places = [place for row in rows for place in re.findall(r"`([a-z0-9/_.]+)`", row[1])]
    assert len(places) > PAGES[name][1]
    for place in places:
        assert (ROOT / "src" / "assay" / place).exists() or (ROOT / place).exists(), place
