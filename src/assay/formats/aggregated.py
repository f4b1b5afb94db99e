"""Records that the Kinesis Producer Library has put together into one.

Source: https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md: a magic number, a Protocol
Buffers message, and the MD5 digest of that message.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

_MAGIC = b"\xf3\x89\x9a\xc2"
_DIGEST = 16
_KEYS, _RECORDS = 1, 3
_KEY_INDEX, _DATA = 1, 3
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class UserRecord(NamedTuple):
    """A record as its producer gave it to the library."""

    key: str
    data: bytes


def is_aggregated(data: bytes) -> bool:
    """Whether a record is several; one whose digest is another only begins like that."""
    if len(data) < len(_MAGIC) + _DIGEST or not data.startswith(_MAGIC):
        return False
    message = data[len(_MAGIC) : -_DIGEST]
    return hashlib.md5(message, usedforsecurity=False).digest() == data[-_DIGEST:]


def user_records(data: bytes) -> list[UserRecord]:
    """The records of which an aggregated one consists. Raises `ValueError` where it is malformed."""
    keys: list[str] = []
    found: list[tuple[int, bytes]] = []
    for number, value in _fields(data[len(_MAGIC) : -_DIGEST]):
        if number == _KEYS and isinstance(value, bytes):
            keys.append(value.decode("utf-8", "replace"))
        elif number == _RECORDS and isinstance(value, bytes):
            inner = dict(_fields(value))
            index, payload = inner.get(_KEY_INDEX, 0), inner.get(_DATA)
            if not isinstance(index, int) or not isinstance(payload, bytes):
                raise ValueError("a record without data")
            found.append((index, payload))
    if any(index >= len(keys) for index, _ in found):
        raise ValueError("a record of a key that is not there")
    return [UserRecord(keys[index], payload) for index, payload in found]


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field (https://protobuf.dev/programming-guides/encoding/)."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        number, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        size = {_FIXED64: 8, _FIXED32: 4}.get(wire)
        if wire == _BYTES:
            size, at = _varint(message, at)
        if size is None or at + size > len(message):
            raise ValueError("a field that ends early, or of no known type")
        yield number, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            break
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
    raise ValueError("a number that does not end")
