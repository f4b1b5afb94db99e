"""The population stability index, against values worked out by hand, and against what chance gives."""

from __future__ import annotations

import random
from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.review.drift import BINS, bin_of, drift

Counts = st.lists(st.integers(0, 500), min_size=BINS, max_size=BINS)


def test_the_index_is_what_the_formula_gives() -> None:
    found = drift([50, 30, 20], [30, 30, 40])
    expected = (0.3 - 0.5) * log(0.3 / 0.5) + (0.4 - 0.2) * log(0.4 / 0.2)
    assert found.index == pytest.approx(expected, abs=1e-4)
    assert (found.before, found.after) == (100, 100)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ([5_000, 5_000], [5_100, 4_900], "stable"),
        ([5_000, 5_000], [3_300, 6_700], "moderate"),
        ([5_000, 5_000], [2_000, 8_000], "shifted"),
        ([5, 5], [2, 8], "unknown"),
        ([0, 0], [2, 8], "unknown"),
        ([2, 8], [0, 0], "unknown"),
    ],
)
def test_what_it_means(before: list[int], after: list[int], verdict: str) -> None:
    assert drift(before, after).verdict == verdict


def test_nothing_to_compare_with_is_no_number() -> None:
    assert drift([0, 0], [1, 2]).index is None


def test_a_bin_that_only_one_period_uses_makes_it_large_but_not_infinite() -> None:
    found = drift([1_000, 0], [500, 500])
    assert found.index is not None
    assert 0.25 < found.index < 10


@given(Counts, Counts)
def test_it_is_never_negative_and_the_same_both_ways(before: list[int], after: list[int]) -> None:
    there, back = drift(before, after), drift(after, before)
    assert there.index == back.index
    assert there.index is None or there.index >= 0


def test_chance_alone_is_rarely_called_drift() -> None:
    dice = random.Random(11)
    called = 0
    for _ in range(400):
        samples = [[0] * BINS, [0] * BINS]
        for sample in samples:
            for _ in range(200):
                sample[dice.randrange(BINS)] += 1
        called += drift(samples[0], samples[1]).verdict in ("moderate", "shifted")
    assert called < 40


@pytest.mark.parametrize(("share", "expected"), [(0.0, 0), (0.3, 3), (0.29999, 2), (0.7, 7), (0.999, 9), (1.0, 9)])
def test_bins(share: float, expected: int) -> None:
    assert bin_of(share) == expected
