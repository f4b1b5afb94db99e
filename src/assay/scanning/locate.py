"""Offsets in a window → lines, columns, code points and bytes of the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

from assay.formats.encoding import Transcoder
from assay.formats.structure import Window


class Span(Protocol):
    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


class Position(NamedTuple):
    """Where a span stands in the file. Lines and columns are 1-based, the rest 0-based and half-open."""

    start: int | None
    end: int | None
    byte_start: int | None
    byte_end: int | None
    line: int | None
    column: int | None


class Positions:
    """Follows one document through its windows. `known` is false where only byte offsets can be told."""

    def __init__(self, transcoder: Transcoder, *, line_start: int = 0, known: bool = True) -> None:
        self.transcoder = transcoder
        self.line_start = line_start
        self._known = known
        self._before: Window | None = None

    def enter(self, window: Window) -> None:
        """Go on to the next window: remember where the line that it begins in began."""
        before = self._before
        if before is not None:
            newline = before.data.rfind(b"\n", 0, window.byte - before.byte)
            if newline >= 0:
                self.line_start = before.char + _length(before.data, 0, newline + 1, before.data.isascii())
        self._before = window

    def of(self, window: Window, spans: Iterable[Span]) -> Iterator[Position]:
        """One position for every span; spans come by start."""
        data = window.data
        ascii_only = data.isascii()
        at, char, line = 0, window.char, window.line
        line_start = self.line_start
        original = self.transcoder.original_offset
        for span in spans:
            start, end = span.start, span.end
            passed = data.count(b"\n", at, start)
            if passed:
                line += passed
                newline = data.rfind(b"\n", at, start)
                line_start = char + _length(data, at, newline + 1, ascii_only)
            char += _length(data, at, start, ascii_only)
            at = start
            stop = char + _length(data, start, end, ascii_only)
            first = original(byte=window.byte + start, char=char, first=True)
            last = original(byte=window.byte + end, char=stop)
            if self._known:
                yield Position(char, stop, first, last, line + 1, char - line_start + 1)
            else:
                yield Position(None, None, first, last, None, None)


def _length(data: bytes, start: int, end: int, ascii_only: bool) -> int:
    return end - start if ascii_only else len(data[start:end].decode("utf-8", "replace"))
