"""What a column is called, in English words: abbreviations written out, joined words apart, its table's name where needed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from assay.detect.abbreviations import expand, plain
from assay.detect.names import tokens

LONGEST = 500
"""How much of a text is read, in characters: names are shorter, and what a longer comment says is not in one phrase."""
_SHORTEST_PART = 3
_SHORTEST_JOINED = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """Makes words of names. `known` are words that are not taken apart and that joined words may be made of.

    A name of `dependent` words alone means nothing without its table, unless it is one of `settled`. One of `reachable` words means an organisation's
    instead of a person's in a table of `organisations` that names none of `persons`. `layers` are words of tables that say nothing of what is in them.
    """

    known: frozenset[str]
    dependent: frozenset[str]
    settled: frozenset[tuple[str, ...]]
    reachable: frozenset[str]
    organisations: frozenset[str]
    persons: frozenset[str]
    layers: frozenset[str]

    def of(self, name: str, table: str) -> tuple[str, ...]:
        """The words for the column `name` of `table`, "" where the table's name says nothing.

        Digits are left out, unless there is nothing else.
        """
        own = self.words(name)
        if not table or not own:
            return own
        about = tuple(word for word in self.words(table) if word not in self.layers)
        if self.dependent.issuperset(own) and own not in self.settled:
            return (*about, *own)
        if self.reachable.issuperset(own) and self.of_organisation(about):
            return (*about, *own)
        return own

    def of_organisation(self, words: Iterable[str]) -> bool:
        """Whether words name an organisation or one of its places, and no person."""
        each = {word.removesuffix("s") for word in words}
        return not self.organisations.isdisjoint(each) and self.persons.isdisjoint(each)

    def words(self, text: str) -> tuple[str, ...]:
        """The words of a name or of a phrase."""
        apart = [part for token in tokens(plain(text[:LONGEST])) for part in self._parts(token)]
        words = expand(apart)
        return tuple(word for word, _ in groupby(word for word in words if not word.isdigit())) or tuple(words)

    def _parts(self, token: str) -> Sequence[str]:
        """`reasondescription` → reason, description: a word that is not known, but is two that are."""
        if len(token) < _SHORTEST_JOINED or token in self.known:
            return (token,)
        for at in range(len(token) - _SHORTEST_PART, _SHORTEST_PART - 1, -1):
            if token[at:] not in self.known:
                continue
            # German joins with an s: `krankenversicherungsnummer`.
            for head in (token[:at], token[:at].removesuffix("s")):
                if head in self.known:
                    return head, token[at:]
        return (token,)
