"""Random strings that an expression of another project matches: its authors' word for what a credential looks like."""

from __future__ import annotations

import re
import string
from random import Random
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

_SCOPELESS = re.compile(r"\(\?-?[imsU]+(?:-[imsU]+)?\)")
_SCOPED = re.compile(r"\(\?(?:[imsU]*-)?[imsU]+:")
_LONGEST = 24
_ANY = string.ascii_letters + string.digits
_CLASSES = {
    c.CATEGORY_DIGIT: string.digits,
    c.CATEGORY_WORD: string.ascii_letters + string.digits + "_",
    c.CATEGORY_SPACE: " ",
    c.CATEGORY_NOT_SPACE: _ANY,
    c.CATEGORY_NOT_DIGIT: string.ascii_letters,
    c.CATEGORY_NOT_WORD: " ",
}


def parsed(expression: str) -> Any:
    """The tree of an expression in the dialect of Go or Rust; flags are dropped, since they only widen what is meant."""
    plain = _SCOPED.sub("(?:", _SCOPELESS.sub("", expression)).replace(r"\z", r"\Z")
    plain = plain.replace("[[:alnum:]]", "[a-zA-Z0-9]").replace("[[:xdigit:]]", "[0-9a-f]")
    return _parser.parse(plain)


def secret_part(tree: Any) -> Any:
    """The first group that captures, else all of it: what stands around a credential is written by a template."""
    for operation, argument in tree:
        if operation is c.SUBPATTERN and argument[0] is not None:
            return argument[3]
        if operation is c.SUBPATTERN:
            inner = secret_part(argument[3])
            if inner is not argument[3]:
                return inner
    return tree


def written(tree: Any, random: Random, optional: bool | None = None) -> str:
    """One string of the tree. `optional` says whether optional signs stand there: all of them, none, or as chance will."""
    return "".join(_piece(operation, argument, random, optional) for operation, argument in tree)


def _piece(operation: Any, argument: Any, random: Random, optional: bool | None) -> str:
    if operation is c.LITERAL:
        return chr(argument)
    if operation is c.NOT_LITERAL or operation is c.ANY:
        return random.choice(_ANY)
    if operation is c.IN:
        return _member(argument, random)
    if operation in (c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT):
        low, high, inner = argument
        if optional is not None and (low, high) == (0, 1):
            low = high = int(optional)
        most = min(high, max(low, 1 if low == 0 and high == 1 else low + (_LONGEST if high > low else 0)))
        return "".join(written(inner, random, optional) for _ in range(random.randint(low, most)))
    if operation is c.SUBPATTERN:
        return written(argument[3], random, optional)
    if operation is c.BRANCH:
        return written(random.choice(argument[1]), random, optional)
    if operation is c.ATOMIC_GROUP:
        return written(argument, random, optional)
    return ""


def _member(parts: Any, random: Random) -> str:
    signs: list[str] = []
    if parts[0][0] is c.NEGATE:
        taken = {chr(value) for kind, value in parts if kind is c.LITERAL}
        return random.choice([sign for sign in _ANY if sign not in taken])
    for kind, value in parts:
        if kind is c.LITERAL:
            signs.append(chr(value))
        elif kind is c.RANGE:
            signs += [chr(code) for code in range(value[0], min(value[1], 0x7E) + 1)]
        elif kind is c.CATEGORY:
            signs += _CLASSES[value]
    # Rules let more signs pass than keys have: `=` within one, or the quotes around it.
    return random.choice([sign for sign in signs if sign.isalnum() or sign in "-_./+:"] or [" "])
