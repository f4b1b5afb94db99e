"""Formats of numbers: those that write codes, and those of amounts, dates and units, which are none."""

from __future__ import annotations

import pytest

from assay.formats.numberformat import number_format


@pytest.mark.parametrize(
    ("code", "number", "shown"),
    [
        ("000-00-0000", 12345678, "012-34-5678"),
        (r"000\-00\-0000", 536904399, "536-90-4399"),
        ("[<=9999999]###-####;(###) ###-####", 5551234567, "(555) 123-4567"),
        ("[<=9999999]###-####;(###) ###-####", 1234567, "123-4567"),
        ("[Red]00000-0000", 12345678, "01234-5678"),
        ("[$-409]000\\-00", 12345, "123-45"),
        ('"+49 "0', 1701234567, "+49 1701234567"),
        ('"DE"000000000', 12345678, "DE012345678"),
        ("00000", 1234, "01234"),
        ("000-00", 1234567, "12345-67"),
        ("00-00;-00-00;00\\:00", 0, "00:00"),
    ],
)
def test_a_whole_number_is_shown_as_a_code(code: str, number: int, shown: str) -> None:
    form = number_format(code)
    assert form is not None
    assert form.shown(number) == shown


@pytest.mark.parametrize(
    "code",
    [
        "0", "General", "@", "0.00", "#,##0", "# ##0", r"#\ ##0", '0 "pcs"', '"EUR "0', "[$€-407]0", "$0", "0%", "0.00E+00",
        "yyyy-mm-dd", "dd.mm.yyyy", "[h]:mm", "# ?/?", "0_);(0)", '"x";"y";"z"', ";;;", "", "0" * 300,
    ],
)  # fmt: skip
def test_other_formats_show_no_more_than_the_value(code: str) -> None:
    form = number_format(code)
    assert form is None or form.shown(1234567) is None


def test_a_number_that_no_code_is_made_of() -> None:
    form = number_format("000-00-0000")
    assert form is not None
    assert form.shown(-5) is None
    assert form.shown(10**15) is None
