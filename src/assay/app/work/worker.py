"""The worker: messages of a queue are received, processed in threads, and deleted, given back or buried.

No more is received than is bounded. While something takes long, its message is kept from other workers. A worker that is
asked to stop finishes what it has begun and gives the rest back.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import StrEnum

from assay.app.work.processing import Bury, Delete, Fate, Processing, Release
from assay.app.work.tasking import Tasks
from assay.aws.failures import CLOCK, EXPIRED, TRANSIENT
from assay.errors import AssayError, AwsError, CatalogError
from assay.ports import Message, Queue

_LOG = logging.getLogger("assay.worker")
_RECEIVE = 10
_WAIT_SECONDS = 5.0
_SHORT_WAIT_SECONDS = 1.0
_TICK_SECONDS = 0.1
_LONGEST_PAUSE = 30.0
# A queue hides a message for twelve hours at most, those before included.
_WITHOUT_DEAD_LETTERS = 11 * 60 * 60
_PASSING = TRANSIENT | {EXPIRED, CLOCK}


class Until(StrEnum):
    """How long a worker goes on."""

    STOPPED = "stopped"
    EMPTY = "empty"
    ONCE = "once"


@dataclass(slots=True, kw_only=True)
class Held:
    """A message that is here, and until when others do not see it (by the monotonic clock)."""

    message: Message
    until: float


@dataclass(slots=True, kw_only=True)
class Worker:
    """Works on the messages of `queue`, and on the tasks that they leave.

    `visible_after` is for how many seconds a received message is kept from others, `longest_pause` for how many at most
    nothing is received where all has to slow down. `note` is told in words what a person should know. Used once.
    """

    queue: Queue
    processing: Processing
    tasks: Tasks
    concurrency: int
    visible_after: int
    longest_pause: float = _LONGEST_PAUSE
    note: Callable[[str], None] = lambda _text: None
    stop: threading.Event = field(default_factory=threading.Event)
    _held: dict[str, Held] = field(default_factory=dict)
    _fates: list[tuple[Message, Fate]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _failed: BaseException | None = None
    _pause_until: float = 0.0
    _told: set[str] = field(default_factory=set)

    def run(self, until: Until = Until.STOPPED) -> Counter[str]:
        """Works until it is stopped, or as `until` says. Returns what became of events, by status.

        Raises `AssayError` where the queue or the catalog cannot be used any more; what was received is given back.
        """
        ended = threading.Event()
        keeper = threading.Thread(target=self._keep, args=(ended,), name="assay-worker-keeper", daemon=True)
        keeper.start()
        pool = ThreadPoolExecutor(self.concurrency, thread_name_prefix="assay-worker")
        beside = threading.Thread(target=self._beside, name="assay-worker-tasks", daemon=True)
        if until is Until.STOPPED:
            beside.start()
        try:
            self._receive(pool, until)
            if until is not Until.STOPPED and self._failed is None:
                self.tasks.run(self.stop, until_done=True)
        finally:
            # Also where this ends by an error: nobody asks for tasks to be ended then.
            self.stop.set()
            if beside.ident is not None:
                beside.join()
            # What no thread has begun is given back at once; what is begun is finished.
            pool.shutdown(wait=True, cancel_futures=True)
            ended.set()
            keeper.join()
            self._settle()
            self._give_back()
        if self._failed is not None:
            raise self._failed
        return self.processing.counts

    def _beside(self) -> None:
        try:
            self.tasks.run(self.stop)
        except AssayError as error:
            self._failed = error

    def _receive(self, pool: ThreadPoolExecutor, until: Until) -> None:
        most = max(_RECEIVE, 2 * self.concurrency)
        pause = 0.0
        wait = _WAIT_SECONDS if until is Until.STOPPED else _SHORT_WAIT_SECONDS
        while self._goes_on:
            room = most - len(self._held)
            if room <= 0 or time.monotonic() < self._pause_until:
                self.stop.wait(_TICK_SECONDS)
                continue
            # What is given back while this waits is there again, and was not seen by it.
            idle = not self._held
            try:
                # What is to end looks again once what it has is through.
                received = self.queue.receive(min(room, _RECEIVE), wait=wait if idle or until is Until.STOPPED else 0)
            except AwsError as error:
                if error.reason not in _PASSING:
                    raise
                self._say(f"the queue does not answer ({error.reason}); trying again")
                pause = min(self.longest_pause, max(1.0, pause * 2))
                self.stop.wait(pause * random.uniform(0.5, 1.0))
                continue
            pause = 0.0
            self._take(pool, received)
            if until is Until.ONCE or (until is Until.EMPTY and idle and not received):
                break
            if until is Until.STOPPED and 0 < len(received) < _RECEIVE:
                # The next ones come together: each request costs as much as the work on several.
                self.stop.wait(_TICK_SECONDS)
            while until is Until.EMPTY and not received and self._held and self._goes_on:
                self.stop.wait(_TICK_SECONDS)
        while until is not Until.STOPPED and self._held and self._goes_on:
            self.stop.wait(_TICK_SECONDS)

    @property
    def _goes_on(self) -> bool:
        return not self.stop.is_set() and self._failed is None

    def _take(self, pool: ThreadPoolExecutor, received: Sequence[Message]) -> None:
        hidden = time.monotonic() + self.visible_after
        with self._lock:
            for message in received:
                self._held[message.id] = Held(message=message, until=hidden)
        for message in received:
            pool.submit(self._work, message).add_done_callback(self._look)

    def _work(self, message: Message) -> None:
        if self.stop.is_set():
            return
        try:
            fate = self.processing.message(message)
        except CatalogError as error:
            if not error.transient:
                raise
            fate = Release(_LONGEST_PAUSE, "the catalog gave up", slow=True)
        with self._lock:
            self._fates.append((message, fate))

    def _look(self, future: Future[None]) -> None:
        """What ends a thread's work ends the worker: the catalog cannot be used, or this program is wrong."""
        if not future.cancelled() and (error := future.exception()) is not None:
            self._failed = error

    def _keep(self, ended: threading.Event) -> None:
        """Deletes, gives back and buries what is through, and keeps from others what takes long."""
        while not ended.wait(_TICK_SECONDS):
            try:
                self._settle()
                self._extend()
            except AssayError as error:
                self._failed = error
                return

    def _settle(self) -> None:
        with self._lock:
            fates, self._fates = self._fates, []
        if not fates:
            return
        try:
            self._delete([message for message, fate in fates if isinstance(fate, Delete)])
            for message, fate in fates:
                if isinstance(fate, Release):
                    self._release(message, fate)
                elif isinstance(fate, Bury):
                    self._bury(message, fate)
        except AwsError as error:
            if error.reason not in _PASSING:
                raise
            # What was not told to the queue comes again, and is known then.
            self._say(f"the queue does not answer ({error.reason}); what is done may come again")
        finally:
            with self._lock:
                for message, _ in fates:
                    self._held.pop(message.id, None)

    def _delete(self, messages: list[Message]) -> None:
        if messages and (failed := self.queue.delete(messages)):
            # Once more; one that stays comes again, and is known then.
            self.queue.delete(failed)

    def _release(self, message: Message, fate: Release) -> None:
        if fate.slow:
            self._pause_until = time.monotonic() + min(self.longest_pause, fate.seconds)
            self._say(f"slowing down: {fate.because}")
        self.queue.extend([message], seconds=fate.seconds * random.uniform(0.75, 1.25))

    def _bury(self, message: Message, fate: Bury) -> None:
        if not self.queue.bury(message, fate.reason):
            self._say("the queue has no dead-letter queue: what cannot be handled stays in it until it expires")
            self.queue.extend([message], seconds=_WITHOUT_DEAD_LETTERS)
        for then in fate.then:
            then()

    def _extend(self) -> None:
        due = time.monotonic() + self.visible_after / 2
        with self._lock:
            late = [held for held in self._held.values() if held.until < due]
        if not late:
            return
        try:
            self.queue.extend([held.message for held in late], seconds=self.visible_after)
            self.processing.renew()
        except AwsError as error:
            if error.reason not in _PASSING:
                raise
            return
        except CatalogError as error:
            if not error.transient:
                raise
            return
        hidden = time.monotonic() + self.visible_after
        for held in late:
            held.until = hidden

    def _give_back(self) -> None:
        with self._lock:
            messages = [held.message for held in self._held.values()]
            self._held.clear()
        try:
            self.queue.extend(messages, seconds=0)
        except AwsError:
            # They come again by themselves once their time is over.
            _LOG.info("messages could not be given back", extra={"messages": len(messages)})

    def _say(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self.note(text)
