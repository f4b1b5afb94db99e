"""Drift: whether confidences of one period are spread as those of another, by the population stability index.

The index is Σ (b − a) · ln(b / a) over the shares a and b of the bins (Siddiqi, Credit Risk Scorecards, 2006; the same is
Jeffreys' divergence). By its usual reading less than 0.1 is stable, and from 0.25 on the population is another one. Two samples
of the same population differ, too: then it is about (1/m + 1/n) times a chi-squared variable with one degree of freedom less
than there are bins (Yurdakul, Statistical Properties of Population Stability Index, 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

BINS = 10
STABLE = 0.1
SHIFTED = 0.25
# The 95 % quantiles of chi-squared by degrees of freedom: bins that neither period uses do not count.
_CHI_SQUARED = (0.0, 3.841, 5.991, 7.815, 9.488, 11.070, 12.592, 14.067, 15.507, 16.919)
_LEAST = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """The index between `before` and `after` values, `None` where either is none; `chance` is what it stays below in 95 of
    100 cases where nothing has changed. `verdict` is `stable`, `moderate`, `shifted`, or `unknown`."""

    before: int
    after: int
    index: float | None
    chance: float | None
    verdict: str


def bin_of(share: float) -> int:
    """In which of the bins a confidence (0–1) lies; the last has its upper end, too.

    >>> bin_of(0.0), bin_of(0.35), bin_of(1.0)
    (0, 3, 9)
    """
    # Confidences are kept with few digits: 0.3 is not to fall below its bin because of what a float is.
    return min(BINS - 1, max(0, int(round(share * BINS, 9))))


def drift(before: Sequence[int], after: Sequence[int]) -> Drift:
    """The drift between two periods, each as how many values lie in each bin.

    >>> drift([50, 50], [50, 50]).index, drift([90, 10], [10, 90]).verdict
    (0.0, 'shifted')
    """
    old, new = sum(before), sum(after)
    if not old or not new:
        return Drift(before=old, after=new, index=None, chance=None, verdict="unknown")
    used = [(a, b) for a, b in zip(before, after, strict=True) if a or b]
    index = 0.0
    for a, b in used:
        # A bin that one period does not use would make the index infinite; half a value stands for none.
        share, other = max(a, _LEAST) / old, max(b, _LEAST) / new
        index += (other - share) * log(other / share)
    index = round(index, 4)
    chance = round(_CHI_SQUARED[len(used) - 1] * (1 / old + 1 / new), 4)
    if index < STABLE:
        verdict = "stable"
    elif index <= chance:
        verdict = "unknown"
    else:
        verdict = "moderate" if index < SHIFTED else "shifted"
    return Drift(before=old, after=new, index=index, chance=chance, verdict=verdict)
