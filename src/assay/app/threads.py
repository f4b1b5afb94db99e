"""Work that waits for a network, done by a few threads, its results in the order in which it was given."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")


class Threads:
    """Threads that end with the process and keep nobody waiting: a call that hangs does not keep Ctrl-C from ending it."""

    def __init__(self, number: int, name: str) -> None:
        self._waiting: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        self._number = number
        self._stopped = False
        for _ in range(number):
            threading.Thread(target=self._work, name=name, daemon=True).start()

    def submit(self, work: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        self._waiting.put((future, work))
        return future

    def stop(self) -> None:
        """Nothing that waits is begun any more; what is being done is left alone."""
        self._stopped = True
        for _ in range(self._number):
            self._waiting.put(None)

    def _work(self) -> None:
        while True:
            given = self._waiting.get()
            if given is None or self._stopped:
                return
            future, work = given
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001  # whoever waits for it raises it
                future.set_exception(error)


def in_order(threads: Threads, given: Iterable[T], run: Callable[[T], None], ahead: int) -> Iterator[T]:
    """Runs each of `given` and yields it when it is done, in order; at most `ahead` are waiting or being done.

    What `run` raises ends it.
    """
    begun: deque[tuple[T, Future[None]]] = deque()
    for each in given:
        begun.append((each, threads.submit(partial(run, each))))
        while len(begun) >= ahead or (begun and begun[0][1].done()):
            yield _done(begun)
    while begun:
        yield _done(begun)


def _done(begun: deque[tuple[T, Future[None]]]) -> T:
    begun[0][1].result()
    return begun.popleft()[0]
