"""Lines of dense columns are those of their findings one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.detect.ruleset import RuleSet
from assay.model import Evidence, Finding, Locator
from assay.ports import Blocks
from assay.report.digits import put_digits, widths
from assay.report.jsonlines import encode, encode_piece, json_strings
from assay.scanning.dense import DenseFindings
from assay.scanning.report import Piece

NUMBER = st.one_of(st.integers(0, 10**4), st.integers(0, 2**62), st.sampled_from([9, 10, 9_999, 10_000, 99_999_999]))


@given(st.lists(NUMBER, min_size=1, max_size=20))
def test_numbers_are_written_as_they_are(numbers: list[int]) -> None:
    array = np.array(numbers, dtype=np.int64)
    assert widths(array).tolist() == [len(str(number)) for number in numbers]
    for width in set(widths(array).tolist()):
        mine = array[widths(array) == width]
        lines = np.full((len(mine), width + 4), ord("."), dtype=np.uint8)
        put_digits(lines, 2, width, mine)
        assert [line.tobytes().decode() for line in lines] == [f"..{number}.." for number in mine.tolist()]


@given(st.lists(st.text(), max_size=6))
def test_the_insides_of_strings(values: list[str]) -> None:
    assert json_strings(values) == [json_strings([value])[0] for value in values]
    assert json_strings(['a","b', '"', "\\", 'x\\"']) == [b'a\\",\\"b', b'\\"', b"\\\\", b'x\\\\\\"']


def group(rules: RuleSet, starts: list[int], shift: int, redacted: list[str]) -> DenseFindings:
    at = np.array(starts, dtype=np.int64)
    return DenseFindings(
        resource="memory:table",
        member=None,
        identifier=rules.rules[shift].identifier,
        confidence=0.9,
        evidence=(Evidence("pattern", f"x#{shift}", 0.9),),
        ruleset="r",
        field=f'field "{shift}"',
        starts=at,
        ends=at + 7,
        byte_starts=at + shift,
        byte_ends=at + 7 + shift,
        lines=at // 50 + 1,
        columns=at % 50 + 1,
        rows=at // 50,
        redacted=redacted,
        fingerprints="".join(f"{start:064x}" for start in starts),
    )


def single(start: int) -> Finding:
    made: dict[str, Any] = {"category": "PII", "sensitivity": "HIGH", "level": "internal"}
    place = Locator(start=start, end=start + 3)
    return Finding(
        resource="memory:table",
        identifier="OTHER",
        confidence=0.6,
        redacted="***",
        fingerprint="f" * 64,
        location=place,
        evidence=(),
        ruleset="r",
        **made,
    )


@pytest.mark.parametrize("count", [1, 2, 255, 256, 257, 700])
def test_lines_of_a_window_are_those_of_its_findings(count: int, rules: RuleSet) -> None:
    first = [7 * 13 * number for number in range(count)]
    other = [start + 40 for start in first[: count // 2]]
    stars = ["*" * (number % 5) + 'é"\\'[number % 3] for number in range(count)]
    groups = [group(rules, first, 0, stars), group(rules, other, 3, stars[: len(other)])]
    places = {0, first[-1], first[count // 2], first[-1] + 1, 10**6}
    lines = [single(start + 20) for start in sorted([*places, first[count // 2]])]
    for singles in ([], lines, lines[:1], [single(-5), *lines, single(10**9)] if count > 1 else lines):
        piece = Piece(single=singles, dense=[each for each in groups if len(each)])
        rendered = encode_piece(piece, include_test_values=True)
        assert isinstance(rendered, Blocks)
        assert b"".join(rendered) == b"".join(map(encode, piece.findings))
        assert rendered.size == len(b"".join(rendered))
        assert all(block.endswith(b"\n") for block in rendered)
