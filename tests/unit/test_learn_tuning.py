"""What reviews propose for the configuration: only what mends more than it breaks, beyond noise."""

from __future__ import annotations

from assay.app.learning.tuning import Step, Tuned, _chance, as_file


def test_a_few_mended_columns_are_noise() -> None:
    assert _chance(4, 0) > 0.05 > _chance(5, 0)
    assert _chance(6, 2) > 0.05 > _chance(9, 2)
    assert _chance(0, 0) == 1.0


def test_of_a_row_that_was_changed_twice_the_last_one_is_proposed() -> None:
    def step(weight: float) -> Step:
        row = {"WEIGHT_ID": "ml", "WEIGHT": weight}
        return Step(table="SENSITIVITY_WEIGHTS", row=row, mends=5, breaks=0, why="")

    found = Tuned(reviewed=20, wrong=10, left=0, steps=(step(0.4), step(1.0)))
    assert found.rows == {"SENSITIVITY_WEIGHTS": [{"WEIGHT_ID": "ml", "WEIGHT": 1.0}]}
    assert as_file(found) == "SENSITIVITY_WEIGHTS:\n- WEIGHT_ID: ml\n  WEIGHT: 1.0\n"
