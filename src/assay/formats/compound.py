"""Compound files (MS-CFB: documents of Office until 2003, and encrypted ones of later versions), checked before use.

The library that reads workbooks follows the chains of sectors wherever they lead, and never comes back from a circle.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator
from typing import IO

from assay.errors import ReadError

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST = 0xFFFFFFFA  # sector numbers from here on have a meaning of their own
_HEADER = 512
_ENTRY = 128
_OWN = 4096
_SMALL = 64


class Compound:
    """A compound file that is open. Raises `ReadError` for one whose chains are damaged."""

    def __init__(self, stream: IO[bytes]) -> None:
        size = stream.seek(0, 2)
        stream.seek(0)
        header = stream.read(_HEADER)
        # The size from which on a stream has sectors of its own is given, and must be this one.
        if len(header) < _HEADER or header[:8] != SIGNATURE or header[30] not in (9, 12) or _number(header, 56) != _OWN:
            raise _damaged()
        self._stream = stream
        self._kept: bytes | None = None
        self._sector = 1 << header[30]
        self._table = _table(stream, header, self._sector, size)
        self._small = _numbers(_chain(stream, self._table, _number(header, 60), self._sector))
        if _has_circle(self._table) or _has_circle(self._small):
            raise _damaged()
        listed = _chain(stream, self._table, _number(header, 48), self._sector)
        self._entries: list[tuple[str, int, int]] = []
        self._below: list[tuple[int, int, int]] = []
        for at in range(0, len(listed) - _ENTRY + 1, _ENTRY):
            length = int.from_bytes(listed[at + 64 : at + 66], "little")
            if 2 <= length <= 64:
                name = listed[at : at + length - 2].decode("utf-16-le", "replace")
                self._entries.append((name, _number(listed, at + 116), _number(listed, at + 120)))
            else:
                self._entries.append(("", _LAST, 0))
            self._below.append((_number(listed, at + 68), _number(listed, at + 72), _number(listed, at + 76)))
        if not any(name for name, _, _ in self._entries):
            raise _damaged()

    @property
    def names(self) -> frozenset[str]:
        """Of streams and storages."""
        return frozenset(name for name, _, _ in self._entries if name)

    def within(self, storage: int = 0) -> dict[str, int]:
        """Names in a storage (0: the outermost), each with its number. Raises `ReadError` where they form a circle."""
        found: dict[str, int] = {}
        waiting = [self._below[storage][2]]
        seen: set[int] = set()
        while waiting:
            at = waiting.pop()
            if at >= len(self._entries):
                continue
            if at in seen:
                raise _damaged()
            seen.add(at)
            found[self._entries[at][0]] = at
            waiting += self._below[at][:2]
        return found

    def content(self, number: int) -> bytes:
        """The stream of this number."""
        _, first, size = self._entries[number]
        if size >= _OWN:
            return _chain(self._stream, self._table, first, self._sector)[:size]
        if self._kept is None:
            self._kept = _chain(self._stream, self._table, self._entries[0][1], self._sector)
        whole = self._kept
        return b"".join(whole[at * _SMALL : (at + 1) * _SMALL] for at in self._small_chain(first, size))[:size]

    def read(self, wanted: str) -> Iterator[bytes]:
        """The streams of this name (one, if nobody has a hand in it), whatever case it is written in."""
        for number, (name, _, _) in enumerate(self._entries):
            if name.lower() == wanted.lower():
                yield self.content(number)

    def _small_chain(self, at: int, size: int) -> Iterator[int]:
        for _ in range(-(-size // _SMALL)):
            if at >= len(self._small):
                raise _damaged()
            yield at
            at = self._small[at]


def _damaged() -> ReadError:
    return ReadError("corrupt", "its chains of sectors are damaged or cut short; restore it from a copy")


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _numbers(data: bytes) -> array[int]:
    found = array("I", data[: len(data) // 4 * 4])
    if sys.byteorder == "big":
        found.byteswap()
    return found


def _sector(stream: IO[bytes], number: int, sector: int) -> bytes:
    stream.seek((number + 1) * sector)
    return stream.read(sector)


def _table(stream: IO[bytes], header: bytes, sector: int, size: int) -> array[int]:
    """The table of all chains: which sector follows each."""
    parts = [number for number in _numbers(header[76:_HEADER]) if number < _LAST]
    following = _number(header, 68)
    seen: set[int] = set()
    while following < _LAST:
        if following in seen or (following + 1) * sector >= size:
            raise _damaged()
        seen.add(following)
        more = _numbers(_sector(stream, following, sector))
        parts += [number for number in more[:-1] if number < _LAST]
        following = more[-1] if len(more) else _LAST
    if len(set(parts)) < len(parts) or any((number + 1) * sector >= size for number in parts):
        raise _damaged()
    return _numbers(b"".join(_sector(stream, number, sector) for number in parts))


def _chain(stream: IO[bytes], table: array[int], first: int, sector: int) -> bytes:
    parts = []
    seen: set[int] = set()
    while first < _LAST:
        if first in seen or first >= len(table):
            raise _damaged()
        seen.add(first)
        part = _sector(stream, first, sector)
        if not part:
            raise _damaged()
        parts.append(part)
        first = table[first]
    return b"".join(parts)


def _has_circle(table: array[int]) -> bool:
    """Whether following the table from anywhere would never end: 0 not seen, 1 on this way, 2 known to end."""
    state = bytearray(len(table))
    for first in range(len(table)):
        way = []
        at = first
        while at < len(table) and not state[at]:
            state[at] = 1
            way.append(at)
            at = table[at]
        if at < len(table) and state[at] == 1:
            return True
        for number in way:
            state[number] = 2
    return False
