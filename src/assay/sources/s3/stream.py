"""An object as a seekable stream: read by ranges, a block at a time, the next one on its way where it is read in order."""

from __future__ import annotations

import io
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

Get = Callable[[int, int], bytes]
"""(first byte, length) → just these bytes. Raises `ReadError`."""

_FIRST = 1024 * 1024
_LEAST = 128 * 1024
MOST = 4 * 1024 * 1024
_KEPT = 32 * 1024 * 1024


class RangedStream(io.RawIOBase):
    """Reads an object of `size` bytes through `get`. `read` gives all that was asked for, to the end; it raises what `get` does.

    Reading on where a block ended fetches a longer one, so that few requests read a whole object, in order or column by
    column; reading elsewhere fetches little more than was asked for. Blocks of at most 32 MiB are kept.
    """

    def __init__(self, get: Get, size: int, pool: Executor | None = None) -> None:
        super().__init__()
        self._get = get
        self._size = size
        self._pool = pool
        self._at = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()
        self._bytes = 0
        self._next: tuple[int, int, Future[bytes]] | None = None

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("a place before the beginning")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        return self.read()

    def read(self, size: int | None = -1, /) -> bytes:
        left = max(0, self._size - self._at)
        wanted = left if size is None or size < 0 else min(size, left)
        parts: list[bytes] = []
        while wanted > 0:
            start, data = self._block(wanted)
            low = self._at - start
            part = data if low == 0 and len(data) <= wanted else data[low : low + wanted]
            parts.append(part)
            self._at += len(part)
            wanted -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        self._blocks.clear()
        if self._next is not None:
            self._next[2].cancel()
        super().close()

    def _block(self, wanted: int) -> tuple[int, bytes]:
        """A block that holds the byte at the current place: (its first byte's place, the block)."""
        at = self._at
        for start, data in reversed(self._blocks.items()):
            if start <= at < start + len(data):
                self._blocks.move_to_end(start)
                return start, data
        before = next((len(data) for start, data in self._blocks.items() if start + len(data) == at), None)
        if at == 0:
            length = max(wanted, _FIRST)
        elif before is not None:
            length = max(wanted, min(MOST, before * 2))
        else:
            length = max(wanted, _LEAST)
        data = self._fetched(at, min(length, MOST, self._size - at))
        self._keep(at, data)
        if before is not None:
            self._fetch_ahead(at + len(data), min(MOST, len(data) * 2))
        return at, data

    def _fetched(self, at: int, length: int) -> bytes:
        if self._next is not None and self._next[0] == at:
            _, _, coming = self._next
            self._next = None
            return coming.result()
        return self._get(at, length)

    def _fetch_ahead(self, at: int, length: int) -> None:
        length = min(length, self._size - at)
        if self._pool is None or length <= 0 or self._next is not None:
            return
        self._next = at, length, self._pool.submit(self._get, at, length)

    def _keep(self, start: int, data: bytes) -> None:
        old = self._blocks.pop(start, b"")
        self._blocks[start] = data
        self._bytes += len(data) - len(old)
        while self._bytes > _KEPT and len(self._blocks) > 1:
            _, dropped = self._blocks.popitem(last=False)
            self._bytes -= len(dropped)
