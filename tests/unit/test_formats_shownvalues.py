"""What is shown of a cell of an OpenDocument sheet, and whether it says more than its value."""

from __future__ import annotations

import pytest

from assay.formats.shownvalues import Held, held_of, says_the_same

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:office:1.0|"


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("1.234.567,89 €", "currency", "1234567.894"),
        ("12,345,678", "float", "12345678"),
        ("12345.68%", "percentage", "123.4567891"),
        ("1,234,568", "float", "1234567.8"),
        ("2. Jan 1980", "date", "1980-01-02"),
        ("Wednesday, 12 September 2024", "date", "2024-09-12"),
        ("01/02/80 03:30 PM", "date", "1980-01-02T15:30:00"),
        ("12:30:00", "time", "PT12H30M00S"),
        ("FALSCH", "boolean", "false"),
        ("7806", "float", "5"),
        ("a text  of lines", "string", "a text of lines"),
    ],
)
def test_formats_of_a_value(text: str, kind: str, value: str) -> None:
    assert says_the_same(text, Held(kind, value))


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("512-44-7806", "float", "5"),
        ("512-44-7806", "date", "1980-01-02"),
        ("512-44-7806", "boolean", "true"),
        ("Margaret Hill", "float", "1"),
        ("512447806", "float", "not a number"),
        ("Margaret Hill", "string", "x"),
        ("1" * 5000, "float", "1"),
    ],
)
def test_something_else(text: str, kind: str, value: str) -> None:
    assert not says_the_same(text, Held(kind, value))


def test_a_cell_with_text_alone_has_no_other_value() -> None:
    assert held_of({f"{OFFICE}value-type": "string"}) is None
    assert held_of({f"{OFFICE}value-type": "float", f"{OFFICE}value": "5"}) == Held("float", "5")
    assert held_of({f"{OFFICE}value-type": "date", f"{OFFICE}date-value": "1980-01-02"}) == Held("date", "1980-01-02")
