"""What a custom data identifier of Macie finds in a text, as Macie's guide defines it.

- In text a keyword has to precede the match, and no more than the distance may lie between the end of the keyword and the end
  of the match. Keywords are sequences of characters in any case; they need not be whole words.
- In columns (CSV, TSV) a keyword in the column's name counts, too; in records (JSON) one in a name on the path. The distance
  counts within one value only.
- A match that holds an ignore word, in the case as given, does not count.

https://docs.aws.amazon.com/macie/latest/user/cdis-options.html
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

_DELIMITERS = (",", "\t", ";", "|")


class Criteria(NamedTuple):
    """What Macie is given: an expression, and words that have to precede it, or make it none."""

    regex: str
    keywords: tuple[str, ...] = ()
    ignore_words: tuple[str, ...] = ()
    distance: int = 50


class _Piece(NamedTuple):
    """A value, and the names that it stands under."""

    text: str
    names: tuple[str, ...]


def matches(criteria: Criteria, text: str) -> Iterator[str]:
    """What is matched, occurrence by occurrence."""
    expression = re.compile(criteria.regex, re.ASCII)
    keywords = [word.lower() for word in criteria.keywords]
    for piece in _pieces(text):
        named = any(word in name.lower() for name in piece.names for word in keywords)
        lowered = piece.text.lower()
        for match in expression.finditer(piece.text):
            if not match.group() or any(word in match.group() for word in criteria.ignore_words):
                continue
            if not keywords or named or _precedes(keywords, lowered, match, criteria.distance):
                yield match.group()


def _precedes(keywords: Sequence[str], text: str, match: re.Match[str], distance: int) -> bool:
    for word in keywords:
        at = text.rfind(word, 0, match.start())
        if at >= 0 and match.end() - (at + len(word)) <= distance:
            return True
    return False


def _pieces(text: str) -> Iterator[_Piece]:
    stripped = text.strip()
    if stripped[:1] in ("{", "["):
        try:
            yield from _walked(json.loads(stripped), ())
            return
        except ValueError:
            pass
    rows = _rows(text)
    if rows is None:
        yield _Piece(text, ())
        return
    for row in rows[1:]:
        for name, cell in zip(rows[0], row, strict=False):
            yield _Piece(cell, (name,))


def _walked(value: Any, names: tuple[str, ...]) -> Iterator[_Piece]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _walked(inner, (*names, str(name)))
    elif isinstance(value, list):
        for inner in value:
            yield from _walked(inner, names)
    elif value is not None and not isinstance(value, bool):
        yield _Piece(str(value), names)


def _rows(text: str) -> list[list[str]] | None:
    """The cells of a small CSV file, the names of its columns first; `None` for what is none."""
    lines = [line for line in text.splitlines() if line.strip()]
    for delimiter in _DELIMITERS:
        if len(lines) < 2 or delimiter not in lines[0]:
            continue
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if row]
        if (
            len({len(row) for row in rows}) == 1
            and len(rows) > 1
            and not any(" " in name.strip() and len(name) > 40 for name in rows[0])
        ):
            return rows
    return None
