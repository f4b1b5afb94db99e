"""What a SQLite file is like on the disk: whether it is whole, what lies beside it, whether it is written to meanwhile.

The header: https://www.sqlite.org/fileformat2.html#the_database_header.
"""

from __future__ import annotations

import os
import time
from typing import NamedTuple

from assay.errors import ReadError
from assay.formats.content import Content

_LOOKS = 10
_PAUSE = 0.05


class Look(NamedTuple):
    """The header of a file and its size in bytes, as they were at one time."""

    head: bytes
    size: int


def look(content: Content) -> Look:
    """How the file is now. Raises `OSError` and `ReadError`."""
    with content.open() as stream:
        return Look(stream.read(100), stream.seek(0, 2))


def missing(content: Content, first: Look) -> ReadError | None:
    """What is wrong with a file that was cut short: SQLite takes zeros for the pages that it lacks, and may not notice.

    While a change is written the header is ahead of the file: only what stays so counts.
    """
    seen = first
    for number in range(_LOOKS):
        whole = _whole(seen, content.path)
        if seen.size >= whole:
            return None
        if content.path is None:
            break
        if number:
            time.sleep(_PAUSE)
        try:
            seen = look(content)
        except OSError:
            break
    detail = f"{seen.size:,} of {whole:,} bytes are there; values may be missing or wrong: restore it from a copy"
    return ReadError("corrupt", detail)


def _whole(seen: Look, path: str | None) -> int:
    """How many bytes the header tells of."""
    head, size = seen
    page = int.from_bytes(head[16:18], "big")
    page = 65_536 if page == 1 else page
    pages = int.from_bytes(head[28:32], "big")
    # The number of pages counts only if it was written together with the last change.
    if head[24:28] != head[92:96] or (path is not None and has(os.path.realpath(path), "-wal")):
        pages = -(-size // page) if page else 0
    return page * pages


def has(path: str, ending: str, *, filled: bool = True) -> bool:
    """Whether a file lies beside it whose name ends so, and with `filled` holds anything."""
    try:
        return os.stat(path + ending).st_size > 0 or not filled
    except OSError:
        return False


class Untouched:
    """Tells of a file that is read without locks whether another program has written to it meanwhile."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._before = self._state()

    def _state(self) -> tuple[int, int, int, bool]:
        status = os.stat(self._path)
        return status.st_ino, status.st_size, status.st_mtime_ns, has(self._path, "-wal")

    def check(self) -> None:
        """Raises `ReadError` where it has."""
        try:
            same = self._state() == self._before
        except OSError:
            same = False
        if not same:
            detail = "another program wrote to the file while it was read; scan it again when that is done, or a copy"
            raise ReadError("changed", detail)
