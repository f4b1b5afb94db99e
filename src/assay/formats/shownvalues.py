"""Cells of OpenDocument sheets hold a value and the text that is shown of it (ODF 1.3 part 3, 9.1.4, 19.367 to 19.389).

Values are read as a table. What is shown is read besides where it says something else: formats can write whatever they
like, and programs keep what was shown once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

# Fewer letters and digits tell nothing of anybody; a unit, a currency or the name of a month and a day has no more.
_TELLING = 6
_UNIT = 8
_MONTH_AND_DAY = 28
_FIGURES = re.compile(r"\d+")
_LONGEST = 4096
# A cell holds no more characters; a longer value would be compared with each of its paragraphs anew.
_LONGEST_VALUE = 32_767


class Held(NamedTuple):
    """What the attributes of a cell say: `float`, `date`, `string` …, and its value."""

    kind: str
    value: str


def held_of(attributes: Mapping[str, str]) -> Held | None:
    """The value of a cell that has one besides its text. Names of attributes end in `|` and the local name."""
    kind, value = "", None
    for name, said in attributes.items():
        local = name.rpartition("|")[2]
        if local == "value-type":
            kind = said
        elif local == "value" or local.endswith("-value"):
            value = said
    return None if value is None else Held(kind, value)


def says_the_same(text: str, held: Held) -> bool:
    """Whether what is shown of a cell says no more than its value."""
    if len(text) > _LONGEST or len(held.value) > _LONGEST_VALUE:
        return False
    if held.kind in ("string", ""):
        return "".join(text.split()) in "".join(held.value.split())
    letters = sum(map(str.isalpha, text))
    figures = _FIGURES.findall(text)
    if letters + sum(map(len, figures)) < _TELLING:
        return True
    if len(held.value) > _LONGEST:
        return False
    if held.kind in ("date", "time"):
        return letters <= _MONTH_AND_DAY and set(map(int, figures)) <= _parts(held.value)
    if held.kind == "boolean":
        return letters <= _MONTH_AND_DAY and not figures
    return letters <= _UNIT and _is_number("".join(figures), held.value, is_percent="%" in text)


def _parts(value: str) -> set[int]:
    """The figures with which a date or a time may be shown."""
    found = set(map(int, _FIGURES.findall(value)))
    years = {each % 100 for each in found if each > 100}
    return found | years | {(each - 1) % 12 + 1 for each in found if each <= 24} | {0}


def _is_number(shown: str, value: str, *, is_percent: bool) -> bool:
    """Whether the figures are those of the number, rounded perhaps."""
    try:
        exact = abs(Decimal(value)) * (100 if is_percent else 1)
        digits = f"{exact:f}" if -30 < exact.adjusted() < 30 else ""
    except (InvalidOperation, ValueError):
        return False
    shown = shown.strip("0")
    digits = digits.replace(".", "").strip("0")
    if digits.startswith(shown):
        return True
    cut = digits[: len(shown)].ljust(len(shown), "0")
    return bool(shown) and bool(cut) and abs(int(shown) - int(cut)) <= 1
