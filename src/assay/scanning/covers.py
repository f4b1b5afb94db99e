"""Pieces of a file that are replaced where it is copied, and what stands there instead."""

from __future__ import annotations

import re
import struct
import tempfile
from collections.abc import Callable, Iterable, Iterator
from typing import IO, NamedTuple, Protocol

from assay.errors import ReadError
from assay.formats import Kind, Readable

STARS = "*" * 8
_IN_MEMORY = 4 * 1024 * 1024
_ENTRY = struct.Struct("<QQH")
_MOST_SHOWN = 1024
_PIECE = 1024 * 1024
# Letters, digits, and what means nothing in any of the formats, wherever it stands.
_HARMFUL = re.compile(r"[^\w*@.+ -]")
_PLAIN = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@+.-"
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
        size, unpack = _ENTRY.size, _ENTRY.unpack_from
        rest = b""
        while piece := self._file.read(_PIECE):
            data = rest + piece
            at, least = 0, len(data) - size
            while at <= least:
                start, end, length = unpack(data, at)
                after = at + size + length
                if after > len(data):
                    break
                yield Cover(start, end, data[at + size : after].decode("utf-8", "replace"))
                at = after
            rest = data[at:]

    def close(self) -> None:
        """Gives back what they are kept in."""
        self._file.close()


class Cell(NamedTuple):
    """The same of a cell: what is shown there is made where it is asked for, as a finding in it may say it already."""

    start: int
    end: int
    shown_of: Callable[[], str]


def apart(covers: Iterable[Cover], cells: Iterator[Cell] | None = None) -> Iterator[Cover]:
    """All of them by start, each of the sources being so; those that overlap are one. The larger one's text is shown."""
    held: Cover | Cell | None = None
    for cover in covers if cells is None else _merged(covers, cells):
        if held is None:
            held = cover
        elif cover.start >= held.end:
            yield held if type(held) is Cover else _shown(held)
            held = cover
        elif cover.end > held.end:
            held = Cover(held.start, cover.end, STARS)
    if held is not None:
        yield _shown(held)


def _shown(cover: Cover | Cell) -> Cover:
    return Cover(cover.start, cover.end, cover.shown_of()) if isinstance(cover, Cell) else cover


def _merged(covers: Iterable[Cover], cells: Iterator[Cell]) -> Iterator[Cover | Cell]:
    """Both by start; of those that begin at one place the larger one first, then what was found."""
    cell = next(cells, None)
    for cover in covers:
        while cell is not None and (cell.start < cover.start or (cell.start == cover.start and cell.end > cover.end)):
            yield cell
            cell = next(cells, None)
        yield cover
    if cell is not None:
        yield cell
        yield from cells


class Spelling:
    """How replaced text is written in a file of that kind, encoding and delimiter.

    What makes the structure stays where it stands: line ends and indents, quotes, delimiters, tags.
    """

    def __init__(self, kind: Kind, codec: str, delimiter: str = "") -> None:
        self._kind = kind
        self._codec = codec
        self._delimiter = delimiter
        # No delimiter is a letter, a digit or a sign of these; in other codes bytes are no characters.
        plain = rb"[0-9A-Za-z@+.-]+" if _is_ascii(codec) and not (delimiter and delimiter in _PLAIN) else rb"(?!)"
        self._is_plain = re.compile(plain).fullmatch
        if kind in (Kind.XML, Kind.HTML):
            self._kept = _KEPT_OF_MARKUP
        elif delimiter:
            self._kept = re.compile(rf"(\"|{_BREAKS}|{re.escape(delimiter)})")
        else:
            self._kept = _KEPT

    def covered(self, raw: bytes, shown: str) -> bytes:
        """What takes the place of `raw`."""
        if raw.isascii() and self._is_plain(raw) is not None:
            # Most are numbers and names: nothing in them makes a structure.
            return encoded(self.harmless(shown), self._codec)
        shown = self.harmless(shown)
        text = raw.decode(self._codec, "replace")
        if text == text.strip() and self._kept.search(text) is None:
            return encoded(shown, self._codec) if text else b""
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
        plain = _HARMFUL.sub("*", shown)
        if self._delimiter:
            plain = plain.replace(self._delimiter, "*")
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


def _is_ascii(codec: str) -> bool:
    return _PLAIN.encode(codec) == _PLAIN.encode("ascii")


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
    # The file from `base` on, as far as it was read; what lies before `at` is written. Findings are many: each is a slice.
    data, base, at = b"", 0, 0
    out: list[bytes] = []
    covered = spelling.covered
    for start, end, shown in covers:
        if end - base > len(data):
            kept = min(len(data), max(at, start - base))
            out.append(data[at:kept])
            target.write(b"".join(out))
            out.clear()
            data, base, at = data[kept:], base + kept, 0
            pass_on(source, target, start - base - len(data) if not data else 0)
            base = max(base, start)
            data += _read(source, end - base - len(data))
        out.append(data[at : start - base])
        at = end - base
        out.append(covered(data[start - base : at], shown))
    out.append(data[at:])
    target.write(b"".join(out))
    pass_on(source, target, None)


def _read(source: Readable, least: int) -> bytes:
    """The next piece of a file, of so many bytes at least. Raises `ReadError` where there are fewer."""
    pieces: list[bytes] = []
    while least > 0:
        piece = source.read(max(_PIECE, least))
        if not piece:
            raise ReadError("changed", "became shorter while it was copied")
        pieces.append(piece)
        least -= len(piece)
    return b"".join(pieces)
