"""The bytes of a file that is read at random: a path, bytes in memory, or an open file without a name."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from typing import IO, cast

from assay.formats.opening import open_file
from assay.formats.windows import Readable

_CHUNK = 256 * 1024
_IN_MEMORY = 32 * 1024 * 1024


class Content:
    """What a file holds, however it is given. Exactly one of `path`, `data` and `file` (seekable) is set."""

    def __init__(self, *, path: str | None = None, data: bytes | None = None, file: IO[bytes] | None = None) -> None:
        if (path is not None) + (data is not None) + (file is not None) != 1:
            raise ValueError("give one of path, data and file")
        self.path = path
        self.data = data
        self.file = file

    @contextlib.contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """A seekable stream from the beginning. Raises `OSError`, and `ReadError` for a path that is no file any more."""
        if self.path is not None:
            with open_file(self.path) as raw:
                yield io.BufferedReader(raw, _CHUNK)
        elif self.data is not None:
            yield io.BytesIO(self.data)
        else:
            file = cast("IO[bytes]", self.file)
            file.seek(0)
            yield file

    @contextlib.contextmanager
    def named(self) -> Iterator[str]:
        """A path for libraries that take nothing else; what had none gets one, readable by its owner only.

        Leave it as soon as the library holds the file open, so that no copy of the data is left behind by an end
        that nobody foresaw.
        """
        if self.path is not None:
            yield self.path
            return
        # The folder is the owner's alone (mode 0700).
        with tempfile.TemporaryDirectory(prefix="assay-") as folder:
            path = os.path.join(folder, "content")
            with self.open() as stream, open(path, "wb") as out:
                shutil.copyfileobj(stream, out, _CHUNK)
            yield path


@contextlib.contextmanager
def spooled(head: bytes, stream: Readable) -> Iterator[Content]:
    """`head` and all that follows in `stream`: in memory up to 32 MiB, beyond that in a nameless temporary file.

    Errors of the stream (`ReadError`, `LimitError`) pass through.
    """
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as spool:
        spool.write(head)
        while piece := stream.read(_CHUNK):
            spool.write(piece)
        yield Content(file=cast("IO[bytes]", spool))
