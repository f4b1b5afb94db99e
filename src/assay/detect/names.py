"""Names of fields (columns, keys, tags): split into tokens and matched as whole token sequences, never as substrings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_A-Za-z]+")


@lru_cache(maxsize=65_536)
def tokens(name: str) -> tuple[str, ...]:
    """Lower-case tokens of a name: snake, kebab, dotted and camel case, letters split from digits.

    >>> tokens("mbrSSNNumber_2")
    ('mbr', 'ssn', 'number', '2')
    """
    return tuple(word.lower() for word in _WORDS.findall(name))


class NameIndex:
    """Which identifiers a field's name speaks of. Keys are indexes into the rule set's identifiers."""

    __slots__ = ("_by_first", "_seen")

    def __init__(self, hints: Iterable[tuple[int, Sequence[str]]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], int, str]]] = {}
        self._seen: dict[str, dict[int, str]] = {}
        for identifier, names in hints:
            for name in names:
                for sequence in {tokens(name), _joined(name)}:
                    if sequence:
                        self._by_first.setdefault(sequence[0], []).append((sequence, identifier, name))

    def match(self, name: str) -> dict[int, str]:
        """Identifier index → the hint that `name` holds."""
        found = self._seen.get(name)
        if found is None:
            found = {}
            words = tokens(name)
            for at, word in enumerate(words):
                # A plural names the same thing: `emails`, `ssns`.
                for form in (word, word[:-1]) if word.endswith("s") else (word,):
                    for sequence, identifier, hint in self._by_first.get(form, ()):
                        rest = words[at + 1 : at + len(sequence)]
                        if rest == sequence[1:] or (rest and (*rest[:-1], rest[-1].removesuffix("s")) == sequence[1:]):
                            found.setdefault(identifier, hint)
            if len(self._seen) > 100_000:
                self._seen.clear()
            self._seen[name] = found
        return found


def _joined(name: str) -> tuple[str, ...]:
    """Names are also written without any separator: `lastname`, `zipcode`."""
    return ("".join(tokens(name)),)
