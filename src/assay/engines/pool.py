"""The pool: units to whichever worker is free, outcomes in the order of the units, and what a dead worker had tried again."""

from __future__ import annotations

import heapq
import pickle
import selectors
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

from assay.engines.channel import READY, Message, head_of, message_of, outcomes_of, pack
from assay.engines.local import Job
from assay.engines.outcomes import LostReport, Outcome
from assay.engines.process import Worker, may_fork, start
from assay.errors import AssayError
from assay.model import Gap, Split

_AHEAD = 2_048
_QUEUED = 2
_HELD = 24 * 1024 * 1024
# What lies on the shelves of all workers, of which each has room for a window of a dense table.
_SHELVES = 72 * 1024 * 1024
_LEAST_SHELF = 12 * 1024 * 1024
_LENGTH = 8
_POLL_SECONDS = 1.0
_FAILED_STARTS = 4


@dataclass(slots=True, kw_only=True)
class _Unit:
    """Splits on their way through a worker, and outcomes whose turn has not come.

    `left` are the splits without a report. `alone`: a worker died of them, so they are given one at a time. `partial`:
    findings of the first of them came already, so it cannot be begun again. Outcomes wait in memory while there is room
    for them, else in a temporary file without a name.
    """

    left: deque[Split]
    alone: bool = False
    partial: bool = False
    done: bool = False
    early: list[Message] = field(default_factory=list)
    spool: IO[bytes] | None = None

    def add(self, message: Message, room: int) -> int:
        """Keeps a message whose turn has not come; returns how much of the `room` in memory it takes."""
        if self.spool is None and message.size <= room:
            self.early.append(message)
            return message.size
        if self.spool is None:
            import tempfile  # only where results pile up

            # Redacted results only; the file has no name and mode 0600.
            self.spool = tempfile.TemporaryFile()  # noqa: SIM115
        pieces = message.pieces
        self.spool.write(sum(map(len, pieces)).to_bytes(_LENGTH, "little"))
        self.spool.writelines(pieces)
        return 0

    def drain(self) -> Iterator[Message]:
        early, self.early = self.early, []
        yield from early
        if self.spool is None:
            return
        self.spool.seek(0)
        while header := self.spool.read(_LENGTH):
            yield message_of(self.spool.read(int.from_bytes(header, "little")))
        self.spool.close()
        self.spool = None


class Pool:
    """Runs units through at most `jobs` workers. `idle` is called while all of them work; it says if there is more to do.

    With `pause` an empty outcome comes whenever there was none for so many seconds.
    """

    def __init__(
        self, job: Job, jobs: int, idle: Callable[[], bool] | None = None, *, pause: float | None = None
    ) -> None:
        self._job = job
        self._jobs = jobs
        self._idle = idle
        self._pause = pause
        self._workers: list[Worker] = []
        self._selector = selectors.DefaultSelector()
        self._units: dict[int, _Unit] = {}
        self._waiting: list[int] = []
        self._turn = 0
        self._listed = 0
        self._exhausted = False
        self._failed_starts = 0
        self._room = _HELD

    def run(self, units: Iterator[list[Split]]) -> Iterator[Outcome]:
        """Outcomes of all units in their order. Raises `AssayError` if no worker can be started."""
        more = True
        try:
            while True:
                self._fill(units)
                if self._exhausted and not self._units:
                    return
                wait = _POLL_SECONDS if self._pause is None else self._pause
                if events := self._selector.select(0 if more and self._idle else wait):
                    more = True
                    for key, mask in events:
                        yield from self._exchange(key.data, mask)
                elif more and self._idle:
                    more = self._idle()
                else:
                    for worker in [worker for worker in self._workers if worker.is_gone()]:
                        # Usually its channel ends first; not if another process happens to hold the other end.
                        yield from self._exchange(worker, selectors.EVENT_READ)
                        worker.channel.ended = True
                        yield from self._died(worker)
                    if self._pause is not None:
                        yield b""
        finally:
            self._stop()

    def _fill(self, units: Iterator[list[Split]]) -> None:
        """Gives every worker something to do, and something more to go on with."""
        while True:
            if not self._waiting and not self._exhausted and self._listed - self._turn < _AHEAD:
                unit = next(units, None)
                if unit is None:
                    self._exhausted = True
                else:
                    self._units[self._listed] = _Unit(left=deque(unit))
                    heapq.heappush(self._waiting, self._listed)
                    self._listed += 1
            if not self._waiting or (worker := self._free()) is None:
                return
            number = heapq.heappop(self._waiting)
            state = self._units[number]
            splits = [state.left[0]] if state.alone else list(state.left)
            worker.queue.append(number)
            worker.channel.write(pickle.dumps((number, splits), pickle.HIGHEST_PROTOCOL))
            self._watch(worker)

    def _free(self) -> Worker | None:
        best = min(self._workers, key=lambda worker: len(worker.queue), default=None)
        if (best is None or best.queue) and len(self._workers) < self._jobs:
            return self._start(self._units[self._waiting[0]].left) or best
        return best if best is not None and len(best.queue) < _QUEUED else None

    def _start(self, splits: Iterable[Split]) -> Worker | None:
        """A new worker, which is to begin with `splits`; `None` where the system has no room for more than there are."""
        fork = may_fork()
        if fork:
            self._job.prepare(splits)
            fork = may_fork()
        try:
            worker = start(self._job, self._workers, fork=fork, room=max(_SHELVES // self._jobs, _LEAST_SHELF))
        except OSError as error:
            if not self._workers:
                raise AssayError(f"no worker process can be started: {error.strerror}; try --jobs 1") from None
            self._jobs = len(self._workers)
            return None
        self._workers.append(worker)
        self._selector.register(worker.channel.connection, selectors.EVENT_READ, worker)
        self._watch(worker)
        return worker

    def _watch(self, worker: Worker) -> None:
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if worker.channel.has_unsent else 0)
        self._selector.modify(worker.channel.connection, events, worker)

    def _exchange(self, worker: Worker, mask: int) -> Iterator[Outcome]:
        if worker not in self._workers:
            return
        if mask & selectors.EVENT_WRITE:
            worker.channel.flush()
            self._watch(worker)
        if mask & selectors.EVENT_READ:
            for message in worker.channel.read():
                yield from self._receive(worker, message)
            if worker.channel.ended:
                yield from self._died(worker)

    def _receive(self, worker: Worker, message: Message) -> Iterator[Outcome]:
        if message.head == READY:
            worker.ready = True
            self._failed_starts = 0
            return
        head = head_of(message)
        unit = self._units[head.number]
        if head.done:
            worker.queue.remove(head.number)
            yield from self._given_back(head.number)
            return
        for _ in range(head.reports):
            unit.left.popleft()
        unit.partial = head.partial
        if head.number == self._turn:
            yield from outcomes_of(message)
        else:
            self._room -= unit.add(message, self._room)

    def _given_back(self, number: int) -> Iterator[Outcome]:
        """A worker is through with what it was given of the unit: what is left of it goes to the next, if anything is."""
        if self._units[number].left:
            heapq.heappush(self._waiting, number)
        else:
            self._units[number].done = True
        yield from self._advance()

    def _advance(self) -> Iterator[Outcome]:
        while (unit := self._units.get(self._turn)) is not None:
            self._room += sum(message.size for message in unit.early)
            for message in unit.drain():
                yield from outcomes_of(message)
            if not unit.done:
                return
            del self._units[self._turn]
            self._turn += 1

    def _died(self, worker: Worker) -> Iterator[Outcome]:
        """A worker that was killed (out of memory, a crash in a library): what it worked at is tried again, file by file.

        A file that was alone in a worker that died, or of which findings were told already, is a gap.
        """
        if worker not in self._workers:
            return
        self._drop(worker)
        if not worker.wait():
            worker.kill()
            worker.wait()
        if not worker.ready:
            self._failed_starts += 1
            if self._failed_starts >= _FAILED_STARTS:
                raise AssayError(f"worker processes end as soon as they start (exit code {worker.code}); try --jobs 1")
        for number in worker.queue if not worker.ready else list(worker.queue)[1:]:
            heapq.heappush(self._waiting, number)
        if not worker.ready or not worker.queue:
            return
        number = worker.queue[0]
        unit = self._units[number]
        if unit.left and (unit.alone or unit.partial):
            lost = pack(number, [_lost(unit.left.popleft(), worker.code)])
            self._room -= unit.add(lost, self._room)
        unit.alone, unit.partial = True, False
        yield from self._given_back(number)

    def _drop(self, worker: Worker) -> None:
        self._workers.remove(worker)
        self._selector.unregister(worker.channel.connection)
        worker.channel.close()

    def _stop(self) -> None:
        workers = list(self._workers)
        for worker in workers:
            self._drop(worker)
            worker.kill()
        for worker in workers:
            worker.wait()
        self._selector.close()


def _lost(split: Split, code: int | None) -> LostReport:
    gap = Gap(
        resource=split.asset.uri,
        reason="worker died",
        detail=f"exit code {code}; not all of it was read; free some memory, or leave the file out with --exclude",
    )
    return LostReport(
        resource=split.asset.uri,
        part=split.part,
        parts=split.parts,
        bytes_total=split.asset.size or 0,
        gaps=[gap],
    )
