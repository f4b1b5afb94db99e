"""Looking through folders: what is there, and whether what was known is there still. Bit by bit, for other things go on."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from assay.errors import UsageError
from assay.model import AssetRef, Gap, Skip
from assay.report.printable import local_path
from assay.sources.file import FileSource, file_uri
from assay.sources.inotify import Notifications
from assay.store import gone
from assay.store.engine import Catalog

AWAY = "was removed, moved or unmounted while it was watched; what is known of it is kept; start again once it is there"
_AT_ONCE = 250
_LOOK_SECONDS = 0.05

Take = Callable[[AssetRef | Gap | Skip, float, float], None]
"""Takes what is listed, with the monotonic time and the clock's."""

Check = Callable[[str, FileSource, bool], None]
"""Looks at one path, of which something is known or not."""


@dataclass(slots=True, kw_only=True)
class _Walk:
    """A look at everything in a folder; with `checks` what is known of it is looked at afterwards, too."""

    folder: str
    listing: Iterator[AssetRef | Gap | Skip]
    checks: bool


@dataclass(slots=True, kw_only=True)
class Looking:
    """Looks through folders below `roots`. `source_of` makes a source of a root, which leaves out what is assay's own.

    `known` are the paths of which something is known, and the state in which they were; at first the catalog knows of more.
    Folders are added to `notifications` before they are listed, so that nothing is lost in between. `done_at` is when
    everything had been looked at.
    """

    roots: Sequence[str]
    source_of: Callable[..., FileSource]
    catalog: Catalog | None = None
    notifications: Notifications | None = None
    known: dict[str, int] = field(default_factory=dict)
    done_at: float = 0.0
    _walks: dict[str, _Walk] = field(default_factory=dict)
    _checks: deque[str] = field(default_factory=deque)
    _folders_gone: set[str] = field(default_factory=set)
    _first: set[str] = field(default_factory=set)

    @property
    def is_done(self) -> bool:
        """Whether everything that was to be looked at was."""
        return not (self._walks or self._checks or self._folders_gone)

    def begin(self) -> None:
        """Has everything looked at, and what the catalog knows besides."""
        self._first = set(self.roots)
        self.at_all()

    def at_all(self) -> None:
        """Has everything looked at, from the beginning."""
        self._walks.clear()
        for root in self.roots:
            self.at(root, checks=True)

    def at(self, folder: str, *, checks: bool) -> None:
        """Has a folder looked through, from the beginning where that goes on already."""
        before = self._walks.pop(folder, None)
        listing = self.source(self.root_of(folder)).below(folder)
        checks = checks or (before is not None and before.checks)
        self._walks[folder] = _Walk(folder=folder, listing=listing, checks=checks)

    def folder_gone(self, folder: str) -> None:
        """Has what is known of a folder looked at, which went away."""
        self._folders_gone.add(folder)

    def root_of(self, path: str) -> str:
        """The root that a path lies in."""
        return next(each for each in self.roots if path == each or path.startswith(each.rstrip("/") + "/"))

    def source(self, root: str) -> FileSource:
        """A new source of a root."""
        entering = None if self.notifications is None else self.notifications.add
        return self.source_of(root, entering)

    def on(self, has_room: Callable[[], bool], take: Take, check: Check) -> None:
        """Looks on for a moment, as long as there is room for what is found. Raises `UsageError` where a root is away."""
        if self._folders_gone:
            self._checks.extend(path for path in self.known if self._is_below_gone(path))
            self._folders_gone.clear()
        until = time.monotonic() + _LOOK_SECONDS
        while has_room() and time.monotonic() < until:
            if self._walks:
                self._walk_on(next(iter(self._walks.values())), take)
            elif self._checks:
                self._check_on(check)
            else:
                return

    def _walk_on(self, walk: _Walk, take: Take) -> None:
        listed = list(islice(walk.listing, _AT_ONCE))
        now, wall = time.monotonic(), time.time()
        for each in listed:
            take(each, now, wall)
        if len(listed) == _AT_ONCE:
            return
        del self._walks[walk.folder]
        if walk.checks:
            self._checks.extend(self._known_in(walk.folder))
        self._first.discard(walk.folder)
        self.done_at = time.monotonic()

    def _check_on(self, check: Check) -> None:
        sources: dict[str, FileSource] = {}
        for _ in range(min(_AT_ONCE, len(self._checks))):
            path = self._checks.popleft()
            root = self.root_of(path)
            if root not in sources:
                # Without it everything in it would seem to be gone.
                if not os.path.isdir(root):
                    raise UsageError(f"{root}: {AWAY}")
                sources[root] = self.source(root)
            check(path, sources[root], True)

    def _is_below_gone(self, path: str) -> bool:
        while path not in self._folders_gone:
            above = os.path.dirname(path)
            if above == path:
                return False
            path = above
        return True

    def _known_in(self, folder: str) -> list[str]:
        """What was known in a folder; at first by the catalog."""
        within = folder.rstrip("/") + "/"
        found = [path for path in self.known if path.startswith(within) or path == folder]
        catalog = self.catalog
        if folder in self._first and catalog is not None:
            with catalog.reading() as connection:
                kept = gone.current_below(connection, file_uri(folder).rstrip("/") + "/")
            found += [path for path in map(local_path, kept) if path not in self.known]
        return found
