"""The settings of watching over protection: when changes may be made, and what is left alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from assay.app.config.keys import Key, WrongError, as_it_is, texts


def _hours(value: Any, base: Path) -> tuple[str, ...]:
    from assay.protect.calendar import hours_of  # only where some are written

    return _checked(value, base, hours_of)


def _tags(value: Any, base: Path) -> tuple[str, ...]:
    def check(text: str) -> None:
        if not all(part.strip() for part in text.partition("=")[::2]):
            raise ValueError(f"holds '{text}', which is no tag; write it as KEY=VALUE")

    return _checked(value, base, check)


def _checked(value: Any, base: Path, check: Callable[[str], object]) -> tuple[str, ...]:
    found = texts(value, base)
    for text in found:
        try:
            check(text)
        except ValueError as error:
            raise WrongError(str(error)) from None
    return found


def _apart(text: str) -> list[str]:
    """The items of a list in a variable: hours and tags have colons in them."""
    return [part for part in map(str.strip, text.split(";")) if part]


def _zone(value: Any, _base: Path) -> str:
    from zoneinfo import ZoneInfo  # only where one is written

    try:
        return ZoneInfo(value).key
    except (KeyError, ValueError, TypeError, OSError):
        raise WrongError("must be a time zone such as Europe/Berlin") from None


WATCH_KEYS = (
    Key(
        name="change_windows",
        kind="list of hours",
        help="When 'assay protect watch' may change something, e.g. mon-fri 09:00-17:00. Without one: always. In a variable several are separated by semicolons.",
        default="[]",
        parse=_hours,
        from_text=_apart,
    ),
    Key(
        name="quiet_hours",
        kind="list of hours",
        help="When 'assay protect watch' changes nothing, whatever the windows say, e.g. 22:00-06:00.",
        default="[]",
        parse=_hours,
        from_text=_apart,
    ),
    Key(
        name="time_zone",
        kind="time zone",
        help="Whose clock windows and quiet hours go by, e.g. Europe/Berlin.",
        default="UTC",
        parse=_zone,
        from_text=as_it_is,
    ),
    Key(
        name="leave_alone",
        kind="list of KEY=VALUE",
        help="Tags, globs in their values, of resources that protection leaves alone; that it does is told.",
        default='["assay:protect=off"]',
        parse=_tags,
        from_text=_apart,
    ),
)
