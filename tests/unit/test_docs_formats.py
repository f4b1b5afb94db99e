"""The case files of formats name readers, files and tests that are there, and call proven what is."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "tests" / "cases" / "formats").glob("*.yaml"))
KEPT = ROOT / "tests" / "data" / "documents"


def case(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_named_is_there(path: Path) -> None:
    told = case(path)
    assert (ROOT / "src" / "assay" / told["reader"]).is_file()
    assert told["state"] == ("proven" if told.get("files") or told.get("made_with") else "preview")
    for file in told.get("files", []):
        assert (KEPT / file["name"]).is_file()
        assert file["by"]
        assert file["places"]
    for gap in told.get("gaps", []):
        if "file" in gap:
            assert (KEPT / gap["file"]).is_file()
            continue
        name, _, test = gap["test"].partition("::")
        tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
        assert test in {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}


def test_every_kept_document_belongs_to_a_format() -> None:
    named = {each["name"] for path in FILES for each in case(path).get("files", [])}
    named |= {gap["file"] for path in FILES for gap in case(path).get("gaps", []) if "file" in gap}
    assert named == {path.name for path in KEPT.iterdir() if path.is_file()}
