"""The lists of lines that make writing to AWS and the desk safe: each stands where it says, and its tests are there."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

import yaml
from mutations import AWS, LISTS, covered, expanded, is_write, page
from writes_for_tests import SCENES

from assay.app.permissions import COMMANDS, calls_of

ROOT = Path(__file__).parents[2]
LISTED = [
    each
    for name in ("mutations", "desk_mutations", "format_mutations")
    for each in yaml.safe_load((ROOT / f"tests/cases/{name}.yaml").read_text(encoding="utf-8"))
]


def test_each_line_stands_where_it_says_once_and_its_tests_are_there() -> None:
    for each in LISTED:
        text = (ROOT / "src/assay" / each["file"]).read_text(encoding="utf-8")
        assert text.count(each["old"]) == 1, f"{each['file']}: {each['old']}"
        for test in each["tests"]:
            file, _, chosen = test.partition(" -k ")
            body = (ROOT / file).read_text(encoding="utf-8")
            for name in re.findall(r"test_\w+", chosen):
                assert f"def {name}(" in body, f"{file}: {name}"


def test_every_write_call_of_every_protector_has_one() -> None:
    """What each module that writes declares; and what is declared of any command."""
    listed = covered(SCENES_WRITES)
    declared = {
        (file.stem, call)
        for file in (ROOT / "src/assay/protectors").glob("[!_]*.py")
        for call in getattr(importlib.import_module(f"assay.protectors.{file.stem}"), "CALLS", ())
        if is_write(call)
    }
    assert len(declared) > 100
    assert sorted(declared - listed) == []
    everywhere = {call for command in COMMANDS for call in calls_of(command) if is_write(call)}
    assert sorted(everywhere - {call for _, call in listed}) == []


SCENES_WRITES = {name: each.writes for name, each in SCENES.items()}


def test_what_holds_for_many_is_of_those_that_there_are() -> None:
    for each in LISTED:
        assert set(each.get("each", ())) <= set(SCENES)
        assert each["call"] != "every write" or "each" in each or "of" in each
    names = [each.name for _, each in expanded(AWS)]
    assert len(names) == len(set(names))


def test_the_pages_of_them_are_up_to_date() -> None:
    for each in LISTS.values():
        assert each.page.read_text(encoding="utf-8") == page(each)
