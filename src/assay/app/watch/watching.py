"""Watching folders: what changes in them is found, waited for until it is still, and read in rounds.

Everything is done by one thread, so that workers can be copies of this process: what the system tells is heard, a bounded
number of files is on its way, and the rest waits where it is. Large files are read beside small ones, and hold up none.
"""

from __future__ import annotations

import os
import threading
import time
from collections import Counter, deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from assay.app.scan.looking import AWAY, Looking
from assay.app.watch.settling import Settling
from assay.app.watch.watcheditems import FileId, Item, is_unlistable, item_of, path_of
from assay.app.watch.watchrounds import Judged, Round, Rounds
from assay.errors import CatalogError, UsageError
from assay.model import AssetRef, Gap, Skip
from assay.ports import Result
from assay.sources.file import GITIGNORE, FileSource, file_uri
from assay.sources.inotify import Notifications, What

FILES = 500
"""Files that are read in one round, at most."""
_BYTES = 64 * 1024 * 1024
LARGE = 16 * 1024 * 1024
_WAIT_SECONDS = 0.5
_AGAIN_SECONDS = 5.0
_RESTLESS_SECONDS = 10.0


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
class Watching:
    """Watches `roots` (absolute paths of folders); `stop` ends it.

    With `notifications` what the system tells is followed; without, everything is looked at every `poll` seconds. With
    `until_idle` it ends when nothing is left to do.
    """

    roots: Sequence[str]
    rounds: Rounds
    told: Told
    looking: Looking
    settling: Settling
    jobs: int
    notifications: Notifications | None = None
    poll: float = 10.0
    until_idle: bool = False
    large: int = LARGE
    stop: threading.Event = field(default_factory=threading.Event)
    counts: Counter[str] = field(default_factory=Counter)
    _links: dict[FileId, set[str]] = field(default_factory=dict)
    _ready: deque[Item] = field(default_factory=deque)
    _ready_large: deque[Item] = field(default_factory=deque)
    _on_way: set[str] = field(default_factory=set)
    _gone: set[str] = field(default_factory=set)
    _small_round: Round | None = None
    _large_round: Round | None = None
    _restless: set[str] = field(default_factory=set)
    _next_restless: float = 0.0
    _not_before: float = 0.0

    def run(self) -> None:
        """Watches until it is stopped. Raises `AssayError`; what was through is kept."""
        try:
            self.looking.begin()
            while not self.stop.is_set():
                now = time.monotonic()
                self._hear(now)
                self.looking.on(self._has_room, self._take, self._check)
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
        return not self.looking.is_done

    def _hear(self, now: float) -> None:
        """Takes what the system has told since."""
        if self.notifications is None:
            if self.looking.is_done and now >= self.looking.done_at + self.poll:
                self.looking.at_all()
            return
        for what, path in self.notifications.changes():
            if what is What.FILE:
                self.settling.note(path, now)
                if os.path.basename(path) == GITIGNORE:
                    # What it leaves out, and no longer leaves out, nobody tells.
                    self.looking.at(os.path.dirname(path), checks=True)
                    self._look_again(os.path.dirname(path), now)
            elif what is What.LOST:
                self._lose("the system could not keep all changes (fs.inotify.max_queued_events)")
            elif what is What.ROOT_GONE:
                raise UsageError(f"{path}: {AWAY}")
            elif what is What.FOLDER_GONE:
                self.looking.folder_gone(path)
                self._look_again(path, now)
            else:
                self.looking.at(path, checks=False)
        if self.settling.lost:
            self.settling.lost = False
            self._lose("more files changed at once than are remembered")

    def _look_again(self, folder: str, now: float) -> None:
        """Has what is being read in a folder looked at afterwards: until then it is not among what is known."""
        for each in self._on_way:
            if each == folder or each.startswith(folder.rstrip("/") + "/"):
                self.settling.note(each, now)

    def _lose(self, why: str) -> None:
        self.counts["overflows"] += 1
        self.told.note(f"{why}: looking through everything again, so that none is lost")
        self.looking.at_all()
        for root in self.roots:
            self._look_again(root, time.monotonic())

    def _has_room(self) -> bool:
        return len(self._ready) < FILES and len(self._gone) < FILES

    def _take(self, listed: AssetRef | Gap | Skip, now: float, wall: float) -> None:
        """Something that was listed: what may still be written to waits, what is new or has changed is to be read."""
        path = path_of(listed)
        if isinstance(listed, Gap) and listed.reason == "vanished":
            return
        item = item_of(path, listed)
        if item is None:
            return
        self._note_names(item)
        # What waits already is looked at when its time has come.
        if item.is_as(self.looking.known.get(path)) or path in self.settling:
            return
        if path in self._on_way or wall - item.written < self.settling.seconds:
            self.settling.note(path, now)
        else:
            self._add(item)

    def _note_names(self, item: Item) -> None:
        """Of a file with several names the system tells one only."""
        if item.several is None:
            return
        names = self._links.setdefault(item.several, set())
        names.add(item.path)
        if not item.is_as(self.looking.known.get(item.path)):
            for other in names - {item.path}:
                self.settling.note(other, time.monotonic())

    def _settle(self, now: float) -> None:
        """Takes names at which nothing changes any more, as long as there is room for them."""
        sources: dict[str, FileSource] = {}
        room = FILES - len(self._ready)
        for path, _ in list(self.settling.still(now, time.time(), room)) if room > 0 else ():
            root = self.looking.root_of(path)
            if root not in sources:
                sources[root] = self.looking.source(root)
            self._check(path, sources[root], path in self.looking.known)
        if now < self._next_restless:
            return
        self._next_restless = now + _RESTLESS_SECONDS
        for path in self.settling.restless(now):
            if path not in self._restless:
                self._restless.add(path)
                self.told.note(f"{path}: keeps changing; it is read once it is still for {self.settling.seconds:g} s")

    def _check(self, path: str, source: FileSource, is_known: bool) -> None:
        """Looks at what is at a path now, of which something is known or not."""
        if path in self._on_way:
            self.settling.note(path, time.monotonic())
            return
        listed = source.at(path) if path != source.root else None
        if listed is not None and path_of(listed) == path:
            item = item_of(path, listed)
            if item is not None:
                self._note_names(item)
                if not item.is_as(self.looking.known.get(path)):
                    self._add(item)
                return
        elif listed is None and is_unlistable(path):
            return
        self.looking.known.pop(path, None)
        if is_known:
            self._gone.add(path)

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
            self._on_way.update(ended)
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
                self.looking.known[item.path] = item.strict if uri in current.gaps else item.token
        self.counts["unchanged"] += current.same
        self.counts.update(f"gate {each.ruling.gate}" for each in judged if each.ruling is not None)
        for path in current.ended:
            self._on_way.discard(path)
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
        self._on_way.difference_update(ended)
        self._gone.update(ended)

    def _is_idle(self) -> bool:
        return self.looking.is_done and not (self.waiting or self._gone)

    def _wait(self, now: float) -> None:
        if not self.looking.is_done or self._ready or self._ready_large or self._gone:
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
        if self._small_round is not None or self._large_round is not None:
            self.told.note("ending after what was begun")
        while self._small_round is not None:
            self._small_round = self._step(self._small_round)
            self.told.tick()
        current, self._large_round = self._large_round, None
        if current is not None:
            for result in current.interrupt():
                self.told.result(result)
            self.counts["interrupted"] += 1
