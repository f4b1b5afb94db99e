"""What every match of an expression has in it, so that texts without need not be searched."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from assay.detect.automaton import sre, sre_parse

_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
_LEAST_TEXT = 3
_MOST_TEXTS = 64


def required(expression: str) -> tuple[frozenset[str], ...]:
    """Sets of texts, in lower case: every match of `expression` has at least one of each set in it."""
    found = [_shortest(text.lower() for text in texts) for texts in _required(sre_parse.parse(expression))]
    return tuple(sorted((texts for texts in found if min(map(len, texts)) >= _LEAST_TEXT), key=len))


def _shortest(texts: Iterable[str]) -> frozenset[str]:
    """The texts without those that have another in them: these are found with it."""
    kept: list[str] = []
    for text in sorted(texts, key=len):
        if not any(other in text for other in kept):
            kept.append(text)
    return frozenset(kept)


def _required(parsed: Any) -> list[frozenset[str]]:
    """What the items in a row need: texts that follow one another are put together."""
    found: list[frozenset[str]] = []
    row: frozenset[str] = frozenset(("",))
    for operator, argument in parsed:
        exact = _exactly(operator, argument)
        if exact is not None and len(row) * len(exact) <= _MOST_TEXTS:
            row = frozenset(one + other for one in row for other in exact)
            continue
        if exact is None and operator in _REPEATS and (begins := _often(argument)) is not None:
            if len(row) * len(begins) > _MOST_TEXTS:
                found.append(row)
                row = frozenset(("",))
            found.append(frozenset(one + other for one in row for other in begins))
            # What follows stands behind the last of them, however many there are.
            row = begins
            continue
        found.append(row)
        row = exact if exact is not None else frozenset(("",))
        if operator is sre.BRANCH:
            each = [max(_required(choice), key=_least) for choice in argument[1]]
            found.append(frozenset().union(*each))
        elif operator is sre.SUBPATTERN:
            found += _required(argument[-1])
        elif operator in _REPEATS and argument[0] > 0:
            found += _required(argument[2])
    return [*found, row]


def _often(argument: Any) -> frozenset[str] | None:
    """Of what is repeated, the texts of as many as there have to be, if they are few."""
    least, _, repeated = argument
    once = _exactly_row(repeated)
    if not once or not least:
        return None
    texts = frozenset(("",))
    for _ in range(least):
        if len(texts) * len(once) > _MOST_TEXTS:
            return None
        texts = frozenset(one + other for one in texts for other in once)
    return texts


def _least(texts: frozenset[str]) -> int:
    return min(map(len, texts))


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
