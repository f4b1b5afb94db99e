"""Ctrl-C, and being asked to end (SIGTERM, SIGHUP): between results, never within one."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self, TypeVar

T = TypeVar("T")

_AGAIN_SECONDS = 0.01
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Added to a signal's number by shells, for the exit code of what it ended.
_ENDED_BY = 128


class InterruptError(KeyboardInterrupt):
    """An interrupt by any of the signals; `code` is the exit code for it: 130, 143 or 129."""

    def __init__(self, code: int) -> None:
        super().__init__()
        self.code = code


class Interrupts:
    """While entered, a signal during `deliver` of a result waits until it is written; a second one does not wait.

    `code` is the exit code for the first signal that came. One that is ignored (nohup) stays so.
    """

    def __init__(self) -> None:
        self.code = _ENDED_BY + signal.SIGINT
        self._busy = False
        self._pending = False
        self._came = False
        self._previous: dict[signal.Signals, Any] = {}
        self._installed = False
        self._hook: Any = None

    @property
    def came(self) -> bool:
        """Whether a signal came."""
        return self._came

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in _SIGNALS:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    self._previous[number] = signal.signal(number, self._handle)
            self._installed = True
            self._hook = sys.unraisablehook
            sys.unraisablehook = self._lost
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._installed:
            for number, handler in self._previous.items():
                signal.signal(number, handler)
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

    def _handle(self, number: int, frame: FrameType | None) -> None:
        if not self._came:
            self.code = _ENDED_BY + number
            self._came = True
        # Between two results, too, where it would end `deliver` without a word to who gives them.
        is_between = frame is not None and frame.f_code is Interrupts.deliver.__code__
        if (self._busy or is_between) and not self._pending:
            self._pending = True
            return
        raise InterruptError(self.code)

    def deliver(self, results: Iterator[T], write: Callable[[T], None]) -> None:
        """Hands each of `results` to `write`.

        An interrupt that came during `write` is thrown into `results`, which then ends early: it may still give what
        was finished, and a summary that says so.
        """
        while True:
            try:
                if not self._pending:
                    result = next(results)
                elif isinstance(results, Generator):
                    self._pending = False
                    result = results.throw(InterruptError(self.code))
                else:
                    raise InterruptError(self.code)
            except StopIteration:
                return
            self._busy = True
            write(result)
            self._busy = False


@contextmanager
def stopped_by_signals(stop: threading.Event, *, quietly: bool = False) -> Iterator[None]:
    """The first Ctrl-C or SIGTERM sets `stop`, so that it ends in order; the second one does not wait.

    With `quietly` nobody is told: for a process that another one ends.
    """
    import click

    def handle(_number: int, _frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()
        if not quietly:
            click.echo("assay: ending after what was begun", err=True)

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
