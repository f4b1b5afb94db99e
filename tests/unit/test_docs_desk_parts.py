"""The page of the desk's parts names modules and tests that are there."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs" / "desk-parts.md").read_text(encoding="utf-8")


def test_every_test_that_is_named_is_there() -> None:
    named = re.findall(r"`(tests/[a-z0-9_/]+\.py)::([a-z0-9_]+)`", PAGE)
    assert len(named) > 70
    for file, name in named:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert name in {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}, f"{file}::{name}"


def test_every_place_that_is_named_is_there() -> None:
    rows = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| ") and "tests/" in line]
    places = [place for row in rows for place in re.findall(r"`([a-z/_.]+)`", row[1])]
    assert len(places) > 60
    for place in places:
        assert (ROOT / "src" / "assay" / place).exists() or (ROOT / place).exists(), place
