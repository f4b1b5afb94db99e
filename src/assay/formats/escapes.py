"""Escapes, decoded with the raw offset of every byte."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from assay.formats.structure import Decoded, Window

_LONGEST = 64 * 1024
_OVERLAP = 1024


def decode_span(
    data: bytes, start: int, end: int, escape: re.Pattern[bytes], meaning: Callable[[re.Match[bytes]], bytes]
) -> Decoded:
    """The text of `data[start:end]` with what `escape` matches replaced by its `meaning`."""
    pieces: list[bytes] = []
    offsets: list[int] = []
    position = start
    for match in escape.finditer(data, start, end):
        first, last = match.span()
        pieces.append(data[position:first])
        offsets.extend(range(position, first))
        value = meaning(match)
        pieces.append(value)
        offsets.extend([first] * len(value))
        position = last
    pieces.append(data[position:end])
    offsets.extend(range(position, end + 1))
    return Decoded(b"".join(pieces), offsets)


def decoded_values(
    window: Window,
    needs: re.Pattern[bytes],
    bounds: Callable[[bytes, int], tuple[int, int] | None],
    escape: re.Pattern[bytes],
    meaning: Callable[[re.Match[bytes]], bytes],
) -> Iterator[Decoded]:
    """The values near the window's core in which `needs` matches; `bounds` gives a value's span around an offset.

    Values of more than 64 KiB come in pieces that overlap.
    """
    data = window.data
    reached = 0
    match = needs.search(data, reached)
    while match is not None:
        found = match.start()
        if found >= window.core_end + _LONGEST:
            return
        span = bounds(data, found)
        if span is None:
            reached = match.end()
        else:
            start, end = max(span[0], found - _OVERLAP), min(span[1], found + _LONGEST)
            if end > window.core_start and start < window.core_end:
                yield decode_span(data, *_whole(data, start, end), escape, meaning)
            reached = max(match.end(), end if end == span[1] else end - _OVERLAP)
        match = needs.search(data, reached)


def _whole(data: bytes, start: int, end: int) -> tuple[int, int]:
    while start < end and data[start] & 0xC0 == 0x80:
        start += 1
    while start < end < len(data) and data[end] & 0xC0 == 0x80:
        end -= 1
    return start, end
