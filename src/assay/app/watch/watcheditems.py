"""What is listed at a path of a watched folder, and the state that it was listed in."""

from __future__ import annotations

import os
import zlib
from typing import NamedTuple

from assay.app.watch.settling import is_unfinished
from assay.model import AssetRef, Gap, Skip
from assay.report.printable import local_path

UNFINISHED = "unfinished"
_UNFINISHED = "is named as what is not finished yet; it is read under its final name"

FileId = tuple[int, int]
"""Device and inode."""


class Item(NamedTuple):
    """What is listed at a path, and tokens of the state it was listed in: the `strict` one changes with its rights, too.

    `written` is when it was, in seconds of the clock that files' times are told by; `several` is its id where it has several names.
    """

    path: str
    listed: AssetRef | Gap | Skip
    token: int
    strict: int
    written: float = 0.0
    several: FileId | None = None

    def is_as(self, known: int | None) -> bool:
        """Whether it is in the state that is known."""
        return known is not None and known in (self.token, self.strict)

    @property
    def size(self) -> int:
        """In bytes; 0 where nothing is read."""
        return self.listed.size or 0 if isinstance(self.listed, AssetRef) else 0


def item_of(path: str, listed: AssetRef | Gap | Skip) -> Item | None:
    """What is listed, in its state now; `None` for a file that is gone again. One that is not finished is left out."""
    if not isinstance(listed, AssetRef):
        return _left_out(path, listed, 0.0)
    try:
        status = os.stat(path)
    except OSError:
        return None
    if is_unfinished(path):
        return _left_out(path, Skip(resource=listed.uri, reason=UNFINISHED, detail=_UNFINISHED), status.st_mtime)
    state = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    several = (status.st_dev, status.st_ino) if status.st_nlink > 1 else None
    return Item(path, listed, hash(state), hash((*state, status.st_ctime_ns)), status.st_mtime, several)


def path_of(listed: AssetRef | Gap | Skip) -> str:
    """The path that something listed is about."""
    if isinstance(listed, AssetRef):
        return listed.path if listed.path is not None else local_path(listed.uri)
    return local_path(listed.resource)


def is_unlistable(path: str) -> bool:
    """Whether it is a folder that is there and cannot be looked into."""
    try:
        os.scandir(path).close()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return False


def _left_out(path: str, listed: Gap | Skip, written: float) -> Item:
    # Not by hash: what it is for a text differs from process to process.
    token = zlib.crc32(f"{listed.reason}\0{listed.detail}".encode("utf-8", "surrogatepass"))
    return Item(path, listed, token, token, written)
