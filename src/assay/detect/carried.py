"""Objects, arrays and elements under a key that reach from one window into the next."""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import NamedTuple

from assay.detect.named import NESTED_MAX, Container, Hinted, words_in
from assay.formats.resumable import RESUME
from assay.formats.structure import Place, Structure, Window


class _Open(NamedTuple):
    """A container that goes on in the next window: where it lies in bytes of the decoded file."""

    key: Place
    named: Hinted
    start: int
    end: int


class Carried:
    """The containers of one document that are open where a window's core begins."""

    def __init__(self) -> None:
        self._structure: weakref.ref[Structure] | None = None
        self._open: list[_Open] = []

    def into(self, window: Window, structure: Structure) -> list[Container]:
        """Those that reach into the window's core, with the words that they have there."""
        if self._structure is None or self._structure() is not structure:
            self._structure, self._open = weakref.ref(structure), []
        inside = []
        known = max(0, window.core_start - RESUME)
        for key, named, start, end in self._open:
            stop = min(end - window.byte, len(window.data))
            if stop > window.core_start:
                words = words_in(window.data, max(known, start - window.byte), stop)
                inside.append(Container(key, named, stop, words))
        return inside

    def keep(self, window: Window, containers: Sequence[Container]) -> None:
        """Remember which of `containers` the next window begins in."""
        self._open = [each for each in self._open if each.end > window.byte + window.core_end]
        for container in containers:
            assert container.key.governs is not None
            start = container.key.governs[0]
            if start < window.core_end < container.end:
                # Where a window ends before its container does, that one's end is not known.
                end = start + NESTED_MAX if container.end == len(window.data) else container.end
                self._open.append(_Open(container.key, container.named, window.byte + start, window.byte + end))
