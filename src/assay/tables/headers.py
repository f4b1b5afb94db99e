"""Whose names stand under a header that says `name` and no more: the first values tell."""

from __future__ import annotations

from collections.abc import Sequence

from assay.detect.names import BESIDE
from assay.detect.validators.person_names import person_name_value
from assay.tables.values import BACKGROUND
from assay.tables.worded import is_plain

PERSON = "PERSON_NAME"
_LEAST = 40
_OF_A_THING = "item"


def settled(called: str, hint: str | None, values: Sequence[str]) -> str:
    """What a column is called for the search of persons' names: as it is, or as the name of a thing.

    `hint` is the word of the name that speaks for a person, `values` are the first values, of which few are names where the
    column holds packages, products or words: what any list of words gives.
    """
    if hint is None or " " in hint or is_plain(PERSON, hint):
        return called
    filled = [value for value in map(str.strip, values) if value]
    if len(filled) < _LEAST or sum(map(person_name_value, filled)) > BACKGROUND[PERSON] * len(filled):
        return called
    return f"{_OF_A_THING}{BESIDE}{called.replace(BESIDE, ' ')}"
