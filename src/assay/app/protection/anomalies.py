"""Unusual access, from the files of a trail: each file is read once, in the order of time, and what was learnt is kept in a file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import orjson

from assay.app.protection.trails import LogFile, Trail, UnreadError
from assay.errors import UsageError, unwritable
from assay.events.accesses import Access, access_of
from assay.model import Level
from assay.protect.anomaly.detector import BUDGET, Alert, Detector, detector_of
from assay.sources.s3.address import uri_of
from assay.store.classified import levels_at, levels_below
from assay.store.engine import Catalog

_VERSION = 2
_BEHIND_DAYS = 3
"""Files come by name in the order of time but for hours: names older than this below the newest one are not remembered."""
_LATEST_EVENTS = 1_000_000
_AT_ONCE = 500


@dataclass(kw_only=True)
class Kept:
    """What is kept between two runs: the detector, the newest moment of a file, and which files of the last days were read."""

    detector: Detector
    newest: str = ""
    read: set[str] = field(default_factory=set)

    def is_read(self, file: LogFile) -> bool:
        """Whether it was read, or is so old that it cannot be told."""
        return file.name in self.read or bool(self.newest and file.at[:8] < _days_before(self.newest))

    def note(self, file: LogFile) -> None:
        """It was read."""
        self.read.add(file.name)
        self.newest = max(self.newest, file.at)

    def forget(self) -> None:
        """Names that are too old to be asked for."""
        if self.newest:
            oldest = _days_before(self.newest)
            self.read = {name for name in self.read if name.rpartition("_")[0].rpartition("_")[2][:8] >= oldest}


def _days_before(at: str) -> str:
    day = date.fromisoformat(f"{at[:4]}-{at[4:6]}-{at[6:8]}")
    return date.fromordinal(max(1, day.toordinal() - _BEHIND_DAYS)).strftime("%Y%m%d")


def load(file: Path | None, budget: float | None) -> Kept:
    """What a file keeps; nothing yet where there is none. Raises `UsageError` for one that is something else."""
    if file is None or not file.exists():
        return Kept(detector=Detector(budget=BUDGET if budget is None else budget))
    try:
        told = orjson.loads(file.read_bytes())
        if told["kind"] != "assay access habits" or told["version"] != _VERSION:
            raise ValueError
        kept = Kept(detector=detector_of(told["detector"]), newest=told["newest"], read=set(told["read"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise UsageError(
            f"{file}: is no file of habits that this version can read; give another one, and read the trail again"
        ) from None
    if budget is not None:
        kept.detector.budget = budget
    return kept


def save(kept: Kept, file: Path) -> None:
    """Writes what is known now, whole or not at all; only its owner may read it, since it tells of persons."""
    kept.forget()
    told = {
        "kind": "assay access habits",
        "version": _VERSION,
        "newest": kept.newest,
        "read": sorted(kept.read),
        "detector": kept.detector.as_json(),
    }
    beside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(orjson.dumps(told))
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(file)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(unwritable(file, error)) from None


@dataclass(kw_only=True)
class Reading:
    """Reads what of a trail is new. `gaps` are files that could not be read, each with why; `odd` counts records that are none of
    accesses. `levels` say how sensitive what was accessed is."""

    kept: Kept
    trail: Trail
    levels: Levels
    on_file: Callable[[int], None] = lambda _: None
    gaps: list[tuple[str, str]] = field(default_factory=list)
    files: int = 0
    records: int = 0
    odd: int = 0
    twice: int = 0

    def alerts(self, *, until_end: bool = False) -> Iterator[Alert]:
        """Alerts on days that are over, the oldest first; with `until_end` also on those that are not."""
        detector = self.kept.detector
        events: set[int] = set()
        for file in self.trail.files():
            if self.kept.is_read(file):
                continue
            try:
                records = self.trail.records(file)
            except UnreadError as error:
                self.gaps.append((file.name, str(error)))
                continue
            self._add(records, detector, events)
            self.kept.note(file)
            self.files += 1
            self.on_file(self.files)
            day = date.fromisoformat(f"{file.at[:4]}-{file.at[4:6]}-{file.at[6:8]}").toordinal()
            if len(events) > _LATEST_EVENTS:
                events.clear()
            yield from detector.close(day, int(file.at[9:11]))
        if until_end:
            yield from detector.close_all()

    def _add(self, records: Sequence[Mapping[str, Any]], detector: Detector, events: set[int]) -> None:
        found: list[Access] = []
        for record in records:
            self.records += 1
            access = access_of(record)
            if access is None:
                self.odd += 1
                continue
            # A record is told of at least once, and by each of several trails.
            if access.event:
                mark = hash(access.event)
                if mark in events:
                    self.twice += 1
                    continue
                events.add(mark)
            found.append(access)
        levels = self.levels.of(found)
        for access in found:
            detector.add(access, levels.get(_uri(access), levels.get(access.place, Level.UNCLASSIFIED)))


class Levels:
    """How sensitive what is accessed is, as the catalog knows it: of an object itself, else the highest of what lies in its place."""

    def __init__(self, catalog: Catalog | None) -> None:
        self._catalog = catalog
        self._places: dict[str, Level] = {}

    def of(self, accesses: Sequence[Access]) -> Mapping[str, Level]:
        """Levels by URI, of objects that are known and of all places."""
        if self._catalog is None:
            return {}
        new = sorted({access.place for access in accesses if access.place} - self._places.keys())
        items = sorted({_uri(access) for access in accesses if access.item})
        told: dict[str, Level] = {}
        with self._catalog.reading() as connection:
            for place in new:
                found = levels_below(connection, place)
                self._places[place] = max(found, key=lambda level: level.rank, default=Level.UNCLASSIFIED)
            for at in range(0, len(items), _AT_ONCE):
                told |= levels_at(connection, items[at : at + _AT_ONCE])
        return {**self._places, **told}


def _uri(access: Access) -> str:
    """What was accessed, as a scan names it."""
    bucket = access.place.removeprefix("s3://")
    return access.place if bucket == access.place else uri_of(bucket, access.item)
