"""Names of columns that are written without any separator, taken apart into words that are known.

Older systems join words, and cut them: `CUSTLNM`, `PTLASTNM`, `empfirstname`, `NUMCPF`, `fechanacim`. A name is taken apart
only where all of it is known, and where it ends, or begins, with a word that such names end or begin with.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass

_LONGEST = 28
_SHORTEST_PART, _SHORTEST_WITHIN, _SHORTEST_CUT = 2, 3, 5
_MOST_PARTS = 4
_VOWELS = "aeiouy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """Takes words apart.

    `short` are words of the dictionary, each with what it stands for; `words` are others that are known, none of which is
    taken apart itself; `ends` and `starts` are words by which joined ones are known. `ordered` are those of `short` in order.
    """

    short: Mapping[str, str]
    words: frozenset[str]
    ends: frozenset[str]
    starts: frozenset[str]
    ordered: tuple[str, ...]

    def parts(self, word: str) -> tuple[str, ...]:
        """The words that `word` (small letters, no accents) is made of; itself where it is one, or not known.

        What is cut short is completed: the last part, or all of it.
        """
        if word in self.short or word in self.words or not word.isalpha() or len(word) > _LONGEST:
            return (word,)
        for most in range(2, _MOST_PARTS + 1):
            found = self._apart(word, most, True)
            if found is not None and (found[-1] in self.ends or self._is_start(found[0], found[1])):
                return found
        return (self._completed(word) or word,)

    def _is_start(self, word: str, following: str) -> bool:
        """Whether a word begins joined ones; two letters do before a longer word only."""
        return word in self.starts and (len(word) > _SHORTEST_PART or len(following) > _SHORTEST_WITHIN)

    def _apart(self, word: str, most: int, is_first: bool) -> tuple[str, ...] | None:
        """At most `most` known words that `word` is made of, the longest first word that leaves known ones."""
        if not is_first and (whole := self._last(word)) is not None:
            return (whole,)
        if most < 2:
            return None
        least = _SHORTEST_PART if is_first else _SHORTEST_WITHIN
        for at in range(len(word) - _SHORTEST_PART, least - 1, -1):
            head = self._head(word[:at])
            if head is not None and (rest := self._apart(word[at:], most - 1, False)) is not None:
                return (head, *rest)
        return None

    def _head(self, word: str) -> str | None:
        # German joins with an s.
        return next((head for head in (word, word.removesuffix("s")) if self._is_known(head)), None)

    def _is_known(self, word: str) -> bool:
        return word in self.short or (len(word) >= _SHORTEST_WITHIN and word in self.words)

    def _last(self, word: str) -> str | None:
        if word in self.ends or (len(word) >= _SHORTEST_WITHIN and self._is_known(word)):
            return word
        return self._completed(word)

    def _completed(self, word: str) -> str | None:
        """The one word of the dictionary that begins with these letters, or one of those that stand for the same.

        Words are cut behind a consonant.
        """
        if len(word) < _SHORTEST_CUT or word[-1] in _VOWELS:
            return None
        found: dict[str, str] = {}
        for at in range(bisect_left(self.ordered, word), len(self.ordered)):
            key = self.ordered[at]
            if not key.startswith(word):
                break
            found.setdefault(self.short[key], key)
            if len(found) > 1:
                return None
        return next(iter(found.values()), None)
