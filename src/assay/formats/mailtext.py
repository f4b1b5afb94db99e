"""How the text of a mail is written: encoded words of headers (RFC 2047), base64 and quoted-printable (RFC 2045).

What is decoded keeps the place of every byte in the message, so that a finding has the span that is written there.
"""

from __future__ import annotations

import binascii
import codecs
import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from email.header import decode_header
from itertools import accumulate
from typing import NamedTuple

from assay.formats.encoding import UTF8, Encoding, detect
from assay.formats.structure import Decoded, Place, Window
from assay.formats.windows import Readable
from assay.formats.written import blank_text
from assay.model import Locator

_WORDS = re.compile(rb"(?m)^([A-Za-z][\w-]{0,75}):((?:[^\n]*\n[ \t])*[^\n]*=\?(?:[^\n]*\n[ \t])*[^\n]*)")
_WORD = re.compile(rb"=\?[\w.:*-]{1,60}\?[bBqQ]\?[^?\n]{0,2000}\?=")
_BETWEEN = re.compile(rb"\s*")
_ESCAPE = re.compile(rb"=(?:([0-9A-Fa-f]{2})|[ \t]*\r?\n)")
_RUN = re.compile(rb"[A-Za-z0-9+/=]+")
_NO_LETTERS = bytes(byte for byte in range(256) if not _RUN.fullmatch(bytes((byte,))))
_LETTERS = bytes(byte for byte in range(256) if byte not in _NO_LETTERS) + b"="
_LONG_LINE = 256 * 1024
_LOOK = 64 * 1024
_LINES = 40
_LONG_LETTERS = 24
_PLAIN = frozenset({"ascii", "utf-8"})
# Codecs of Python that are no charset, or that begin with a mark of their own.
_NO_CHARSET = frozenset(
    [
        "idna",
        "punycode",
        "unicode_escape",
        "raw_unicode_escape",
        "undefined",
        "utf-7",
        "utf-16",
        "utf-32",
        "mbcs",
        "oem",
    ]
)


class Written(NamedTuple):
    """Where a stretch of a message begins in the file: bytes, code points, lines, and the code point its line begins with."""

    byte: int
    char: int
    line: int
    line_char: int


class Headers:
    """The headers of a message as text, and its body where that follows as it is written."""

    def places(self, _window: Window, offsets: Sequence[int]) -> Sequence[Place | None]:
        return [None] * len(offsets)

    def view(self, window: Window) -> bytes:
        return blank_text(window.data)

    def decoded(self, window: Window) -> Iterator[Decoded]:
        """Headers with encoded words, as they are meant."""
        data = window.data
        end = data.find(b"\n\n")
        end = data.find(b"\n\r\n") if end < 0 else end
        for field in _WORDS.finditer(data, 0, end if end >= 0 else len(data)):
            text = bytearray(field[1] + b":")
            offsets = [*range(field.start(1), field.end(1) + 1)]
            at, before = field.start(2), False
            for word in _WORD.finditer(data, field.start(2), field.end(2)):
                meant = _meant(word[0])
                if meant is None:
                    continue
                # White space between two encoded words is none of the text.
                if not (before and _BETWEEN.fullmatch(data, at, word.start())):
                    text += data[at : word.start()]
                    offsets += range(at, word.start())
                text += meant
                offsets += [word.start() + n * len(word[0]) // max(1, len(meant)) for n in range(len(meant))]
                at, before = word.end(), True
            text += data[at : field.end(2)]
            offsets += range(at, field.end(2) + 1)
            yield Decoded(bytes(text), offsets)


def _meant(word: bytes) -> bytes | None:
    try:
        ((data, charset),) = decode_header(word.decode("ascii", "replace"))
        text = data if isinstance(data, str) else data.decode(charset or "ascii", "replace")
    except (ValueError, LookupError, UnicodeError, binascii.Error):
        return None
    return text.encode("utf-8", "replace")


def encoding_of(charset: str, head: bytes) -> Encoding:
    """The encoding of a text that says its charset; told from the text where that says too little to be true."""
    try:
        codec = codecs.lookup(charset)
    except (LookupError, ValueError):
        return detect(head)
    name = codec.name
    if name in _PLAIN or name in _NO_CHARSET or not getattr(codec, "_is_text_encoding", True):
        return detect(head)
    # What says Latin-1 is read as Windows-1252, as browsers and mail programs do.
    return Encoding("cp1252" if name == "iso8859-1" else name)


class Transfer(NamedTuple):
    """A part that was encoded: its bytes, and where each of them is written (`starts` and `ends` of offset → offset)."""

    data: bytes
    begin: Callable[[int], int]
    end: Callable[[int], int]


def quoted_printable(raw: bytes) -> Transfer:
    """Decodes RFC 2045 section 6.7; what is no escape stays as it is."""
    data = bytearray()
    # A text in another script has an escape every three bytes.
    decoded, written = array("Q"), array("Q")
    at = 0
    for escape in _ESCAPE.finditer(raw):
        if at < escape.start():
            decoded.append(len(data))
            written.append(at)
            data += raw[at : escape.start()]
        if escape[1]:
            decoded.append(len(data))
            written.append(escape.start())
            data.append(int(escape[1], 16))
        at = escape.end()
    decoded.append(len(data))
    written.append(at)
    data += raw[at:]

    def begin(offset: int) -> int:
        index = max(0, bisect_right(decoded, offset) - 1)
        return written[index] + offset - decoded[index]

    def end(offset: int) -> int:
        last = begin(offset - 1) if offset else 0
        return last + (3 if raw[last : last + 1] == b"=" and _ESCAPE.match(raw, last) else 1)

    return Transfer(bytes(data), begin, end)


def base64(raw: bytes) -> Transfer:
    """Decodes RFC 2045 section 6.8; what stands behind padding is read on, and what is no letter of it is passed over."""
    runs = [(match.start(), match[0]) for match in _RUN.finditer(raw)]
    starts = [start for start, _ in runs]
    counts = [0, *accumulate(len(run) for _, run in runs)]
    pieces: list[bytes] = []
    # Where the stretches between padding begin: in what they mean, and among the letters.
    decoded, lettered = array("Q"), array("Q")
    have = at = 0
    for block in b"".join(run for _, run in runs).split(b"="):
        if block:
            decoded.append(have)
            lettered.append(at)
            pieces.append(_block(block))
            have += len(pieces[-1])
        at += len(block) + 1

    def begin(offset: int) -> int:
        return place(*quad(offset))

    def end(offset: int) -> int:
        letter, count = quad(max(1, offset) - 1)
        return place(letter + 3, count) + 1

    def quad(offset: int) -> tuple[int, int]:
        index = max(0, bisect_right(decoded, offset) - 1)
        return (lettered[index] + (offset - decoded[index]) // 3 * 4, counts[-1] - 1) if decoded else (0, 0)

    def place(letter: int, last: int) -> int:
        letter = min(letter, last)
        index = max(0, bisect_right(counts, letter, 0, len(runs)) - 1)
        return starts[index] + letter - counts[index] if starts else 0

    return Transfer(b"".join(pieces), begin, end)


def is_base64(raw: bytes) -> bool:
    """Whether a body said to be in base64 is: a long line, or half of its first lines, hold nothing else.

    Some programs only say so, and mailing lists put their own words before and behind it.
    """
    lines = [line for line in map(bytes.strip, raw[:_LOOK].splitlines()) if line][:_LINES]
    encoded = [len(line) for line in lines if not line.translate(None, _LETTERS)]
    return len(encoded) * 2 >= len(lines) or any(size >= _LONG_LETTERS and size % 4 == 0 for size in encoded)


def decoded64(text: bytes) -> bytes:
    """As much as can be decoded; nothing is raised."""
    return b"".join(map(_block, text.translate(None, _NO_LETTERS).split(b"=")))


def _block(letters: bytes) -> bytes:
    whole = letters[:-1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))


class Decoding:
    """An encoded part as a stream of what it means, for parts that are not placed byte by byte."""

    def __init__(self, pieces: Iterator[bytes], transfer: str) -> None:
        self._pieces = pieces
        self._transfer = transfer
        self._left = b""
        self._data = b""
        self._ended = False

    def read(self, size: int = -1, /) -> bytes:
        while not self._data and not self._ended:
            piece = next(self._pieces, None)
            self._ended = piece is None
            self._data = self._more(piece or b"")
        if size is None or size < 0:
            size = len(self._data)
        data, self._data = self._data[:size], self._data[size:]
        return data

    def _more(self, piece: bytes) -> bytes:
        if self._transfer == "base64":
            text = self._left + piece.translate(None, _NO_LETTERS)
            padded = text.rfind(b"=") + 1
            cut = len(text) if self._ended else padded + (len(text) - padded) // 4 * 4
            self._left = text[cut:]
            return decoded64(text[:cut])
        if self._transfer == "quoted-printable":
            text = self._left + piece
            cut = len(text) if self._ended else text.rfind(b"\n") + 1
            if not cut and len(text) > _LONG_LINE:
                escape = text.rfind(b"=", len(text) - 3)
                cut = escape if escape >= 0 else len(text)
            # A line that ends softly goes on in the next piece, which changes nothing: the break is dropped here.
            self._left = text[cut:]
            return quoted_printable(text[:cut]).data
        return piece


def as_written(at: Locator, start: Written) -> Locator:
    """The place of a finding in a part that is written as it is."""
    return replace(
        at,
        start=None if at.start is None else at.start + start.char,
        end=None if at.end is None else at.end + start.char,
        byte_start=None if at.byte_start is None else at.byte_start + start.byte,
        byte_end=None if at.byte_end is None else at.byte_end + start.byte,
        line=None if at.line is None else at.line + start.line,
    )


class LineStarts:
    """Where the lines of an encoded part begin, found when the first place is asked for."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._ends: array[int] | None = None

    def before(self, offset: int) -> tuple[int, int]:
        """How many lines end before `offset`, and where the last of them does (-1: none)."""
        if self._ends is None:
            self._ends = array("Q", (end.start() for end in re.finditer(b"\n", self._raw)))
        count = bisect_left(self._ends, offset)
        return count, self._ends[count - 1] if count else -1


def as_encoded(at: Locator, start: Written, lines: LineStarts, part: Transfer) -> Locator:
    """The place of a finding in a part that is encoded: what is written there."""
    if at.byte_start is None or at.byte_end is None:
        return at
    first, last = part.begin(at.byte_start), part.end(at.byte_end)
    ended, newline = lines.before(first)
    return replace(
        at,
        start=start.char + first,
        end=start.char + last,
        byte_start=start.byte + first,
        byte_end=start.byte + last,
        line=start.line + ended + 1,
        column=first - newline,
    )


def known(encoding: str) -> bool:
    """Whether this is an encoding of RFC 2045 that changes what is written."""
    return encoding in ("base64", "quoted-printable")


__all__ = [
    "UTF8",
    "Decoding",
    "Headers",
    "LineStarts",
    "Readable",
    "Written",
    "as_encoded",
    "as_written",
    "base64",
    "encoding_of",
    "is_base64",
    "known",
    "quoted_printable",
]
