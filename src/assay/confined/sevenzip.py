"""Files of a 7z archive, unpacked one after the other by py7zr. Frames: `FILE` (name), `DATA`, `NOTE`, `FAILED`."""

from __future__ import annotations

import io
import lzma
import zlib
from typing import IO, Any

import py7zr
import py7zr.exceptions
import py7zr.io

from assay.confined.frames import DATA, FAILED, FILE, Outlet, serve

MEMORY = 2048
SECONDS = 120.0
_CHUNK = 1024 * 1024
_ERRORS = (
    py7zr.exceptions.ArchiveError,
    py7zr.exceptions.AbsolutePathError,
    lzma.LZMAError,
    zlib.error,
    ValueError,
    TypeError,
    OSError,
    EOFError,
    IndexError,
    KeyError,
    AttributeError,
    AssertionError,
    OverflowError,
    RuntimeError,
)


def main() -> None:
    """Runs in a process of its own."""
    serve(read, MEMORY, SECONDS)


def read(source: IO[bytes], _request: dict[str, Any], outlet: Outlet) -> None:
    """Tells every file as it is unpacked."""
    try:
        with py7zr.SevenZipFile(_Nameless(io.FileIO(source.fileno(), closefd=False)), "r") as archive:
            if archive.needs_password():
                outlet.tell(FAILED, reason="encrypted")
                return
            archive.extractall(factory=_Files(outlet))
    except py7zr.exceptions.PasswordRequired:
        outlet.tell(FAILED, reason="encrypted")
    except py7zr.exceptions.UnsupportedCompressionMethodError:
        outlet.tell(FAILED, reason="method")
    except (BrokenPipeError, ConnectionError):
        raise
    except _ERRORS:
        outlet.tell(FAILED, reason="corrupt")


class _Nameless(io.BufferedReader):
    """The file without its name, of which py7zr would open more in other threads."""

    name = None


class _Files(py7zr.io.WriterFactory):
    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet

    def create(self, filename: str) -> py7zr.io.Py7zIO:
        self._outlet.tell(FILE, name=filename)
        return _Out(self._outlet)


class _Out(py7zr.io.Py7zIO):
    """A file that is unpacked: what is written goes out at once."""

    def __init__(self, outlet: Outlet) -> None:
        self._outlet = outlet
        self._size = 0

    def write(self, s: bytes | bytearray) -> int:
        for start in range(0, len(s), _CHUNK):
            self._outlet.put(DATA, bytes(s[start : start + _CHUNK]))
        self._size += len(s)
        return len(s)

    def read(self, size: int | None = None) -> bytes:  # noqa: ARG002  # their names
        return b""

    def seek(self, offset: int, whence: int = 0) -> int:  # noqa: ARG002
        return offset

    def flush(self) -> None:
        """Nothing waits."""

    def size(self) -> int:
        return self._size
