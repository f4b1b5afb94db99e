"""When changes may be made: windows, quiet hours, nights that pass midnight, and days on which the clock is put."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from assay.protect.calendar import Calendar, hours_of

MONDAY = datetime(2026, 11, 30, tzinfo=UTC)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of the week that begins on a Monday."""
    return (
        MONDAY.replace(hour=hour, minute=minute, day=30)
        if day == 0
        else datetime(2026, 12, day, hour, minute, tzinfo=UTC)
    )


def calendar(*windows: str, quiet: tuple[str, ...] = (), zone: str = "UTC") -> Calendar:
    return Calendar(
        windows=[hours_of(text) for text in windows], quiet=[hours_of(text) for text in quiet], zone=ZoneInfo(zone)
    )


def test_without_windows_it_is_always_open() -> None:
    assert calendar().closed(at(0, 3)) == ""


def test_a_window_begins_with_its_first_minute_and_ends_before_its_last() -> None:
    working = calendar("mon-fri 09:00-17:00")
    assert [bool(working.closed(moment)) for moment in (at(0, 8, 59), at(0, 9), at(0, 16, 59), at(0, 17))] == [
        True, False, False, True,
    ]  # fmt: skip
    assert working.closed(at(5, 12)) == "it waits for a change window (mon-fri 09:00-17:00)"
    assert working.closed(at(4, 12)) == ""


def test_a_night_is_of_the_day_on_which_it_begins() -> None:
    # 2026-12-04 is a Friday.
    nights = calendar("fri 22:00-06:00")
    assert [bool(nights.closed(moment)) for moment in (at(4, 21), at(4, 22), at(5, 5, 59), at(5, 6), at(5, 22))] == [
        True, False, False, True, True,
    ]  # fmt: skip
    assert calendar("fri-mon 00:00-24:00").closed(at(0, 12)) == ""
    assert calendar("fri-mon 00:00-24:00").closed(at(1, 12)) != ""


def test_quiet_hours_count_before_windows() -> None:
    both = calendar("mon-fri 09:00-17:00", "sat 09:00-12:00", quiet=("12:00-13:00",))
    assert both.closed(at(0, 12, 30)) == "these are quiet hours (12:00-13:00)"
    assert both.closed(at(0, 13)) == ""
    assert both.closed(at(5, 10)) == ""


def test_the_clock_is_that_of_the_zone() -> None:
    berlin = calendar("mon-fri 09:00-17:00", zone="Europe/Berlin")
    assert berlin.closed(at(0, 8)) == ""
    assert berlin.closed(at(0, 16)) != ""
    # In summer it is two hours ahead.
    assert berlin.closed(datetime(2026, 7, 1, 7, 0, tzinfo=UTC)) == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("09-17", "is no hours"),
        ("mon 25:00-26:00", "25:00 is no time"),
        ("mon-fre 09:00-17:00", "'fre' is no day"),
        ("09:60-17:00", "09:60 is no time"),
        ("", "is no hours"),
        ("mon,09:00-17:00", "is no hours"),
    ],
)
def test_what_is_no_hours_is_told(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        hours_of(text)
