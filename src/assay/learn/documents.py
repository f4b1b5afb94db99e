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

from assay.learn.vocabulary import Vocabulary, vocabulary

LONGEST = 8_192
"""How much of a document's beginning is looked at, in bytes of UTF-8."""
SHORTEST = 80
"""A text that is shorter tells no type."""

_WORD = re.compile(r"\b[a-z]{2,24}\b(?!@)")  # no part of a longer name, of a code or of an address
_NUMBER = re.compile(rb"[0-9]+")
_MONEY = re.compile(rb"[0-9][.,][0-9]{2}(?![0-9])")
_CLOCK = re.compile(rb"[0-9]{1,2}:[0-9]{2}")
_HYPHENED = re.compile(rb"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}")
_CODE = re.compile(rb"[A-Za-z0-9_]\(|[{};]\s*\n|==|->|=>|::|_[a-z]|[a-z][A-Z]|</")
_KEY = re.compile(rb"(?m)^[ \t]*[A-Za-z][\w. -]{0,30}[:=]")
_BULLET = re.compile(rb"(?m)^[ \t]*(?:[-*+\xe2]|\[[ x]?\]|[0-9]{1,2}[.)]|\([a-z]\))[ \t]")
_COMMENT = re.compile(rb"(?m)^[ \t]*(?:#|//|/\*|--|;)")
_STAMP = re.compile(rb"(?m)^[^A-Za-z\n]{0,3}(?:[0-9]{1,4}[-/.: ]|[A-Z][a-z]{2} +[0-9]+ [0-9]+:|\{\"t|[A-Z]{4,5} )")
_QUOTED = re.compile(rb"(?m)^>")
_CAPITAL = re.compile(rb"(?m)^[^a-z\n]*[A-Z]{3}[^a-z\n]*$")
_INDENT = re.compile(rb"(?m)^[ \t]+\S")
_BLANK = re.compile(rb"(?m)^[ \t\r]*$")
_TAGS = re.compile(rb"<[A-Za-z/!]")
_PER_LINE = {
    "stamped lines": _STAMP,
    "lines of a key": _KEY,
    "bullets": _BULLET,
    "comment lines": _COMMENT,
    "quoted lines": _QUOTED,
    "lines of capitals": _CAPITAL,
    "indented lines": _INDENT,
    "blank lines": _BLANK,
}
_PER_TEXT = {
    "numbers": _NUMBER,
    "sums of money": _MONEY,
    "times": _CLOCK,
    "dates": _HYPHENED,
    "signs of code": _CODE,
    "tags": _TAGS,
}
_MARKS = {
    "question and exclamation marks": b"?!",
    "full stops": b".",
    "commas": b",",
    "colons": b":",
    "braces": b"{}[]",
    "round brackets": b"()",
    "at signs": b"@",
    "percent signs": b"%",
    "currency signs": b"$",
    "quotes": b"\"'",
    "equals signs": b"=",
    "bars and tabs": b"|\t",
    "slashes": b"/\\",
}
_DIGITS = b"0123456789"
_UPPER = bytes(range(ord("A"), ord("Z") + 1))
_STEPS = (0.0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
_FOUND = (1, 2, 4, 8, 16)


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
    listed = _WORD.findall(text.decode("utf-8", "replace").lower())
    counts = Counter(word for word in listed if word in known.words)
    pairs = known.pairs
    for first, second in itertools.pairwise(listed):
        seconds = pairs.get(first)
        if seconds is not None and second in seconds:
            counts[seconds[second]] += 1
    features = {word: 1.0 + math.log2(min(count, 16)) for word, count in counts.items()}
    norm = math.sqrt(sum(value * value for value in features.values())) or 1.0
    features = {word: round(value / norm, 4) for word, value in features.items()}
    features.update(dict.fromkeys(_structure(text, len(listed)), _BIN))
    for name, count in (found or {}).items():
        features[f"id:{name}"] = round(0.3 * (1 + math.log2(min(count, 16))), 4)
    return features


_BIN = 0.25


def _structure(text: bytes, words: int) -> Iterable[str]:
    """What the text is like, each share in steps: `w:digits=3`."""
    size, lines = len(text), text.count(b"\n") + 1
    yield f"w:length={min(13, size.bit_length())}"
    yield f"w:words={min(10, words.bit_length())}"
    yield f"w:line length={min(8, (size // lines).bit_length())}"
    yield f"w:digits={_step(2 * (size - len(text.translate(None, _DIGITS))) / size)}"
    yield f"w:capitals={_step(2 * (size - len(text.translate(None, _UPPER))) / size)}"
    for name, marks in _MARKS.items():
        yield f"w:{name}={_step(10 * (size - len(text.translate(None, marks))) / size)}"
    for name, pattern in _PER_LINE.items():
        yield f"w:{name}={_step(len(pattern.findall(text)) / lines)}"
    for name, pattern in _PER_TEXT.items():
        yield f"w:{name}={_step(2 * len(pattern.findall(text)) / (words + 1))}"


def _step(share: float) -> int:
    return sum(share > step for step in _STEPS)


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
