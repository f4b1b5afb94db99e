"""The local engine: worker processes on this machine, results in order whatever the workers' pace."""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import sys
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import IO, Any

from assay.detect import ruleset
from assay.detect.engine import Detector
from assay.detect.redact import Fingerprinter
from assay.detect.score import WHOLE_CELL, WITHOUT_CONTEXT
from assay.model import Category, Finding, Gap, Split
from assay.report.jsonlines import encode_piece
from assay.scanning.report import Piece, SplitReport
from assay.scanning.split import ScanSetup, scan_split

_BATCH_FILES = 64
_BATCH_BYTES = 2 * 1024 * 1024
_AHEAD = 2_048
_QUEUED = 2
_FLUSH = 1024 * 1024
_MOST = 16 * 1024 * 1024
_FINDING = 512
_HEADER = 12
_SPOOL = 1024 * 1024


@dataclass(slots=True, kw_only=True)
class DetectorRecipe:
    """How a worker makes its detector. Forked workers inherit the one that is made; others make their own."""

    paths: tuple[Path, ...] = ()
    names: tuple[str, ...] = ()
    categories: tuple[Category, ...] = ()
    preview: bool = False
    cache: Path | None = None
    key: bytes = field(default=b"", repr=False)
    floor: float = 0.5
    made: Detector | None = field(default=None, repr=False)

    def make(self) -> Detector:
        """The detector, made once per process. Raises `RuleError` and `UsageError`."""
        if self.made is None:
            rules = ruleset.load(
                self.paths,
                names=self.names,
                categories=self.categories,
                preview=self.preview,
                cache=self.cache,
                candidates=self.floor <= WITHOUT_CONTEXT + WHOLE_CELL,
            )
            self.made = Detector(rules, Fingerprinter(self.key), floor=self.floor)
        return self.made

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__ if name != "made"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        self.made = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What every worker is told: the recipe, the set-up, and whether findings are wanted as JSON Lines."""

    recipe: DetectorRecipe
    setup: ScanSetup
    render: bool = False
    include_test_values: bool = False

    def outcome(self, piece: Piece) -> bytes | list[Finding]:
        """What is passed on of a window: JSON Lines or findings, test values only if they are wanted."""
        if self.render:
            return encode_piece(piece, include_test_values=self.include_test_values)
        return [finding for finding in piece.findings if self.include_test_values or not finding.test_value]


Outcome = bytes | list[Finding] | SplitReport
"""JSON Lines of findings, or findings; then the report of each split."""


def scan(splits: Iterable[Split], job: Job, *, jobs: int) -> Iterator[Outcome]:
    """Outcomes of all splits, in the order of the splits. With `jobs` 1 everything runs in this process."""
    if jobs <= 1:
        detector = job.recipe.make()
        for split in splits:
            for part in scan_split(split, detector, job.setup):
                if isinstance(part, SplitReport):
                    yield part
                else:
                    found = job.outcome(part)
                    if found:
                        yield found
        return
    yield from _Pool(job, jobs).run(_units(splits))


def _units(splits: Iterable[Split]) -> Iterator[list[Split]]:
    """Small files together, large ones alone, so that a hand-over costs little beside the work."""
    batch: list[Split] = []
    weight = 0
    for split in splits:
        size = split.asset.size or 0
        if size > _BATCH_BYTES:
            if batch:
                yield batch
                batch, weight = [], 0
            yield [split]
            continue
        batch.append(split)
        weight += size
        if weight >= _BATCH_BYTES or len(batch) >= _BATCH_FILES:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


@dataclass(slots=True, kw_only=True)
class _Worker:
    process: Any
    connection: Connection
    queue: deque[int]
    deaf: bool = False


@dataclass(slots=True, kw_only=True)
class _Pending:
    """Outcomes of a unit whose turn has not come: in memory while small, else in an unlinked temporary file.

    `reported` is how many of its splits are done.
    """

    spool: IO[bytes] | None = None
    done: bool = False
    reported: int = 0

    def add(self, message: bytes) -> None:
        if self.spool is None:
            # Redacted results only; the file has no name and mode 0600.
            self.spool = tempfile.SpooledTemporaryFile(max_size=_SPOOL)  # noqa: SIM115
        self.spool.write(len(message).to_bytes(8, "little") + message)

    def drain(self) -> Iterator[bytes]:
        if self.spool is None:
            return
        self.spool.seek(0)
        while header := self.spool.read(8):
            yield self.spool.read(int.from_bytes(header, "little"))
        self.spool.close()
        self.spool = None


class _Pool:
    def __init__(self, job: Job, jobs: int) -> None:
        method = "fork" if sys.platform.startswith("linux") else "spawn"
        self._context: Any = multiprocessing.get_context(method)
        self._job = job
        self._jobs = jobs
        self._workers: list[_Worker] = []
        self._sent: dict[int, list[Split]] = {}
        self._pending: dict[int, _Pending] = {}
        self._waiting: deque[int] = deque()
        self._turn = 0

    def run(self, units: Iterator[list[Split]]) -> Iterator[Outcome]:
        if self._context.get_start_method() == "fork":
            self._job.recipe.make()
        numbered = enumerate(units)
        exhausted = False
        try:
            for _ in range(self._jobs):
                self._workers.append(self._start())
            while True:
                while (self._waiting or not exhausted) and (worker := self._free()):
                    if self._waiting:
                        number = self._waiting.popleft()
                        self._send(worker, number, self._sent[number])
                        continue
                    item = next(numbered, None)
                    if item is None:
                        exhausted = True
                    else:
                        self._send(worker, *item)
                if exhausted and not self._sent:
                    return
                for connection in wait([worker.connection for worker in self._workers]):
                    worker = next(item for item in self._workers if item.connection is connection)
                    yield from self._receive(worker)
        finally:
            self._stop()

    def _free(self) -> _Worker | None:
        worker = min(self._workers, key=lambda item: (item.deaf, len(item.queue)))
        ahead = max(self._sent, default=self._turn) - self._turn
        return worker if not worker.deaf and len(worker.queue) < _QUEUED and ahead < _AHEAD else None

    def _start(self) -> _Worker:
        here, there = self._context.Pipe()
        # A forked child has our ends of all pipes open too, and would keep the other workers from seeing theirs close.
        forked = self._context.get_start_method() == "fork"
        inherited = [here, *(worker.connection for worker in self._workers)] if forked else []
        process = self._context.Process(target=_serve, args=(there, self._job, inherited), daemon=True)
        process.start()
        there.close()
        return _Worker(process=process, connection=here, queue=deque())

    def _send(self, worker: _Worker, number: int, unit: list[Split]) -> None:
        self._sent[number] = unit
        self._pending.setdefault(number, _Pending())
        try:
            worker.connection.send_bytes(pickle.dumps((number, unit), pickle.HIGHEST_PROTOCOL))
        except OSError:
            # It died; its connection will say so too. This unit was never begun.
            worker.deaf = True
            self._waiting.append(number)
        else:
            worker.queue.append(number)

    def _receive(self, worker: _Worker) -> Iterator[Outcome]:
        try:
            message = worker.connection.recv_bytes()
        except (EOFError, OSError):
            yield from self._died(worker)
            return
        number = int.from_bytes(message[:8], "little")
        if len(message) == 8:
            worker.queue.remove(number)
            del self._sent[number]
            self._pending[number].done = True
            if number == self._turn:
                yield from self._advance()
            return
        self._pending[number].reported += int.from_bytes(message[8:_HEADER], "little")
        if number == self._turn:
            yield from _outcomes(message)
        else:
            self._pending[number].add(message)

    def _advance(self) -> Iterator[Outcome]:
        while (pending := self._pending.get(self._turn)) is not None:
            for message in pending.drain():
                yield from _outcomes(message)
            if not pending.done:
                return
            del self._pending[self._turn]
            self._turn += 1

    def _died(self, worker: _Worker) -> Iterator[Outcome]:
        """A worker that was killed (out of memory, a crash in a library): its unit is a gap, the rest goes on."""
        worker.process.join(timeout=5)
        code = worker.process.exitcode
        worker.connection.close()
        self._workers.remove(worker)
        self._workers.append(self._start())
        if worker.queue:
            number, *others = worker.queue
            self._waiting.extend(others)
            pending = self._pending[number]
            lost: list[Outcome] = [_lost(split, code) for split in self._sent.pop(number)[pending.reported :]]
            pending.add(_message(number, lost))
            pending.done = True
        yield from self._advance()

    def _stop(self) -> None:
        for worker in self._workers:
            worker.connection.close()
            if worker.queue:
                worker.process.terminate()
        for worker in self._workers:
            worker.process.join(timeout=2)
            if worker.process.is_alive():
                worker.process.kill()


def _lost(split: Split, code: int | None) -> SplitReport:
    gap = Gap(
        resource=split.asset.uri, reason="worker died", detail=f"exit code {code}; what was found of it may be lost"
    )
    return SplitReport(
        resource=split.asset.uri,
        part=split.part,
        parts=split.parts,
        bytes_total=split.asset.size or 0,
        gaps=[gap],
    )


def _serve(connection: Connection, job: Job, inherited: list[Connection]) -> None:
    """A worker: units in, outcomes out. Ctrl-C is the parent's to handle."""
    for other in inherited:
        other.close()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    detector = job.recipe.make()
    try:
        while True:
            number, unit = pickle.loads(connection.recv_bytes())  # noqa: S301  # from our own parent
            for outcomes in _work(unit, detector, job):
                connection.send_bytes(_message(number, outcomes))
            connection.send_bytes(number.to_bytes(8, "little"))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return


def _message(number: int, outcomes: list[Outcome]) -> bytes:
    """Outcomes on their way to the parent: the number of their unit, how many splits they finish, and they themselves."""
    reports = sum(isinstance(outcome, SplitReport) for outcome in outcomes)
    return (
        number.to_bytes(8, "little") + reports.to_bytes(4, "little") + pickle.dumps(outcomes, pickle.HIGHEST_PROTOCOL)
    )


def _outcomes(message: bytes) -> list[Outcome]:
    # Written by our own worker over a private pipe.
    found: list[Outcome] = pickle.loads(memoryview(message)[_HEADER:])  # noqa: S301
    return found


def _work(unit: list[Split], detector: Detector, job: Job) -> Iterator[list[Outcome]]:
    """Outcomes of the unit's splits in order: those of small files in one hand-over, large ones as they come."""
    made: list[Outcome] = []
    size = 0
    for split in unit:
        for part in scan_split(split, detector, job.setup):
            if isinstance(part, SplitReport):
                made.append(part)
            elif found := job.outcome(part):
                made.append(found)
                size += len(found) if isinstance(found, bytes) else len(found) * _FINDING
            # Small files are handed over whole, so that none is half told if this process is killed.
            if size > _MOST or (size > _FLUSH and (len(unit) == 1 or isinstance(part, SplitReport))):
                yield made
                made = []
                size = 0
    if made:
        yield made
