"""Expressions narrowed to what can match in texts of which the bytes are known.

In a column of plain addresses, say, there is no colon, and so no scheme that an expression has to look out for before
each of them: what cannot match there is left out. What is left finds the same in such a text, is faster, and reads fewer
bytes (`reach`).
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from assay.detect.automaton import sre, sre_parse
from assay.detect.reach import REPEATS, Reach, bytes_of, reach_of

# Like the parser, the compiler has no public name; it takes what the parser gives.
_compiler: Any = importlib.import_module("re._compiler")

ALNUM = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_ALNUM = frozenset(ALNUM)
_NOT_ASCII = frozenset(range(128, 256))


class Narrowed(NamedTuple):
    """`looks`: it looks ahead or back for something that has to be there."""

    regex: re.Pattern[bytes]
    reach: Reach | None
    looks: bool

    def stays_within(self, beside: frozenset[int]) -> bool:
        """Whether it passes none of those bytes."""
        return self.reach is not None and self.reach.read.isdisjoint(beside)


@lru_cache(256)
def narrowed(
    expression: str, present: frozenset[int], beside: frozenset[int], everywhere: frozenset[int], flags: int = 0
) -> Narrowed | None:
    """`expression` as far as it can match from the beginning of one of some texts, `None` if it cannot.

    The texts, and what stands on both sides of each, hold no bytes but those of `present`; on both sides stands one of
    `beside`, and beyond that anything. All of the texts have all of the bytes `everywhere` in them.

    An item is narrowed only where it cannot see what lies beyond: if it passes none of the bytes beside the texts, or if
    it begins where the text begins and passes none of them behind a byte that all texts have.
    """
    parsed = sre_parse.parse(expression.encode(), flags)
    items = _row(parsed, present, beside, everywhere, at_start=True)
    if items is None:
        return None
    whole = sre_parse.SubPattern(parsed.state, items)
    looks = any(operator is sre.ASSERT for operator, _ in _items(whole))
    return Narrowed(_compiler.compile(whole, flags), reach_of(whole), looks)


def _row(
    parsed: Any, present: frozenset[int], beside: frozenset[int], everywhere: frozenset[int], *, at_start: bool
) -> list[Any] | None:
    """The items of a row, narrowed; `None` if it cannot match."""
    items: list[Any] = []
    for operator, argument in parsed:
        original = sre_parse.SubPattern(parsed.state, [(operator, argument)])
        reads = reach_of(original)
        left: list[Any] | None
        if reads is not None and (reads.read.isdisjoint(beside) or (at_start and _stays(original, beside, everywhere))):
            left = _item(operator, argument, present)
        elif operator is sre.SUBPATTERN:
            within = _row(argument[-1], present, beside, everywhere, at_start=at_start)
            left = (
                None if within is None else [(operator, (*argument[:-1], sre_parse.SubPattern(parsed.state, within)))]
            )
        elif operator in (sre.ASSERT, sre.ASSERT_NOT) and _is_behind_what_is_not(argument[1], present):
            left = None if operator is sre.ASSERT else []
        else:
            left = [(operator, argument)]
        if left is None:
            return None
        items += left
        at_start = at_start and sre_parse.SubPattern(parsed.state, left).getwidth()[1] == 0
    return items


def _is_behind_what_is_not(parsed: Any, present: frozenset[int]) -> bool:
    """Whether a row begins by looking back for a byte that is not present: the byte before is one of the text, or the one
    beside it."""
    if not len(parsed) or parsed[0][0] is not sre.ASSERT:
        return False
    direction, before = parsed[0][1]
    last = bytes_of(*before[-1]) if direction < 0 and len(before) else None
    return last is not None and last.isdisjoint(present)


def kinds_of(present: frozenset[int]) -> frozenset[int]:
    """Bytes that may be present, made alike from text to text: for each such set an expression of its own is compiled."""
    return present | _ALNUM | (frozenset() if present.isdisjoint(_NOT_ASCII) else _NOT_ASCII)


def _stays(parsed: Any, beside: frozenset[int], everywhere: frozenset[int]) -> bool:
    """Whether what begins where a text begins passes none of `beside` before it has passed all of the text."""
    if any(operator in (sre.ASSERT, sre.ASSERT_NOT) and argument[0] < 0 for operator, argument in _items(parsed)):
        return False
    return any(not _passes(parsed, frozenset((mark,)), beside).both for mark in everywhere)


class _Passed(NamedTuple):
    """Whether a mark may be passed, whether one of `beside` may, and whether the one may be behind the other."""

    mark: bool = False
    beside: bool = False
    both: bool = False


_ANYTHING = _Passed(mark=True, beside=True, both=True)


def _passes(parsed: Any, mark: frozenset[int], beside: frozenset[int]) -> _Passed:
    """What the items of a row may pass, one after the other."""
    row = _Passed()
    for operator, argument in parsed:
        item = _passes_item(operator, argument, mark, beside)
        row = _Passed(
            row.mark or item.mark, row.beside or item.beside, row.both or item.both or (row.mark and item.beside)
        )
    return row


def _passes_item(operator: Any, argument: Any, mark: frozenset[int], beside: frozenset[int]) -> _Passed:
    if operator in REPEATS:
        item = _passes(argument[2], mark, beside)
        return item._replace(both=item.both or (argument[1] > 1 and item.mark and item.beside))
    if operator is sre.SUBPATTERN:
        return _passes(argument[-1], mark, beside)
    if operator is sre.ATOMIC_GROUP:
        return _passes(argument, mark, beside)
    if operator is sre.BRANCH:
        choices = [_passes(choice, mark, beside) for choice in argument[1]]
        return _Passed(*(any(each) for each in zip(*choices, strict=True)))
    if operator in (sre.ASSERT, sre.ASSERT_NOT):
        return _passes(argument[1], mark, beside)
    if operator is sre.AT:
        return _Passed()
    matched = bytes_of(operator, argument)
    if matched is None:
        return _ANYTHING
    return _Passed(mark=not matched.isdisjoint(mark), beside=not matched.isdisjoint(beside))


def _left(parsed: Any, present: frozenset[int]) -> Any:
    """The items of a row that can match, `None` if one that has to cannot."""
    items: list[Any] = []
    for operator, argument in parsed:
        item = _item(operator, argument, present)
        if item is None:
            return None
        items += item
    return sre_parse.SubPattern(parsed.state, items)


def _item(operator: Any, argument: Any, present: frozenset[int]) -> list[Any] | None:
    """What is left of an item: itself, or none where it matches the empty text only; `None` if it cannot match."""
    if operator in REPEATS:
        low, high, body = argument
        left = _left(body, present)
        if left is None:
            return [] if low == 0 else None
        return [(operator, (low, high, left))]
    if operator is sre.SUBPATTERN:
        left = _left(argument[-1], present)
        return None if left is None else [(operator, (*argument[:-1], left))]
    if operator is sre.ATOMIC_GROUP:
        left = _left(argument, present)
        return None if left is None else [(operator, left)]
    if operator is sre.BRANCH:
        choices = [left for choice in argument[1] if (left := _left(choice, present)) is not None]
        return [(operator, (argument[0], choices))] if choices else None
    if operator is sre.ASSERT:
        left = _left(argument[1], present)
        return None if left is None else [(operator, (argument[0], left))]
    if operator is sre.ASSERT_NOT:
        left = _left(argument[1], present)
        return [] if left is None else [(operator, (argument[0], left))]
    width_one = bytes_of(operator, argument)
    return None if width_one is not None and width_one.isdisjoint(present) else [(operator, argument)]


def _items(parsed: Any) -> Iterator[tuple[Any, Any]]:
    """All items, with those within others."""
    for operator, argument in parsed:
        yield operator, argument
        if operator in REPEATS:
            yield from _items(argument[2])
        elif operator is sre.SUBPATTERN:
            yield from _items(argument[-1])
        elif operator is sre.ATOMIC_GROUP:
            yield from _items(argument)
        elif operator is sre.BRANCH:
            for choice in argument[1]:
                yield from _items(choice)
        elif operator in (sre.ASSERT, sre.ASSERT_NOT):
            yield from _items(argument[1])
