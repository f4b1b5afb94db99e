"""What is to be read: listed ahead of the scan as far as memory allows, counted, and cut into splits."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from assay.model import AssetRef, Gap, Skip, Split
from assay.model.options import ScanOptions
from assay.ports import Result, Source
from assay.scanning.cut import splits_of
from assay.scanning.opened import Objects
from assay.scanning.sampling import draw, priority, regions
from assay.sources.file import FileSource, path_of

_KEPT = 100_000
_AT_ONCE_SECONDS = 0.005


def apart(sources: Sequence[Source]) -> Iterator[Iterator[AssetRef | Gap | Skip]]:
    """What lies in each source, without what came from one before: targets may be given twice, or lie in each other.

    Raises `UsageError` when a target is not there.
    """
    roots = sorted(filter(None, map(_root, sources)))
    # A source may look at its beginning at once: all of them do before the first is read.
    found = [source.assets() for source in sources]
    if not any(after.startswith(before) for before, after in pairwise(roots)):
        yield from found
        return
    seen: set[tuple[str, str]] = set()
    yield from (_unseen(items, seen) for items in found)


def _root(source: Source) -> str:
    """What all names in a source begin with, empty for a database."""
    if isinstance(source, FileSource):
        return os.path.join(os.path.abspath(path_of(source.target)), "")
    root: str = getattr(source, "root", "")
    return root


def _unseen(items: Iterator[AssetRef | Gap | Skip], seen: set[tuple[str, str]]) -> Iterator[AssetRef | Gap | Skip]:
    for item in items:
        # One that a folder's rules leave out is read all the same where it is named itself.
        key = (item.uri, "") if isinstance(item, AssetRef) else (item.resource, item.reason)
        if key not in seen:
            seen.add(key)
            yield item


class Kept(NamedTuple):
    """What a catalog has of a resource that has not changed."""

    results: list[Result]


@dataclass(slots=True, kw_only=True)
class Listing:
    """Lists `sources` in order; `objects` open those of each. `files` and `bytes` are totals of what was listed so far, of all when it is `complete`.

    `left_out` holds what was passed over, each with the number of files before it; so does what is kept of resources that
    are `known` not to have changed.
    """

    sources: Sequence[Source]
    options: ScanOptions
    objects: Objects = ()
    files: int = 0
    bytes: int = 0
    complete: bool = False
    left_out: deque[tuple[int, Gap | Skip | Kept]] = field(default_factory=deque)
    known: Callable[[AssetRef], list[Result] | None] | None = None
    population: int = 0
    drawn: int = 0
    random: frozenset[str] = frozenset()
    sampling: str | None = None
    _answered: set[str] = field(default_factory=set)
    _parted: set[str] = field(default_factory=set)
    _kept: deque[AssetRef] = field(default_factory=deque)
    _items: Iterator[AssetRef | Gap | Skip] | None = None

    def ahead(self) -> bool:
        """Lists on for a moment. Whether there is more that can be listed now."""
        limit = time.monotonic() + _AT_ONCE_SECONDS
        while len(self._kept) + len(self.left_out) < _KEPT:
            if not self._one():
                return False
            if time.monotonic() > limit:
                return True
        return False

    def splits(self) -> Iterator[Split]:
        """The splits of every file. Raises `UsageError` when a target is not there."""
        above = self.options.sample_bytes if self.options.sample is not None else None
        part = 0
        while self._kept or self._one():
            if not self._kept:
                continue
            asset = self._kept.popleft()
            if not asset.is_table:
                yield from splits_of(asset, sample_above=above, objects=self.objects)
                continue
            # Tables of one file are one resource, in as many parts.
            while not self._kept and self._one():
                pass
            goes_on = bool(self._kept) and self._kept[0].uri == asset.uri and self._kept[0].is_table
            yield Split(asset=asset, part=part, parts=None if goes_on else part + 1)
            part = part + 1 if goes_on else 0

    def left_out_of(self, resource: str) -> list[Gap | Skip]:
        """What was passed over of a file whose tables are parts of it; it is not told again."""
        if resource not in self._parted:
            return []
        found = [item for _, item in self.left_out if not isinstance(item, Kept) and item.resource == resource]
        left = [entry for entry in self.left_out if entry[1] not in found]
        self.left_out.clear()
        self.left_out.extend(left)
        return found

    def next_left_out(self, resource: str) -> Iterator[Gap | Skip]:
        """What else of the same resource was passed over right behind what was told last; it is not told again."""
        while self.left_out:
            item = self.left_out[0][1]
            if isinstance(item, Kept) or item.resource != resource:
                return
            self.left_out.popleft()
            yield item

    def _one(self) -> bool:
        if self._items is None:
            self._items = self._all()
        item = next(self._items, None)
        if item is None:
            self.complete = True
            return False
        if isinstance(item, AssetRef):
            if self.known is not None and (results := self.known(item)) is not None:
                if item.is_table:
                    self._answered.add(item.uri)
                if results:
                    self.left_out.append((self.files, Kept(results)))
                return True
            if item.is_part:
                self._parted.add(item.uri)
            self._kept.append(item)
            self.files += 1
            self.bytes += self._weight(item.size or 0)
        elif item.resource not in self._answered:
            self.left_out.append((self.files, item))
        return True

    def _weight(self, size: int) -> int:
        if self.options.sample is None or size <= self.options.sample_bytes:
            return size
        return sum(length for _, length in regions(size))

    def _all(self) -> Iterator[AssetRef | Gap | Skip]:
        for items in apart(self.sources):
            yield from items if self.options.sample is None else self._sampled(items)

    def _sampled(self, items: Iterator[AssetRef | Gap | Skip]) -> Iterator[AssetRef | Gap | Skip]:
        assets: list[AssetRef] = []
        for item in items:
            if isinstance(item, AssetRef):
                assets.append(item)
            else:
                yield item
        chosen = sorted(assets, key=lambda asset: (priority(asset.label), asset.uri))
        if len(assets) > self.options.sample_objects:
            chosen = draw(assets, self.options.sample or 100.0, self.options.seed)
            self.population += len(assets)
            self.drawn += len(chosen)
            self.random = self.random | {asset.uri for asset in chosen}
            self.sampling = f"{len(chosen):,} of {len(assets):,} files drawn at random (seed {self.options.seed})"
        yield from chosen
