"""Times on a command line: a date, a date and time, or so long ago."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

_AGO = re.compile(r"(\d{1,5})\s*([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class WhenType(click.ParamType[str]):
    """A time as the catalog stores it: UTC, so that it is in order as text."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip()
        ago = _AGO.fullmatch(text)
        try:
            if ago is not None:
                at = datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            else:
                at = datetime.fromisoformat(text)
            # A time without a zone is that of this machine, and so is a date.
            return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        except (ValueError, OverflowError):
            return self.fail(f"'{text}' is no time; write 2024-05-01, 2024-05-01T12:00, or 30d, 12h ago", param, ctx)


def moment_of(stored: str) -> datetime:
    """What `WhenType` gives, as a time."""
    return datetime.strptime(stored, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def shown(moment: str | None) -> str:
    """A stored time for people, to the second, in UTC."""
    return "–" if moment is None else f"{moment[:10]} {moment[11:19]}"
