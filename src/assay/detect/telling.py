"""Words that tell what a column is about, and those that leave it open (`telling.yaml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple


class Vocabulary(NamedTuple):
    """Words that tell what a column is about, and those that leave it open where a name ends with them."""

    telling: frozenset[str]
    open_at_end: frozenset[str]


@cache
def vocabulary() -> Vocabulary:
    """The words, in small letters and in the singular."""
    from assay.detect.yamlmarks import load_shipped  # only names of columns need it

    data = load_shipped(Path(__file__).with_name("telling.yaml"))
    return Vocabulary(
        telling=frozenset(word for words in data["telling"].values() for word in words),
        open_at_end=frozenset(data["open_at_end"]),
    )
