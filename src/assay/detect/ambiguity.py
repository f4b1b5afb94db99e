"""Whether an expression can be read in exponentially many ways, so that an engine that goes back would never end.

Ours runs in linear time whatever the expression; but rows of a configuration are exported, and run elsewhere.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from assay.detect.automaton import sre, sre_parse
from assay.detect.reach import REPEATS, bytes_of

_MANY = 16
"""Repeats up to more than this are as bad as repeats without an end."""
_COPIES = 3
_LARGEST = 600


class _TooLargeError(Exception):
    """Its automaton would have too many states to look at."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of an expression: whether it may be empty, and the positions where it may begin and end."""

    empty: bool
    first: tuple[int, ...]
    last: tuple[int, ...]


@dataclass(slots=True)
class _Positions:
    """The position automaton (Glushkov 1961): the bytes at each position, and how often one follows another."""

    bytes: list[frozenset[int]] = field(default_factory=list)
    follow: Counter[tuple[int, int]] = field(default_factory=Counter)

    def sequence(self, parsed: Iterable[tuple[Any, Any]]) -> _Part:
        done = _Part(True, (), ())
        for operator, argument in parsed:
            done = self.joined(done, self.item(operator, argument))
        return done

    def joined(self, left: _Part, right: _Part) -> _Part:
        self.follow.update((last, first) for last in left.last for first in right.first)
        return _Part(
            left.empty and right.empty,
            left.first + right.first if left.empty else left.first,
            left.last + right.last if right.empty else right.last,
        )

    def item(self, operator: Any, argument: Any) -> _Part:
        if operator in REPEATS:
            return self.repeated(*argument)
        if operator is sre.SUBPATTERN:
            return self.sequence(argument[-1])
        if operator is sre.ATOMIC_GROUP:
            return self.sequence(argument)
        if operator is sre.BRANCH:
            parts = [self.sequence(choice) for choice in argument[1]]
            return _Part(
                any(part.empty for part in parts),
                tuple(at for part in parts for at in part.first),
                tuple(at for part in parts for at in part.last),
            )
        matched = bytes_of(operator, argument)
        if matched is None:
            return _Part(True, (), ())  # a boundary or a look: nothing is consumed
        if len(self.bytes) >= _LARGEST:
            raise _TooLargeError
        self.bytes.append(matched)
        at = (len(self.bytes) - 1,)
        return _Part(False, at, at)

    def repeated(self, least: int, most: Any, body: Any) -> _Part:
        done = _Part(True, (), ())
        if most is sre.MAXREPEAT or most > _MANY:
            for _ in range(max(1, min(least, _COPIES))):
                part = self.sequence(body)
                done = self.joined(done, part)
            self.follow.update((last, first) for last in part.last for first in part.first)
            return done if least else _Part(True, done.first, done.last)
        most, least = min(most, _COPIES), min(least, _COPIES)
        for number in reversed(range(most)):
            # From the last one on: what may be left out is left out with all that comes after it.
            done = self.joined(self.sequence(body), done)
            if number >= least:
                done = _Part(True, done.first, done.last)
        return done


def is_exponential(expression: str) -> bool:
    """Whether some text can be matched by `expression` in a number of ways that grows exponentially with its length.

    The criterion is that of Weber and Seidl (1991), "On the degree of ambiguity of finite automata": a state that is reached
    again from itself in two ways by one text. `False` also for expressions that are too large to look at.
    """
    positions = _Positions()
    try:
        positions.sequence(sre_parse.parse(expression.encode()))
    except _TooLargeError:
        return False
    after: dict[int, list[int]] = {}
    for one, other in positions.follow:
        after.setdefault(one, []).append(other)
    beyond = [_reached((at,), after) for at in range(len(positions.bytes))]
    for (one, other), ways in positions.follow.items():
        if ways > 1 and one in beyond[other]:
            return True
    loops = {frozenset(other for other in beyond[at] if at in beyond[other]) for at in range(len(positions.bytes))}
    return any(_meets_itself(loop, positions.bytes, after) for loop in loops if loop)


def _reached(start: Iterable[Any], after: Mapping[Any, Iterable[Any]]) -> set[Any]:
    """What is reached from `start` by one step or more."""
    found: set[Any] = set()
    ahead = deque(start)
    while ahead:
        for other in after.get(ahead.popleft(), ()):
            if other not in found:
                found.add(other)
                ahead.append(other)
    return found


def _meets_itself(loop: frozenset[int], matched: list[frozenset[int]], after: Mapping[int, list[int]]) -> bool:
    """Whether two walks within `loop` over the same text part at a position and meet at one again."""
    inside = {at: [other for other in after.get(at, ()) if other in loop] for at in loop}
    steps: dict[tuple[int, int], list[tuple[int, int]]] = {}
    back: dict[tuple[int, int], list[tuple[int, int]]] = {}
    same = [(at, at) for at in loop]
    ahead = deque(same)
    seen = set(same)
    while ahead:
        pair = ahead.popleft()
        for one in inside[pair[0]]:
            for other in inside[pair[1]]:
                if matched[one].isdisjoint(matched[other]):
                    continue
                steps.setdefault(pair, []).append((one, other))
                back.setdefault((one, other), []).append(pair)
                if (one, other) not in seen:
                    seen.add((one, other))
                    ahead.append((one, other))
    apart = {pair for pair in _reached(same, steps) & _reached(same, back) if pair[0] != pair[1]}
    return bool(apart)
