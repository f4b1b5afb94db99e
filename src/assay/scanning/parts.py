"""Parts of a stream: regions of large files, cut at lines, and what stands before a part."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import IO

from assay.formats import Encoding
from assay.formats.windows import LEFT, RIGHT
from assay.scanning.document import Origin


def read(stream: IO[bytes], size: int) -> bytes:
    """Up to `size` bytes. A regular file gives them at once; a pipe gives fewer at a time."""
    data = stream.read(size) or b""
    if stream.seekable():
        return data
    while 0 < len(data) < size:
        more = stream.read(size - len(data))
        if not more:
            break
        data += more
    return data


def margin(stream: IO[bytes], start: int) -> bytes:
    """Up to `LEFT` bytes before `start`, beginning with a whole character."""
    low = max(0, start - LEFT)
    stream.seek(low)
    data = read(stream, start - low)
    skip = 0
    while skip < len(data) and skip < 4 and data[skip] & 0xC0 == 0x80:
        skip += 1
    return data[skip:]


def region(stream: IO[bytes], start: int, length: int, size: int, encoding: Encoding) -> tuple[Origin, io.BytesIO]:
    """A sampled region, from the first line that begins in it to the end of its last whole line."""
    wide = next((unit for name, unit in (("utf-16", 2), ("utf-32", 4)) if encoding.name.startswith(name)), 1)
    start -= start % wide
    stream.seek(start)
    data = read(stream, length + RIGHT)
    newline = ("\r" if encoding.returns else "\n").encode(encoding.name)
    first = _line_start(data, newline, 0, length) if start else 0
    stop = len(data) if start + length >= size - wide else _line_end(data, newline, length)
    if stop <= first:
        first, stop = 0, min(len(data), length)
    origin = Origin(byte=start + first, known=False, row=1 if start else 0)
    if encoding.name != "utf-8":
        # Text is measured in UTF-8, which is longer or shorter: it ends with the region, without a margin.
        return origin, io.BytesIO(data[first:stop])
    return replace(origin, length=stop - first), io.BytesIO(data[first:])


def _line_start(data: bytes, newline: bytes, low: int, high: int) -> int:
    """Behind the first line end of `data[low:high]`, 0 if there is none. Wide characters lie at multiples of their width."""
    while (found := data.find(newline, low, high)) >= 0:
        if found % len(newline) == 0:
            return found + len(newline)
        low = found + 1
    return 0


def _line_end(data: bytes, newline: bytes, high: int) -> int:
    """Behind the last line end of `data[:high]`, 0 if there is none."""
    while (found := data.rfind(newline, 0, high)) >= 0:
        if found % len(newline) == 0:
            return found + len(newline)
        high = found + len(newline) - 1
    return 0
