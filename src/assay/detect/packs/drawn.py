"""Made-up texts that an expression matches: examples for rules that came without."""

from __future__ import annotations

from random import Random
from string import ascii_letters, digits
from typing import Any

from assay.detect.automaton import sre, sre_parse

_MOST = 12
_FEW = 3
_CATEGORIES = {
    sre.CATEGORY_DIGIT: digits,
    sre.CATEGORY_WORD: ascii_letters + digits,
    sre.CATEGORY_SPACE: " ",
    sre.CATEGORY_NOT_SPACE: ascii_letters + digits,
    sre.CATEGORY_NOT_DIGIT: ascii_letters,
    sre.CATEGORY_NOT_WORD: "-.:",
}
_ANY = ascii_letters + digits
_ANY_OR_EDGE = _ANY + " =:" * 12
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)


def drawn(expression: str, seed: str) -> str:
    """A text that `expression` matches, the same for the same seed; "" where it looks around or back."""
    try:
        return _row(sre_parse.parse(expression), Random(seed))
    except (LookupError, ValueError, OverflowError):
        return ""


def _row(parsed: Any, chance: Random) -> str:
    return "".join(_one(operator, argument, chance) for operator, argument in parsed)


def _one(operator: Any, argument: Any, chance: Random) -> str:
    if operator is sre.LITERAL:
        return chr(argument)
    if operator is sre.NOT_LITERAL:
        return chance.choice([char for char in _ANY if ord(char) != argument])
    if operator is sre.ANY:
        return chance.choice(_ANY_OR_EDGE)
    if operator is sre.IN:
        return chance.choice(_members(argument))
    if operator in _REPEATS:
        low, high, inner = argument
        count = low if low == high else chance.randint(low, min(int(high), low + (_MOST if low else _FEW)))
        return "".join(_row(inner, chance) for _ in range(count))
    if operator is sre.SUBPATTERN:
        return _row(argument[-1], chance)
    if operator is sre.BRANCH:
        return _row(chance.choice(argument[1]), chance)
    if operator is sre.AT:
        return ""
    raise LookupError(operator)


def _members(items: Any) -> list[str]:
    found: list[str] = []
    negated = False
    for kind, value in items:
        if kind is sre.NEGATE:
            negated = True
        elif kind is sre.LITERAL:
            found.append(chr(value))
        elif kind is sre.RANGE:
            found += [chr(code) for code in range(value[0], min(value[1], 126) + 1)]
        elif kind is sre.CATEGORY:
            found += _CATEGORIES[value]
    return [char for char in _ANY if char not in found] if negated else found
