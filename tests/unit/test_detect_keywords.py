"""What counts as the name of a field in running text."""

from __future__ import annotations

import pytest

from assay.detect.keywords import context_regex


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("SIN: ", True),
        ("SINs: ", True),
        ("SIN_2: ", True),
        ("SINNO = ", True),
        ("SINNumber: ", True),
        ("sinValue=", True),
        ("mySin: ", True),
        ("SIND: ", False),
        ("SINABLE: ", False),
        ("SINDX>", False),
        ("EMAILX: ", True),
    ],
)
def test_capitals_behind_a_short_name_in_capitals_are_another_word(text: str, counts: bool) -> None:
    regex = context_regex((), ("sin", "email"))
    assert regex is not None
    assert bool(regex.search(b" " + text.encode())) is counts
