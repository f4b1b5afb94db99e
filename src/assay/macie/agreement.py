"""Macie against us: what both found, what only one did, object by object and type by type.

That Macie tells nothing of an object does not say that it looked there; that we have not read an object is told apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """What became of one identifier in one object."""

    BOTH = "both"
    ONLY_MACIE = "only_macie"
    ONLY_OURS = "only_ours"
    NOT_READ = "not_read_by_us"
    NO_TYPE = "no_type_in_macie"


class Seen(NamedTuple):
    """What was found in an object: counts by identifier. `ours` is `None` where we have not read it, `bucket` its bucket."""

    resource: str
    bucket: str
    macie: Mapping[str, int]
    ours: Mapping[str, int] | None


class Line(NamedTuple):
    """One identifier in one object."""

    resource: str
    bucket: str
    identifier: str
    verdict: Verdict
    macie: int
    ours: int


@dataclass(slots=True, kw_only=True)
class Counts:
    """How many objects came out so, and how many values each side counted there."""

    objects: Counter[Verdict] = field(default_factory=Counter)
    macie: int = 0
    ours: int = 0

    def add(self, line: Line) -> None:
        self.objects[line.verdict] += 1
        self.macie += line.macie
        self.ours += line.ours

    @property
    def agreement(self) -> float | None:
        """Of what could be compared, the share that both found; `None` where nothing could."""
        compared = sum(self.objects[each] for each in (Verdict.BOTH, Verdict.ONLY_MACIE, Verdict.ONLY_OURS))
        return self.objects[Verdict.BOTH] / compared if compared else None


@dataclass(slots=True, kw_only=True)
class Agreement:
    """The comparison as a whole: `total`, `by_identifier`, `by_bucket`, and every line where the two differ or agree."""

    total: Counts = field(default_factory=Counts)
    by_identifier: dict[str, Counts] = field(default_factory=dict)
    by_bucket: dict[str, Counts] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)


def compare(seen: Iterable[Seen], *, has_type: Mapping[str, bool]) -> Agreement:
    """`has_type` says of each identifier whether Macie has a type that means it, or was given one."""
    found = Agreement()
    for each in seen:
        for name in sorted({*each.macie, *(each.ours or {})}):
            line = Line(
                each.resource,
                each.bucket,
                name,
                _verdict(each, name, has_type),
                each.macie.get(name, 0),
                (each.ours or {}).get(name, 0),
            )
            found.lines.append(line)
            for counts in (
                found.total,
                found.by_identifier.setdefault(name, Counts()),
                found.by_bucket.setdefault(each.bucket, Counts()),
            ):
                counts.add(line)
    return found


def _verdict(seen: Seen, name: str, has_type: Mapping[str, bool]) -> Verdict:
    if seen.ours is None:
        return Verdict.NOT_READ
    if name in seen.macie:
        return Verdict.BOTH if name in seen.ours else Verdict.ONLY_MACIE
    return Verdict.ONLY_OURS if has_type.get(name, False) else Verdict.NO_TYPE
