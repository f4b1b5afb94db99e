"""Which bytes an expression reads, so that texts behind one another can be searched as one without telling of each other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from assay.detect.automaton import sre, sre_parse

_ALL = frozenset(range(256))
_WORD = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_")
_CATEGORIES = {
    "CATEGORY_DIGIT": frozenset(b"0123456789"),
    "CATEGORY_SPACE": frozenset(b" \t\n\r\f\v"),
    "CATEGORY_WORD": _WORD,
}
REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)


class Reach(NamedTuple):
    """`read`: bytes that a match may consume, or see in a look further than one byte; `seen`: what it sees at one byte."""

    read: frozenset[int]
    seen: frozenset[int]


@cache
def reach(expression: str) -> Reach | None:
    """What `expression` reads of bytes, `None` where it asks for the beginning or the end of its text.

    A byte that is not in `read` is never passed: what stands beyond it makes no difference to a match before it.
    """
    return reach_of(sre_parse.parse(expression.encode()))


def reach_of(parsed: Any) -> Reach | None:
    """The same of what the parser gave, or of some items of it."""
    read: set[int] = set()
    seen: set[int] = set()
    return Reach(frozenset(read), frozenset(seen)) if _add(parsed, read, seen) else None


@cache
def needed_bytes(expression: str) -> tuple[frozenset[int], ...]:
    """Sets of bytes of each of which every match of `expression` has one at least.

    Not for expressions that are compiled without regard to case.
    """
    parsed = sre_parse.parse(expression.encode())
    return () if parsed.state.flags & re.IGNORECASE else tuple(_needed(parsed))


@cache
def never_behind(expression: str) -> frozenset[int]:
    """Bytes right behind which no match of `expression` begins. Not for expressions that
    are compiled without regard to case."""
    found: frozenset[int] = frozenset()
    parsed = sre_parse.parse(expression.encode())
    if parsed.state.flags & re.IGNORECASE:
        return found
    for operator, argument in parsed:
        if operator is not sre.ASSERT_NOT or argument[0] >= 0:
            break
        if len(argument[1]) == 1:
            found |= bytes_of(*argument[1][0]) or frozenset()
    return found


def _needed(parsed: Any) -> Iterator[frozenset[int]]:
    for operator, argument in parsed:
        if operator is sre.SUBPATTERN and not argument[1]:
            yield from _needed(argument[-1])
        elif operator in REPEATS and argument[0] > 0:
            yield from _needed(argument[2])
        elif (matched := bytes_of(operator, argument)) is not None:
            yield matched


def _add(parsed: Any, read: set[int], seen: set[int]) -> bool:
    return all(_add_item(operator, argument, read, seen) for operator, argument in parsed)


def _add_item(operator: Any, argument: Any, read: set[int], seen: set[int]) -> bool:
    if operator in REPEATS:
        return _add(argument[2], read, seen)
    if operator is sre.SUBPATTERN:
        return _add(argument[-1], read, seen)
    if operator is sre.ATOMIC_GROUP:
        return _add(argument, read, seen)
    if operator is sre.BRANCH:
        return all(_add(choice, read, seen) for choice in argument[1])
    if operator in (sre.ASSERT, sre.ASSERT_NOT):
        return _add_look(argument[1], read, seen)
    if operator is sre.GROUPREF:
        return True
    if operator is sre.AT:
        return argument in (sre.AT_BOUNDARY, sre.AT_NON_BOUNDARY)
    matched = bytes_of(operator, argument)
    if matched is None:
        return False
    read.update(matched)
    return True


def _add_look(parsed: Any, read: set[int], seen: set[int]) -> bool:
    if len(parsed) == 1 and parsed[0][0] is sre.BRANCH:
        return all(_add_look(choice, read, seen) for choice in parsed[0][1][1])
    if len(parsed) == 1 and (matched := bytes_of(*parsed[0])) is not None:
        seen.update(matched)
        return True
    # What is seen further away counts as read.
    return _add(parsed, read, read)


def bytes_of(operator: Any, argument: Any) -> frozenset[int] | None:
    """The bytes that an item of one byte's width matches, `None` if it is something else."""
    if operator is sre.LITERAL:
        return frozenset((argument,))
    if operator is sre.NOT_LITERAL:
        return _ALL - {argument}
    if operator is sre.ANY:
        return _ALL
    if operator is not sre.IN:
        return None
    found: set[int] = set()
    negated = False
    for kind, value in argument:
        if kind is sre.NEGATE:
            negated = True
        elif kind is sre.LITERAL:
            found.add(value)
        elif kind is sre.RANGE:
            found.update(range(value[0], value[1] + 1))
        else:
            name = str(value)
            category = _CATEGORIES.get(name.replace("_NOT_", "_"))
            if category is None:
                return None
            found |= _ALL - category if "_NOT_" in name else category
    return _ALL - found if negated else frozenset(found)
