"""Masked copies of messages of mail and of mailboxes: headers, bodies, names and attached files, each part by itself.

What is not changed stays as it was written; a part that is changed is encoded anew.
"""

from __future__ import annotations

import base64
import email
import email.policy
import quopri
import re
from collections.abc import Callable, Iterator
from email.errors import HeaderParseError
from email.generator import BytesGenerator
from email.header import Header, decode_header
from email.message import Message
from io import BytesIO
from typing import Any

from assay.errors import ReadError
from assay.formats.mailtext import is_base64
from assay.scanning.maskedoffice import greyed
from assay.scanning.maskedvalues import Values
from assay.scanning.maskedxml import mask_text_of_xml

Inner = Callable[[bytes, str, str], bytes]
"""Masks an attached file: its bytes, its name, and where it lies in the document."""

_MOST = 256 * 1024 * 1024
_SEPARATOR = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From \S[^\n]{0,200}?\d{1,2}:\d\d[^\n]{0,60}\r?\n")
# Signatures would not hold, and their digests are of what was there.
_DIGESTS = frozenset(["dkim-signature", "arc-seal", "arc-message-signature", "content-md5", "x-google-dkim-signature"])
_SIGNED = frozenset(["multipart/signed", "multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"])


def mask_mail(data: bytes, values: Values, inner: Inner, *, prefix: str = "") -> bytes:
    """A message with its values masked. Raises `ReadError`."""
    if len(data) > _MOST:
        raise ReadError("not copied", "it is too large to be masked in memory")
    returns = b"\r\n" in data[:4096]
    message = email.message_from_bytes(data, policy=email.policy.compat32)
    _message(message, values, inner, prefix)
    made = BytesIO()
    policy = email.policy.compat32.clone(linesep="\r\n" if returns else "\n", max_line_length=None)
    try:
        BytesGenerator(made, mangle_from_=False, maxheaderlen=0, policy=policy).flatten(message)
    except (ValueError, LookupError, KeyError, HeaderParseError, TypeError) as error:
        raise ReadError("not copied", f"it could not be written again: {type(error).__name__}") from None
    written = made.getvalue()
    if values.is_in_bytes(written) or any(values.is_in_bytes(part) for part in _bodies(written)):
        raise ReadError("not copied", "a value in a part of it cannot be masked")
    return written


def mask_mailbox(data: bytes, values: Values, inner: Inner) -> bytes:
    """The messages of a mailbox with their values masked, one after the other. Raises `ReadError`."""
    if len(data) > _MOST:
        raise ReadError("not copied", "it is too large to be masked in memory")
    starts = [match.span() for match in _SEPARATOR.finditer(data)]
    if not starts or data[: starts[0][0]].strip():
        raise ReadError("not copied", "its messages cannot be told apart")
    made = []
    for number, (start, end) in enumerate(starts):
        until = starts[number + 1][0] if number + 1 < len(starts) else len(data)
        line = values.masked(data[start:end].decode("utf-8", "surrogateescape"), "")
        body = data[end:until]
        written = mask_mail(body, values, inner, prefix=f"{number + 1}/")
        # The blank line between two messages.
        end_of = body[len(body.rstrip(b"\r\n")) :]
        made.append(line.encode("utf-8", "surrogateescape") + written.rstrip(b"\r\n") + (end_of or b"\n"))
    return b"".join(made)


def _bodies(data: bytes) -> Iterator[bytes]:
    for part in email.message_from_bytes(data).walk():
        for name, value in part.items():
            yield f"{name}: {_plain(str(value))}".encode("utf-8", "surrogateescape")
        if not part.is_multipart():
            payload: Any = part.get_payload(decode=True)
            yield payload or b""


def _message(message: Message, values: Values, inner: Inner, prefix: str) -> None:
    _headers(message, values)
    if message.get_content_type() in _SIGNED:
        raise ReadError("not copied", "is signed or encrypted; its copy would not be what was signed")
    for around in ("preamble", "epilogue"):
        text = getattr(message, around)
        if text:
            setattr(message, around, values.masked(text, ""))
    if message.is_multipart():
        parts: Any = message.get_payload()
        for part in parts:
            _message(part, values, inner, prefix)
        return
    payload: Any = message.get_payload(decode=True)
    data: bytes = payload or b""
    if str(message.get("Content-Transfer-Encoding", "")).strip().lower() == "base64":
        written = str(message.get_payload()).encode("utf-8", "surrogateescape")
        data = data if is_base64(written) else written
    name = message.get_filename()
    if name is None and message.get_content_maintype() == "text":
        masked = _text(message, data, values)
    else:
        # Without a name it is called as readers of mail call it, by its type.
        plain = _plain(str(name)) if name is not None else message.get_content_subtype()
        masked = inner(data, plain, f"{prefix}{plain}")
    if masked != data:
        _set(message, masked)


def _text(message: Message, data: bytes, values: Values) -> bytes:
    charset = message.get_content_charset() or "utf-8"
    try:
        text, codec = data.decode(charset), charset
    except (UnicodeDecodeError, LookupError):
        text, codec = data.decode("utf-8", "surrogateescape"), "utf-8"
    is_page = message.get_content_subtype() in ("html", "xml", "xhtml+xml")
    masked = greyed(mask_text_of_xml(text, values, "")) if is_page else values.masked(text, "")
    return data if masked == text else masked.encode(codec, "surrogateescape" if codec == "utf-8" else "replace")


def _set(message: Message, data: bytes) -> None:
    """Gives the part this content, encoded as it was."""
    encoding = str(message.get("Content-Transfer-Encoding", "7bit")).strip().lower()
    if encoding == "base64" or (encoding != "quoted-printable" and not data.isascii()):
        written = base64.encodebytes(data).decode("ascii")
        encoding = "base64"
    elif encoding == "quoted-printable":
        written = quopri.encodestring(data).decode("ascii")
    else:
        written = data.decode("ascii")
    del message["Content-Transfer-Encoding"]
    message["Content-Transfer-Encoding"] = encoding
    message.set_payload(written)


def _headers(message: Message, values: Values) -> None:
    for name in {name.lower() for name, _ in message.items()} & _DIGESTS:
        del message[name]
    # `set_raw` would lose which of several fields of one name it is.
    fields = message._headers  # type: ignore[attr-defined]
    for number, (name, value) in enumerate(fields):
        raw = str(value)
        plain = _plain(raw)
        masked = values.masked(plain, "")
        if masked != plain:
            fields[number] = (name, _encoded(masked, raw))


def _plain(raw: str) -> str:
    """A field as it is meant: encoded words (RFC 2047) decoded, folded lines as they are."""
    if "=?" not in raw:
        return raw
    try:
        parts = decode_header(raw)
    except (HeaderParseError, ValueError):
        return raw
    said = []
    for part, charset in parts:
        if isinstance(part, str):
            said.append(part)
        else:
            try:
                said.append(part.decode(charset or "ascii", "surrogateescape" if not charset else "replace"))
            except LookupError:
                said.append(part.decode("utf-8", "replace"))
    return "".join(said)


def _encoded(text: str, raw: str) -> str:
    if text.isascii() or "=?" not in raw:
        return text
    return Header(text, "utf-8", maxlinelen=998).encode()
