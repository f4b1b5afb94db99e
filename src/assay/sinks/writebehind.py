"""Large files go to the disk while they are written, so that a gigabyte of results does not fill the machine's memory."""

from __future__ import annotations

import os
import stat
from typing import BinaryIO

_STEP = 8 * 1024 * 1024
_BEHIND = 4 * _STEP


class WriteBehind:
    """Tells the kernel of a regular file's stream, every few megabytes, that what was written will not be read again.

    It then begins to write that part to the disk, and takes parts that are there out of its cache. A file that stays in
    the cache takes new memory for every byte, which costs several times what the writing does, and pushes out what other
    programs keep there. Nothing happens for pipes and terminals, and where the system has no such call.
    """

    __slots__ = ("_descriptor", "_told", "_written")

    def __init__(self, stream: BinaryIO) -> None:
        self._descriptor = _regular(stream)
        self._written = 0
        self._told = 0

    def wrote(self, size: int) -> None:
        """Counts what was written. Raises nothing."""
        self._written += size
        if self._descriptor is None or self._written - self._told < _STEP:
            return
        self._told = self._written
        try:
            end = os.lseek(self._descriptor, 0, os.SEEK_CUR)
            begun = max(0, end - 2 * _STEP)
            os.posix_fadvise(self._descriptor, begun, end - begun, os.POSIX_FADV_DONTNEED)
            if end > _BEHIND:
                os.posix_fadvise(self._descriptor, 0, end - _BEHIND, os.POSIX_FADV_DONTNEED)
        except OSError:
            self._descriptor = None  # of a file system without it


def _regular(stream: BinaryIO) -> int | None:
    try:
        descriptor = stream.fileno()
        is_regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
    except (OSError, ValueError):
        return None
    return descriptor if is_regular and hasattr(os, "posix_fadvise") else None
