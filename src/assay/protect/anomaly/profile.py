"""What a principal usually does: learnt day by day from its tallies, in bounded memory, and kept as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import log1p
from typing import Any

from assay.events.accesses import Who
from assay.protect.anomaly.tally import Distinct, Tally

WINDOW = 84
"""Active days that are remembered one by one."""
YOUNG = 10
"""Active days before a principal has habits of its own; until then those of its kind speak."""
_MOST = 256
_MOST_UNITS = 1_024
DIMENSIONS = ("regions", "networks", "agents", "actions", "places")
MEASURES = ("objects", "sensitive", "fresh", "bytes", "denied", "news", "deletes", "odd", "watched", "cold")
"""What of a day is a number: `fresh` are sensitive objects that the principal had not read before, `news` units that it had not been at,
`odd` sensitive objects read at hours that it seldom has. Of `watched` sensitive objects it is known whether anybody had read them lately,
of `cold` that nobody had: these two are no logarithms."""
_ITEMS = 512
SELDOM = 0.08
"""On which share of its days a principal has to be active at an hour, or near it, for that to be one of its own."""
_USUAL = 0.05
_MORNING, _EVENING = 6, 18
_NEAR = {0: 1.0, 1: 0.7, 2: 0.4, 3: 0.2, 4: 0.1}


def measured(
    tally: Tally, news: int, sampled: int, unknown: int, odd: int = 0, watched: int = 0, cold: int = 0
) -> tuple[float, ...]:
    """The measures of a day, as logarithms: how much varies by factors."""
    numbers = (
        tally.objects.count,
        tally.sensitive.count,
        round(tally.sensitive.count * unknown / sampled) if sampled else tally.sensitive.count,
        tally.bytes_out,
        tally.denied,
        news,
        tally.verbs.get("delete", 0),
        odd,
    )
    return (*(round(log1p(number), 4) for number in numbers), watched, cold)


@dataclass(slots=True, kw_only=True)
class Seen:
    """Values of one dimension: on how many days each was seen and when last. `surprises` counts the days on which one was new."""

    values: dict[str, list[int]] = field(default_factory=dict)
    surprises: int = 0

    def learn(self, named: Mapping[str, int], day: int, most: int = _MOST) -> None:
        if any(name not in self.values for name in named):
            self.surprises += 1
        for name in sorted(named):
            days = self.values.get(name)
            if days is None:
                self.values[name] = [1, day]
            else:
                days[0] += 1
                days[1] = day
        if len(self.values) > most:
            kept = sorted(self.values.items(), key=lambda each: (-each[1][1], -each[1][0], each[0]))[:most]
            self.values = dict(kept)


@dataclass(slots=True, kw_only=True)
class Profile:
    """A principal's habits. `days` counts its active days, `recent` are ordinals and measures of the last of them, the oldest first;
    `hours` on how many days each hour was used, of working days and of weekends. `told` has of families of differences when one was last told, and how strong it was.
    `evening` are sensitive objects read at odd hours late on its last day: nights go on after midnight."""

    kind: Who
    first: int
    last: int = 0
    days: int = 0
    seen: dict[str, Seen] = field(default_factory=lambda: {name: Seen() for name in DIMENSIONS})
    units: dict[int, int] = field(default_factory=dict)
    items: Distinct = field(default_factory=lambda: Distinct(kept=_ITEMS))
    recent: list[tuple[int, tuple[float, ...]]] = field(default_factory=list)
    hours: list[int] = field(default_factory=lambda: [0] * 48)
    kinds_of_day: list[int] = field(default_factory=lambda: [0, 0])
    told: dict[str, list[float]] = field(default_factory=dict)
    evening: int = 0

    def news(self, tally: Tally) -> int:
        """How many of the units of a day are none that it was at before."""
        return sum(1 for unit in tally.units if unit not in self.units)

    def sampled(self, tally: Tally) -> tuple[int, int]:
        """Of how many of the sensitive objects of a day it is known whether it had read them, and how many of those it had not."""
        told = [item for item in tally.sensitive.hashes() if self.items.tells(item)]
        return len(told), sum(1 for item in told if item not in self.items)

    def at_hour(self, hour: int) -> int:
        """On how many days an hour of the day was used."""
        hour %= 24
        return self.hours[hour] + self.hours[24 + hour]

    def share_at(self, hour: int) -> float:
        """On which share of its days it was active at an hour; an hour beside one that it has is less odd than one that is far from any."""
        near = max(self.at_hour(hour + step * sign) * share for step, share in _NEAR.items() for sign in (-1, 1))
        return (near + 0.5) / (self.days + 1)

    def is_away(self, tally: Tally, day: int) -> bool:
        """Whether it does all that it does from elsewhere, on a day of the week that it has: it is on a journey, and keeps other hours."""
        usual = {name for name, (days, _) in self.seen["networks"].values.items() if days >= _USUAL * self.days}
        if not usual.isdisjoint(tally.networks):
            return False
        return not is_weekend(day) or self.kinds_of_day[1] > SELDOM * self.days

    def odd(self, tally: Tally, day: int) -> int:
        """How many sensitive objects were read at hours that it seldom has; none of whoever is away."""
        if self.days < YOUNG or self.is_away(tally, day):
            return 0
        odd = {hour: count for hour, count in tally.sensitive_hours.items() if self.share_at(hour) < SELDOM}
        before = self.evening if self.last == day - 1 and any(hour < _MORNING for hour in odd) else 0
        return before + sum(odd.values())

    def numbers(self, tally: Tally, day: int, watched: int, cold: int) -> tuple[float, ...]:
        """The measures of a day that is not learnt yet."""
        return measured(tally, self.news(tally), *self.sampled(tally), self.odd(tally, day), watched, cold)

    @property
    def group(self) -> str:
        """Whom it is compared with: those that are active every day are machines mostly, others mostly people."""
        if self.days < YOUNG:
            return "new"
        return "every day" if self.days >= 0.85 * (self.last - self.first + 1) else "some days"

    def learn(self, tally: Tally, day: int, numbers: tuple[float, ...]) -> None:
        """A day more, with its measures. Days come in their order."""
        self.recent.append((day, numbers))
        late = {hour: count for hour, count in tally.sensitive_hours.items() if hour >= _EVENING}
        self.evening = sum(count for hour, count in late.items() if self.share_at(hour) < SELDOM)
        for item in tally.sensitive.hashes():
            self.items.add(item)
        del self.recent[:-WINDOW]
        self.days += 1
        self.last = day
        for name in DIMENSIONS:
            self.seen[name].learn(getattr(tally, name), day)
        for unit in tally.units:
            self.units[unit] = day
        if len(self.units) > _MOST_UNITS:
            kept = sorted(self.units.items(), key=lambda each: (-each[1], each[0]))[:_MOST_UNITS]
            self.units = dict(kept)
        weekend = is_weekend(day)
        self.kinds_of_day[weekend] += 1
        for hour in tally.hours:
            self.hours[weekend * 24 + hour] += 1

    def of(self, measure: str) -> list[float]:
        """A measure on each remembered day, the oldest first."""
        at = MEASURES.index(measure)
        return [values[at] for _, values in self.recent]

    def as_json(self) -> dict[str, Any]:
        """What `profile_of` reads."""
        return {
            "kind": str(self.kind),
            "numbers": [self.first, self.last, self.days, self.evening],
            "told": self.told,
            "seen": {name: [seen.surprises, seen.values] for name, seen in self.seen.items()},
            "units": sorted([unit, day] for unit, day in self.units.items()),
            "items": self.items.hashes(),
            "recent": [[day, *values] for day, values in self.recent],
            "hours": self.hours,
            "kinds_of_day": self.kinds_of_day,
        }


def profile_of(told: Mapping[str, Any]) -> Profile:
    """A profile that was kept."""
    first, last, days, evening = told["numbers"]
    return Profile(
        kind=Who(told["kind"]),
        first=first,
        last=last,
        days=days,
        evening=evening,
        told={family: list(pair) for family, pair in told["told"].items()},
        seen={
            name: Seen(surprises=surprises, values={value: list(pair) for value, pair in values.items()})
            for name, (surprises, values) in told["seen"].items()
        },
        units=dict(told["units"]),
        items=Distinct(told["items"], kept=_ITEMS),
        recent=[(day, tuple(values)) for day, *values in told["recent"]],
        hours=list(told["hours"]),
        kinds_of_day=list(told["kinds_of_day"]),
    )


def is_weekend(day: int) -> int:
    """1 for Saturdays and Sundays. Ordinal 1 was a Monday."""
    return int((day - 1) % 7 >= 5)


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which that share of them lies; 0 of none."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
