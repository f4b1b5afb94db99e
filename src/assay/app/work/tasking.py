"""Works on what events ask for and what takes longer than an event may: one task after the other, each once at a time."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeAlias

from assay.app.retry import HopelessError, PutOffError, RetryError
from assay.app.work.processing import ENDED
from assay.errors import AssayError, AwsError, CatalogError
from assay.store import tasks
from assay.store.claims import LostClaimError
from assay.store.engine import Catalog
from assay.store.tasks import Kind, Task

_LOG = logging.getLogger("assay.worker")
_TICK_SECONDS = 1.0
_PASSING = timedelta(seconds=30)
_FIRST = timedelta(seconds=60)
_LONGEST = timedelta(hours=1)
_SHARE = 20
"""What is asked for again and again is looked at for a twentieth of the time at most."""

Work: TypeAlias = Callable[[Task, Callable[[], bool]], str]
"""Does a task, and says what has to be said of it; asks now and then whether it has to end. Done again it changes nothing.
Raises `PutOffError`, `RetryError`, `HopelessError`, and other `AssayError`s, which count as failures."""


@dataclass(slots=True, kw_only=True)
class Tasks:
    """Works on the catalog's tasks by `works`. After `attempts` failures one is given up; what is asked for again while it
    is worked on waits for `quiet`. With `accounts` none of protection is taken that is of
    others. `before` is called before each is looked for:
    it may ask for some. `has_gaps` tells whether something that was asked for could not be seen. `counts` are what became of tasks, by kind and
    status."""

    catalog: Catalog
    works: Mapping[Kind, Work]
    actor: str
    lease: timedelta
    attempts: int
    quiet: timedelta
    accounts: Callable[[], Collection[str] | None] = lambda: None
    before: Callable[[], object] = lambda: None
    has_gaps: Callable[[], bool] = lambda: False
    counts: Counter[str] = field(default_factory=Counter)
    _put_off: Counter[str] = field(default_factory=Counter)

    def run(self, stop: threading.Event, *, until_done: bool = False) -> None:
        """Works until it is stopped; with `until_done` until nothing is left that may be done now, what waits for more of
        its kind included. Raises `CatalogError` where the catalog cannot be used any more."""
        while not stop.is_set():
            if self.one(stop.is_set, early=until_done):
                continue
            if until_done:
                return
            stop.wait(_TICK_SECONDS)

    def one(self, is_stopped: Callable[[], bool], *, early: bool = False) -> bool:
        """Works on one task, if one is due. Whether one was."""
        self.before()
        with self.catalog.transaction() as connection:
            # What passes may have passed by now; after some tries it is left until it is due, or this would never end.
            tired = [each for each, number in self._put_off.items() if number >= self.attempts] if early else ()
            task = tasks.take(
                connection, tuple(self.works), self.lease, early=early, accounts=self.accounts(), tired=tired
            )
        if task is None:
            return False
        if task.attempts > self.attempts:
            self._bury(task, ENDED)
            return True
        try:
            with self._kept(task) as is_lost:
                self._work(task, lambda: is_stopped() or is_lost())
        except LostClaimError:
            _LOG.info("another process has taken a task over", extra={"task": task.id})
        return True

    def _work(self, task: Task, is_to_end: Callable[[], bool]) -> None:
        began = time.monotonic()
        try:
            said = self.works[task.kind](task, is_to_end)
        except PutOffError as error:
            self._give_back(task, error.reason, counts=False, after=timedelta(0))
        except RetryError as error:
            self._later(task, error.reason, counts=error.counts)
        except HopelessError as error:
            self._bury(task, error.reason)
        except CatalogError as error:
            if not error.transient:
                raise
            self._later(task, "the catalog gave up", counts=False)
        except AwsError as error:
            self._later(task, error.reason, counts=True)
        except AssayError as error:
            self._later(task, str(error), counts=True)
        except Exception as error:  # noqa: BLE001  # one task must not end the work on all others; what it says may quote content
            _LOG.warning("task failed", extra={"task": task.id, "error": type(error).__name__})
            self._later(task, f"unexpected {type(error).__name__}", counts=True)
        else:
            pause = max(self.quiet, timedelta(seconds=_SHARE * (time.monotonic() - began)))
            with self.catalog.transaction() as connection:
                tasks.finish(connection, task, said, again_after=pause)
            self._put_off.pop(task.id, None)
            self.counts[f"{task.kind} done"] += 1

    @contextmanager
    def _kept(self, task: Task) -> Iterator[Callable[[], bool]]:
        """Keeps a task from others while it is worked on. Tells whether that failed."""
        ended, lost = threading.Event(), threading.Event()

        def keep() -> None:
            while not ended.wait(self.lease.total_seconds() / 3):
                try:
                    with self.catalog.transaction() as connection:
                        if not tasks.renew(connection, task, self.lease):
                            lost.set()
                            return
                except CatalogError:
                    # Another try follows before the time is over; what it ends with tells what is wrong.
                    continue

        keeper = threading.Thread(target=keep, name="assay-task-keeper", daemon=True)
        keeper.start()
        try:
            yield lost.is_set
        finally:
            ended.set()
            keeper.join()

    def _later(self, task: Task, reason: str, *, counts: bool) -> None:
        if counts and task.attempts >= self.attempts:
            self._bury(task, reason)
            return
        after = min(_LONGEST, _FIRST * 2 ** (task.attempts - 1)) if counts else _PASSING
        self._put_off[task.id] += 1
        self._give_back(task, reason, counts=counts, after=after)

    def _give_back(self, task: Task, reason: str, *, counts: bool, after: timedelta) -> None:
        with self.catalog.transaction() as connection:
            tasks.give_back(connection, task, reason, counts=counts, after=after)
        self.counts[f"{task.kind} put off"] += 1

    def _bury(self, task: Task, reason: str) -> None:
        with self.catalog.transaction() as connection:
            tasks.bury(connection, task, reason, actor=self.actor)
        self.counts[f"{task.kind} dead"] += 1
