"""Pieces of a file that are replaced where it is copied, and what stands there instead."""

from __future__ import annotations

import heapq
import re
import struct
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple, Protocol

from assay.errors import ReadError
from assay.formats import Kind, Readable

STARS = "*" * 8
_IN_MEMORY = 4 * 1024 * 1024
_ENTRY = struct.Struct("<QQH")
_MOST_SHOWN = 1024
_PIECE = 1024 * 1024
# What means nothing in any of the formats, wherever it stands.
_HARMLESS = frozenset("*@.-_+ ")
_BREAKS = r"\r\n|\r|\n"
_KEPT = re.compile(rf"(\\?[\"']|{_BREAKS})")
_KEPT_OF_MARKUP = re.compile(rf"(<[^<>]*>|{_BREAKS})")
_AT_A_STAR = re.compile(r"x(?=\*)|<[^<>]*>")


class Writable(Protocol):
    """Anything with `write`."""

    def write(self, data: bytes, /) -> int: ...


class Cover(NamedTuple):
    """The bytes `[start, end)` of a file, and what is shown there."""

    start: int
    end: int
    shown: str


class Covers:
    """Covers of one file in the order in which they stand there, on disk where they are many."""

    def __init__(self, folder: str) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, dir=folder)  # noqa: SIM115
        self._last = 0
        self.count = 0
        self.is_ordered = True

    def add(self, cover: Cover) -> None:
        """Adds one that does not begin before the last one."""
        if cover.start < self._last or cover.end < cover.start:
            self.is_ordered = False
        self._last = cover.start
        shown = cover.shown[:_MOST_SHOWN].encode("utf-8", "replace")
        self._file.write(_ENTRY.pack(cover.start, max(cover.start, cover.end), len(shown)) + shown)
        self.count += 1

    def __iter__(self) -> Iterator[Cover]:
        self._file.seek(0)
        while entry := self._file.read(_ENTRY.size):
            start, end, length = _ENTRY.unpack(entry)
            yield Cover(start, end, self._file.read(length).decode("utf-8", "replace"))

    def close(self) -> None:
        """Gives back what they are kept in."""
        self._file.close()


def apart(*covers: Iterable[Cover]) -> Iterator[Cover]:
    """All of them by start, each of the sources being so; those that overlap are one. The larger one's text is shown."""
    held: Cover | None = None
    for cover in heapq.merge(*covers, key=lambda each: (each.start, -each.end)):
        if held is None:
            held = cover
        elif cover.start >= held.end:
            yield held
            held = cover
        elif cover.end > held.end:
            held = Cover(held.start, cover.end, STARS)
    if held is not None:
        yield held


class Spelling:
    """How replaced text is written in a file of that kind, encoding and delimiter.

    What makes the structure stays where it stands: line ends and indents, quotes, delimiters, tags.
    """

    def __init__(self, kind: Kind, codec: str, delimiter: str = "") -> None:
        self._kind = kind
        self._codec = codec
        self._delimiter = delimiter
        if kind in (Kind.XML, Kind.HTML):
            self._kept = _KEPT_OF_MARKUP
        elif delimiter:
            self._kept = re.compile(rf"(\"|{_BREAKS}|{re.escape(delimiter)})")
        else:
            self._kept = _KEPT

    def covered(self, raw: bytes, shown: str) -> bytes:
        """What takes the place of `raw`."""
        shown = self.harmless(shown)
        text = raw.decode(self._codec, "replace")
        out = []
        for number, part in enumerate(self._kept.split(text)):
            inner = part.strip()
            if number % 2 or not inner:
                out.append(part)
                continue
            at = part.index(inner)
            out.append(part[:at] + shown + part[at + len(inner) :])
            shown = self.harmless(STARS)
        return encoded("".join(out), self._codec)

    def harmless(self, shown: str) -> str:
        """The text without anything that the format might take for its own."""
        plain = "".join(
            char if (char.isalnum() or char in _HARMLESS) and char != self._delimiter else "*" for char in shown
        )
        plain = plain.strip() or STARS
        # A star that begins a scalar of YAML makes it an alias.
        return f"x{plain[1:]}" if self._kind is Kind.YAML and plain.startswith("*") else plain

    def written(self, shown: str) -> bytes:
        """The same in the file's encoding."""
        return encoded(self.harmless(shown), self._codec)


def encoded(text: str, codec: str) -> bytes:
    """The text in that encoding, with a star for what has no code in it."""
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        return "".join(char if _has_code(char, codec) else "*" for char in text).encode(codec)


def _has_code(char: str, codec: str) -> bool:
    try:
        char.encode(codec)
    except UnicodeEncodeError:
        return False
    return True


def is_only_stars(raw: bytes, codec: str) -> bool:
    """Whether what was found is what was put there, of which nothing can be read."""
    return not any(map(str.isalnum, _AT_A_STAR.sub("", raw.decode(codec, "replace"))))


def pass_on(source: Readable, target: Writable, length: int | None) -> None:
    """Copies the next `length` bytes, or all (`None`). Raises `ReadError` where there are fewer."""
    left = length
    while left is None or left:
        data = source.read(_PIECE if left is None else min(_PIECE, left))
        if not data:
            if left:
                raise ReadError("changed", "became shorter while it was copied")
            return
        target.write(data)
        if left is not None:
            left -= len(data)


def copy_covered(source: Readable, target: Writable, covers: Iterable[Cover], spelling: Spelling) -> None:
    """Copies a file, with what is covered replaced. The covers are `apart`."""
    at = 0
    for cover in covers:
        pass_on(source, target, cover.start - at)
        raw = source.read(cover.end - cover.start)
        if len(raw) < cover.end - cover.start:
            raise ReadError("changed", "became shorter while it was copied")
        target.write(spelling.covered(raw, cover.shown))
        at = cover.end
    pass_on(source, target, None)
