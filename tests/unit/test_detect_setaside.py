"""Which of users' files are left out of a set that does not run: those at fault, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from assay.detect.loading import read_identifier
from assay.detect.setaside import set_aside
from assay.errors import RuleError
from assay.model import Identifier

TEXT = """name: {name}
title: Badge
category: CUSTOM
sensitivity: LOW
patterns:
  - id: x
    find: 'SB-[0-9]'
    regex: 'SB-[0-9]{{5}}'
    confidence: 0.8
finds: [{{text: SB-12345, value: SB-12345}}, {{text: SB-12346, value: SB-12346}}, {{text: SB-12347, value: SB-12347}}]
ignores: [{{text: a, because: none}}, {{text: b, because: none}}, {{text: c, because: none}}]
"""


@pytest.fixture
def own(tmp_path: Path) -> list[Identifier]:
    for name in ("a", "b", "c", "d"):
        (tmp_path / f"{name}.yaml").write_text(TEXT.format(name=name.upper() * 3))
    ours = replace(read_identifier(tmp_path / "a.yaml", tmp_path), name="OURS", path="ours")
    return [ours, *(read_identifier(tmp_path / f"{name}.yaml", tmp_path) for name in "abcd")]


def _refusing(*at_once: str, problem: str = "too many") -> object:
    def runs(identifiers: Sequence[Identifier]) -> None:
        if set(at_once) <= {identifier.path for identifier in identifiers}:
            raise RuleError(problem)

    return runs


USERS = frozenset("abcd")


def test_what_runs_with_nothing_is_left_out_with_the_line_of_its_expression(
    tmp_path: Path, own: list[Identifier]
) -> None:
    runs = _refusing("c", problem="c: pattern 'x': regex cannot be run")
    left = set_aside(own, USERS, [tmp_path], runs, RuleError("all"))  # type: ignore[arg-type]
    assert [item.path for item in left.identifiers] == ["ours", "a", "b", "d"]
    assert left.broken == ((tmp_path / "c.yaml", f"{tmp_path / 'c.yaml'}:8: pattern 'x': regex cannot be run"),)


def test_what_fails_only_beside_the_rest_is_left_out_and_the_rest_stays(tmp_path: Path, own: list[Identifier]) -> None:
    left = set_aside(own, USERS, [tmp_path], _refusing("b", "d"), RuleError("all"))  # type: ignore[arg-type]
    assert [item.path for item in left.identifiers] == ["ours", "a", "b", "c"]
    assert [(broken.file.name, broken.problem) for broken in left.broken] == [
        ("d.yaml", f"{tmp_path / 'd.yaml'}:5: too many")
    ]


def test_ours_are_not_left_out(tmp_path: Path, own: list[Identifier]) -> None:
    with pytest.raises(RuleError, match="all"):
        set_aside(own, USERS, [tmp_path], _refusing("ours"), RuleError("all"))  # type: ignore[arg-type]


def test_a_file_that_is_named_itself_is_not_left_out(tmp_path: Path, own: list[Identifier]) -> None:
    with pytest.raises(RuleError, match="all"):
        set_aside(own, USERS, [tmp_path / "c.yaml"], _refusing("c"), RuleError("all"))  # type: ignore[arg-type]
