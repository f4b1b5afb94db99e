"""How the text of a mail is written: encoded words of headers (RFC 2047), base64 and quoted-printable (RFC 2045).

What is decoded keeps the place of every byte in the message, so that a finding has the span that is written there.
"""

from __future__ import annotations

import binascii
import codecs
import re
from bisect import bisect_right
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
_LINE = re.compile(rb"[^\r\n]+")
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
    pieces: list[bytes] = []
    decoded: list[int] = []
    written: list[int] = []
    at = have = 0
    for escape in _ESCAPE.finditer(raw):
        piece = raw[at : escape.start()]
        if piece:
            decoded.append(have)
            written.append(at)
            pieces.append(piece)
            have += len(piece)
        if escape[1]:
            decoded.append(have)
            written.append(escape.start())
            pieces.append(bytes((int(escape[1], 16),)))
            have += 1
        at = escape.end()
    decoded.append(have)
    written.append(at)
    pieces.append(raw[at:])

    def begin(offset: int) -> int:
        index = max(0, bisect_right(decoded, offset) - 1)
        return written[index] + offset - decoded[index]

    def end(offset: int) -> int:
        last = begin(offset - 1) if offset else 0
        return last + (3 if raw[last : last + 1] == b"=" and _ESCAPE.match(raw, last) else 1)

    return Transfer(b"".join(pieces), begin, end)


def base64(raw: bytes) -> Transfer:
    """Decodes RFC 2045 section 6.8 line by line."""
    lines = [(match.start(), match[0]) for match in _LINE.finditer(raw)]
    starts = [start for start, _ in lines]
    counts = [0, *accumulate(len(line) for _, line in lines)]

    def begin(offset: int) -> int:
        return place(offset // 3 * 4)

    def end(offset: int) -> int:
        return place((max(1, offset) - 1) // 3 * 4 + 3) + 1

    def place(character: int) -> int:
        index = max(0, bisect_right(counts, character, 0, len(lines)) - 1)
        return starts[index] + character - counts[index] if starts else 0

    return Transfer(decoded64(b"".join(line for _, line in lines)), begin, end)


def decoded64(text: bytes) -> bytes:
    """As much as can be decoded; nothing is raised."""
    try:
        return binascii.a2b_base64(text)
    except binascii.Error:
        whole = re.sub(rb"[^A-Za-z0-9+/]", b"", text)
        try:
            return binascii.a2b_base64(whole[: len(whole) // 4 * 4])
        except binascii.Error:
            return b""


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
            text = self._left + piece.translate(None, b"\r\n\t ")
            cut = len(text) if self._ended else len(text) // 4 * 4
            self._left = text[cut:]
            return decoded64(text[:cut])
        if self._transfer == "quoted-printable":
            text = self._left + piece
            cut = len(text) if self._ended else text.rfind(b"\n") + 1
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


def as_encoded(at: Locator, start: Written, raw: bytes, part: Transfer) -> Locator:
    """The place of a finding in a part that is encoded: what is written there."""
    if at.byte_start is None or at.byte_end is None:
        return at
    first, last = part.begin(at.byte_start), part.end(at.byte_end)
    before = raw[:first]
    newline = before.rfind(b"\n")
    return replace(
        at,
        start=start.char + first,
        end=start.char + last,
        byte_start=start.byte + first,
        byte_end=start.byte + last,
        line=start.line + before.count(b"\n") + 1,
        column=first - newline,
    )


def known(encoding: str) -> bool:
    """Whether this is an encoding of RFC 2045 that changes what is written."""
    return encoding in ("base64", "quoted-printable")


__all__ = [
    "UTF8",
    "Decoding",
    "Headers",
    "Readable",
    "Written",
    "as_encoded",
    "as_written",
    "base64",
    "encoding_of",
    "known",
    "quoted_printable",
]
