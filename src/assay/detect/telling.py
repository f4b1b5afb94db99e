"""Words that tell what a column is about, and those that leave it open (`telling.yaml`)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple, cast

from assay.detect.yamlmarks import load_with_marks


class Vocabulary(NamedTuple):
    """Words that tell what a column is about, and those that leave it open where a name ends with them."""

    telling: frozenset[str]
    open_at_end: frozenset[str]


@cache
def vocabulary() -> Vocabulary:
    """The words, in small letters and in the singular."""
    text = files("assay.detect").joinpath("telling.yaml").read_text(encoding="utf-8")
    data = cast("dict[str, Any]", load_with_marks(text)[0])
    return Vocabulary(
        telling=frozenset(word for words in data["telling"].values() for word in words),
        open_at_end=frozenset(data["open_at_end"]),
    )
