"""One line on the terminal that tells how many are done."""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import monotonic
from typing import TextIO

_EVERY_SECONDS = 0.2


class CountLine:
    """Draws `WORD 320 of 1,501` over itself on `stream`, by default standard error where that is a terminal.

    `clear` takes it away before anything else is printed.
    """

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = monotonic) -> None:
        on_terminal = sys.stderr is not None and sys.stderr.isatty()
        self._stream = stream if stream is not None else sys.stderr if on_terminal else None
        self._clock = clock
        self._due = clock() + _EVERY_SECONDS
        self._drawn = False

    def tell(self, word: str, done: int, total: int | None = None) -> None:
        """Draws it, a few times a second at most; `total` where it is known."""
        now = self._clock()
        if self._stream is None or now < self._due:
            return
        self._due = now + _EVERY_SECONDS
        of = "" if total is None else f" of {total:,}"
        self._stream.write(f"\r{word} {done:,}{of}\x1b[K")
        self._stream.flush()
        self._drawn = True

    def clear(self) -> None:
        """Takes the line away."""
        if self._drawn and self._stream is not None:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
            self._drawn = False
