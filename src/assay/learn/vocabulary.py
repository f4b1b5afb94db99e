"""The words that features may hold: a closed, public list. What is not in it is counted by its shape alone.

The list (`words.txt`) is made by `benchmarks/learning/train.py` of words that several unrelated public sources use, without
given names, family names and places. Since only these can be in features, and without their order, no value can be.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

FILE = Path(__file__).with_name("words.txt")


class Vocabulary(NamedTuple):
    """Words and pairs of words, numbered from 1: the words by their bytes, the pairs by the numbers of their two words."""

    terms: tuple[str, ...]
    numbers: Mapping[bytes, int]
    pairs: Mapping[tuple[int, int], int]

    @property
    def words(self) -> frozenset[str]:
        """The single words."""
        return frozenset(term for term in self.terms if term and " " not in term)


def vocabulary_of(lines: list[str]) -> Vocabulary:
    """The vocabulary of lines of one or two words; a pair is of words that are there.

    >>> known = vocabulary_of(["due", "net", "pay", "net pay"])
    >>> known.terms[known.pairs[known.numbers[b"net"], known.numbers[b"pay"]]]
    'net pay'
    """
    terms = ("", *lines)
    numbers = {term.encode("ascii"): at for at, term in enumerate(terms) if term and " " not in term}
    pairs = {}
    for at, term in enumerate(terms):
        first, _, second = term.encode("ascii").partition(b" ")
        if second:
            pairs[numbers[first], numbers[second]] = at
    return Vocabulary(terms, numbers, pairs)


@cache
def vocabulary() -> Vocabulary:
    """The shipped one."""
    return vocabulary_of(FILE.read_text(encoding="ascii").splitlines())
