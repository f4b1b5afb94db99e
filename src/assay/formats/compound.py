"""Compound files (MS-CFB: documents of Office until 2003, and encrypted ones of later versions), checked before use.

The library that reads workbooks follows the chains of sectors wherever they lead, and never comes back from a circle.
"""

from __future__ import annotations

import sys
from array import array
from typing import IO

from assay.errors import ReadError

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST = 0xFFFFFFFA  # sector numbers from here on have a meaning of their own
_HEADER = 512
_ENTRY = 128
_IN_HEADER = 109


def stream_names(stream: IO[bytes]) -> frozenset[str]:
    """Names of the streams and storages of a compound file. Raises `ReadError` for one whose chains are damaged."""
    size = stream.seek(0, 2)
    stream.seek(0)
    header = stream.read(_HEADER)
    if len(header) < _HEADER or header[:8] != SIGNATURE or header[30] not in (9, 12):
        raise _damaged()
    sector = 1 << header[30]
    table = _table(stream, header, sector, size)
    small = _numbers(_chain(stream, table, _number(header, 60), sector))
    if _has_circle(table) or _has_circle(small):
        raise _damaged()
    listed = _chain(stream, table, _number(header, 48), sector)
    names = set()
    for at in range(0, len(listed) - _ENTRY + 1, _ENTRY):
        length = int.from_bytes(listed[at + 64 : at + 66], "little")
        if 2 <= length <= 64:
            names.add(listed[at : at + length - 2].decode("utf-16-le", "replace"))
    if not names:
        raise _damaged()
    return frozenset(names)


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
        parts.append(_sector(stream, first, sector))
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
