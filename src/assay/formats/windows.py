"""Windows: a stream of bytes → overlapping pieces of UTF-8 text, in memory bounded by the window and not the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from assay.formats.encoding import Transcoder
from assay.formats.structure import Window

CORE = 4 * 1024 * 1024
LEFT = 1024
RIGHT = 32 * 1024
_READ = 256 * 1024


class Readable(Protocol):
    """Anything with `read(n)`: a file, a decompressor, a member of an archive. An empty result is the end."""

    def read(self, size: int = ..., /) -> bytes: ...


def windows(
    stream: Readable,
    transcoder: Transcoder,
    *,
    head: bytes = b"",
    core: int = CORE,
    left: int = LEFT,
    right: int = RIGHT,
    byte: int = 0,
    char: int = 0,
    line: int = 0,
    skip: int = 0,
    length: int | None = None,
) -> Iterator[Window]:
    """The windows of `head` (what was already read of the stream) and the rest of `stream`, decoded by `transcoder`.

    Cores are about `core` bytes, cut at a line end where one lies in the last quarter, and never inside a UTF-8
    sequence; `left` and `right` bytes around them are margin. Put together, the cores are exactly the text. An empty
    stream gives one empty window.

    For a part of a file: `byte`, `char`, `line` are the position of the first byte read, the first `skip` bytes of text
    are margin only, and cores end after `length` bytes counted from there (what follows is read as margin).
    Errors of the stream (`ReadError`, `OSError`) pass through.
    """
    source = _Text(stream, transcoder, head)
    data = source.more(b"", skip + core + right)
    core_start = min(skip, len(data))
    left_over = length
    while True:
        target = core_start + core
        stop = len(data) if left_over is None else min(len(data), core_start + left_over)
        last = stop < len(data) or source.ended
        if last and stop <= target + right:
            core_end = _aligned(data, stop, core_start)
        else:
            core_end = _cut(data, core_start, min(target, stop), core // 4)
            last = False
        end = _aligned(data, core_end + right, core_end)
        whole = end >= len(data)
        yield Window(data if whole else data[:end], core_start, core_end, byte, char, line, last)
        if last:
            return
        if left_over is not None:
            left_over -= core_end - core_start
        begin = core_end - left
        if begin > 0:
            while begin < core_end and data[begin] & 0xC0 == 0x80:
                begin += 1
            passed = data[:begin]
            byte += begin
            char += begin if passed.isascii() else len(passed.decode())
            line += passed.count(b"\n")
            data = data[begin:]
            core_start = core_end - begin
            transcoder.forget(char)
        else:
            core_start = core_end
        data = source.more(data, core_start + core + right)


class _Text:
    """Decoded text of a stream, read until a buffer is long enough."""

    def __init__(self, stream: Readable, transcoder: Transcoder, head: bytes) -> None:
        self._stream = stream
        self._transcoder = transcoder
        self._head = head
        self.ended = False

    def more(self, data: bytes, size: int) -> bytes:
        """`data` grown to more than `size` bytes, or to the end of the stream."""
        pieces = [data] if data else []
        have = len(data)
        if self._head:
            pieces.append(self._transcoder.feed(self._head))
            have += len(pieces[-1])
            self._head = b""
        while have <= size and not self.ended:
            raw = self._stream.read(_READ)
            piece = self._transcoder.feed(raw, final=not raw)
            self.ended = not raw
            if piece:
                pieces.append(piece)
            have += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _aligned(data: bytes, position: int, least: int) -> int:
    """`position` or a little before it, not inside a UTF-8 sequence and not before `least`."""
    if position >= len(data):
        return len(data)
    while position > least and data[position] & 0xC0 == 0x80:
        position -= 1
    return position


def _cut(data: bytes, start: int, target: int, reach: int) -> int:
    line_end = data.rfind(b"\n", max(start, target - reach), target)
    if line_end >= 0:
        return line_end + 1
    cut = _aligned(data, target, start)
    if cut == start:
        # A core shorter than one character: take the whole character, so that every window moves on.
        cut = start + 1
        while cut < len(data) and data[cut] & 0xC0 == 0x80:
            cut += 1
    return cut
