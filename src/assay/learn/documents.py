"""Text → features: words of a public list, the text's structure, and which identifiers were found. No value is among them.

A feature is the same whatever value stands in the text, as long as that has the same shape: what was detected is cut out,
digits count by how many they are, and a word that is on no public list counts as a word and no more.
"""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping

from assay.learn.structure import structure
from assay.learn.vocabulary import Vocabulary, vocabulary

LONGEST = 4_096
"""How much of a document's beginning is looked at, in bytes of UTF-8."""
SHORTEST = 80
"""A text that is shorter tells no type."""

# A word is no part of a longer name, of a code or of an address: what holds a mark of these is one piece, and on no list.
_JOINED = ord("0")
_PARTS = bytes(
    ord(chr(byte).lower())
    if chr(byte).isascii() and chr(byte).isalpha()
    else _JOINED
    if byte >= 0x80 or chr(byte) in "0123456789_@"
    else ord(" ")
    for byte in range(256)
)
_PUNCTUATION = re.compile(rb"\xe2\x80[\x80-\xbf]|\xc2\xa0")
"""Quotes, dashes and spaces of other kinds, which part words although they are no ASCII."""
_OFTEN = 16
_LOGARITHMS = (0.0, *(1.0 + math.log2(count) for count in range(1, _OFTEN + 1)))
_SQUARES = tuple(value * value for value in _LOGARITHMS)


def features_of(
    text: bytes, found: Mapping[str, int] | None = None, words: Vocabulary | None = None
) -> dict[str, float] | None:
    """Features of the beginning of a text in UTF-8, of which values that were found are cut out already.

    `found` counts these by identifier. `None` where there is too little to tell anything.

    >>> sorted(features_of(b"Please pay the invoice. " * 9))[-3:]
    ['w:tags=0', 'w:times=0', 'w:words=6']
    """
    text = text[:LONGEST]
    if len(text.strip()) < SHORTEST:
        return None
    known = words or vocabulary()
    plain = _PUNCTUATION.sub(b" ", text) if b"\xe2\x80" in text or b"\xc2\xa0" in text else text
    listed = plain.translate(_PARTS).split()
    numbers = list(map(known.numbers.get, listed, itertools.repeat(0)))
    counts = Counter(numbers)
    counts.pop(0, None)
    counts.update(filter(None, map(known.pairs.get, itertools.pairwise(numbers))))
    often = [min(_OFTEN, count) for count in counts.values()]
    norm = math.sqrt(sum(map(_SQUARES.__getitem__, often))) or 1.0
    scaled = [round(value / norm, 4) for value in _LOGARITHMS]
    features = dict(zip(map(known.terms.__getitem__, counts), map(scaled.__getitem__, often), strict=True))
    features.update(dict.fromkeys(structure(text, len(listed)), _BIN))
    for name, count in (found or {}).items():
        features[f"id:{name}"] = round(0.3 * (1 + math.log2(min(count, _OFTEN))), 4)
    return features


_BIN = 0.25


def without(text: bytes, spans: Iterable[tuple[int, int]]) -> bytes:
    """The text with spans of it blanked.

    >>> without(b"call Ann today", [(5, 8)])
    b'call     today'
    """
    parts, at = [], 0
    for begin, end in sorted(spans):
        start = max(at, begin)
        if end > start:
            parts += [text[at:start], b" " * (min(end, len(text)) - start)]
            at = end
    parts.append(text[at:])
    return b"".join(parts)
