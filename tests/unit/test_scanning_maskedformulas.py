"""Formulas of masked cells, alone and shared by several cells."""

from __future__ import annotations

import re

from assay.scanning.maskedformulas import FORMULA, Formulas


def formula(text: str) -> re.Match[str]:
    found = FORMULA.search(text)
    assert found is not None
    return found


def test_one_that_refers_to_a_masked_cell_stays() -> None:
    formulas = Formulas(lambda _row, column: column in (0, 1))
    assert formulas.stays(formula('<f>$A$2&amp;"x"</f>'), 2, 1)
    assert not formulas.stays(formula("<f>C2&amp;D2</f>"), 2, 1)
    assert not formulas.stays(formula('<f>"A2"&amp;LOG10(5)</f>'), 2, 1)
    assert not formulas.stays(formula("<f>Other!A2</f>"), 2, 1)
    # It is none that would be calculated from itself.
    assert not formulas.stays(formula("<f>B2</f>"), 2, 1)
    assert formulas.stays(formula("<f>C2</f>"), 2, 5)


def test_shared_ones_move_with_their_cells() -> None:
    formulas = Formulas(lambda row, column: column == 1 or (row, column) == (3, 0))
    formulas.learn(formula('<f t="shared" ref="B2:B4" si="0">A3</f>'), 2, 1)
    assert formulas.stays(formula('<f t="shared" ref="B2:B4" si="0">A3</f>'), 2, 1)
    # A4 is not masked.
    assert not formulas.stays(formula('<f t="shared" si="0"/>'), 3, 1)


def test_a_group_whose_first_cell_cannot_keep_its_formula_has_none() -> None:
    formulas = Formulas(lambda row, column: (row, column) == (2, 1))
    formulas.learn(formula('<f t="shared" ref="B2:B4" si="7">C2</f>'), 2, 1)
    assert not formulas.stays(formula('<f t="shared" ref="B2:B4" si="7">C2</f>'), 2, 1)
    assert not formulas.stays(formula('<f t="shared" si="7"/>'), 3, 1)
    assert formulas.stays(formula("<f>C2</f>"), 3, 1)
