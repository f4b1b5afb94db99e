"""An estate against the catalog: what was never scanned, what was scanned too long ago, what is there no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from urllib.parse import unquote

from assay.aws.uris import Place, ancestors, place_of, root_of, scheme_of
from assay.model import Asset, EstateAsset, EstateState, Level, Scans
from assay.report.printable import counted
from assay.store.estate import SeenResource

# Names that say neither in which account nor in which region they are: two of one name cannot be told apart.
_SHARED = ("dynamodb://", "glue://", "kinesis://")
# What changes all the time, or tells nothing of its changes, and costs little to scan again.
_OBJECTS = frozenset({"s3:bucket", "glue:table", "kinesis:stream", "snowflake:stage"})
_UNREAD = frozenset({"ec2:volume", "ec2:snapshot", "es:domain"})

WasUsed = Callable[[Asset, datetime], bool | None]
"""Whether a resource was used since a time; `None` where that is not known."""


class Ages(NamedTuple):
    """After how many days a scan is stale: of objects and streams, and of databases that changed since; 0 for never."""

    objects: int = 7
    databases: int = 30


@dataclass(slots=True)
class _Below:
    """What the catalog has at or below a URI."""

    resources: int = 0
    last_at: str = ""
    level: Level | None = None

    def take(self, seen: SeenResource) -> None:
        self.resources += 1
        self.last_at = max(self.last_at, seen.seen_at)
        if seen.level is not None and (self.level is None or seen.level.rank > self.level.rank):
            self.level = seen.level


@dataclass(kw_only=True)
class Known:
    """What the catalog knows of an estate: by the URIs of its assets, and by roots that are none of theirs."""

    below: Mapping[str, _Below]
    others: Mapping[str, tuple[Place, _Below]]
    shared: Counter[str] = field(default_factory=Counter)


def known(assets: Iterable[Asset], seen: Iterable[SeenResource]) -> Known:
    """Goes through the catalog once; what is kept of it grows with the estate, not with the catalog."""
    below: dict[str, _Below] = {}
    roots: set[str] = set()
    shared: Counter[str] = Counter()
    for asset in assets:
        for uri in asset.uris:
            key = unquote(uri)
            below.setdefault(key, _Below())
            roots.add(unquote(root_of(uri)))
            shared[key] += 1
    others: dict[str, tuple[Place, _Below]] = {}
    for each in seen:
        uri = unquote(each.uri)
        for key in ancestors(uri):
            if key in below:
                below[key].take(each)
        root = unquote(root_of(each.uri))
        if root in roots:
            continue
        if root in others:
            others[root][1].take(each)
        else:
            place = place_of(each.uri)
            if place is not None:
                others[root] = (place, _Below())
                others[root][1].take(each)
    return Known(below=below, others=others, shared=shared)


def judged(
    asset: Asset, of: Known, ages: Ages, now: datetime, was_used: WasUsed
) -> tuple[EstateState, str, Scans | None]:
    """How far the catalog knows an asset, a sentence on why, and what it has of it."""
    scans = _scans(asset, of)
    if asset.held_by is not None:
        return EstateState.ELSEWHERE, f"its data are those of {asset.held_by}", scans
    if scans is None:
        if _is_unread(asset):
            return EstateState.UNSUPPORTED, "never scanned: no scan reads its kind", None
        return EstateState.DARK, "never scanned" if asset.uris else "never scanned: it has no endpoint", None
    told = [unquote(uri) for uri in asset.uris if of.below[unquote(uri)].resources]
    if all(uri.startswith(_SHARED) and of.shared[uri] > 1 for uri in told):
        return EstateState.UNKNOWN, f"scanned was one of {of.shared[told[0]]} of this name", scans
    age = now - scans.last_at
    days = ages.objects if asset.type in _OBJECTS else ages.databases
    ago = f"last scanned {counted(age.days, 'day')} ago"
    if not days or age <= timedelta(days=days):
        return EstateState.SCANNED, ago, scans
    if asset.type in _OBJECTS:
        return EstateState.STALE, ago, scans
    used = was_used(asset, scans.last_at)
    if used is False:
        return EstateState.SCANNED, f"{ago}; nobody was connected since", scans
    since = "used since" if used else "may have changed since"
    return EstateState.STALE, f"{ago}; {since}", scans


def _is_unread(asset: Asset) -> bool:
    """Whether no scan reads it, wherever it is named: of a Glue table or a stage, the objects that it is of are read."""
    if asset.type in ("glue:table", "snowflake:stage"):
        return not any(uri.startswith("s3://") for uri in asset.uris)
    engine = asset.engine or ""
    is_server = asset.type.startswith("rds:")
    return asset.type in _UNREAD or (is_server and scheme_of(engine) is None)


def gone(of: Known, services: frozenset[str], regions: frozenset[str], incomplete: set[str]) -> Iterator[EstateAsset]:
    """What the catalog has of `services` in `regions`, and the estate has not. Where not all was listed, that is not sure."""
    for root, (place, below) in sorted(of.others.items()):
        if place.service not in services or (place.region is not None and place.region not in regions):
            continue
        sure = place.service not in incomplete
        yield EstateAsset(
            uri=root,
            asset=None,
            state=EstateState.GONE if sure else EstateState.UNKNOWN,
            because="in the catalog, but not in these accounts"
            if sure
            else "in the catalog; not found, but not everything could be listed",
            scans=_of(below),
        )


def _scans(asset: Asset, of: Known) -> Scans | None:
    """Of all its URIs together: a server that has several names may have been scanned by each."""
    found = [each for each in (of.below[unquote(uri)] for uri in asset.uris) if each.resources]
    if not found:
        return None
    last = max(found, key=lambda each: each.last_at)
    levels = [each.level for each in found if each.level is not None]
    return Scans(
        resources=sum(each.resources for each in found),
        last_at=_time(last.last_at),
        level=max(levels, key=lambda level: level.rank, default=None),
    )


def _of(below: _Below) -> Scans:
    return Scans(resources=below.resources, last_at=_time(below.last_at), level=below.level)


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
