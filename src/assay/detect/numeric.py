"""Whether an expression can match among numbers, a quoted one a line or one alone, and of how many digits they have to be for that.

What is told errs to one side: an expression that is said to match nowhere matches nowhere. What it sees ahead or behind is
taken to be as it wants it, but for bytes right before it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, NamedTuple

from assay.detect.automaton import sre, sre_parse
from assay.detect.reach import REPEATS, bytes_of

MOST_DIGITS = 20
"""Digits before the point that any number is counted to have at most: those of 64 bits."""
NEVER = MOST_DIGITS + 1
"""Where no number is long enough."""

_CLASS = re.compile(r"\[:\^?[a-z]+:\]")
_DIGITS = frozenset(b"0123456789")
MOST_PLACES = 22
"""Digits behind the point, likewise: seventeen that tell, behind five zeros."""
_START, _LINE, _OPEN, _SIGN, _POINT, _CLOSE = range(-6, 0)
_FRACTION, _E = 100, 200
_MOST_EXPONENT = 3
# The automaton's engine writes the end of a text with a small letter.
_END = re.compile(r"(?<!\\)((?:\\\\)*)\\z")
_States = frozenset[int]


class _UnknownError(Exception):
    """An item whose meaning is not known here."""


class Least(NamedTuple):
    """The fewest digits before the point of numbers among which there may be a match: of whole ones, of others."""

    whole: int
    fraction: int

    def both(self, other: Least) -> Least:
        """What both need to match in the same place."""
        return Least(max(self.whole, other.whole), max(self.fraction, other.fraction))

    def either(self, other: Least) -> Least:
        """What one of the two needs."""
        return Least(min(self.whole, other.whole), min(self.fraction, other.fraction))


ANY = Least(0, 0)
NONE = Least(NEVER, NEVER)


@cache
def least(expression: str) -> Least:
    """Of numbers of how many digits `expression` needs one to match in, or across its end."""
    if _CLASS.search(expression):
        return ANY  # a class by its name, which the parser does not know
    try:
        parsed = sre_parse.parse(_END.sub(r"\1\\Z", expression).encode())
    except (re.error, RecursionError):
        return ANY
    return Least(_fewest(parsed, fraction=False), _fewest(parsed, fraction=True))


def _fewest(parsed: Any, *, fraction: bool) -> int:
    try:
        if not _matches(parsed, _table(MOST_DIGITS, fraction)):
            return NEVER
        return next(most for most in range(MOST_DIGITS + 1) if _matches(parsed, _table(most, fraction)))
    except (_UnknownError, RecursionError):
        return 0


class _Numbers(NamedTuple):
    """The automaton of such texts. A state is what was passed last: so many digits before the point (1 and more), a sign …;
    of each the bytes that may come next, with the states these lead to, the bytes that it may have passed, and the states
    before it."""

    following: dict[int, list[tuple[frozenset[int], int]]]
    passed: dict[int, frozenset[int]]
    before: dict[int, set[int]]


@cache
def _table(most: int, fraction: bool) -> _Numbers:
    """`most` digits before the point at most; without `fraction` there is neither a point nor an exponent."""
    quote, sign, point = frozenset(b'"'), frozenset(b"-"), frozenset(b".")
    first = [(_DIGITS, 1)] if most else []
    ends = [(quote, _CLOSE), (point, _POINT), (frozenset(b"e"), _E)] if fraction else [(quote, _CLOSE)]
    following = {
        _LINE: [(quote, _OPEN)],
        _OPEN: [(sign, _SIGN), (quote, _CLOSE), *first],
        _SIGN: first,
        _CLOSE: [(frozenset(b"\n"), _LINE)],
        **{at: [*([(_DIGITS, at + 1)] if at < most else []), *ends] for at in range(1, most + 1)},
    }
    passed = {_LINE: frozenset(b"\n"), _OPEN: quote, _SIGN: sign, _CLOSE: quote}
    passed |= dict.fromkeys(range(1, most + 1), _DIGITS)
    if fraction and most:
        places = range(_FRACTION + 1, _FRACTION + MOST_PLACES + 1)
        signs, letter = frozenset(b"+-"), frozenset(b"e")
        exponent = range(_E + 2, _E + 2 + _MOST_EXPONENT)
        following |= {at: [(_DIGITS, at + 1), (letter, _E), (quote, _CLOSE)] for at in places[:-1]}
        following |= {_POINT: [(_DIGITS, places[0])], places[-1]: [(letter, _E), (quote, _CLOSE)]}
        following |= {_E: [(signs, _E + 1)], _E + 1: [(_DIGITS, exponent[0])]}
        following |= {at: [(_DIGITS, at + 1), (quote, _CLOSE)] for at in exponent[:-1]}
        following[exponent[-1]] = [(quote, _CLOSE)]
        passed |= {_POINT: point, _E: letter, _E + 1: signs, **dict.fromkeys((*places, *exponent), _DIGITS)}
    following[_START] = following[_OPEN]
    before: dict[int, set[int]] = {}
    for at, steps in following.items():
        for _, after in steps:
            before.setdefault(after, set()).add(at)
    return _Numbers(following, passed, before)


def _matches(parsed: Any, numbers: _Numbers) -> bool:
    states = frozenset(numbers.following)
    for operator, argument in parsed:
        if operator is not sre.ASSERT_NOT or argument[0] >= 0:
            break
        behind = [bytes_of(*item) for item in argument[1]]
        if behind and all(bytes_ is not None for bytes_ in behind) and not parsed.state.flags & re.IGNORECASE:
            states = frozenset(at for at in states if not _always(at, behind, numbers))
    return bool(_row(parsed, states, numbers))


def _always(at: int, behind: list[Any], numbers: _Numbers) -> bool:
    """Whether what was passed last before a state is always one of these bytes, each in its place."""
    if at == _START or not numbers.passed[at] <= behind[-1]:
        return False
    return len(behind) == 1 or all(_always(earlier, behind[:-1], numbers) for earlier in numbers.before[at])


def _row(parsed: Any, states: _States, numbers: _Numbers) -> _States:
    """Where a match of some items may have come to, from any of `states`."""
    for operator, argument in parsed:
        if not states:
            break
        states = _item(operator, argument, states, numbers)
    return states


def _item(operator: Any, argument: Any, states: _States, numbers: _Numbers) -> _States:
    if operator in REPEATS:
        low, high, body = argument
        return _repeated(low, high, body, states, numbers)
    if operator is sre.SUBPATTERN:
        return _row(argument[-1], states, numbers)
    if operator is sre.ATOMIC_GROUP:
        return _row(argument, states, numbers)
    if operator is sre.BRANCH:
        return frozenset().union(*(_row(choice, states, numbers) for choice in argument[1]))
    if operator in (sre.ASSERT, sre.ASSERT_NOT, sre.AT):
        return states
    matched = bytes_of(operator, argument)
    if matched is None:
        raise _UnknownError
    # In either case: parts of an expression may not regard it.
    either = matched | {ord(chr(byte).swapcase()) for byte in matched if byte < 128}
    return frozenset(after for at in states for bytes_, after in numbers.following[at] if not bytes_.isdisjoint(either))


def _repeated(low: int, high: int, body: Any, states: _States, numbers: _Numbers) -> _States:
    found = states if low == 0 else frozenset()
    for number in range(1, int(high) + 1):
        states = _row(body, states, numbers)
        if not states or (number > low and states <= found):
            break
        if number >= low:
            found |= states
    return found
