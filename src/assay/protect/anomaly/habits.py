"""What all principals do together: what is common is no surprise in one of them, and one without habits is like its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log2
from typing import Any

from assay.protect.anomaly.profile import DIMENSIONS, MEASURES, YOUNG, Profile
from assay.protect.anomaly.tally import Tally

_MOST = 4_096
_STEP = 0.25
_FADE = 0.5 ** (1 / 120)
"""Days of 120 days ago count half."""
_ENOUGH = 200
_MOST_BITS = 11.0
_MOST_ITEMS = 65_536
COLD = 90
"""Days after which an object that nobody read is cold."""

_COMPARED = ("objects", "sensitive", "bytes", "denied", "deletes", "odd")
"""Measures that are compared with those of a whole group."""

Steps = dict[int, float]
"""How many days had so much, in steps."""


def _tail(counts: Steps, value: float, step: float) -> tuple[float, float]:
    """How many days had as much or more, and how many there are."""
    return sum(count for at, count in counts.items() if (at + 1) * step > value), sum(counts.values())


@dataclass(slots=True, kw_only=True)
class Habits:
    """`known` has by dimension and value how many principals have it, `principals` how many there are. By group of principals:
    `amounts` of each measure, `surprises` of each family of differences, and on how many days each hour was used. `novel` has by
    group and dimension on how many days there was anything, something new, and something that nobody had. `rises` are what measures of groups grow by.
    `warm` has of sensitive objects (hashes below `limit`) on which day anybody last read them."""

    principals: int = 0
    known: dict[str, dict[str, int]] = field(default_factory=lambda: {name: {} for name in DIMENSIONS})
    amounts: dict[str, Steps] = field(default_factory=dict)
    surprises: dict[str, Steps] = field(default_factory=dict)
    hours: dict[str, list[float]] = field(default_factory=dict)
    novel: dict[str, list[float]] = field(default_factory=dict)
    rises: dict[str, float] = field(default_factory=dict)
    warm: dict[int, int] = field(default_factory=dict)
    limit: int = 1 << 64

    def temperature(self, tally: Tally, day: int) -> tuple[int, int]:
        """Of how many of a day's sensitive objects it is known whether anybody read them lately, and how many of those nobody had."""
        told = [item for item in tally.sensitive.hashes() if item < self.limit]
        return len(told), sum(1 for item in told if day - self.warm.get(item, -COLD) >= COLD)

    def warm_up(self, tally: Tally, day: int) -> None:
        """What was read on a day is warm. Where there is too much to remember, a share of all objects is watched, by their hashes."""
        for item in tally.sensitive.hashes():
            if item < self.limit:
                self.warm[item] = day
        if len(self.warm) > _MOST_ITEMS:
            self.warm = {item: at for item, at in self.warm.items() if day - at < COLD}
            while len(self.warm) > _MOST_ITEMS * 3 // 4:
                self.limit //= 2
                self.warm = {item: at for item, at in self.warm.items() if item < self.limit}

    def novelty(self, group: str, dimension: str, name: str) -> tuple[float, float]:
        """On which share of days something of a dimension is new to one of a group, and which share of what is new nobody else has either;
        1 for the latter where others have it."""
        days, new, alone = self.novel.get(f"{group} {dimension}", (0.0, 0.0, 0.0))
        share = (new + 0.5) / (days + 10)
        return share, (alone + 0.5) / (new + 1) if not self.known[dimension].get(name) else 1.0

    def known_by(self, dimension: str, name: str) -> str:
        """Who else has a value, in words."""
        known = self.known[dimension].get(name, 0)
        return "nobody else has it" if not known else f"{known:,} of {self.principals:,} others have it"

    def rarity(self, group: str, measure: str, value: float) -> float:
        """Bits of how few days of a group had so much or more; 0 where too few are known."""
        above, total = _tail(self.amounts.get(f"{group} {measure}", {}), value, _STEP)
        return -log2((above + 1) / (total + 2)) if total >= _ENOUGH / 2 else 0.0

    def hour_rarity(self, group: str, hour: int) -> float:
        """Bits of how few days of a group had this hour."""
        counts = self.hours.get(group)
        return 4.0 if counts is None else -log2((counts[hour] + 0.5) / (counts[24] + 1))

    def growth(self, group: str, measure: str) -> float:
        """By how much a measure grows for the middle one of a group, as a logarithm."""
        return self.rises.get(f"{group} {measure}", 0.0)

    def surprise(self, group: str, family: str, score: float, beside: int) -> float:
        """How strong a family of differences is: half by itself, half by how seldom one of a group is so strong. `beside` are others of
        the group that differ alike on the same day: what befalls many is a month's end, or a new release."""
        counts = self.surprises.get(f"{group} {family}", {})
        total = self.surprises.get(f"{group} days", {}).get(0, 0.0)
        bits = score
        if total >= _ENOUGH:
            above, _ = _tail(counts, score, _STEP)
            bits = 0.5 * score + 0.5 * min(_MOST_BITS, -log2((above + 0.5) / (total + 1)))
        return max(0.0, bits - log2(1 + beside))

    def fade(self) -> None:
        """A day passes."""
        for counts in (*self.amounts.values(), *self.surprises.values()):
            for step in counts:
                counts[step] *= _FADE
        for numbers in (*self.hours.values(), *self.novel.values()):
            numbers[:] = [count * _FADE for count in numbers]

    def learn(
        self, tally: Tally, profile: Profile, numbers: Sequence[float], families: Mapping[str, float], *, is_first: bool
    ) -> None:
        """A principal's day, before its profile has it: its measures, and the strengths of its families of differences."""
        group = profile.group
        self.principals += is_first
        for dimension in DIMENSIONS:
            known = self.known[dimension]
            new = [name for name in getattr(tally, dimension) if name not in profile.seen[dimension].values]
            if profile.days >= YOUNG:
                novel = self.novel.setdefault(f"{group} {dimension}", [0.0, 0.0, 0.0])
                novel[0] += 1
                novel[1] += bool(new)
                novel[2] += any(name not in known for name in new)
            for name in new:
                if name in known or len(known) < _MOST:
                    known[name] = known.get(name, 0) + 1
        for measure, value in zip(MEASURES, numbers, strict=True):
            if measure in _COMPARED:
                _add(self.amounts, f"{group} {measure}", value)
        _add(self.surprises, f"{group} days", 0.0)
        for family, score in families.items():
            _add(self.surprises, f"{group} {family}", score)
        hours = self.hours.setdefault(group, [0.0] * 25)
        hours[24] += 1
        for hour in tally.hours:
            hours[hour] += 1

    def forget(self, profile: Profile) -> None:
        """A principal is gone, with the values that it had."""
        self.principals -= 1
        for dimension in DIMENSIONS:
            known = self.known[dimension]
            for name in profile.seen[dimension].values:
                if known.get(name, 0) <= 1:
                    known.pop(name, None)
                else:
                    known[name] -= 1

    def as_json(self) -> dict[str, Any]:
        """What `habits_of` reads."""
        return {
            "principals": self.principals,
            "known": self.known,
            "amounts": _pairs(self.amounts),
            "surprises": _pairs(self.surprises),
            "hours": self.hours,
            "novel": self.novel,
            "rises": self.rises,
            "warm": sorted(self.warm.items()),
            "limit": str(self.limit),
        }


def habits_of(told: Mapping[str, Any]) -> Habits:
    """Habits that were kept."""
    return Habits(
        principals=told["principals"],
        known={name: dict(values) for name, values in told["known"].items()},
        amounts={name: dict(pairs) for name, pairs in told["amounts"].items()},
        surprises={name: dict(pairs) for name, pairs in told["surprises"].items()},
        hours={group: list(counts) for group, counts in told["hours"].items()},
        novel={name: list(numbers) for name, numbers in told["novel"].items()},
        rises=dict(told["rises"]),
        warm=dict(told["warm"]),
        limit=int(told["limit"]),
    )


def _add(counted: dict[str, Steps], name: str, value: float) -> None:
    counts = counted.setdefault(name, {})
    step = int(value / _STEP)
    counts[step] = counts.get(step, 0.0) + 1


def _pairs(counted: Mapping[str, Steps]) -> dict[str, list[tuple[int, float]]]:
    return {name: sorted(counts.items()) for name, counts in counted.items()}
