"""Who accessed a resource lately, by the habits that `assay protect anomalies --habits` learnt from the logs of a trail."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from assay.app.protection.anomalies import load
from assay.aws.arn import parse
from assay.errors import UsageError

DAYS = 90


class Accesses(NamedTuple):
    """Who accessed each place within `DAYS` days of `until`, the newest day that was learnt, who did so on most days first; places as
    accesses call them. What came after that day is not known."""

    until: str = ""
    by: Mapping[str, tuple[str, ...]] = MappingProxyType({})


def lately(file: Path) -> Accesses:
    """What a file of habits tells of that. Raises `UsageError` where the file is not there or none of these."""
    if not file.exists():
        raise UsageError(f"{file}: no such file; 'assay protect anomalies TRAIL --habits {file}' makes one")
    profiles = load(file, None).detector.profiles
    newest = max((profile.last for profile in profiles.values()), default=date.min.toordinal())
    found: dict[str, list[tuple[int, str]]] = {}
    for who, profile in profiles.items():
        for place, (days, last) in profile.seen["places"].values.items():
            if newest - last < DAYS:
                found.setdefault(place, []).append((-days, who))
    by = {place: tuple(who for _, who in sorted(each)) for place, each in sorted(found.items())}
    return Accesses(date.fromordinal(newest).isoformat(), by)


def of(accesses: Accesses, resource: str) -> tuple[str, ...]:
    """Those of a resource; a table is called by its name in most accesses."""
    found = accesses.by
    if not resource.startswith("arn:"):
        return found.get(resource, ())
    arn = parse(resource)
    named = found.get(f"dynamodb://{arn.name}", ()) if arn.service == "dynamodb" else ()
    return tuple(dict.fromkeys([*found.get(resource, ()), *named]))
