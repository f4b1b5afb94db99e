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
    """Single words, and for each word that begins a pair the second words with the pair's name."""

    words: frozenset[str]
    pairs: Mapping[str, Mapping[str, str]]


def vocabulary_of(lines: list[str]) -> Vocabulary:
    """The vocabulary of lines of one or two words.

    >>> vocabulary_of(["due", "net", "net pay"]).pairs["net"]
    {'pay': 'net pay'}
    """
    pairs: dict[str, dict[str, str]] = {}
    for line in lines:
        first, _, second = line.partition(" ")
        if second:
            pairs.setdefault(first, {})[second] = line
    return Vocabulary(frozenset(line for line in lines if " " not in line), pairs)


@cache
def vocabulary() -> Vocabulary:
    """The shipped one."""
    return vocabulary_of(FILE.read_text(encoding="ascii").split("\n"))
