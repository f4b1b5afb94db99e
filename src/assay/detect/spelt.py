"""Long words that the automaton looks for by their letters alone: what stands around them is looked at where they are found.

With its borders a word is an expression with states of its own; of two thousand such the engine took half of its time to be
compiled and a third of its size. Without them it is a literal, or nearly, and long ones are rare enough.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from assay.detect.keywords import ASSIGNED, GLUE, PAIRED, field_expression, is_plain, keyword_expressions, parts

_LONG_KEYWORD = 7
_LONG_NAME = 6
_BETWEEN = b" \t_.-"
_GLUES = ("", " ", r"\t", "_", r"\.", r"\-")
_ALNUM = frozenset(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
_LOWER = frozenset(b"abcdefghijklmnopqrstuvwxyz")
_S = ord("s")
_TAIL = re.compile(ASSIGNED + b"|" + PAIRED)


class Spelt(NamedTuple):
    """A long word in lower case, as it is written in camelCase and in capitals, and how many signs may part it."""

    letters: bytes
    camel: bytes
    capitals: bytes
    gaps: int

    def ends(self, data: bytes, end: int) -> int | None:
        """Where the keyword ends with what tells that it does, if these letters, which end at `end`, are the word: whole, in
        the plural, or the last of a name in camelCase."""
        start = end - len(self.letters)
        if start > 0 and data[start - 1] in _ALNUM:
            in_name = data[start - 1] in _LOWER and data[start:end] in (self.camel, self.capitals)
            return end if in_name else None
        size = len(data)
        if end == size or data[end] not in _LOWER:
            return min(end + 1, size)
        if data[end] == _S and (end + 1 == size or data[end + 1] not in _LOWER):
            return min(end + 2, size)
        return None

    def assigned(self, data: bytes, end: int) -> int | None:
        """Where the assignment ends, if these letters, which end at `end`, are a name that something is assigned to, or one
        that may stand beside what it names."""
        tail = _TAIL.match(data, end)
        if tail is None:
            return None
        start = end - len(self.letters)
        for _ in range(self.gaps):
            if data[start:end].translate(None, _BETWEEN).lower() == self.letters:
                break
            start -= 1
        if (
            start > 0
            and data[start - 1] in _ALNUM
            and not (data[start - 1] in _LOWER and data[start:end] == self.camel)
        ):
            return None
        return tail.end()


def spelt(word: str) -> Spelt:
    """How a word is spelt that is looked for by its letters."""
    pieces = parts(word)
    return Spelt(
        "".join(pieces).lower().encode(),
        "".join(piece.capitalize() for piece in pieces).encode(),
        "".join(pieces).upper().encode(),
        len(pieces) - 1,
    )


def of_keyword(keyword: str) -> tuple[list[str], str | None]:
    """The expressions of a keyword, and the word whose borders have to be looked at, where that is so."""
    pieces = parts(keyword)
    if is_plain(keyword) and len(pieces) == 1 and len(keyword) >= _LONG_KEYWORD and keyword.isalnum():
        return [f"(?i){keyword}"], keyword
    return keyword_expressions(keyword), None


def of_field(name: str) -> tuple[list[str], str | None]:
    """The same of the name of a field."""
    pieces = parts(name)
    letters = "".join(pieces)
    if not (is_plain(name) and len(letters) >= _LONG_NAME and letters.isalnum()):
        return [field_expression(name)], None
    if len(pieces) <= 2:
        # Of one part they are all the same.
        return list(dict.fromkeys(f"(?i){between.join(pieces)}" for between in _GLUES)), name
    return [f"(?i:{GLUE.join(pieces)})"], name
