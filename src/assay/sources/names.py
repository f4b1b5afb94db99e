"""Resources that are named, or meant by a pattern of names: `orders`, `orders-*`."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

_MARKS = frozenset("*?[")


def is_pattern(name: str) -> bool:
    """Whether it may be the name of several."""
    return not _MARKS.isdisjoint(name)


def close_to(name: str, names: Sequence[str]) -> str:
    """`; there is …` with the names that are most like one that is not there; empty where none is."""
    found = get_close_matches(name.strip("*?"), names, n=3, cutoff=0.5)
    return f"; there is {' and '.join(found)}" if found else ""
