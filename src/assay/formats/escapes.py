"""Escapes: blanked out at equal length for the view, or decoded with the raw offset of every byte."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from assay.formats.structure import Decoded, Window

_LONGEST = 64 * 1024
_OVERLAP = 1024
# Two bytes that UTF-8 never holds keep escaped backslashes apart while the rest is blanked.
_GUARD = b"\xc0\xc0"
_SIMPLE = ((b"\\n", b" \n"), (b"\\t", b" \t"), (b"\\r", b" \r"), (b'\\"', b' "'))


def blank_simple(data: bytes, extra: tuple[tuple[bytes, bytes], ...] = ()) -> bytes:
    """`\\n`, `\\t`, `\\r` and `\\"` as a blank and the character meant; escaped backslashes stay as they are."""
    if b"\\" not in data:
        return data
    guarded = b"\\\\" in data
    if guarded:
        data = data.replace(b"\\\\", _GUARD)
    for escape, blanked in _SIMPLE + extra:
        data = data.replace(escape, blanked)
    return data.replace(_GUARD, b"\\\\") if guarded else data


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


def escaped(data: bytes, position: int) -> bool:
    """Whether an odd number of backslashes stands right before `position`."""
    count = 0
    while count < position and data[position - count - 1] == 0x5C:
        count += 1
    return count % 2 == 1
