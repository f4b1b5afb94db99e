"""What the structures that must be read from the start have in common: they resume from window to window."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from assay.formats.structure import Decoded, Place, Window

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
        early = sum(1 for offset in offsets if offset < position)
        if early == len(offsets):
            return [None] * early
        position, state = self._nearer(window, position, state, offsets[early])
        walked = self._walk(window, position, state, offsets[early:] if early else offsets, 0)
        # Not into the margin: the next window goes on from here, and must not read that a second time.
        if walked.position <= window.core_end:
            self._cursor = (walked.position, walked.state)
        missing = len(offsets) - early - len(walked.places)
        return [None] * early + walked.places + [None] * missing

    def _show(self, window: Window) -> None:
        before = self._window
        if before is window:
            return
        if before is not None and before.byte == window.byte and before.core_end == window.core_end:
            return
        start = window.byte + window.core_start
        state = self._start
        if before is not None and before.byte + before.core_end == start:
            walked = self._walk(before, *self._nearer(before, *self._cursor, before.core_end), (), before.core_end)
            start, state = before.byte + walked.position, walked.state
        self._window = window
        self._base = self._cursor = (start - window.byte, state)
