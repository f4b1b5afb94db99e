"""Values near keywords: on either side, with few digits, and where words stand together."""

from __future__ import annotations

import pytest

from assay.detect.document import hits_in
from assay.detect.engine import Detector

FAR = "see the other pages of the booklet, and ask "


def found(detector: Detector, text: str, name: str) -> list[tuple[str, list[str]]]:
    return [
        (text[hit.start : hit.end], [each.detail for each in hit.evidence if each.signal == "context"])
        for hit in hits_in(detector, text.encode(), "a.txt")
        if hit.rule.name == name
    ]


@pytest.mark.parametrize("text", ["my mail: ada@navy-yard.org", "ada@navy-yard.org is my mail"])
def test_a_word_tells_on_either_side(detector: Detector, text: str) -> None:
    assert found(detector, text, "EMAIL") == [("ada@navy-yard.org", ["'mail' within 30 characters"])]


def test_a_word_that_is_part_of_the_value_is_none_beside_it(detector: Detector) -> None:
    assert found(detector, "ada@mail-house.org was here", "EMAIL") == [("ada@mail-house.org", [])]


@pytest.mark.parametrize("number", ["11.222.333", "4.222.333"])
def test_the_pattern_with_the_fewest_digits_is_searched_too(detector: Detector, number: str) -> None:
    assert [value for value, _ in found(detector, f"El DNI {number} de Juan", "AR_DNI")] == [number]


def test_words_that_stand_together_reach_as_far_as_the_last_of_them(detector: Detector) -> None:
    text = f"dni {FAR}dni {FAR}11.222.333"
    assert len(f"{FAR}dni {FAR}") > 50 > len(FAR)
    assert [value for value, _ in found(detector, text, "AR_DNI")] == ["11.222.333"]
    assert found(detector, f"dni {FAR}{FAR}11.222.333", "AR_DNI") == []
