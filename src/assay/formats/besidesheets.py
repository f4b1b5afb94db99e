"""What a workbook holds besides its cells: comments, headers, drawings, embedded files, what is kept of other files, metadata."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from assay.errors import LimitError, ReadError
from assay.formats.compound import SIGNATURE, Compound
from assay.formats.office import parts
from assay.formats.parts import Member, Unread, Within


def opened(source: IO[bytes], within: Within) -> Iterator[Member | Unread]:
    """Parts of workbooks that are packages, texts of those until 2003."""
    source.seek(0)
    start = source.read(8)
    if start[:4] == b"PK\x03\x04":
        yield from parts(source, within, sheets=True)
    elif start == SIGNATURE:
        from assay.formats.oldsheets import read_workbook  # only where there is one

        try:
            book = Compound(source)
        except ReadError:
            return  # the reader of its cells tells that
        try:
            yield from read_workbook(book, within)
        except LimitError:
            raise
        except ReadError as error:
            yield Unread(within.path, error)
