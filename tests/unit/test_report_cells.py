"""Cells of sheets: none is run as a formula, and each comes back as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.report.cells import guarded, unguarded

_BEGINS = st.text("'= ＝+－-@＠|%\t\r\n\u00a0\u3000a", max_size=6)


@given(st.one_of(_BEGINS, st.text(max_size=20)))
def test_a_guarded_cell_is_no_formula_and_comes_back_as_it_was(text: str) -> None:
    told = guarded(text)
    assert unguarded(told) == text
    assert not told.lstrip(" \u00a0\u3000").startswith(tuple("=+-@|%＝＋－＠\t\r\n"))


@pytest.mark.parametrize("text", ["=1", " =1", "\u3000＝cmd", "'=1", "+1", "-1", "@SUM(1)", "＠x", "|x", "\t=1", "%x"])
def test_what_a_spreadsheet_may_run_is_guarded(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "a=1", "it's", "'tis", "s3://lake/=x", "5*******9"])
def test_what_is_no_formula_stays(text: str) -> None:
    assert guarded(text) == unguarded(text) == text
