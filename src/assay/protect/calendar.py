"""When changes may be made: within windows, where there are any, and never in quiet hours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import NamedTuple

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORM = re.compile(
    r"(?:(?P<days>[a-z]{3}(?:-[a-z]{3})?(?:,[a-z]{3}(?:-[a-z]{3})?)*)\s+)?(?P<begin>\d\d:\d\d)-(?P<end>\d\d:\d\d)"
)
_MIDNIGHT = "24:00"


class Hours(NamedTuple):
    """Hours of some days of the week. `text` is as they were written; those that pass midnight are of the day on which they begin."""

    text: str
    days: frozenset[int]
    begin: time
    lasts: timedelta


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """Windows in which changes may be made (none: always), quiet hours in which none are, and whose clock counts."""

    windows: Sequence[Hours] = ()
    quiet: Sequence[Hours] = ()
    zone: tzinfo = field(default=UTC)

    def closed(self, now: datetime) -> str:
        """Why nothing may be changed at that moment; empty where it may."""
        local = now.astimezone(self.zone)
        quiet = next((hours for hours in self.quiet if _holds(hours, local)), None)
        if quiet is not None:
            return f"these are quiet hours ({quiet.text})"
        if self.windows and not any(_holds(hours, local) for hours in self.windows):
            return f"it waits for a change window ({', '.join(hours.text for hours in self.windows)})"
        return ""


def hours_of(text: str) -> Hours:
    """Hours as people write them: `mon-fri 09:00-17:00`, `sat,sun 00:00-24:00`, `22:00-06:00` of every day. Raises `ValueError`
    that completes 'KEY …'.

    >>> found = hours_of("fri,sat 22:00-06:00")
    >>> sorted(found.days), found.begin.hour, found.lasts.total_seconds() / 3600
    ([4, 5], 22, 8.0)
    """
    found = _FORM.fullmatch(" ".join(text.lower().split()))
    if found is None:
        raise ValueError(f"holds '{text}', which is no hours; write them as 'mon-fri 09:00-17:00' or '22:00-06:00'")
    days = frozenset(_days(found["days"], text)) if found["days"] else frozenset(range(len(DAYS)))
    begin = _time(found["begin"], text)
    end = timedelta(hours=24) if found["end"] == _MIDNIGHT else _since_midnight(_time(found["end"], text))
    lasts = end - _since_midnight(begin)
    if lasts <= timedelta(0):
        lasts += timedelta(days=1)
    return Hours(text, days, begin, lasts)


def _days(names: str, text: str) -> Iterator[int]:
    for part in names.split(","):
        first, _, last = part.partition("-")
        for name in (first, last or first):
            if name not in DAYS:
                raise ValueError(f"holds '{text}': '{name}' is no day; the days are {', '.join(DAYS)}")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        # fri-mon passes the end of the week.
        yield from (number % len(DAYS) for number in range(begin, end + 1 + (len(DAYS) if end < begin else 0)))


def _time(written: str, text: str) -> time:
    hours, minutes = map(int, written.split(":"))
    if hours > 23 or minutes > 59:
        raise ValueError(f"holds '{text}': {written} is no time; they are from 00:00 to 24:00")
    return time(hours, minutes)


def _since_midnight(moment: time) -> timedelta:
    return timedelta(hours=moment.hour, minutes=moment.minute)


def _holds(hours: Hours, local: datetime) -> bool:
    for back in (0, 1):
        day = (local - timedelta(days=back)).date()
        # By the clock on the wall, also on days on which that is put forward or back.
        passed = local.replace(tzinfo=None) - datetime.combine(day, hours.begin)
        if day.weekday() in hours.days and timedelta(0) <= passed < hours.lasts:
            return True
    return False
