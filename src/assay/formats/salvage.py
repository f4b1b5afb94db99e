"""What can still be read of a zip file whose central directory is lost: one member after another (APPNOTE 4.3.7)."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from typing import IO

from assay.formats.decompress import Decompressed, inflate

_HEADER = struct.Struct("<4s5H3I2H")
_SIGNATURE = b"PK\x03\x04"
_CHUNK = 64 * 1024
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _STREAMED, _UTF8_NAME = 0x1, 0x8, 0x800


def salvage(source: IO[bytes]) -> Iterator[tuple[str, io.RawIOBase]]:
    """Names and streams of the members whose local header can be read, stored or deflated ones only."""
    position = 0
    while True:
        found = _next_header(source, position)
        if found is None:
            return
        source.seek(found)
        header = source.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return
        _, _, flags, method, _, _, _, packed, _, name_length, extra_length = _HEADER.unpack(header)
        raw_name = source.read(name_length)
        start = found + _HEADER.size + name_length + extra_length
        position = start if flags & _STREAMED or packed == 0xFFFFFFFF else start + packed
        if len(raw_name) < name_length:
            return
        name = raw_name.decode("utf-8" if flags & _UTF8_NAME else "cp437", "replace")
        if name.endswith("/") or flags & _ENCRYPTED or method not in (_STORED, _DEFLATED):
            continue
        limit = None if position == start else packed
        if method == _STORED and limit is None:
            continue
        part = Part(source, start, limit)
        yield name, part if method == _STORED else Decompressed(part, inflate, "zip", single=True)


def _next_header(source: IO[bytes], position: int) -> int | None:
    source.seek(position)
    before = b""
    while data := source.read(_CHUNK):
        found = (before + data).find(_SIGNATURE)
        if found >= 0:
            return position - len(before) + found
        position += len(data)
        before = data[-3:]
    return None


class Part(io.RawIOBase):
    """`limit` bytes of a file from `start` on (to its end if there is no limit)."""

    def __init__(self, source: IO[bytes], start: int, limit: int | None) -> None:
        super().__init__()
        self._source = source
        self._position = start
        self._left = limit

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if self._left is not None:
            size = self._left if size < 0 else min(size, self._left)
        self._source.seek(self._position)
        data = self._source.read(size)
        self._position += len(data)
        if self._left is not None:
            self._left -= len(data)
            if size and not data and self._left:
                raise EOFError("the file ends within a member")
        return data
