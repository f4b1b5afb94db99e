"""What may have been missed: the upper bound on prevalence after a sample."""

from __future__ import annotations

from math import ceil, comb, exp, lgamma, log, log1p


def upper_bound(hits: int, drawn: int, population: int, *, confidence: float = 0.95) -> float:
    """One-sided upper bound on the share of units that hold a finding, after `hits` in `drawn` of `population` units.

    Exact for sampling without replacement (hypergeometric) up to 2,000 units, Clopper-Pearson (binomial, slightly wider)
    above. With nothing drawn the bound is 1; with everything drawn it is what was seen. Rounded up: a bound that is
    rounded down is none.

    >>> upper_bound(0, 100, 1_000_000)
    0.0296
    >>> upper_bound(0, 10, 10)
    0.0
    """
    if population <= 0 or drawn >= population:
        return _up(hits / population) if population > 0 else 0.0
    if drawn <= 0:
        return 1.0
    alpha = 1 - confidence
    if population <= 2_000:
        holding = hits
        while holding < population and _hypergeometric_cdf(hits, drawn, population, holding + 1) > alpha:
            holding += 1
        return _up(holding / population)
    if hits >= drawn:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if _binomial_cdf(hits, drawn, middle) > alpha:
            low = middle
        else:
            high = middle
    return _up(high)


def _up(share: float) -> float:
    return min(1.0, ceil(share * 10_000 - 1e-6) / 10_000)


def _hypergeometric_cdf(hits: int, drawn: int, population: int, holding: int) -> float:
    total = comb(population, drawn)
    ways = sum(
        comb(holding, k) * comb(population - holding, drawn - k)
        for k in range(min(hits, holding, drawn) + 1)
        if drawn - k <= population - holding
    )
    return ways / total


def _binomial_cdf(hits: int, drawn: int, share: float) -> float:
    if share <= 0:
        return 1.0
    if share >= 1:
        return 0.0
    return sum(
        exp(lgamma(drawn + 1) - lgamma(k + 1) - lgamma(drawn - k + 1) + k * log(share) + (drawn - k) * log1p(-share))
        for k in range(hits + 1)
    )
