"""Values are found in a text however their characters are parted."""

from __future__ import annotations

import pytest

from assay.model.sensitive import Sensitive
from assay.scanning.maskedvalues import Secret, Values


def masked(text: str, *values: str) -> str:
    return Values(Secret(Sensitive(value), "#", "") for value in values).masked(text)


@pytest.mark.parametrize("text", ["Ann Beck sat down", "Ann  Beck\nsat down", "so Ann Beck, sat down"])
def test_a_longer_value_that_only_seems_to_stand_there_hides_no_shorter_one(text: str) -> None:
    """Blanks do not count where values are looked for: "Ann Becks" seems to stand in "Ann Beck sat"."""
    assert masked(text, "Ann Beck", "Ann Becks") == text.replace("Ann  Beck", "#").replace("Ann Beck", "#")
    assert masked("Ann Becks sat down", "Ann Beck", "Ann Becks") == "# sat down"


def test_of_values_that_begin_alike_the_longest_is_taken() -> None:
    assert masked("call 0151 2345 6789 01 now", "0151 2345 6789", "0151 2345 6789 01") == "call # now"
