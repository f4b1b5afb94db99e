"""Works on the scans that the desk was asked for: one after the other, each by one process at a time.

Whoever works on a scan keeps it by saying now and then that it does, and how far it is. A scan whose worker is gone is gone
on with by the next one, from where it was, and given up after as many tries as are allowed.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import orjson

from assay.app.config.settings import Settings
from assay.app.scan.keeping import Wanted
from assay.app.serving.asking import scan_options
from assay.app.serving.roots import Root, permitted
from assay.errors import AssayError, CatalogError, UsageError
from assay.model import Gap, Summary
from assay.ports import Progress, Record
from assay.report.jsonlines import encode
from assay.store import scans
from assay.store.claims import LostClaimError
from assay.store.engine import Catalog
from assay.store.here import host
from assay.store.scans import Became, Taken
from assay.store.texts import moment

MOST_GAPS = 200
ATTEMPTS = 3
ENDED = "its worker ended while it was at it, as often as is tried"
_LEASE = timedelta(seconds=60)
_BEAT_SECONDS = 1.0
_QUIET_SECONDS = 10.0
_IDLE_SECONDS = 0.5
_PASSING = timedelta(seconds=5)
_LATER = timedelta(seconds=10)
_AGAIN = 2

Deliver: TypeAlias = Callable[[Iterator[Record], Callable[[Record], None]], bool]
"""Hands each record on, and ends them in order where this process was interrupted. Whether it was."""


@dataclass(slots=True, kw_only=True)
class Worker:
    """Works on the queue of a catalog. `catalog_url` is where scans are kept, `roots` say what may be scanned here.

    `deliver` takes a signal that comes meanwhile between records. `is_left` says that whoever started this process is gone.
    `tell` is told in words what is begun and done.
    """

    catalog: Catalog
    catalog_url: str
    settings: Settings
    roots: Sequence[Root]
    deliver: Deliver
    tell: Callable[[str], None] = lambda _text: None
    is_left: Callable[[], bool] = lambda: False
    lease: timedelta = _LEASE
    attempts: int = ATTEMPTS
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self, *, until_empty: bool = False) -> int:
        """Works until it is stopped; with `until_empty` until nothing waits. Returns how many scans it was at. Raises
        `CatalogError` where the catalog cannot be used at all."""
        done = 0
        while not self.stop.is_set() and not self.is_left():
            try:
                worked = self.one()
            except CatalogError as error:
                if not error.transient or until_empty:
                    raise
                self.tell("the catalog does not answer; trying again")
                self.stop.wait(_PASSING.total_seconds())
                continue
            done += worked
            if not worked:
                if until_empty:
                    break
                self.stop.wait(_IDLE_SECONDS)
        return done

    def one(self) -> bool:
        """Works on one scan, if one waits. Whether one did."""
        with self.catalog.transaction() as connection:
            taken = scans.take(connection, self.lease)
            if taken is not None and taken.scan.attempts > self.attempts:
                scans.fail(connection, taken, ENDED)
                self.tell(f"scan {taken.scan.id}: {ENDED}")
                return True
        if taken is None:
            return False
        self.tell(f"scan {taken.scan.id}: begun")
        try:
            self._work(taken)
        except LostClaimError:
            self.tell(f"scan {taken.scan.id}: another process has taken it over")
        return True

    def _work(self, taken: Taken) -> None:
        began = moment(datetime.now(UTC))
        told = _Told()
        with _kept(self.catalog, taken, self.lease, told, self.is_left) as keeper:
            try:
                if self._scan(taken, told) and not keeper.has_interrupted:
                    self.stop.set()
                failed = None
            except AssayError as error:
                failed = error
        if keeper.is_lost:
            raise LostClaimError("the scan was claimed by another process meanwhile")
        if isinstance(failed, CatalogError) and taken.scan.attempts < self.attempts:
            # Of many who write to a file one may have to wait for too long; a server may be away for a while.
            self.tell(f"scan {taken.scan.id}: {failed}")
            self._give_back(taken, "the catalog gave up", counts=True, after=_LATER)
            return
        became = self._became(told, began)
        is_whole = told.summary is not None and not told.summary.interrupted
        if failed is not None:
            reason = "the catalog cannot be used" if isinstance(failed, CatalogError) else str(failed)
            with self.catalog.transaction() as connection:
                scans.fail(connection, taken, reason, became)
            self.tell(f"scan {taken.scan.id}: failed")
        elif is_whole or keeper.cancelled_by is not None:
            with self.catalog.transaction() as connection:
                # What came to its end before anybody could end it is done.
                scans.finish(connection, taken, became, cancelled=not is_whole)
            self.tell(f"scan {taken.scan.id}: {'done' if is_whole else 'ended as was asked'}")
        else:
            # This process is to end: another one goes on where this was.
            self._give_back(taken, "its worker was asked to end", counts=False, after=timedelta(0))

    def _scan(self, taken: Taken, told: _Told) -> bool:
        from assay.app.scan.line import scan  # loads all that reads and judges

        targets = [_as_asked(target, self.roots) for target in taken.scan.targets]
        records = scan(
            targets,
            scan_options(taken.scan.options, self.settings),
            settings=self.settings,
            progress=told.see,
            # What was given back, or left by a worker that died, is gone on with; where that fails, it is begun anew.
            wanted=Wanted(
                url=self.catalog_url,
                resume=taken.scan.attempts == _AGAIN or (bool(taken.scan.reason) and taken.scan.attempts < _AGAIN),
                note=told.note,
            ),
        )
        try:
            return self.deliver(records, told.take)
        finally:
            records.close()

    def _became(self, told: _Told, since: str) -> Became:
        with self.catalog.reading() as connection:
            run = scans.run_of(connection, host(), os.getpid(), since)
        summary = None if told.summary is None else orjson.loads(encode(told.summary))
        return Became(run, summary, tuple(told.gaps), tuple(told.notes))

    def _give_back(self, taken: Taken, reason: str, *, counts: bool, after: timedelta) -> None:
        with self.catalog.transaction() as connection:
            scans.give_back(connection, taken, reason, counts=counts, after=after)
        self.tell(f"scan {taken.scan.id}: {reason}")


def _as_asked(told: str, roots: Sequence[Root]) -> str:
    """What is read for a target. Raises `UsageError` where it is not what was asked for: whoever asked may have no right to it."""
    found = permitted(told, roots)
    if found.told != told:
        raise UsageError("it leads elsewhere by now than when it was asked for; ask for it again")
    return found.target


class _Told:
    """What a scan has told so far."""

    def __init__(self) -> None:
        self.summary: Summary | None = None
        self.gaps: list[dict[str, str]] = []
        self.notes: list[str] = []
        self._progress: Progress | None = None

    def take(self, record: Record) -> None:
        if isinstance(record, Gap) and len(self.gaps) < MOST_GAPS:
            self.gaps.append({"resource": record.resource, "reason": record.reason, "detail": record.detail})
        elif isinstance(record, Summary):
            self.summary = record

    def see(self, progress: Progress) -> None:
        self._progress = progress

    def note(self, text: str) -> None:
        self.notes.append(text)

    def progress(self) -> dict[str, Any] | None:
        """How far it is, where that has changed since this was asked last."""
        found, self._progress = self._progress, None
        return None if found is None else found._asdict()


class _Keeper:
    """What became of the claim while a scan went on."""

    def __init__(self) -> None:
        self.is_lost = False
        self.has_interrupted = False
        self.cancelled_by: str | None = None


@contextmanager
def _kept(
    catalog: Catalog, taken: Taken, lease: timedelta, told: _Told, is_left: Callable[[], bool]
) -> Iterator[_Keeper]:
    """Keeps a scan from others while it is worked on, and interrupts this process where it has to end."""
    ended, keeper = threading.Event(), _Keeper()

    def beat(last: float) -> float:
        progress = told.progress()
        if progress is None and time.monotonic() - last < _QUIET_SECONDS and not is_left():
            with catalog.reading() as connection:
                now = scans.one(connection, taken.scan.id)
            keeper.cancelled_by = None if now is None else now.cancelled_by
            return last
        with catalog.transaction() as connection:
            kept = scans.renew(connection, taken, lease, progress)
        keeper.is_lost, keeper.cancelled_by = not kept.is_mine, kept.cancelled_by
        return time.monotonic()

    def keep() -> None:
        last = time.monotonic()
        while not ended.wait(_BEAT_SECONDS):
            try:
                last = beat(last)
            except CatalogError:
                # Another try follows before the time is over; what the scan ends with tells what is wrong.
                continue
            if keeper.is_lost or keeper.cancelled_by is not None or is_left():
                if not ended.is_set():
                    keeper.has_interrupted = True
                    # As Ctrl-C does: the scan ends in order, and keeps what it has.
                    os.kill(os.getpid(), signal.SIGINT)
                return

    thread = threading.Thread(target=keep, name="assay-scan-keeper", daemon=True)
    thread.start()
    try:
        yield keeper
    finally:
        ended.set()
        thread.join()
