"""What columns are called without the letters that a record format puts before all of its fields.

Files of older systems name their fields with two or three letters of the file and what is left of eight or ten: `CMDOB` and
`CMNINO` of `CUSMAS`, `ABALPH` of an address book.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

_NAME = re.compile(r"[A-Z]{2}[A-Z0-9]{1,10}|[a-z]{2}[a-z0-9]{1,10}")
_LENGTHS = (3, 2)
_FEWEST = 4
_MOST_OF = 0.8
_LEFT = 2


def bare(columns: Sequence[str], says: Callable[[str], bool]) -> list[str]:
    """The names, without a prefix that nearly all of a table's columns share where a name as it stands says nothing.

    `says` tells whether anything is known about a name: `CUSTNO` of a customer stays as it is.
    """
    prefix = _shared(columns)
    if not prefix:
        return list(columns)
    return [
        column[len(prefix) :] if _has(column, prefix) and not says(column) and says(column[len(prefix) :]) else column
        for column in columns
    ]


def _shared(columns: Sequence[str]) -> str:
    """Two or three letters that nearly all begin with, written without any separator; "" where there are none."""
    if len(columns) < _FEWEST:
        return ""
    names = [column for column in columns if _NAME.fullmatch(column)]
    for length in _LENGTHS:
        prefix, number = Counter(name[:length] for name in names).most_common(1)[0] if names else ("", 0)
        if prefix.isalpha() and number >= _FEWEST and number >= _MOST_OF * len(columns):
            return prefix
    return ""


def _has(column: str, prefix: str) -> bool:
    return column.startswith(prefix) and len(column) >= len(prefix) + _LEFT and _NAME.fullmatch(column) is not None
