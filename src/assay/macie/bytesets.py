"""Bytes of UTF-8 in our expressions → the characters that Macie matches: ours run on bytes, Macie's on text."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

# Python's own parser of expressions, which has no public name since sre_parse was deprecated.
ops: Any = importlib.import_module("re._constants")
parser: Any = importlib.import_module("re._parser")

Ranges = tuple[tuple[int, int], ...]
_TAIL = (0x80, 0xBF)
# No control characters, no surrogates (which no text has), no non-characters at the end.
_FIRST, _LAST = 0xA0, 0x10FFFD
_SURROGATES = (0xD800, 0xDFFF)


ANY_BEYOND_ASCII: Ranges = ((_FIRST, _SURROGATES[0] - 1), (_SURROGATES[1] + 1, _LAST))


class CannotError(ValueError):
    """What Macie's expressions cannot say. The message says what, for people."""


class Wide(NamedTuple):
    """Characters beyond ASCII, by their numbers, and how many parsed items they took."""

    ranges: Ranges
    taken: int


def wide_at(items: Sequence[Any], at: int) -> Wide | None:
    """The characters of two to four bytes that `items` spell from `at` on; `None` where no such sequence begins."""
    head = byte_ranges(items[at])
    if head is None or any(low < 0xC2 for low, _ in head):
        return None
    needed = {_tail_length(low) for low, _ in head} | {_tail_length(high) for _, high in head}
    if len(needed) != 1:
        return None
    (length,) = needed
    positions, place = [head], at + 1
    while len(positions) <= length:
        if place >= len(items):
            return None
        found = _tails(items[place])
        if found is None:
            return None
        positions += found
        place += 1
    if len(positions) != length + 1:
        return None
    ranges = _characters(positions)
    return None if ranges is None else Wide(ranges, place - at)


def byte_ranges(item: Any) -> Ranges | None:
    """The bytes that an item of one byte may be; `None` for what is none, or is a category."""
    op, value = item
    if op is ops.LITERAL:
        return ((value, value),)
    if op is not ops.IN:
        return None
    found: list[tuple[int, int]] = []
    for kind, given in value:
        if kind is ops.LITERAL:
            found.append((given, given))
        elif kind is ops.RANGE:
            found.append((given[0], given[1]))
        else:
            return None
    return tuple(found)


def beyond_ascii(ranges: Ranges) -> Ranges:
    """The characters that bytes of 0x80 and more in a set stand for: all, or those that such first bytes begin.

    Raises `CannotError` for what can only be the rest of a character.
    """
    high = [(max(low, 0x80), top) for low, top in ranges if top >= 0x80]
    if not high:
        return ()
    if any(low <= 0x80 and top >= 0xFF for low, top in high):
        return ANY_BEYOND_ASCII
    heads = [(max(low, 0xC2), min(top, 0xF4)) for low, top in high if top >= 0xC2]
    if not heads:
        raise CannotError("parts of characters")
    return _without_surrogates((_first(low), _last(top)) for low, top in heads)


def _tails(item: Any) -> list[Ranges] | None:
    op, value = item
    if op is ops.MAX_REPEAT:
        low, high, inner = value
        if low != high or len(inner) != 1:
            return None
        found = _tails(inner[0])
        return None if found is None else found * int(low)
    ranges = byte_ranges(item)
    if ranges is None or any(low < _TAIL[0] or high > _TAIL[1] for low, high in ranges):
        return None
    return [ranges]


def _characters(positions: Sequence[Ranges]) -> Ranges | None:
    """Ranges of characters: what follows the first byte that is a choice has to be any."""
    open_at = next((at for at, ranges in enumerate(positions) if _is_choice(ranges)), None)
    if open_at is not None and any(ranges != (_TAIL,) for ranges in positions[open_at + 1 :]):
        return None
    place = len(positions) - 1 if open_at is None else open_at
    made = []
    for low, high in positions[place]:
        first = [ranges[0][0] for ranges in positions[:place]] + [low] + [_TAIL[0]] * (len(positions) - place - 1)
        last = [ranges[0][0] for ranges in positions[:place]] + [high] + [_TAIL[1]] * (len(positions) - place - 1)
        made.append((_number(first), _number(last)))
    return _without_surrogates(made)


def _without_surrogates(ranges: Iterable[tuple[int, int]]) -> Ranges:
    first, last = _SURROGATES
    kept = []
    for low, high in ranges:
        kept += (
            [(low, min(high, first - 1)), (max(low, last + 1), high)]
            if low <= last and high >= first
            else [(low, high)]
        )
    return tuple((low, high) for low, high in kept if low <= high)


def _is_choice(ranges: Ranges) -> bool:
    return len(ranges) > 1 or ranges[0][0] != ranges[0][1]


def _tail_length(head: int) -> int:
    return 1 if head < 0xE0 else 2 if head < 0xF0 else 3


def _number(sequence: Sequence[int]) -> int:
    number = sequence[0] & (0x7F >> len(sequence))
    for byte in sequence[1:]:
        number = number << 6 | byte & 0x3F
    return number


def _first(head: int) -> int:
    return max(_FIRST, _number([head, *[_TAIL[0]] * _tail_length(head)]))


def _last(head: int) -> int:
    return min(_LAST, _number([head, *[_TAIL[1]] * _tail_length(head)]))
