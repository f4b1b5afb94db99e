"""Formats of numbers in workbooks that write a whole number as the digits of a code: `000-00-0000` shows 12345678 as 012-34-5678.

Grammar: ECMA-376 part 1, 18.8.31. Formats of amounts, dates, fractions and units are none of these: what they show says
no more than the value does.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(r'"([^"]*)"|\\(.)|[_*](.)|\[([^\]]*)\]|(General)|(.)', re.DOTALL | re.IGNORECASE)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_COLOUR = re.compile(r"(?:black|blue|cyan|green|magenta|red|white|yellow|colou?r\s?\d+)", re.IGNORECASE)
_PLACES = "0#?"
# Signs that stand for themselves without quotes, and part the digits of a code. A point or a comma is one of numbers.
_PARTING = frozenset(" -()+:!^&'~{}<>=")
# Blanks between thousands, as in `# ##0`.
_GROUPED = re.compile(r"[#?]+[ '](?:##0|###|\?\?\?|#\?\?)(?!\d)")
_LONGEST = 255
# Letters before so many digits are part of a code (`"DE"000000000`), behind them they are a unit.
_OF_A_CODE = 6
_MOST = 10**15


class _Section(NamedTuple):
    """What one part of a format writes: literal texts, and `0`, `#` or `?` for a digit each."""

    condition: Callable[[int], bool] | None
    pieces: tuple[tuple[bool, str], ...]
    places: int


class NumberFormat(NamedTuple):
    """A format that shows some whole numbers otherwise than by their digits alone."""

    sections: tuple[_Section | None, ...]

    def shown(self, number: int) -> str | None:
        """What a person sees of the number; `None` where that is but the number."""
        if not 0 <= number < _MOST:
            return None
        section = self._of(number)
        if section is None:
            return None
        text = _written(section, number)
        return text if text != str(number) else None

    def _of(self, number: int) -> _Section | None:
        told = self.sections
        if any(section is not None and section.condition is not None for section in told):
            for section in told[:3]:
                if section is None or section.condition is None or section.condition(number):
                    return section
            return None
        return told[2] if number == 0 and len(told) > 2 else told[0]


@lru_cache(maxsize=1024)
def number_format(code: str) -> NumberFormat | None:
    """The format, if it is one that writes codes; `None` for all else."""
    if len(code) > _LONGEST:
        return None
    sections = tuple(_section(each) for each in _parted(code))
    if not any(section is not None for section in sections[:3]):
        return None
    return NumberFormat(sections)


def _parted(code: str) -> list[str]:
    sections = [""]
    for match in _TOKEN.finditer(code):
        if match[0] == ";":
            sections.append("")
        else:
            sections[-1] += match[0]
    return sections


def _section(code: str) -> _Section | None:
    condition = None
    pieces: list[tuple[bool, str]] = []
    for match in _TOKEN.finditer(code):
        quoted, escaped, padded, bracket, general, char = match.groups()
        if quoted is not None or escaped is not None:
            pieces.append((False, quoted or escaped or ""))
        elif padded is not None:
            continue
        elif bracket is not None:
            told = _CONDITION.fullmatch(bracket.strip())
            if told is not None:
                condition = _holds(told[1], float(told[2]))
            elif not _COLOUR.fullmatch(bracket.strip()) and not bracket.startswith("$-"):
                return None  # a currency, or hours beyond a day
        elif general is not None or (char not in _PLACES and char not in _PARTING):
            return None
        else:
            pieces.append((char in _PLACES, char))
    if _GROUPED.search("".join(text for _, text in pieces)):
        return None
    places = sum(is_place for is_place, _ in pieces)
    if not places or (places == 1 and len(pieces) == 1) or not _is_code(pieces, places):
        return None
    return _Section(condition, tuple(pieces), places)


def _is_code(pieces: list[tuple[bool, str]], places: int) -> bool:
    """Whether letters stand in front of the digits of a code only; figures may stand anywhere (`"+49 "0`)."""
    first = next(at for at, (is_place, _) in enumerate(pieces) if is_place)
    before = "".join(text for _, text in pieces[:first])
    after = "".join(text for is_place, text in pieces[first:] if not is_place)
    if any(map(str.isalpha, after)) or any(sign in before + after for sign in "%\u2030$\u00a3\u00a5\u20ac"):
        return False
    return not any(map(str.isalpha, before)) or places >= _OF_A_CODE


def _holds(sign: str, bound: float) -> Callable[[int], bool]:
    return {
        "<": lambda number: number < bound,
        ">": lambda number: number > bound,
        "<=": lambda number: number <= bound,
        ">=": lambda number: number >= bound,
        "=": lambda number: number == bound,
        "<>": lambda number: number != bound,
    }[sign]


def _written(section: _Section, number: int) -> str:
    digits = str(number) if number else ""
    over = max(0, len(digits) - section.places)
    # Digits for which there is no place stand in front of the first one.
    left = iter(digits[over:].rjust(section.places))
    out: list[str] = []
    first = True
    for is_place, text in section.pieces:
        if not is_place:
            out.append(text)
            continue
        if first:
            out.append(digits[:over])
            first = False
        digit = next(left)
        out.append(digit if digit != " " else {"0": "0", "?": " ", "#": ""}[text])
    return "".join(out).strip()
