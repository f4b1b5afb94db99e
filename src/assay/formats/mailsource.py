"""A mail as it is written, read once from its beginning, with the place of everything in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from assay.formats.mailtext import Written
from assay.formats.windows import Readable

_CHUNK = 64 * 1024
_TAIL = 2048
_LONGEST_HEADERS = 4 * 1024 * 1024
_BLANK = re.compile(rb"\r?\n")
_SEPARATOR = re.compile(rb"From [^\n]{1,200}?\d{1,2}:\d\d[^\n]{0,60}\n")
# Every message has boundaries of its own: an expression of them would be compiled for each.
_MARK = rb"^--([^\n]*)\n"
_MARKED = re.compile(rb"(?m)" + _MARK)
_MARKED_OR_NEXT = re.compile(rb"(?m)" + _MARK + rb"|^\r?\n(?=" + _SEPARATOR.pattern + rb")")
_NEXT = re.compile(rb"(?m)^\r?\n(?=" + _SEPARATOR.pattern + rb")")


class Stop(NamedTuple):
    """Boundaries that end a part; in a mailbox the beginning of the next message does, too."""

    boundaries: frozenset[bytes]
    mailbox: bool

    def at(self, text: bytes, start: int) -> int:
        """Where the first line that ends the part begins in `text`, -1 if none does."""
        if self.mailbox:
            lines = _MARKED_OR_NEXT if self.boundaries else _NEXT
        elif self.boundaries:
            lines = _MARKED
        else:
            return -1
        for found in lines.finditer(text, start):
            if found.lastindex is None or self._is_boundary(found[1]):
                return found.start()
        return -1

    def _is_boundary(self, line: bytes) -> bool:
        said = line.removesuffix(b"\r").rstrip(b" \t")
        return said in self.boundaries or said.removesuffix(b"--") in self.boundaries


class Source:
    """What is left of a file of mail. A line that ends a part begins where the part's last line ended."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        # What was taken of the data stays before `_next` until more is read: to move the rest each time takes longer.
        self._data = b""
        self._next = 0
        self._ended = False
        self._begins = True
        self.blank = True
        self._byte = self._char = self._line = self._line_char = 0

    @property
    def at(self) -> Written:
        """Where what comes next is written."""
        return Written(self._byte, self._char, self._line, self._line_char)

    @property
    def is_at_end(self) -> bool:
        self._fill(1)
        return self._next == len(self._data)

    def _fill(self, size: int) -> None:
        have = len(self._data) - self._next
        if have >= size or self._ended:
            return
        pieces = [self._data[self._next :]]
        while have < size and not self._ended:
            piece = self._stream.read(_CHUNK)
            self._ended = not piece
            pieces.append(piece)
            have += len(piece)
        self._data = b"".join(pieces)
        self._next = 0

    def _eat(self, end: int) -> bytes:
        data = self._data[self._next : end]
        self._next = end
        newline = data.rfind(b"\n")
        if newline >= 0:
            self._line += data.count(b"\n")
            self._line_char = self._char + _characters(data[: newline + 1])
            self._begins = newline == len(data) - 1
            self.blank = data.endswith((b"\n\n", b"\n\r\n")) or data in (b"\n", b"\r\n")
        elif data:
            self._begins = self.blank = False
        self._char += _characters(data)
        self._byte += len(data)
        return data

    def line(self) -> bytes:
        """The next line, with its end; of a longer one the beginning."""
        self._fill(_TAIL)
        return self._eat(self._data.find(b"\n", self._next) + 1 or len(self._data))

    def at_message(self) -> bool:
        """Whether a message of a mailbox begins here: behind a blank line (RFC 4155)."""
        self._fill(_TAIL)
        return self.blank and _SEPARATOR.match(self._data, self._next) is not None

    def peek(self) -> bytes:
        """The next line, which is not read by this; of a longer one the beginning."""
        self._fill(_TAIL)
        end = self._data.find(b"\n", self._next) + 1 or len(self._data)
        return self._data[self._next : min(end, self._next + _TAIL)]

    def headers(self) -> bytes:
        """The header, with the blank line that ends it."""
        lines: list[bytes] = []
        size = 0
        while size < _LONGEST_HEADERS and (line := self.line()):
            lines.append(line)
            size += len(line)
            if _BLANK.fullmatch(line):
                break
        return b"".join(lines)

    def until(self, stop: Stop) -> Iterator[bytes]:
        """What comes before the next line that `stop` matches, or before the end of the file."""
        while True:
            self._fill(_CHUNK)
            if stop.mailbox and self.at_message():
                return
            text = self._data + b"\n" if self._ended else self._data
            found = stop.at(text, self._next + (not self._begins))
            if found >= 0:
                if found > self._next:
                    yield self._eat(found)
                return
            if self._ended:
                if self._next < len(self._data):
                    yield self._eat(len(self._data))
                return
            safe = len(self._data) - _TAIL
            yield self._eat(self._data.rfind(b"\n", self._next, safe) + 1 or safe)


def stop_at(boundaries: tuple[bytes, ...], *, mailbox: bool) -> Stop:
    """Where a part ends: at the boundaries of all parts around it, and in a mailbox at the next message."""
    return Stop(frozenset(boundaries), mailbox)


def _characters(data: bytes) -> int:
    if data.isascii():
        return len(data)
    try:
        return len(data.decode())
    except UnicodeDecodeError:
        return len(data)
