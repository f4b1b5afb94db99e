"""EPUB (EPUB 3.3, a zip package): its pages as HTML, all else as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO

from assay.errors import LimitError, ReadError
from assay.formats.package import entries, first_of
from assay.formats.parts import Member, Unread, Within

_MOST = 1024 * 1024
_ALGORITHM = re.compile(rb"Algorithm=\"([^\"]*)\"")
# Fonts are made unusable elsewhere by these, which hides no text.
_OF_FONTS = (b"http://www.idpf.org/2008/embedding", b"http://ns.adobe.com/pdf/enc#RC")


def opened(source: IO[bytes], within: Within) -> Iterator[Member | Unread]:
    """Members of the book; one that needs a key is told as encrypted."""
    algorithms = _ALGORITHM.findall(first_of(source, "META-INF/encryption.xml", _MOST))
    if any(algorithm not in _OF_FONTS for algorithm in algorithms):
        detail = "the book is protected; what can be read of it is"
        yield Unread(within.path, ReadError("encrypted", detail))
    for entry in entries(source, within):
        if isinstance(entry, Unread):
            yield entry
            continue
        if entry.name == "mimetype":
            continue
        try:
            yield from within.entry(entry.stream, entry.name)
        except LimitError as error:
            if within.budget.broken is not None:
                raise
            yield Unread(within.join(entry.name), error)
