"""Whether a text is a message of mail (RFC 5322) or a mailbox (RFC 4155), told from its first lines."""

from __future__ import annotations

import re

from assay.formats.kinds import Kind

_HEADER = re.compile(rb"([!-9;-~]{1,76}):(?:[ \t\r\n]|\Z|\S)")
_SEPARATOR = re.compile(rb"From \S[^\n]{0,200}?\d{1,2}:\d\d[^\n]{0,60}\r?\n")
_PEOPLE = frozenset(b"from sender return-path received to delivered-to x-mailer".split())
_STRONG = _PEOPLE | frozenset(b"subject date message-id mime-version reply-to cc in-reply-to content-type".split())
_PART = frozenset({b"content-type", b"mime-version", b"subject"})
_OF_MIME = frozenset({b"content-type", b"mime-version"})
_LINES = 400


def mail_kind(head: bytes) -> Kind | None:
    """`MAIL` or `MAILBOX` for a file that begins with `head`, or `None`."""
    separator = _SEPARATOR.match(head)
    names = _names(head[separator.end() :] if separator else head)
    if separator:
        return Kind.MAILBOX if names & _STRONG else None
    if names & _PEOPLE and len(names & _STRONG) >= 2:
        return Kind.MAIL
    # A part of a message alone.
    if names >= _OF_MIME:
        return Kind.MAIL
    return Kind.MAIL if b"content-transfer-encoding" in names and names & _PART else None


def _names(head: bytes) -> set[bytes]:
    """Names of the header fields, nothing where another line stands between them."""
    names: set[bytes] = set()
    at = 0
    for number in range(_LINES + 1):
        # The lines of what is no mail are not all cut out first: of most files the first one tells.
        end = head.find(b"\n", at) if number < _LINES else -1
        line = head[at:end] if end >= 0 else head[at:]
        at = end + 1
        if line in (b"", b"\r"):
            return names
        if not (line[:1] in b" \t" and names):
            found = _HEADER.match(line)
            if found is None:
                # The last line may be cut off.
                return names if end < 0 and number > 2 else set()
            names.add(found[1].lower())
        if end < 0:
            break
    return names
