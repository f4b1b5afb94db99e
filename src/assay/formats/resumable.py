"""What the structures that must be read from the start have in common: they resume from window to window."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from assay.formats.structure import Decoded, Place, Window
from assay.formats.windows import LEFT

RESUME = 512
"""A token that crosses a cut is read again from its start if that lies at most this far before the cut.

It must not be more than a window's left margin."""

State = TypeVar("State")


class Walked(NamedTuple, Generic[State]):
    """Places of the offsets asked for (those missing at the end are free), and a position and state to go on from."""

    places: list[Place | None]
    position: int
    state: State


class Resumable(ABC, Generic[State]):
    """A structure whose answers depend on all that went before.

    Nothing is read for a document of one window until offsets are asked for, and then no further than the last of
    them. Windows are seen through `view`, `decoded` or `places`, whichever comes first; when the next one is shown the
    state is carried over the one before.
    """

    def __init__(self, start: State) -> None:
        self._start = start
        self._window: Window | None = None
        self._base: tuple[int, State] = (0, start)
        self._cursor: tuple[int, State] = (0, start)

    @abstractmethod
    def _walk(self, window: Window, position: int, state: State, offsets: Sequence[int], stop: int) -> Walked[State]:
        """Read on from `position` until the `offsets` (ascending, none before it) are placed and `stop` is reached.

        The state returned is that before the token which holds the last offset or crosses `stop`.
        """

    def _nearer(self, window: Window, position: int, state: State, target: int) -> tuple[int, State]:
        """A position nearer to `target`, and not after it, where the state is known without reading up to it."""
        del window, target
        return position, state

    def view(self, window: Window) -> bytes:
        self._show(window)
        return window.data

    def decoded(self, window: Window) -> Iterator[Decoded]:
        self._show(window)
        return iter(())

    def places(self, window: Window, offsets: Sequence[int]) -> Sequence[Place | None]:
        self._show(window)
        if not offsets:
            return []
        position, state = self._cursor if offsets[0] >= self._cursor[0] else self._base
        early = bisect_left(offsets, position)
        # What the next window goes on from is kept; what that window reads again is walked apart.
        again = len(offsets) if window.last else max(early, bisect_left(offsets, window.core_end - LEFT + RESUME))
        out: list[Place | None] = [None] * early
        for first, after in ((early, again), (again, len(offsets))):
            if first == after:
                continue
            position, state = self._nearer(window, position, state, offsets[first])
            walked = self._walk(window, position, state, offsets[first:after], 0)
            position, state = walked.position, walked.state
            if after == again:
                self._cursor = (position, state)
            out += walked.places
            out += [None] * (after - len(out))
        return out

    def _show(self, window: Window) -> None:
        before = self._window
        if before is window:
            return
        if before is not None and before.byte == window.byte and before.core_end == window.core_end:
            return
        start = window.byte + window.core_start
        state = self._start
        if before is not None and before.byte + before.core_end == start:
            # From a token's length within the margin on, what lies there is known as well as the core: names that stand
            # before the core speak of values in it.
            stop = min(window.byte - before.byte + RESUME, before.core_end)
            at, state = self._cursor if self._cursor[0] < stop else self._base
            at, state = self._nearer(before, at, state, stop)
            if at < stop:
                walked = self._walk(before, at, state, (), stop)
                at, state = walked.position, walked.state
            start = before.byte + at
        self._window = window
        self._base = self._cursor = (start - window.byte, state)
