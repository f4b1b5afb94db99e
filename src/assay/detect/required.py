"""What every match of an expression has in it, so that texts without need not be searched."""

from __future__ import annotations

from typing import Any

from assay.detect.automaton import sre, sre_parse

_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
_LEAST_TEXT = 3
_MOST_TEXTS = 64


def required(expression: str) -> frozenset[str] | None:
    """Texts of which every match of `expression` has at least one in it, in lower case; `None` if none are known."""
    found = _required(sre_parse.parse(expression))
    return frozenset(text.lower() for text in found) if found and min(map(len, found)) >= _LEAST_TEXT else None


def _required(parsed: Any) -> frozenset[str] | None:
    """The best of what the items in a row need: texts that follow one another are put together."""
    best: frozenset[str] | None = None
    row: frozenset[str] = frozenset(("",))
    for operator, argument in parsed:
        exact = _exactly(operator, argument)
        if exact is not None and len(row) * len(exact) <= _MOST_TEXTS:
            row = frozenset(one + other for one in row for other in exact)
            best = _longer(best, row)
            continue
        row = exact if exact is not None else frozenset(("",))
        best = _longer(best, row)
        if operator is sre.BRANCH:
            each = [_required(choice) for choice in argument[1]]
            if all(item is not None for item in each):
                best = _longer(best, frozenset().union(*(item for item in each if item is not None)))
        elif operator is sre.SUBPATTERN:
            best = _longer(best, _required(argument[-1]))
        elif operator in _REPEATS and argument[0] > 0:
            best = _longer(best, _required(argument[2]))
    return best


def _exactly(operator: Any, argument: Any) -> frozenset[str] | None:
    """All texts that an item matches, if they are few."""
    if operator is sre.LITERAL:
        return frozenset((chr(argument),))
    if operator is sre.IN and all(kind is sre.LITERAL for kind, _ in argument):
        return frozenset(chr(value) for _, value in argument)
    if operator is sre.SUBPATTERN:
        return _exactly_row(argument[-1])
    if operator is sre.BRANCH:
        each = [_exactly_row(choice) for choice in argument[1]]
        if any(item is None for item in each):
            return None
        found: frozenset[str] = frozenset().union(*(item for item in each if item is not None))
        return found if len(found) <= _MOST_TEXTS else None
    if operator in _REPEATS and tuple(argument[:2]) == (0, 1):
        once = _exactly_row(argument[2])
        return None if once is None else once | {""}
    return None


def _exactly_row(parsed: Any) -> frozenset[str] | None:
    row: frozenset[str] = frozenset(("",))
    for operator, argument in parsed:
        exact = _exactly(operator, argument)
        if exact is None or len(row) * len(exact) > _MOST_TEXTS:
            return None
        row = frozenset(one + other for one in row for other in exact)
    return row


def _longer(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    """The one whose shortest text is longer."""
    if one is None or other is None:
        return one or other
    return other if min(map(len, other)) > min(map(len, one)) else one
