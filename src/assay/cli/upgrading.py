"""Tells how far the bringing up of a catalog is."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Self, TextIO

_MANY = 500_000
_A_MINUTE = 5_000_000
_EVERY_SECONDS = 0.2


class Upgrading:
    """Says before how long it takes, where that is long; on a terminal a line shows how far it is, and is gone at the end."""

    def __init__(self, stream: TextIO, *, clock: Callable[[], float] = monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._due = clock()
        self._is_drawn = False

    def __call__(self, done: int, of: int) -> None:
        if done == 0 and of >= _MANY:
            # Each row is read twice: to be proven, and to be sealed.
            minutes = max(1, round(of / _A_MINUTE))
            told = "about a minute" if minutes == 1 else f"about {minutes} minutes"
            self._stream.write(
                f"{of // 2:,} rows have to be proven and sealed anew, which takes {told}; nothing is changed if it is ended\n"
            )
        if done and self._stream.isatty() and self._clock() >= self._due:
            self._due = self._clock() + _EVERY_SECONDS
            self._is_drawn = True
            self._stream.write(f"\r{min(done, of):,} of {of:,} rows read ({min(done / of, 1):.0%})\x1b[K" if of else "")
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_drawn:
            self._stream.write("\r\x1b[K")
            self._stream.flush()
