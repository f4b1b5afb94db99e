"""Watching folders: what changes in them is found, waited for until it is still, and read in rounds.

Everything is done by one thread, so that workers can be copies of this process: what the system tells is heard, a bounded
number of files is on its way, and the rest waits where it is. Large files are read beside small ones, and hold up none.
"""

from __future__ import annotations

import os
import stat
import threading
import time
import zlib
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from assay.app.settling import Settling, is_unfinished
from assay.app.watchrounds import Item, Judged, Round, Rounds
from assay.errors import CatalogError, UsageError
from assay.model import AssetRef, Gap, Skip
from assay.ports import Result
from assay.report.printable import local_path
from assay.sources.file import GITIGNORE, FileSource, file_uri
from assay.sources.inotify import Notifications, What
from assay.store import gone

FILES = 500
"""Files that are read in one round, at most."""
_BYTES = 64 * 1024 * 1024
LARGE = 16 * 1024 * 1024
_AT_ONCE = 250
_WAIT_SECONDS = 0.5
_AGAIN_SECONDS = 5.0
_LOOK_SECONDS = 0.05
_UNFINISHED = "is named as what is not finished yet; it is read under its final name"
_AWAY = (
    "was removed, moved or unmounted while it was watched; what is known of it is kept; start again once it is there"
)


class Told(Protocol):
    """Who is told what happens."""

    def result(self, result: Result) -> None:
        """A result of a scan."""

    def kept(self, judged: Sequence[Judged]) -> None:
        """What was concluded is through, and with a catalog in it."""

    def gone(self, path: str) -> None:
        """A file that was known is there no more."""

    def note(self, text: str) -> None:
        """What a person should know."""

    def tick(self) -> None:
        """Some time has passed."""


@dataclass(slots=True, kw_only=True)
class _Walk:
    """A look at everything in a folder: what is there, and then what is there no more."""

    root: str
    folder: str
    source: FileSource
    listing: Iterator[AssetRef | Gap | Skip]
    known: deque[str] | None = None


@dataclass(slots=True, kw_only=True)
class Watching:
    """Watches `roots` (absolute paths of folders). Used once; `stop` ends it.

    `source_of` makes a source of a root, which leaves out what is assay's own. With `notifications` what the system tells
    is followed; without, everything is looked at every `poll` seconds. With `until_idle` it ends when nothing is left to do.
    """

    roots: Sequence[str]
    rounds: Rounds
    told: Told
    source_of: Callable[..., FileSource]
    settling: Settling
    jobs: int
    notifications: Notifications | None = None
    poll: float = 10.0
    until_idle: bool = False
    large: int = LARGE
    stop: threading.Event = field(default_factory=threading.Event)
    counts: Counter[str] = field(default_factory=Counter)
    _known: dict[str, int] = field(default_factory=dict)
    _links: dict[tuple[int, int], set[str]] = field(default_factory=dict)
    _walks: dict[str, _Walk] = field(default_factory=dict)
    _first: set[str] = field(default_factory=set)
    _ready: deque[Item] = field(default_factory=deque)
    _ready_large: deque[Item] = field(default_factory=deque)
    _on_way: set[str] = field(default_factory=set)
    _gone: set[str] = field(default_factory=set)
    _small_round: Round | None = None
    _large_round: Round | None = None
    _restless: set[str] = field(default_factory=set)
    _next_look: float = 0.0
    _not_before: float = 0.0

    def run(self) -> None:
        """Watches until it is stopped. Raises `AssayError`; what was through is kept."""
        try:
            self._first = set(self.roots)
            self._look_at_all()
            while not self.stop.is_set():
                now = time.monotonic()
                self._hear(now)
                self._look()
                self._begin(now)
                busy = self._advance()
                self.told.tick()
                if busy:
                    continue
                if self.until_idle and self._is_idle():
                    break
                self._wait(now)
            self._end()
        finally:
            for each in (self._small_round, self._large_round):
                if each is not None:
                    each.close()

    @property
    def waiting(self) -> int:
        """How many files are not read yet, of those that are known to be there."""
        return len(self.settling) + len(self._ready) + len(self._ready_large)

    @property
    def is_looking(self) -> bool:
        """Whether a folder is still being looked through."""
        return bool(self._walks)

    def _hear(self, now: float) -> None:
        """Takes what the system has told since."""
        if self.notifications is None:
            if not self._walks and now >= self._next_look:
                self._look_at_all()
            return
        for what, path in self.notifications.changes():
            if what is What.FILE:
                self.settling.note(path, now)
                if os.path.basename(path) == GITIGNORE:
                    # What it leaves out, and no longer leaves out, nobody tells.
                    self._look_at(os.path.dirname(path))
            elif what is What.LOST:
                self._lose("the system could not keep all changes (fs.inotify.max_queued_events)")
            elif what is What.ROOT_GONE:
                raise UsageError(f"{path}: {_AWAY}")
            else:
                self._look_at(path)
        if self.settling.lost:
            self.settling.lost = False
            self._lose("more files changed at once than are remembered")

    def _lose(self, why: str) -> None:
        self.counts["overflows"] += 1
        self.told.note(f"{why}: looking through everything again, so that none is lost")
        self._look_at_all()

    def _look_at_all(self) -> None:
        self._walks.clear()
        for root in self.roots:
            self._look_at(root)

    def _look_at(self, folder: str) -> None:
        """Has a folder looked through, from the beginning where that goes on already."""
        root = next(each for each in self.roots if folder == each or folder.startswith(each.rstrip("/") + "/"))
        self._walks.pop(folder, None)
        source = self._source(root)
        self._walks[folder] = _Walk(root=root, folder=folder, source=source, listing=source.below(folder))

    def _source(self, root: str) -> FileSource:
        entering = None if self.notifications is None else self.notifications.add
        return self.source_of(root, entering)

    def _look(self) -> None:
        """Looks on, as long as there is room for what is found."""
        until = time.monotonic() + _LOOK_SECONDS
        while self._walks and len(self._ready) < FILES and len(self._gone) < FILES and time.monotonic() < until:
            walk = next(iter(self._walks.values()))
            if walk.known is None:
                listed = list(islice(walk.listing, _AT_ONCE))
                now, wall = time.monotonic(), time.time()
                for each in listed:
                    self._take(each, now, wall)
                if len(listed) == _AT_ONCE:
                    continue
                walk.known = deque(self._known_in(walk))
            if not os.path.isdir(walk.root):
                raise UsageError(f"{walk.root}: {_AWAY}")
            for _ in range(min(_AT_ONCE, len(walk.known))):
                self._check(walk.known.popleft(), walk.source, is_known=True)
            if not walk.known:
                del self._walks[walk.folder]
                self._first.discard(walk.folder)
                if not self._walks:
                    self._next_look = time.monotonic() + self.poll

    def _known_in(self, walk: _Walk) -> list[str]:
        """What was known in a folder; at first by the catalog."""
        within = walk.folder.rstrip("/") + "/"
        found = [path for path in self._known if path.startswith(within) or path == walk.folder]
        catalog = self.rounds.catalog
        if walk.folder in self._first and catalog is not None:
            with catalog.reading() as connection:
                kept = gone.current_below(connection, file_uri(within.rstrip("/") or "/").rstrip("/") + "/")
            found += [path for path in map(local_path, kept) if path not in self._known]
        return found

    def _take(self, listed: AssetRef | Gap | Skip, now: float, wall: float) -> None:
        """Something that was listed: what may still be written to waits, what is new or has changed is to be read."""
        path = _path(listed)
        if isinstance(listed, Gap) and listed.reason == "vanished":
            return
        item = self._item(path, listed)
        if item is None or item.is_as(self._known.get(path)) or path in self._on_way:
            return
        # What waits already is looked at when its time has come.
        if path in self.settling:
            return
        if isinstance(listed, AssetRef) and wall - _written(path) < self.settling.seconds:
            self.settling.note(path, now)
        else:
            self._add(item)

    def _settle(self, now: float) -> None:
        """Takes names at which nothing changes any more, as long as there is room for them."""
        sources: dict[str, FileSource] = {}
        room = FILES - len(self._ready)
        for path, _ in list(self.settling.still(now, time.time(), room)) if room > 0 else ():
            root = next((each for each in self.roots if path.startswith(each.rstrip("/") + "/")), None)
            if root is None:
                continue
            if path in self._on_way:
                self.settling.note(path, now)
                continue
            if root not in sources:
                sources[root] = self._source(root)
            self._check(path, sources[root], is_known=path in self._known)
        for path in self.settling.restless(now):
            if path not in self._restless:
                self._restless.add(path)
                self.told.note(f"{path}: keeps changing; it is read once it is still for {self.settling.seconds:g} s")

    def _check(self, path: str, source: FileSource, *, is_known: bool) -> None:
        """Looks at what is at a path now, of which something is known or not."""
        if path in self._on_way:
            self.settling.note(path, time.monotonic())
            return
        listed = source.at(path) if path != source.root else None
        if listed is not None and _path(listed) == path:
            item = self._item(path, listed)
            if item is not None and not item.is_as(self._known.get(path)):
                self._add(item)
            return
        if listed is None and _is_unlistable(path):
            return
        self._known.pop(path, None)
        if is_known:
            self._gone.add(path)

    def _item(self, path: str, listed: AssetRef | Gap | Skip) -> Item | None:
        """What is listed with its token; `None` for a file that is gone again."""
        if not isinstance(listed, AssetRef):
            return _left_out(path, listed)
        try:
            status = os.stat(path)
        except OSError:
            return None
        if is_unfinished(path):
            return _left_out(path, Skip(resource=listed.uri, reason="unfinished", detail=_UNFINISHED))
        state = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
        item = Item(path, listed, hash(state), hash((*state, status.st_ctime_ns)))
        if status.st_nlink > 1 and stat.S_ISREG(status.st_mode):
            # Of a file with several names the system tells one only.
            names = self._links.setdefault((status.st_dev, status.st_ino), set())
            names.add(path)
            if not item.is_as(self._known.get(path)):
                for other in names - {path}:
                    self.settling.note(other, time.monotonic())
        return item

    def _add(self, item: Item) -> None:
        self._gone.discard(item.path)
        self._on_way.add(item.path)
        (self._ready_large if item.size > self.large else self._ready).append(item)

    def _begin(self, now: float) -> None:
        """Begins a round of small files, and one of a large file, where none goes on."""
        self._settle(now)
        if now < self._not_before:
            return
        if self._small_round is None and (self._ready or self._gone):
            items: list[Item] = []
            size = 0
            while self._ready and len(items) < FILES and size < _BYTES:
                item = self._ready.popleft()
                items.append(item)
                size += item.size
            ended = [path for path, _ in zip(self._gone, range(FILES), strict=False)]
            self._gone.difference_update(ended)
            self._small_round = self._made(items, ended, self.jobs)
        if self._large_round is None and self._ready_large:
            self._large_round = self._made([self._ready_large.popleft()], (), max(1, self.jobs // 2))

    def _made(self, items: Sequence[Item], ended: Collection[str], jobs: int) -> Round | None:
        try:
            return self.rounds.make(items, ended, jobs=jobs)
        except CatalogError as error:
            self._put_back(items, ended, error)
            return None

    def _advance(self) -> bool:
        """Takes what has come of the rounds. Whether any goes on."""
        self._small_round = self._step(self._small_round)
        self._large_round = self._step(self._large_round)
        return self._small_round is not None or self._large_round is not None

    def _step(self, current: Round | None) -> Round | None:
        if current is None:
            return None
        try:
            for result in current.results():
                self.told.result(result)
            if not current.is_done:
                return current
            judged = current.keep()
        except CatalogError as error:
            current.close()
            self._put_back(current.items, current.ended, error)
            return None
        self._kept(current, judged)
        return None

    def _kept(self, current: Round, judged: Sequence[Judged]) -> None:
        for item in current.items:
            self._on_way.discard(item.path)
            uri = file_uri(item.path)
            if uri not in current.vanished:
                # What could not be read may be readable once it has other rights.
                self._known[item.path] = item.strict if uri in current.gaps else item.token
        self.counts["unchanged"] += current.same
        self.counts.update(f"gate {each.ruling.gate}" for each in judged if each.ruling is not None)
        for path in current.ended:
            self.counts["gone"] += 1
            self.told.gone(path)
        self.told.kept(judged)

    def _put_back(self, items: Sequence[Item], ended: Collection[str], error: CatalogError) -> None:
        """What could not be kept for a passing reason is read again in a while."""
        if not error.transient:
            raise error
        self.told.note(f"the catalog gave up; trying again in {_AGAIN_SECONDS:.0f} s")
        self._not_before = time.monotonic() + _AGAIN_SECONDS
        for item in items:
            self._on_way.discard(item.path)
            self.settling.note(item.path, time.monotonic())
        self._gone.update(ended)

    def _is_idle(self) -> bool:
        return not (self._walks or self.waiting or self._gone)

    def _wait(self, now: float) -> None:
        if self._walks or self._ready or self._ready_large or self._gone:
            seconds = 0.0 if now >= self._not_before else _WAIT_SECONDS
        else:
            due = self.settling.next_due()
            seconds = _WAIT_SECONDS if due is None else min(_WAIT_SECONDS, max(0.0, due - now))
        if self.notifications is not None:
            self.notifications.wait(seconds)
        else:
            self.stop.wait(seconds)

    def _end(self) -> None:
        """Finishes the small files that were begun; a large one is left where it is, which is told."""
        while self._small_round is not None:
            self._small_round = self._step(self._small_round)
            self.told.tick()
        current, self._large_round = self._large_round, None
        if current is not None:
            for result in current.interrupt():
                self.told.result(result)
            self.counts["interrupted"] += 1


def _path(listed: AssetRef | Gap | Skip) -> str:
    if isinstance(listed, AssetRef) and listed.path is not None:
        return listed.path
    return local_path(listed.uri if isinstance(listed, AssetRef) else listed.resource)


def _left_out(path: str, listed: Gap | Skip) -> Item:
    token = zlib.crc32(f"{listed.reason}\0{listed.detail}".encode("utf-8", "surrogatepass"))
    return Item(path, listed, token, token)


def _written(path: str) -> float:
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def _is_unlistable(path: str) -> bool:
    """Whether it is a folder that is there and cannot be looked into: it stays the gap that it is."""
    try:
        os.scandir(path).close()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return False
