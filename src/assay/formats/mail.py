"""Messages of mail (RFC 5322, MIME by RFC 2045 to 2049), one part after the other, in memory bounded by one text.

Bodies are decoded; what is found in them is placed where it is written in the message. Attached files are members, opened
as those of archives are. Nothing outside the message is fetched.
"""

from __future__ import annotations

import email.errors
import email.header
import io
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import Message
from email.parser import BytesHeaderParser
from functools import partial

from assay.errors import LimitError, ReadError
from assay.formats.encoding import detect
from assay.formats.kinds import Kind
from assay.formats.mailsource import Source, Stop, stop_at
from assay.formats.mailtext import (
    Decoding,
    Headers,
    LineStarts,
    Transfer,
    Written,
    as_encoded,
    as_written,
    base64,
    encoding_of,
    is_base64,
    known,
    quoted_printable,
)
from assay.formats.parts import Member, Unread, Within
from assay.formats.sniff import sniff
from assay.formats.streams import Rest
from assay.formats.windows import Readable
from assay.model import Locator

_HEAD = 64 * 1024
_PLACED = 32 * 1024 * 1024
_DEEPEST = 30
_BOUNDARY = 200
# What is longer is no header that a mail program writes, and takes Python's parser the square of its length.
_LONGEST = 8192
_ASKED = ("Content-Type", "Content-Disposition", "Content-Transfer-Encoding")
_ENCRYPTED = frozenset({"multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"})
_ERRORS = (email.errors.MessageError, ValueError, LookupError, TypeError, AttributeError, UnicodeError, IndexError)
_SUFFIXES = {
    "text/html": ".html",
    "text/csv": ".csv",
    "text/calendar": ".ics",
    "text/vcard": ".vcf",
    "application/json": ".json",
    "text/xml": ".xml",
    "message/rfc822": ".eml",
}
_OF_MAIL = frozenset({"message/rfc822", "message/news"})
_SIGNATURES = frozenset({"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"})
_ARMOR = re.compile(
    rb"\s*-----BEGIN PGP SIGNATURE-----\r?\n(?:Version: [^\n]{0,80}\n)?\s*(?:[A-Za-z0-9+/=]{1,76}\r?\n)+-----END PGP SIGNATURE-----\s*"
)
_UNREAD_TRANSFERS = frozenset(
    {"x-uuencode", "uuencode", "x-uue", "uue", "x-yencode", "yenc", "binhex", "x-binhex", "mac-binhex40", "binhex40"}
)


def opened(stream: Readable, within: Within) -> Iterator[Member | Unread]:
    """Headers, bodies and files of one message."""
    yield from Reading(Source(stream), within, "", mailbox=False).message((), 0)


class Reading:
    """Reads messages of one file. `prefix` is put before the names of files that are attached, to tell messages apart."""

    def __init__(self, source: Source, within: Within, prefix: str, *, mailbox: bool) -> None:
        self._source = source
        self._within = within
        self._prefix = prefix
        self._mailbox = mailbox
        self._files = 0
        self._is_cut = False

    def message(self, boundaries: tuple[bytes, ...], depth: int) -> Iterator[Member | Unread]:
        """A message, or a part of one, from its headers on."""
        start = self._source.at
        written = self._source.headers()
        headers = _parsed(written)
        kind = _type(headers)
        stop = stop_at(boundaries, mailbox=self._mailbox)
        transfer = _transfer(headers)
        if (
            _is_body(headers, kind)
            and kind == "text/plain"
            and not known(transfer)
            and transfer not in _UNREAD_TRANSFERS
        ):
            # Headers and text stand behind one another: they are one text.
            body = _Pieces(itertools.chain((written,), self._source.until(stop)))
            head = _head(body)
            located = partial(as_written, start=start)
            yield Member(
                self._within.path, Kind.TEXT, head, body, Headers(), located, None, encoding_of(_charset(headers), head)
            )
            yield from _drained(self._source, stop)
            return
        located = partial(as_written, start=start)
        yield Member(
            self._within.path, Kind.TEXT, written, io.BytesIO(), Headers(), located, None, detect(written[:_HEAD])
        )
        if depth > _DEEPEST:
            yield self._unread(LimitError("nesting", f"its parts are nested more than {_DEEPEST} deep"))
        elif kind.startswith("multipart/"):
            yield from self._parts(headers, kind, boundaries, depth)
        elif kind in _OF_MAIL and not known(transfer):
            yield from self.message(boundaries, depth + 1)
        elif kind in _ENCRYPTED and "signed" not in str(headers.get("Content-Type", "")):
            yield self._unread(
                ReadError("encrypted", "a part of the message is encrypted; decrypt it and scan the result")
            )
        elif transfer in _UNREAD_TRANSFERS:
            detail = "a part is encoded in a way that cannot be read; save it as a file and scan that"
            yield self._unread(ReadError("unsupported format", detail))
        elif kind in _SIGNATURES:
            yield from self._signature(headers, kind, transfer, stop)
        elif _is_body(headers, kind):
            yield from self._body(headers, kind, transfer, stop)
        else:
            yield from self._file(headers, kind, transfer, stop)
        yield from _drained(self._source, stop)

    def _parts(
        self, headers: Message, kind: str, boundaries: tuple[bytes, ...], depth: int
    ) -> Iterator[Member | Unread]:
        if kind in _ENCRYPTED:
            yield self._unread(
                ReadError("encrypted", "a part of the message is encrypted; decrypt it and scan the result")
            )
            return
        boundary = _boundary(headers)
        if boundary is None:
            yield from self._between(stop_at(boundaries, mailbox=self._mailbox))
            return
        inner = (*boundaries, boundary)
        stop = stop_at(inner, mailbox=self._mailbox)
        yield from self._between(stop)
        while not self._source.is_at_end and not (self._mailbox and self._source.at_message()):
            line = self._source.peek().rstrip()
            if line == b"--" + boundary:
                self._source.line()
                yield from self.message(inner, depth + 1)
            elif line == b"--" + boundary + b"--":
                self._source.line()
                yield from self._between(stop_at(boundaries, mailbox=self._mailbox))
                return
            elif not line and self._mailbox:
                return  # the line before the next message
            else:
                break
        if not self._is_cut:  # it ends every part that it is within
            self._is_cut = True
            detail = "a message ends before its last part does; it may be cut short: restore it from a copy"
            yield self._unread(ReadError("corrupt", detail))

    def _between(self, stop: Stop) -> Iterator[Member]:
        """Text around the parts, which mail programs do not show."""
        start = self._source.at
        body = _Pieces(self._source.until(stop))
        head = _head(body)
        if head.strip():
            yield Member(
                self._within.path, Kind.TEXT, head, body, None, partial(as_written, start=start), None, detect(head)
            )
        yield from _drained(self._source, stop)

    def _body(self, headers: Message, kind: str, transfer: str, stop: Stop) -> Iterator[Member | Unread]:
        within, start = self._within, self._source.at
        pieces = self._source.until(stop)
        raw, whole = _gathered(pieces) if known(transfer) else (b"", False)
        if not known(transfer) or (transfer == "base64" and not is_base64(raw)):
            body: Readable = _Pieces(itertools.chain((raw,), pieces) if raw else pieces)
            head = _head(body)
            located: Callable[[Locator], Locator] = partial(as_written, start=start)
        else:
            if whole:
                part = base64(raw) if transfer == "base64" else quoted_printable(raw)
                within.budget.made_bytes(0, within.path or within.name, whole=len(part.data))
                yield self._encoded(headers, kind, raw, part, start)
                return
            # Too long to be placed byte by byte: what is found in it has no offsets.
            body = Decoding(itertools.chain((raw,), pieces), transfer)
            head = _head(body)
            located = _nowhere
        yield Member(
            within.path, _text_kind(head, kind), head, body, None, located, None, encoding_of(_charset(headers), head)
        )

    def _encoded(self, headers: Message, kind: str, raw: bytes, part: Transfer, start: Written) -> Member:
        located = partial(as_encoded, start=start, lines=LineStarts(raw), part=part)
        data = part.data
        encoding = encoding_of(_charset(headers), data[:_HEAD])
        return Member(self._within.path, _text_kind(data, kind), data, io.BytesIO(), None, located, None, encoding)

    def _signature(self, headers: Message, kind: str, transfer: str, stop: Stop) -> Iterator[Member | Unread]:
        """What is called a signature, and is read as a file unless it is one in letters."""
        body = _meant(self._source.until(stop), transfer)
        head = _head(body)
        if _ARMOR.fullmatch(head):
            return
        self._files += 1
        name = self._prefix + (_name(headers) or f"part{self._files}{_SUFFIXES.get(kind, '')}")
        yield from self._within.entry(Rest(head, body, None), name)

    def _file(self, headers: Message, kind: str, transfer: str, stop: Stop) -> Iterator[Member | Unread]:
        self._files += 1
        name = self._prefix + (_name(headers) or f"part{self._files}{_SUFFIXES.get(kind, '')}")
        if kind == "message/external-body":
            yield self._unread(ReadError("unsupported format", "a part lies elsewhere and is never fetched"))
            return
        if kind == "application/ms-tnef":
            yield self._unread(
                ReadError("unsupported format", "attachments as Outlook packs them (TNEF) cannot be read yet")
            )
            return
        yield from self._within.entry(_meant(self._source.until(stop), transfer), name)

    def _unread(self, error: ReadError) -> Unread:
        return Unread(self._within.path, error)


class _Pieces:
    """Pieces of bytes as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._data = b""

    def read(self, size: int = -1, /) -> bytes:
        if not self._data:
            self._data = next(self._pieces, b"")
        if size is None or size < 0:
            size = len(self._data)
        data, self._data = self._data[:size], self._data[size:]
        return data


def _meant(pieces: Iterator[bytes], transfer: str) -> Readable:
    """An attached file as it is meant: decoded, unless it only says to be in base64."""
    if transfer != "base64":
        return Decoding(pieces, transfer)
    written = _Pieces(pieces)
    head = _head(written)
    rest = iter(partial(written.read, _HEAD), b"")
    whole = itertools.chain((head,), rest)
    return Decoding(whole, transfer) if is_base64(head) else _Pieces(whole)


def _head(stream: Readable) -> bytes:
    pieces = []
    have = 0
    while have < _HEAD and (piece := stream.read(_HEAD - have)):
        pieces.append(piece)
        have += len(piece)
    return b"".join(pieces)


def _drained(source: Source, stop: Stop) -> Iterator[Member]:
    """Reads on to the end of a part of which nobody wanted the rest."""
    for _ in source.until(stop):
        pass
    return
    yield


def _gathered(pieces: Iterator[bytes]) -> tuple[bytes, bool]:
    """The bytes of a part, and whether they are all of it."""
    held = []
    have = 0
    for piece in pieces:
        held.append(piece)
        have += len(piece)
        if have > _PLACED:
            return b"".join(held), False
    return b"".join(held), True


def _parsed(written: bytes) -> Message:
    try:
        headers = BytesHeaderParser().parsebytes(written)
        for name in _ASKED:
            if len(value := str(headers.get(name, ""))) > _LONGEST:
                headers.replace_header(name, value[:_LONGEST])
    except _ERRORS:
        return Message()
    return headers


def _type(headers: Message) -> str:
    try:
        return headers.get_content_type()
    except _ERRORS:
        return "text/plain"


def _transfer(headers: Message) -> str:
    try:
        return str(headers.get("Content-Transfer-Encoding", "")).strip().lower()
    except _ERRORS:
        return ""


def _charset(headers: Message) -> str:
    try:
        return headers.get_content_charset() or "ascii"
    except _ERRORS:
        return "ascii"


def _boundary(headers: Message) -> bytes | None:
    try:
        boundary = headers.get_boundary()
    except _ERRORS:
        return None
    if not boundary or len(boundary) > _BOUNDARY or "\n" in boundary:
        return None
    return boundary.encode("utf-8", "surrogateescape")


def _name(headers: Message) -> str:
    try:
        name = headers.get_filename() or ""
        decoded = "".join(
            data if isinstance(data, str) else data.decode(charset or "ascii", "replace")
            for data, charset in email.header.decode_header(name)
        )
    except _ERRORS:
        return ""
    shown = decoded.encode("utf-8", "replace").decode()
    return "".join(char if char.isprintable() else "_" for char in shown.replace("\\", "/").rsplit("/", 1)[-1])[:255]


def _is_body(headers: Message, kind: str) -> bool:
    """Whether a part is text that is shown with the message, and no file."""
    try:
        attached = headers.get_content_disposition() == "attachment" or bool(headers.get_filename())
    except _ERRORS:
        attached = False
    return not attached and (
        kind.startswith("text/") or kind in ("message/delivery-status", "message/disposition-notification")
    )


def _text_kind(head: bytes, kind: str) -> Kind:
    if kind == "text/html":
        return Kind.HTML
    found = sniff(head[:_HEAD], "body" + _SUFFIXES.get(kind, ".txt"))
    return found if found.is_text else Kind.TEXT


def _nowhere(at: Locator) -> Locator:
    return replace(at, start=None, end=None, byte_start=None, byte_end=None, line=None, column=None)
