"""Compressed streams read piece by piece: gzip (RFC 1952), bzip2, xz, Zstandard (RFC 8878)."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Any, Protocol

from assay.errors import ReadError
from assay.formats.kinds import Kind
from assay.formats.windows import Readable

_CHUNK = 64 * 1024
_MEMORY = 256 * 1024 * 1024
_ERRORS = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError)


class Codec(Protocol):
    """One compressed frame: `decompress` gives at most `size` bytes of it."""

    def decompress(self, data: bytes, size: int) -> bytes: ...

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...


class _Zlib:
    """zlib with the interface of bz2 and lzma: it keeps its own unread input."""

    def __init__(self, bits: int) -> None:
        self._object = zlib.decompressobj(bits)

    def decompress(self, data: bytes, size: int) -> bytes:
        return self._object.decompress(self._object.unconsumed_tail + data, size)

    @property
    def eof(self) -> bool:
        return self._object.eof

    @property
    def unused_data(self) -> bytes:
        return self._object.unused_data


def inflate() -> Codec:
    """A raw DEFLATE stream, as zip members hold it."""
    return _Zlib(-15)


class _Zstd:
    """One Zstandard frame. Input goes in by small pieces, because one piece of output cannot be bounded otherwise."""

    _PIECE = 256

    def __init__(self) -> None:
        # The only compression that is not in the standard library.
        import zstandard

        self._error = zstandard.ZstdError
        self._object = zstandard.ZstdDecompressor(max_window_size=_MEMORY).decompressobj()
        self._input = b""
        self._output = b""

    def decompress(self, data: bytes, size: int) -> bytes:
        self._input += data
        position = 0
        made = [self._output]
        have = len(self._output)
        try:
            while have < size and position < len(self._input) and not self._object.eof:
                piece = self._object.decompress(self._input[position : position + self._PIECE])
                position += self._PIECE
                made.append(piece)
                have += len(piece)
        except self._error as error:
            raise ValueError("damaged frame") from error
        self._input = self._input[position:]
        output = b"".join(made)
        self._output = output[size:]
        return output[:size]

    @property
    def eof(self) -> bool:
        return bool(self._object.eof) and not self._output

    @property
    def unused_data(self) -> bytes:
        return bytes(self._object.unused_data) + self._input


_CODECS: dict[Kind, Callable[[], Codec]] = {
    Kind.GZIP: lambda: _Zlib(31),
    Kind.BZIP2: bz2.BZ2Decompressor,
    Kind.XZ: lambda: lzma.LZMADecompressor(lzma.FORMAT_AUTO, memlimit=_MEMORY),
    Kind.ZSTD: _Zstd,
}


class Decompressed(io.RawIOBase):
    """The plain bytes of one compressed stream: of all its frames in a row, or of a `single` one.

    Raises `ReadError("corrupt", …)` where the data is damaged or ends too early, after all that precedes the place was
    delivered.
    """

    def __init__(self, source: Readable, codec: Callable[[], Codec], what: str, *, single: bool = False) -> None:
        super().__init__()
        self._single = single
        self._source = source
        self._new = codec
        self._codec = codec()
        self._what = what
        self._input = b""
        self._consumed = 0
        self._produced = 0
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def read(self, size: int = -1, /) -> bytes:
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(_CHUNK), b""))
        while not self._ended and size:
            if self._codec.eof and not self._next_frame():
                break
            try:
                data = self._codec.decompress(self._input, size)
            except _ERRORS as error:
                self._ended = True
                raise self._corrupt("damaged") from error
            self._input = b""
            if data:
                self._produced += len(data)
                return data
            if not self._codec.eof:
                self._input = self._source.read(_CHUNK)
                self._consumed += len(self._input)
                if not self._input:
                    self._ended = True
                    raise self._corrupt("ends too early")
        return b""

    def _next_frame(self) -> bool:
        if self._single:
            return False
        rest = self._codec.unused_data
        # Padding with zeros is allowed after the last frame.
        while not rest.lstrip(b"\0"):
            rest = self._source.read(_CHUNK)
            self._consumed += len(rest)
            if not rest:
                self._ended = True
                return False
        self._input = rest.lstrip(b"\0")
        self._codec = self._new()
        return True

    def _corrupt(self, how: str) -> ReadError:
        return ReadError(
            "corrupt",
            f"{self._what} data {how} after {self._produced} bytes; repair the file or restore it from a copy",
        )


def decompressed(source: Readable, kind: Kind) -> Decompressed:
    """The plain bytes of a stream of the compressed `kind`; raises KeyError for other kinds."""
    return Decompressed(source, _CODECS[kind], str(kind))
