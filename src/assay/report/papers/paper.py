"""A paper: what is said, counted and listed, before it is a page, a document or a table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from assay.model import Level

Cell: TypeAlias = str | int | float | Level | None
"""What stands in a table. `None` is what is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table. `name` is what programs and `--table` call it."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a paper: sentences, then bars (a label and a number each), then a table. `is_bad` is what somebody has to see to."""

    title: str
    said: tuple[str, ...] = ()
    bars: tuple[tuple[str, int], ...] = ()
    grid: Grid | None = None
    is_bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number that is told first, and what it is of."""

    title: str
    number: str
    of: str = ""
    is_bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A report. `about` is what it is of, `limits` what it cannot say; a reader has to know both."""

    name: str
    title: str
    about: str
    made_at: datetime
    numbers: tuple[Number, ...]
    parts: tuple[Part, ...]
    limits: tuple[str, ...] = field(default=())

    def grids(self) -> Iterator[Grid]:
        """Its tables, the main one first."""
        for part in self.parts:
            if part.grid is not None:
                yield part.grid


def listed(names: tuple[str, ...] | list[str], most: int = 4) -> str:
    """A few names in a sentence, and how many more there are."""
    if not names:
        return "none"
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most:,} more"


def levels_first(counts: dict[str, int]) -> tuple[tuple[str, int], ...]:
    """Counts by level, the highest level first."""
    return tuple((level.value, counts[level.value]) for level in Level if counts.get(level.value))
