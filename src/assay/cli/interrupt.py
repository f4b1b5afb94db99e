"""Ctrl-C between results, never within one."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from types import FrameType, TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")

_AGAIN_SECONDS = 0.01


class Interrupts:
    """While entered, Ctrl-C during `deliver` of a result waits until it is written; a second one does not wait."""

    def __init__(self) -> None:
        self._busy = False
        self._pending = False
        self._previous: Any = None
        self._installed = False
        self._hook: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._handle)
            self._installed = True
            self._hook = sys.unraisablehook
            sys.unraisablehook = self._lost
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._installed:
            signal.signal(signal.SIGINT, self._previous)
            sys.unraisablehook = self._hook
            self._installed = False

    def _lost(self, unraisable: Any, /) -> None:
        """An interrupt that came within a destructor or the like, where nothing can be raised: it comes again."""
        if isinstance(unraisable.exc_value, KeyboardInterrupt):
            again = threading.Timer(_AGAIN_SECONDS, _thread.interrupt_main)
            again.daemon = True
            again.start()
        else:
            self._hook(unraisable)

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        if self._busy and not self._pending:
            self._pending = True
            return
        raise KeyboardInterrupt

    def deliver(self, results: Iterator[T], write: Callable[[T], None]) -> None:
        """Hands each of `results` to `write`.

        An interrupt that came during `write` is thrown into `results`, which then ends early: it may still give what
        was finished, and a summary that says so.
        """
        while True:
            try:
                if self._pending and isinstance(results, Generator):
                    self._pending = False
                    result = results.throw(KeyboardInterrupt)
                elif self._pending:
                    raise KeyboardInterrupt
                else:
                    result = next(results)
            except StopIteration:
                return
            self._busy = True
            write(result)
            self._busy = False
