"""Accesses → alerts, day by day: at most one for a principal and day, with its reasons, and about as many as are asked for.

A day is judged when the log is so far beyond it that what belongs to it has come in; all its principals by what was known before it, then
they are learnt. What is kept between two runs is JSON, so that a log that is read in parts gives what it gives at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import expm1
from statistics import median
from typing import Any, NamedTuple

from assay.events.accesses import Access, Who
from assay.model import Level
from assay.protect.anomaly.deviations import Deviation, deviations, families_of, rise_of, score_of, still
from assay.protect.anomaly.habits import Habits, habits_of
from assay.protect.anomaly.profile import Profile, profile_of
from assay.protect.anomaly.tally import Tally, tally_of

GRACE = 3
"""Hours after midnight UTC at which a day is over: CloudTrail tells of most things within minutes, and of all within some hours."""
LEARNING, RANGING = 28, 14
"""Days from the first one in which habits are only learnt, and those after them from which it is learnt how strong a difference is usual;
nothing is told in them."""
BUDGET = 1.0
"""Alerts for 1,000 principal-days."""
FORGOTTEN = 400
_LOWEST = 6.0
_AIM = 0.85
_ENOUGH = 300
_STEP = 0.25
_FADE = 0.5 ** (1 / 90)
_MOST_PRINCIPALS = 50_000
_TOLD = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An unusual day of a principal. `places` are what it touched, the most sensitive first, each with its level and accesses; `usual` is
    its normal behaviour in words, `threshold` what the score had to reach."""

    who: str
    kind: Who
    day: date
    score: float
    threshold: float
    level: Level
    reasons: tuple[Deviation, ...]
    places: tuple[tuple[str, Level, int], ...]
    usual: str
    accesses: int
    objects: int
    bytes_out: int
    networks: tuple[str, ...]
    regions: tuple[str, ...]


class _Looked(NamedTuple):
    """A principal's day: its differences, the strength of each family, how unusual it is, and its measures."""

    found: list[Deviation]
    families: dict[str, float]
    score: float
    numbers: tuple[float, ...]


@dataclass(kw_only=True)
class Detector:
    """`open` are tallies of days that are not over, by day and principal. `scores` counts scores of principal-days in steps, old ones
    less. `seen`, `alerts` and `late` count principal-days, alerts, and accesses of days that were over when they came."""

    budget: float = BUDGET
    profiles: dict[str, Profile] = field(default_factory=dict)
    habits: Habits = field(default_factory=Habits)
    open: dict[int, dict[str, Tally]] = field(default_factory=dict)
    scores: dict[int, float] = field(default_factory=dict)
    first: int = 0
    closed: int = 0
    seen: int = 0
    alerts: int = 0
    late: int = 0
    of_services: int = 0

    def add(self, access: Access, level: Level) -> None:
        """An access of what has that level. Those of AWS's own services are counted only: they have no habits."""
        if access.kind is Who.SERVICE:
            self.of_services += 1
            return
        if access.day <= self.closed:
            self.late += 1
            return
        if not self.first or access.day < self.first:
            self.first = access.day
        tallies = self.open.setdefault(access.day, {})
        tally = tallies.get(access.who)
        if tally is None:
            tally = tallies[access.who] = Tally(kind=access.kind)
        tally.add(access, level)

    def close(self, day: int, hour: int) -> Iterator[Alert]:
        """Judges the days that are over at an hour of a day."""
        for over in sorted(self.open):
            if (over + 1, GRACE) <= (day, hour):
                yield from self._judged(over, self.open.pop(over))

    def close_all(self) -> Iterator[Alert]:
        """Judges all days, also those that more may come of."""
        for over in sorted(self.open):
            yield from self._judged(over, self.open.pop(over))

    def threshold(self) -> float:
        """What a score has to reach, so that about as many of the days so far would have as are asked for."""
        total = sum(self.scores.values())
        # Who is learnt anew, and attacks themselves, have the days to come score higher than those before.
        left = total * self.budget * _AIM / 1_000
        lowest = 0.0
        for step in sorted(self.scores, reverse=True):
            left -= self.scores[step]
            if left < 0:
                lowest = (step + 1) * _STEP
                break
        return max(_LOWEST, lowest)

    def _judged(self, day: int, tallies: Mapping[str, Tally]) -> Iterator[Alert]:
        self.closed = max(self.closed, day)
        threshold = self.threshold()
        tells = day - self.first >= LEARNING + RANGING and sum(self.scores.values()) >= _ENOUGH
        judged = self._looked_at(day, tallies)
        alerts = []
        for who, looked in judged.items():
            self.seen += 1
            if day - self.first >= LEARNING:
                step = int(looked.score / _STEP)
                self.scores[step] = self.scores.get(step, 0.0) + 1
            if tells and looked.score >= threshold:
                alerts.append(self._alert(who, day, tallies[who], looked, threshold))
        self._learn(day, tallies, judged)
        for alert in alerts:
            told = self.profiles[alert.who].told
            told.update({family: [day, score] for family, score in judged[alert.who].families.items()})
        self.alerts += len(alerts)
        yield from sorted(alerts, key=lambda alert: (-alert.score, alert.who))

    def _looked_at(self, day: int, tallies: Mapping[str, Tally]) -> dict[str, _Looked]:
        found: dict[str, list[Deviation]] = {}
        families: dict[str, dict[str, float]] = {}
        news: dict[str, dict[str, float]] = {}
        groups: dict[str, str] = {}
        numbers: dict[str, tuple[float, ...]] = {}
        for who, tally in sorted(tallies.items()):
            profile = self.profiles.get(who) or Profile(kind=tally.kind, first=day)
            numbers[who] = profile.numbers(tally, day, *self.habits.temperature(tally, day))
            found[who] = deviations(tally, numbers[who], day, profile, self.habits)
            families[who], groups[who] = families_of(found[who]), profile.group
            news[who] = still(families[who], profile.told, day)
        alike = {
            group: [families[who] for who in families if groups[who] == group] for group in sorted(set(groups.values()))
        }
        return {
            who: _Looked(
                found[who],
                families[who],
                score_of(news[who], groups[who], self.habits, alike[groups[who]]),
                numbers[who],
            )
            for who in found
        }

    def _alert(self, who: str, day: int, tally: Tally, looked: _Looked, threshold: float) -> Alert:
        places = sorted(tally.places.items(), key=lambda each: (-_rank(tally, each[0]), -each[1], each[0]))
        return Alert(
            who=who,
            kind=tally.kind,
            day=date.fromordinal(day),
            score=round(looked.score, 2),
            threshold=round(threshold, 2),
            level=tally.level,
            reasons=tuple(looked.found[:_TOLD]),
            places=tuple((name, tally.levels.get(name, Level.UNCLASSIFIED), count) for name, count in places[:_TOLD]),
            usual=usual_of(self.profiles.get(who)),
            accesses=tally.accesses,
            objects=tally.objects.count,
            bytes_out=tally.bytes_out,
            networks=tuple(sorted(tally.networks, key=lambda name: (-tally.networks[name], name))[:_TOLD]),
            regions=tuple(sorted(tally.regions)),
        )

    def _learn(self, day: int, tallies: Mapping[str, Tally], judged: Mapping[str, _Looked]) -> None:
        self.habits.fade()
        for step in self.scores:
            self.scores[step] *= _FADE
        for who, tally in sorted(tallies.items()):
            profile = self.profiles.get(who)
            is_first = profile is None
            if profile is None:
                profile = self.profiles[who] = Profile(kind=tally.kind, first=day)
            self.habits.learn(tally, profile, judged[who].numbers, judged[who].families, is_first=is_first)
            self.habits.warm_up(tally, day)
            profile.learn(tally, day, judged[who].numbers)
        if day % 7 == 0:
            self._look_at_all(day)

    def _look_at_all(self, day: int) -> None:
        """What is growth of a whole kind, and whom nobody has seen for long."""
        gone = [who for who, profile in self.profiles.items() if day - profile.last > FORGOTTEN]
        if len(self.profiles) - len(gone) > _MOST_PRINCIPALS:
            ordered = sorted(self.profiles, key=lambda who: (self.profiles[who].last, who))
            gone = ordered[: len(ordered) - _MOST_PRINCIPALS]
        for who in gone:
            self.habits.forget(self.profiles.pop(who))
        rises: dict[str, list[float]] = {}
        for who in sorted(self.profiles):
            profile = self.profiles[who]
            if day - profile.last > LEARNING:
                continue
            for measure in ("sensitive", "fresh", "objects"):
                rise = rise_of(profile.of(measure))
                if rise is not None:
                    rises.setdefault(f"{profile.group} {measure}", []).append(rise)
        self.habits.rises = {name: median(found) for name, found in rises.items() if len(found) >= 8}

    def as_json(self) -> dict[str, Any]:
        """What `detector_of` reads."""
        return {
            "budget": self.budget,
            "numbers": [self.first, self.closed, self.seen, self.alerts, self.late, self.of_services],
            "scores": sorted([step, count] for step, count in self.scores.items()),
            "habits": self.habits.as_json(),
            "profiles": {who: profile.as_json() for who, profile in sorted(self.profiles.items())},
            "open": {
                str(day): {who: tally.as_json() for who, tally in sorted(tallies.items())}
                for day, tallies in sorted(self.open.items())
            },
        }


def detector_of(told: Mapping[str, Any]) -> Detector:
    """A detector as it was kept."""
    first, closed, seen, alerts, late, of_services = told["numbers"]
    return Detector(
        budget=told["budget"],
        first=first,
        closed=closed,
        seen=seen,
        alerts=alerts,
        late=late,
        of_services=of_services,
        scores=dict(told["scores"]),
        habits=habits_of(told["habits"]),
        profiles={who: profile_of(each) for who, each in told["profiles"].items()},
        open={
            int(day): {who: tally_of(each) for who, each in tallies.items()} for day, tallies in told["open"].items()
        },
    )


def usual_of(profile: Profile | None) -> str:
    """What a principal usually does, in words."""
    if profile is None:
        return "it was never seen before"
    usual_hours = [hour for hour in range(24) if profile.hours[hour] + profile.hours[24 + hour] >= 0.2 * profile.days]
    hours = _spans(usual_hours) if usual_hours else "no hours of its own"
    places = sorted(profile.seen["places"].values.items(), key=lambda each: (-each[1][0], each[0]))
    named = ", ".join(name for name, _ in places[:3]) + (f" and {len(places) - 3} more" if len(places) > 3 else "")
    objects = round(expm1(median(profile.of("objects")))) if profile.recent else 0
    weekend = "also on weekends" if profile.kinds_of_day[1] * 5 > profile.days else "seldom on weekends"
    return (
        f"{profile.days} active days since {date.fromordinal(profile.first)}: {hours} UTC, {weekend}, about {objects:,} objects a day, "
        f"of {named or 'no place'}; from {_so_many(profile, 'network')} and {_so_many(profile, 'region')}"
    )


def _so_many(profile: Profile, what: str) -> str:
    number = len(profile.seen[f"{what}s"].values)
    return f"{number} {what}{'s' * (number != 1)}"


def _spans(hours: list[int]) -> str:
    """`8–17, 22`."""
    spans: list[list[int]] = []
    for hour in hours:
        if spans and hour == spans[-1][1] + 1:
            spans[-1][1] = hour
        else:
            spans.append([hour, hour])
    return ", ".join(f"{start}" if start == end else f"{start}–{end}" for start, end in spans)


def _rank(tally: Tally, place: str) -> int:
    return tally.levels.get(place, Level.UNCLASSIFIED).rank
