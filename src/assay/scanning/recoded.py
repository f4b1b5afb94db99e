"""Text in one encoding written in another, piece by piece."""

from __future__ import annotations

import codecs

from assay.errors import ReadError
from assay.formats import Readable
from assay.formats.encoding import Encoding
from assay.scanning.covers import Writable, pass_on

_PIECE = 1024 * 1024


def to_utf8(source: Readable, target: Writable, encoding: Encoding) -> None:
    """The text of a file, without its byte order mark. Raises `ReadError` where not all of it is text in that encoding."""
    mark = source.read(encoding.bom)
    if len(mark) < encoding.bom:
        raise ReadError("changed", "became shorter while it was copied")
    decoder = codecs.getincrementaldecoder(encoding.name)("strict")
    try:
        while piece := source.read(_PIECE):
            target.write(decoder.decode(piece).encode())
        target.write(decoder.decode(b"", True).encode())
    except UnicodeError:
        raise ReadError("not copied", f"has bytes that are no text in {encoding.name}") from None


def from_utf8(source: Readable, target: Writable, encoding: Encoding, original: Readable) -> None:
    """The text in that encoding again, behind the byte order mark of the `original`."""
    pass_on(original, target, encoding.bom)
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    encoder = codecs.getincrementalencoder(encoding.name)("strict")
    try:
        while piece := source.read(_PIECE):
            target.write(encoder.encode(decoder.decode(piece)))
        target.write(encoder.encode(decoder.decode(b"", True), True))
    except UnicodeError:
        raise ReadError("not copied", f"cannot be written in {encoding.name} again") from None
