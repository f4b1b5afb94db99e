"""Words that tell what a column is about, and those that leave it open (`telling.yaml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from assay.detect.shipped import shipped

FILE = Path(__file__).with_name("telling.yaml")


class Vocabulary(NamedTuple):
    """Words that tell what a column is about, and those that leave it open where a name ends with them."""

    telling: frozenset[str]
    open_at_end: frozenset[str]


@cache
def vocabulary() -> Vocabulary:
    """The words, in small letters and in the singular."""
    data = shipped(FILE)
    return Vocabulary(
        telling=frozenset(word for words in data["telling"].values() for word in words),
        open_at_end=frozenset(data["open_at_end"]),
    )
