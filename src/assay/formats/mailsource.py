"""A mail as it is written, read once from its beginning, with the place of everything in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from assay.formats.mailtext import Written
from assay.formats.windows import Readable

# Each line that is taken moves what is left of a chunk.
_CHUNK = 64 * 1024
_TAIL = 2048
_LONGEST_HEADERS = 4 * 1024 * 1024
_BLANK = re.compile(rb"\r?\n")
_SEPARATOR = re.compile(rb"From [^\n]{1,200}?\d{1,2}:\d\d[^\n]{0,60}\n")


class Stop(NamedTuple):
    """Lines that end a part; in a mailbox the beginning of the next message does, too."""

    lines: re.Pattern[bytes]
    mailbox: bool


class Source:
    """What is left of a file of mail. A line that ends a part begins where the part's last line ended."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self._data = b""
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
        return not self._data

    def _fill(self, size: int) -> None:
        if len(self._data) >= size or self._ended:
            return
        pieces = [self._data]
        have = len(self._data)
        while have < size and not self._ended:
            piece = self._stream.read(_CHUNK)
            self._ended = not piece
            pieces.append(piece)
            have += len(piece)
        self._data = b"".join(pieces)

    def _eat(self, size: int) -> bytes:
        data, self._data = self._data[:size], self._data[size:]
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
        end = self._data.find(b"\n") + 1
        return self._eat(end or len(self._data))

    def at_message(self) -> bool:
        """Whether a message of a mailbox begins here: behind a blank line (RFC 4155)."""
        self._fill(_TAIL)
        return self.blank and _SEPARATOR.match(self._data) is not None

    def peek(self) -> bytes:
        """The next line, which is not read by this; of a longer one the beginning."""
        self._fill(_TAIL)
        return self._data[: self._data.find(b"\n") + 1 or len(self._data)][:_TAIL]

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
            found = stop.lines.search(text, 0 if self._begins else 1)
            if found:
                if found.start():
                    yield self._eat(found.start())
                return
            if self._ended:
                if self._data:
                    yield self._eat(len(self._data))
                return
            safe = len(self._data) - _TAIL
            yield self._eat(self._data.rfind(b"\n", 0, safe) + 1 or safe)


def stop_at(boundaries: tuple[bytes, ...], *, mailbox: bool) -> Stop:
    """Where a part ends: at the boundaries of all parts around it, and in a mailbox at the next message."""
    lines = [rb"^--" + re.escape(boundary) + rb"(?:--)?[ \t]*\r?\n" for boundary in boundaries]
    if mailbox:
        lines.append(rb"^\r?\n(?=" + _SEPARATOR.pattern + rb")")
    return Stop(re.compile(rb"(?m)" + rb"|".join(lines) if lines else rb"(?!)"), mailbox)


def _characters(data: bytes) -> int:
    if data.isascii():
        return len(data)
    try:
        return len(data.decode())
    except UnicodeDecodeError:
        return len(data)
