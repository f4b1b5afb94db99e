"""Watches over protection: everything every few minutes, what is new or changed its level at once, one watcher at a time."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from assay.app.protection.leasing import all_leased
from assay.app.protection.protectintake import Incoming, LevelChanges
from assay.app.protection.protectround import Looks, Seen, totals
from assay.app.retry import RetryError
from assay.app.work.tasking import Tasks
from assay.aws.failures import CLOCK, EXPIRED, NOT_FOUND, TRANSIENT
from assay.errors import AwsError, CatalogError
from assay.protect.points import NOT_SETTLED
from assay.store.engine import Catalog
from assay.store.leases import Holder
from assay.store.tasks import Kind, Task

INTERVAL = timedelta(minutes=5)
LASTS = timedelta(minutes=2)
"""How long a lease is kept without another word: so long nobody watches after a watcher's host is gone."""
JITTER = 0.1
_TICK_SECONDS = 1.0
_STANDBY_SECONDS = 10.0
_LONGEST_PAUSE = 300.0
_PASSING = TRANSIENT | {EXPIRED, CLOCK}


@dataclass(frozen=True, kw_only=True)
class Protecting:
    """Looks at the resource that a task names, and does what may be done: for `Tasks`."""

    looks: Looks
    seen: Callable[[Seen], None] = lambda _seen: None

    def __call__(self, task: Task, _is_stopped: Callable[[], bool]) -> str:
        """Raises `RetryError` where it may succeed later, as of a table that is being made."""
        try:
            seen = self.looks.look([task.resource], because=task.because)
        except AwsError as error:
            raise RetryError(error.reason, counts=error.reason not in _PASSING) from None
        self.seen(seen)
        passing = [reason for reason in seen.reasons if reason in _PASSING or reason == NOT_SETTLED]
        if passing:
            raise RetryError(passing[0], counts=False)
        if NOT_FOUND in seen.reasons:
            return "it is not there"
        return f"{seen.gaps} settings could not be seen" if seen.gaps else ""


@dataclass(kw_only=True)
class Watch:
    """Watches over the protection of `targets`, or of everything. `names` are those of its leases. Used once."""

    catalog: Catalog
    looks: Looks
    changes: LevelChanges
    names: Sequence[str]
    by: str
    targets: Sequence[str] = ()
    incoming: Incoming | None = None
    interval: timedelta = INTERVAL
    lasts: timedelta = LASTS
    note: Callable[[str], None] = lambda _text: None
    stop: threading.Event = field(default_factory=threading.Event)
    rounds: int = 0
    last: Seen = field(default_factory=Seen)
    _is_lost: Callable[[], bool] = lambda: False

    def __post_init__(self) -> None:
        self.looks.may_go_on = lambda: not (self.stop.is_set() or self._is_lost())
        self.tasks = Tasks(
            catalog=self.catalog,
            works={Kind.PROTECT: Protecting(looks=self.looks, seen=self._look_seen)},
            actor=self.by,
            lease=self.lasts,
            attempts=5,
            quiet=timedelta(0),
            accounts=lambda: (self.changes.account,),
        )
        self.changed = 0

    def once(self) -> Holder | None:
        """One round, and all that waits. Who watches already, if another does, and nothing is done then."""
        with all_leased(self.catalog, self.names, self.lasts, by=self.by) as held:
            if isinstance(held, Holder):
                return held
            self._is_lost = held
            self._round()
            self._take(wait=1.0)
            self._work(until_done=True)
        return None

    def run(self) -> None:
        """Watches until it is stopped; while another does, it waits for its turn."""
        told: Holder | None = None
        while not self.stop.is_set():
            with all_leased(self.catalog, self.names, self.lasts, by=self.by) as held:
                if isinstance(held, Holder):
                    if told is None or told.by != held.by or told.host != held.host:
                        self.note(f"{held.by} watches already, on {held.host}; waiting until that ends")
                    told = held
                else:
                    told, self._is_lost = None, held
                    self._watch(held)
            self.stop.wait(_STANDBY_SECONDS)

    def _watch(self, is_lost: Callable[[], bool]) -> None:
        due, pause = time.monotonic(), 0.0
        while not self.stop.is_set() and not is_lost():
            try:
                if time.monotonic() >= due:
                    self._round()
                    due = time.monotonic() + self.interval.total_seconds() * random.uniform(1 - JITTER, 1 + JITTER)
                self._take(wait=0)
                self._work()
                pause = 0.0
            except (AwsError, CatalogError) as error:
                if not _passes(error):
                    raise
                pause = min(_LONGEST_PAUSE, max(_TICK_SECONDS, pause * 2))
                self.note(f"trying again: {error}")
            self.stop.wait(pause or _TICK_SECONDS)
        if is_lost() and not self.stop.is_set():
            self.note("another watcher has taken over")

    def _round(self) -> None:
        for _ in self.looks.maker.settle():
            pass
        self.looks.take_back()
        began = time.monotonic()
        self.last = self.looks.look(self.targets)
        self.rounds += 1
        told: dict[str, Any] = {"kind": "round", **dict(totals(self.last))}
        self.looks.tell(told | {"seconds": round(time.monotonic() - began, 3)})

    def _take(self, *, wait: float) -> None:
        if self.incoming is not None:
            while self.incoming.take(wait=wait) and not self.stop.is_set():
                wait = 0
        self.changes.take()

    def _work(self, *, until_done: bool = False) -> None:
        while not self.stop.is_set() and not self._is_lost() and self.tasks.one(self.stop.is_set, early=until_done):
            pass

    def _look_seen(self, seen: Seen) -> None:
        self.last.known |= seen.known
        for name in ("drifted", "healed", "failed", "queued", "waiting", "gaps"):
            setattr(self.last, name, getattr(self.last, name) + getattr(seen, name))


def _passes(error: AwsError | CatalogError) -> bool:
    return error.transient if isinstance(error, CatalogError) else error.reason in _PASSING
