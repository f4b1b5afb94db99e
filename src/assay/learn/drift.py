"""Drift: how far what is read now is from what a model was made for, in its features and in what it tells.

The population stability index (PSI) compares two distributions; below 0.1 is taken for none, from 0.25 on for much.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

NONE, MUCH = 0.1, 0.25
NOTHING = "none"
_LEAST = 0.001
_FEWEST = 30


class Read(NamedTuple):
    """A document as it was read: the type and the level that models told of it (`none`: they were not sure), and its features' names."""

    told: str
    level: str
    names: Iterable[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """PSI of the types that were told, of the levels, and of the features' presence, between `before` and `now` documents; and what
    moved most. That of levels is `None` where no model tells them."""

    before: int
    now: int
    outcome: float | None
    levels: float | None
    features: float | None
    moved: tuple[tuple[str, float, float], ...]

    @property
    def said(self) -> str:
        """In words."""
        if self.outcome is None or self.features is None:
            return f"too few documents to tell drift (fewer than {_FEWEST} before or now)"
        worst = max(self.outcome, self.features, self.levels or 0.0)
        return (
            "no drift"
            if worst < NONE
            else "some drift"
            if worst < MUCH
            else "much drift: measure the model, and train it anew"
        )


def psi(before: Mapping[str, float], now: Mapping[str, float]) -> float:
    """Of two distributions, as shares.

    >>> psi({"a": 0.5, "b": 0.5}, {"a": 0.5, "b": 0.5})
    0.0
    """
    total = 0.0
    for name in {*before, *now}:
        one, other = max(_LEAST, before.get(name, 0.0)), max(_LEAST, now.get(name, 0.0))
        total += (other - one) * math.log(other / one)
    return round(total, 4)


def drift(before: Sequence[Read], now: Sequence[Read], most: int = 10) -> Drift:
    """Of documents, before and now."""
    if len(before) < _FEWEST or len(now) < _FEWEST:
        return Drift(before=len(before), now=len(now), outcome=None, levels=None, features=None, moved=())
    told = [_shares(Counter(one.told for one in part), len(part)) for part in (before, now)]
    levels = [_shares(Counter(one.level for one in part), len(part)) for part in (before, now)]
    there = [_shares(Counter(name for one in part for name in set(one.names)), len(part)) for part in (before, now)]
    moved = sorted(
        ((name, there[0].get(name, 0.0), there[1].get(name, 0.0)) for name in {*there[0], *there[1]}),
        key=lambda item: (-abs(item[2] - item[1]), item[0]),
    )[:most]
    # Each feature is there or not: the mean of those that moved most tells a change that the mean of all would hide.
    parts = [psi({"there": one, "not": 1 - one}, {"there": two, "not": 1 - two}) for _, one, two in moved]
    return Drift(
        before=len(before),
        now=len(now),
        outcome=psi(*told),
        # A model that came into use meanwhile, or went, is no drift of documents.
        levels=psi(*levels) if all(part.keys() - {NOTHING} for part in levels) else None,
        features=round(sum(parts) / len(parts), 4) if parts else 0.0,
        moved=tuple((name, round(one, 4), round(two, 4)) for name, one, two in moved),
    )


def _shares(counts: Counter[str], number: int) -> dict[str, float]:
    return {name: count / number for name, count in counts.items()}
