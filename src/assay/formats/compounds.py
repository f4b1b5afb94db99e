"""Compound files (MS-CFB) other than workbooks: encrypted documents of Office, messages of Outlook, documents until 2003."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from assay.errors import LimitError, ReadError
from assay.formats.compound import Compound
from assay.formats.parts import Member, Unread, Within


def opened(source: IO[bytes], within: Within) -> Iterator[Member | Unread]:
    """What the file holds, or why that cannot be read."""
    try:
        book = Compound(source)
        names = book.names
        if "__properties_version1.0" in book.within():
            from assay.formats.message import read_message  # only where there is one

            yield from read_message(book, within)
            return
        if "WordDocument" in names:
            from assay.formats.olddocuments import read_word

            yield from read_word(book, within)
            return
        if "PowerPoint Document" in names:
            from assay.formats.olddocuments import read_powerpoint

            yield from read_powerpoint(book, within)
            return
    except LimitError:
        raise
    except ReadError as error:
        yield Unread(within.path, error)
        return
    if "EncryptedPackage" in names:
        yield Unread(within.path, ReadError("encrypted", "it needs a password; save it without and scan that"))
        return
    what = next((shown for stream, shown in _KINDS if stream in names), "this compound file")
    detail = f"{what} cannot be read yet; save it in a newer format and scan that"
    yield Unread(within.path, ReadError("unsupported format", detail))


_KINDS = (
    ("VBA", "a project of macros"),
    ("_VBA_PROJECT", "a project of macros"),
)
