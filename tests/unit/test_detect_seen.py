"""What counts as shown by something foreign: a text or a column of others, or several of their values in texts of ours."""

from __future__ import annotations

import pytest

from assay.detect.seen import Shown


@pytest.mark.parametrize(
    ("shown", "enough"),
    [
        (Shown(wanted=8, found=3, right=3, wrong=0), True),
        (Shown(wanted=8, found=2, right=2, wrong=0), False),
        (Shown(wanted=8, found=3, right=3, wrong=3), False),
        (Shown(wanted=1, found=1, right=1, wrong=0, said=1), True),
        (Shown(wanted=1, found=1, right=1, wrong=1, said=1), False),
        (Shown(wanted=0, found=0, right=0, wrong=0, columns=1), True),
        (Shown(wanted=0, found=0, right=0, wrong=0, columns=1, wrong_columns=1), False),
    ],
)
def test_what_is_enough(shown: Shown, enough: bool) -> None:
    assert shown.enough is enough
