"""What a workbook holds besides its cells: comments, headers, drawings, embedded files, what is kept of other files, metadata."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO

from assay.formats.office import parts
from assay.formats.parts import Member, Unread, Within


def opened(source: IO[bytes], within: Within) -> Iterator[Member | Unread]:
    """Parts of workbooks that are packages; those until 2003 have none that are read."""
    source.seek(0)
    if source.read(4) == b"PK\x03\x04":
        yield from parts(source, within, sheets=True)
