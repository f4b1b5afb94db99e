"""How a day differs from what its principal usually does: each difference with how surprising it is, in bits, and what it touches.

A difference that the principal has often, or that many others have, is no surprise. Differences of one family (how much, what, from
where, when, by what means, rising) tell the same thing: the most surprising of each counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import exp, expm1, log, log2, sqrt
from statistics import median

from assay.events.accesses import Verb, verb_of
from assay.model import Level
from assay.protect.anomaly.habits import COLD, Habits
from assay.protect.anomaly.profile import MEASURES, SELDOM, YOUNG, Profile, is_weekend, quantile
from assay.protect.anomaly.tally import OTHER, WEIGHTS, Tally

RISING = "rising"
_MOST_BITS = 14.0
_SPAN, _BEFORE, _LONGEST = 14, 28, 56
"""Active days that a slow rise is looked for in, and those before that it is compared with."""
_LN2 = 0.6931


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One difference. `family` is what it is of, `bits` how surprising it is, `level` how sensitive is what it touched."""

    family: str
    name: str
    bits: float
    level: Level
    told: str

    @property
    def score(self) -> float:
        return self.bits * WEIGHTS[self.level]


def deviations(tally: Tally, measures: Sequence[float], day: int, profile: Profile, habits: Habits) -> list[Deviation]:
    """All differences of a day from the habits before it, the most telling first. A principal that is new has an empty profile."""
    numbers = dict(zip(MEASURES, measures, strict=True))
    found = list(_differences(tally, numbers, day, profile, habits))
    return sorted((each for each in found if each.bits >= 0.5), key=lambda each: (-each.score, each.name, each.told))


def families_of(found: Sequence[Deviation]) -> dict[str, float]:
    """The strength of each family: that of its most telling difference."""
    best: dict[str, float] = {}
    for each in found:
        best[each.family] = max(best.get(each.family, 0.0), each.score)
    return best


def still(families: Mapping[str, float], told: Mapping[str, Sequence[float]], day: int) -> dict[str, float]:
    """What is left of families that were told of a principal lately, by `(day, strength)`: what goes on is no news, what grows is."""
    left = {}
    for family, score in families.items():
        at, strength = told.get(family, (0, 0.0))
        left[family] = max(0.0, score - strength * max(0.0, 1 - (day - at) / _QUIET))
    return left


_QUIET = 28


def score_of(
    families: Mapping[str, float], group: str, habits: Habits, others: Sequence[Mapping[str, float]] = ()
) -> float:
    """How unusual a day is by the strengths of its families. They are not independent (who travels comes from elsewhere, at another
    hour): of all but the first a share counts. `others` are those of the group on the same day."""
    bits = []
    for family, score in families.items():
        beside = sum(1 for other in others if other.get(family, 0.0) >= 0.7 * score) - 1
        bits.append(habits.surprise(group, family, score, max(0, beside)))
    bits.sort(reverse=True)
    return sum(each * share for each, share in zip(bits, _SHARES, strict=False))


_SHARES = (1.0, 0.5, 0.25, 0.12, 0.06, 0.03)


def _differences(
    tally: Tally, numbers: Mapping[str, float], day: int, profile: Profile, habits: Habits
) -> Iterator[Deviation]:
    yield from _amounts(tally, numbers, profile, habits)
    if profile.days < YOUNG:
        return
    for dimension, (family, what) in _NEW.items():
        yield from _novelties(tally, profile, habits, dimension, family, what)
    yield from _breadth(tally, numbers, profile)
    yield from _hours(tally, numbers, day, profile, habits)
    yield from _denials(tally, profile)
    yield from _rises(tally, numbers, profile, habits)
    yield from _strangeness(tally, numbers, profile)


_NEW = {
    "regions": ("where from", "region"),
    "networks": ("where from", "network"),
    "agents": ("where from", "program"),
    "actions": ("means", "operation"),
    "places": ("what", "place"),
}
_AMOUNTS = {
    "sensitive": "objects of sensitive places read",
    "fresh": "objects of sensitive places read that it had never read before",
    "objects": "objects read",
    "bytes": "bytes read",
    "deletes": "deletions",
}


def _amounts(tally: Tally, numbers: Mapping[str, float], profile: Profile, habits: Habits) -> Iterator[Deviation]:
    """More than on any day that is remembered, and how far beyond what varies usually."""
    for measure, what in _AMOUNTS.items():
        now = numbers[measure]
        if now <= 0:
            continue
        if profile.days < YOUNG:
            # Nobody knows yet what is usual for it, only for those that are new.
            if measure != "fresh":
                bits = habits.rarity(profile.group, measure, now)
                told = f"{_number(now)} {what}: more than on {_share(bits)} of first days of others"
                yield Deviation(family="how much", name=measure, bits=0.7 * bits, level=tally.level, told=told)
            continue
        before = profile.of(measure)
        top, usual = max(before), median(before)
        # One busy day that was should not hide another for months.
        high = quantile(before, 0.95)
        spread = max(0.25, quantile(before, 0.9) - usual)
        beyond = (now - high) / spread
        if beyond <= 0:
            continue
        bits = 1.0 + 1.2 * beyond + 1.0 * (now - high) / _LN2
        if now <= top:
            bits *= 0.5
        bits *= _warmth(profile, numbers, 1)
        # A few more than none is no amount.
        bits *= min(1.0, now / 3.5) if measure != "bytes" else min(1.0, now / 14)
        told = f"{_number(now)} {what}, at most {_number(top)} on {len(before)} days before, usually {_number(usual)}"
        yield Deviation(family="how much", name=measure, bits=min(20.0, bits), level=tally.level, told=told)


def _novelties(
    tally: Tally, profile: Profile, habits: Habits, dimension: str, family: str, what: str
) -> Iterator[Deviation]:
    seen = profile.seen[dimension]
    counts: Mapping[str, int] = getattr(tally, dimension)
    for name in sorted(counts):
        if not name or name == OTHER or name in seen.values:
            continue
        share, alone = habits.novelty(profile.group, dimension, name)
        # How often something is new to it; as often as to its group where it is young.
        own = (max(0, seen.surprises - 1) + 20 * share) / (profile.days + 20)
        bits = -log2(own) - log2(alone) * (0.5 if dimension == "places" else 1.0)
        if dimension == "networks" and not seen.values.keys() & counts.keys():
            bits *= _ELSEWHERE
        elif dimension == "agents":
            # Whoever has credentials can call a program as he likes, and programs change.
            bits = min(5.0, 0.6 * bits)
        elif dimension == "actions":
            bits *= _BY_VERB.get(verb_of(name), 0.7)
        # Where others have a place, whoever is new to it is given other work, mostly.
        bits *= 0.8 if dimension == "places" and alone == 1.0 else 1.0
        # Once is less than all day; and of one that is young much is new.
        bits *= min(1.0, 0.5 + 0.5 * log(counts[name]) / log(20)) if dimension == "places" else 1.0
        bits *= min(1.0, profile.days / 20)
        level = tally.levels.get(name, tally.level)
        where = f" ({level})" if dimension == "places" else ""
        told = f"{what} {name}{where} is new to it, after {profile.days} days; {habits.known_by(dimension, name)}"
        yield Deviation(family=family, name=what, bits=min(_MOST_BITS, bits), level=level, told=told)


_BY_VERB = {Verb.CONTROL: 1.4, Verb.DELETE: 1.1, Verb.READ: 1.0, Verb.LIST: 0.6}
"""How much an operation counts that a principal never made: what changes rights is a step up."""


def _breadth(tally: Tally, numbers: Mapping[str, float], profile: Profile) -> Iterator[Deviation]:
    """Many parts of places that it had never been at, on one day."""
    news = round(expm1(numbers["news"]))
    before = [round(expm1(value)) for value in profile.of("news")[YOUNG // 2 :]]
    top = max(before, default=0)
    if news < 4 or news <= top:
        return
    bits = min(_MOST_BITS, 2.0 * log2((news + 1) / (top + 1)))
    told = f"{news} parts of places that it was never at, at most {top} on a day before"
    yield Deviation(family="what", name="breadth", bits=bits, level=tally.level, told=told)


_ELSEWHERE = 0.6


def _hours(
    tally: Tally, numbers: Mapping[str, float], day: int, profile: Profile, habits: Habits
) -> Iterator[Deviation]:
    """Hours at which it is not active, nor in the hours before or after, and how much it read then; weekends where it has them."""
    weekend = 0.0
    if is_weekend(day) and profile.kinds_of_day[0] >= 20:
        chance = (profile.kinds_of_day[1] + 0.5) / (profile.days + 1)
        weekend = -log2(min(1.0, chance * 3.5))
        told = f"active on a weekend, as on {profile.kinds_of_day[1]} of {profile.days} days"
        yield Deviation(family="when", name="weekend", bits=weekend, level=tally.level, told=told)
    odd = {hour: -log2(profile.share_at(hour)) for hour in tally.hours}
    bits, hour = max((each, hour) for hour, each in odd.items())
    if bits < 2.0:
        return
    many = sum(tally.hours[each] for each in odd if profile.share_at(each) < SELDOM) or tally.hours[hour]
    told = f"active at {hour:02}:00 UTC, as on {profile.at_hour(hour)} of {profile.days} days; {many} accesses at such hours"
    read = numbers["odd"]
    if not read:
        # Whoever is elsewhere has other hours for all that he does.
        bits *= _ELSEWHERE * 0.7
    else:
        before = profile.of("odd")
        # Nights on call and late work are had by many, and little is read in them.
        as_much = sum(1 for value in before if value >= read - 0.3)
        own = -log2((as_much + 0.5) / (len(before) + 1))
        bits = 0.35 * bits + 0.35 * own + 0.6 * habits.rarity(profile.group, "odd", read) + 0.3 * weekend
        # Once or twice is nothing much, nor is an hour in the evening after a long day: a second working day beside the first is.
        share = expm1(read) / max(expm1(read), sum(tally.sensitive_hours.values()))
        bits *= min(1.0, 0.3 + 0.7 * read / log(8)) * min(1.0, 0.5 + 1.7 * share)
    yield Deviation(family="when", name="hour", bits=min(_MOST_BITS, bits), level=tally.level, told=told)


def _denials(tally: Tally, profile: Profile) -> Iterator[Deviation]:
    top = round(expm1(max(profile.of("denied"))))
    if tally.denied >= 3 and tally.denied > top:
        bits = min(_MOST_BITS, 2.0 + 1.5 * log2((tally.denied + 1) / (top + 1)))
        told = f"{tally.denied} accesses were denied, at most {top} on a day before"
        yield Deviation(family="means", name="denied", bits=bits, level=tally.level, told=told)


def _rises(tally: Tally, numbers: Mapping[str, float], profile: Profile, habits: Habits) -> Iterator[Deviation]:
    """More on most of the last days than before, though on no day very much; what rises for its whole group is growth."""
    if len(profile.recent) < _SPAN + _BEFORE:
        return
    for measure in ("sensitive", "fresh", "objects"):
        values = [*profile.of(measure), numbers[measure]]
        late, early = values[-_SPAN:], values[:-_SPAN][-_LONGEST:]
        rise = _middle(late) - _middle(early)
        growth = max(0.0, habits.growth(profile.group, measure))
        means = [_middle(early[at : at + 7]) for at in range(0, len(early) - 6, 7)]
        # Busy weeks come in a row: what whole weeks vary by counts as well as what days do.
        weeks = max(means) - min(means)
        error = sqrt(max(0.12, _deviation(early)) ** 2 * (1 / len(late) + 1 / len(early)) + (weeks / 4) ** 2)
        beyond = (rise - growth) / error
        if beyond <= 1 or _middle(late) < 1.2 or _middle(late) <= max(means):
            continue
        told = f"{_AMOUNTS[measure]}: {exp(rise):.1f} times as many on the last {_SPAN} active days as on {len(early)} before"
        # What rises by a third is no flight of data, however sure it is.
        bits = min(_MOST_BITS, 2 * beyond) * min(1.0, rise / 0.8) * (0.6 if measure == "objects" else 1.0)
        bits *= _warmth(profile, numbers, _SPAN)
        yield Deviation(family=RISING, name=f"rising {measure}", bits=bits, level=tally.level, told=told)


def _strangeness(tally: Tally, numbers: Mapping[str, float], profile: Profile) -> Iterator[Deviation]:
    """A larger share than before of what it reads are things that nobody had read for long: by that copying differs from work, at any pace."""
    watched, cold = ([*profile.of(name), numbers[name]] for name in ("watched", "cold"))
    if len(watched) <= _SPAN + _BEFORE:
        return
    early = list(zip(watched[:-_SPAN], cold[:-_SPAN], strict=True))[-_LONGEST:]
    for span, least in ((1, 8), (_SPAN, 16)):
        late, of_late = sum(cold[-span:]), sum(watched[-span:])
        if of_late < least:
            continue
        part = 7 if span == 1 else _SPAN
        shares = []
        for at in range(0, len(early) - part + 1, max(1, part // 2)):
            of_part = sum(number for number, _ in early[at : at + part])
            if of_part >= least / 2:
                shares.append(sum(number for _, number in early[at : at + part]) / of_part)
        if len(shares) < 3:
            continue
        usual, now = sum(number for _, number in early) / sum(number for number, _ in early), late / of_late
        spread = max(shares) - min(shares)
        likely = min(0.95, max(0.05, usual))
        error = sqrt(likely * (1 - likely) / of_late * 1.5 + (spread / 3) ** 2 + 0.0004)
        beyond = (now - usual) / error
        if beyond > 1 and now > max(shares):
            when = "this day" if span == 1 else f"the last {_SPAN} active days"
            told = (
                f"{100 * now:.0f}% of the sensitive objects that it read on {when} nobody had read for {COLD} days, "
                f"{100 * usual:.0f}% before that"
            )
            bits = min(_MOST_BITS, 2 * beyond)
            yield Deviation(family="strange", name="cold", bits=bits, level=tally.level, told=told)


def _warmth(profile: Profile, numbers: Mapping[str, float], span: int) -> float:
    """How much an amount counts by what is read: more of what others read as well is work, more often than what nobody reads is."""
    watched, cold = ([*profile.of(name), numbers[name]] for name in ("watched", "cold"))
    late, early = sum(watched[-span:]), sum(watched[:-span])
    if late < _FEW or early < _FEW:
        return 1.0
    return 1.0 if sum(cold[-span:]) / late > sum(cold[:-span]) / early + 0.05 else _WARM


_FEW, _WARM = 10, 0.75


def rise_of(values: list[float]) -> float | None:
    """By how much a measure was more on the last days than before, as a logarithm; `None` of too few days."""
    if len(values) < _SPAN + _BEFORE:
        return None
    return _middle(values[-_SPAN:]) - _middle(values[:-_SPAN][-_LONGEST:])


def _middle(values: Sequence[float]) -> float:
    """The mean of the middle half: nearly as sure as a mean, nearly as robust as a median."""
    ordered = sorted(values)
    cut = len(ordered) // 4
    kept = ordered[cut : len(ordered) - cut]
    return sum(kept) / len(kept)


def _deviation(values: Sequence[float]) -> float:
    middle = median(values)
    return 1.4826 * median([abs(value - middle) for value in values])


def _number(value: float) -> str:
    return f"{round(expm1(value)):,}"


def _share(bits: float) -> str:
    return f"{100 * (1 - 2.0**-bits):.1f}%"
