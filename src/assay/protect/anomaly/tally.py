"""What one principal did on one day, in bounded memory. Adding is commutative, so that the order of records does not matter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from heapq import heapify, heappushpop
from typing import Any

from assay.events.accesses import Access, Verb, Who
from assay.model import Level

_MOST = 256
"""Different values that are told apart of regions, networks, places, …; what comes after them is counted under one name."""
OTHER = "(others)"
_KEPT = 256
_SPACE = 2.0**64

WEIGHTS: Mapping[Level, float] = {
    Level.RESTRICTED: 1.0,
    Level.CONFIDENTIAL: 0.8,
    Level.INTERNAL: 0.5,
    Level.UNCLASSIFIED: 0.5,
    Level.PUBLIC: 0.2,
}
"""How much a deviation counts by the sensitivity of what it touches."""


class Distinct:
    """How many different things were seen: exact up to `kept`, then an estimate from the smallest hashes (of 256: 6 %).

    Bar-Yossef et al., Counting Distinct Elements in a Data Stream (2002).
    """

    __slots__ = ("_heap", "_kept", "_seen")

    def __init__(self, hashes: list[int] | None = None, *, kept: int = _KEPT) -> None:
        self._kept = kept
        self._seen = set(hashes or ())
        self._heap = [-value for value in self._seen]
        heapify(self._heap)

    def add(self, value: int) -> None:
        """A hash of 64 bits."""
        if value in self._seen:
            return
        if len(self._heap) < self._kept:
            self._seen.add(value)
            self._heap.append(-value)
            if len(self._heap) == self._kept:
                heapify(self._heap)
        elif value < -self._heap[0]:
            self._seen.discard(-heappushpop(self._heap, -value))
            self._seen.add(value)

    def __contains__(self, value: int) -> bool:
        return value in self._seen

    def tells(self, value: int) -> bool:
        """Whether a hash would be among those that are kept, if it had been added."""
        return len(self._heap) < self._kept or value <= -self._heap[0]

    @property
    def count(self) -> int:
        if len(self._heap) < self._kept:
            return len(self._heap)
        return int((self._kept - 1) * _SPACE / -self._heap[0])

    def hashes(self) -> list[int]:
        return sorted(self._seen)


def hashed(text: str) -> int:
    """64 bits of a text."""
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


@dataclass(slots=True, kw_only=True)
class Tally:
    """A principal's day. `places` has how often each was accessed, `levels` the level of each, `units` hashes of places with the first part
    of what was accessed in them. `sensitive` are objects of confidential and restricted places that were read."""

    kind: Who
    accesses: int = 0
    denied: int = 0
    bytes_out: int = 0
    objects: Distinct = field(default_factory=Distinct)
    sensitive: Distinct = field(default_factory=Distinct)
    verbs: dict[str, int] = field(default_factory=dict)
    hours: dict[int, int] = field(default_factory=dict)
    sensitive_hours: dict[int, int] = field(default_factory=dict)
    regions: dict[str, int] = field(default_factory=dict)
    networks: dict[str, int] = field(default_factory=dict)
    agents: dict[str, int] = field(default_factory=dict)
    actions: dict[str, int] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    levels: dict[str, Level] = field(default_factory=dict)
    units: dict[int, int] = field(default_factory=dict)

    def add(self, access: Access, level: Level) -> None:
        """`level` is that of what was accessed."""
        self.accesses += 1
        self.hours[access.hour] = self.hours.get(access.hour, 0) + 1
        _count(self.regions, access.region)
        _count(self.networks, access.network)
        _count(self.agents, access.agent)
        if access.was_denied:
            self.denied += 1
        else:
            self.bytes_out += access.bytes_out
            _count(self.verbs, str(access.verb))
        _count(self.actions, access.action)
        if not access.place:
            return
        place = _count(self.places, access.place)
        known = self.levels.get(place)
        if known is None or level.rank > known.rank:
            self.levels[place] = level
        first = hashed(f"{access.place}/{access.item.partition('/')[0]}")
        if first in self.units or len(self.units) < _MOST:
            self.units[first] = self.units.get(first, 0) + 1
        if access.verb is Verb.READ and not access.was_denied:
            item = hashed(f"{access.place}/{access.item}")
            self.objects.add(item)
            if level.rank >= Level.CONFIDENTIAL.rank:
                self.sensitive.add(item)
                self.sensitive_hours[access.hour] = self.sensitive_hours.get(access.hour, 0) + 1

    @property
    def level(self) -> Level:
        """The highest level that was touched."""
        return max(self.levels.values(), key=lambda level: level.rank, default=Level.UNCLASSIFIED)

    def as_json(self) -> dict[str, Any]:
        """What `tally_of` reads."""
        return {
            "kind": str(self.kind),
            "numbers": [self.accesses, self.denied, self.bytes_out],
            "objects": self.objects.hashes(),
            "sensitive": self.sensitive.hashes(),
            "hours": sorted([hour, count, self.sensitive_hours.get(hour, 0)] for hour, count in self.hours.items()),
            "units": {str(unit): count for unit, count in sorted(self.units.items())},
            "levels": {place: str(level) for place, level in sorted(self.levels.items())},
            **{name: dict(sorted(getattr(self, name).items())) for name in _COUNTED},
        }


_COUNTED = ("verbs", "regions", "networks", "agents", "actions", "places")


def tally_of(told: Mapping[str, Any]) -> Tally:
    """A tally that was kept."""
    accesses, denied, bytes_out = told["numbers"]
    return Tally(
        kind=Who(told["kind"]),
        accesses=accesses,
        denied=denied,
        bytes_out=bytes_out,
        objects=Distinct(told["objects"]),
        sensitive=Distinct(told["sensitive"]),
        hours={hour: count for hour, count, _ in told["hours"]},
        sensitive_hours={hour: count for hour, _, count in told["hours"] if count},
        units={int(unit): count for unit, count in told["units"].items()},
        levels={place: Level(level) for place, level in told["levels"].items()},
        **{name: dict(told[name]) for name in _COUNTED},
    )


def _count(counts: dict[str, int], name: str) -> str:
    """Counts it under its name, or with all others where there are too many. Returns the name."""
    if name not in counts and len(counts) >= _MOST:
        name = OTHER
    counts[name] = counts.get(name, 0) + 1
    return name
