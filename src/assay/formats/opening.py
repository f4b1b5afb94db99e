"""Opening what was a file when it was listed, and may be something else by now."""

from __future__ import annotations

import io
import os
import stat

from assay.errors import ReadError


def open_file(path: str | os.PathLike[str]) -> io.FileIO:
    """The file at `path`, unbuffered, for reading. Raises `OSError`, and `ReadError` for what is no file.

    A pipe would wait for its writer, and some devices never end.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0))
    if stat.S_ISREG(os.fstat(descriptor).st_mode):
        return io.FileIO(descriptor, "rb")
    os.close(descriptor)
    raise ReadError("vanished", "was a file when the folder was listed")
