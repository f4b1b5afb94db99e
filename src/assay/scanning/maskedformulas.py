"""Formulas of masked cells (ECMA-376 part 1, 18.3.1.40): one that refers to no masked cell would calculate the value anew."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from assay.scanning.maskedxml import unescaped

# One that is not closed ends before the next.
FORMULA = re.compile(
    r"<((?:\w+:)?f)((?:\s(?:[^<>/]++|/(?!>))*+)?)(/>|>((?:[^<]++|<(?!/?(?:\w+:)?f[\s/>]))*+)</(?:\w+:)?f>)"
)
# No program writes a longer one; each of the cells that share it would read it anew.
_LONGEST = 8_192
_QUOTED = re.compile(r'"[^"]*"')
_CELL = re.compile(r"(?<![\w!.'$])(\$?)([A-Z]{1,3})(\$?)(\d{1,7})(?![\w(!.])")
_SHARED = re.compile(r"""\bt\s*=\s*["']shared["']""")
_GROUP = re.compile(r"""\bsi\s*=\s*["'](\d{1,9})["']""")

IsMasked = Callable[[int, int], bool]
"""Whether the cell in a row (from 1) and a column (from 0) is masked."""


class _Shared(NamedTuple):
    row: int
    column: int
    text: str


class Formulas:
    """The formulas of one sheet. Those that cells share stand in one of them."""

    def __init__(self, is_masked: IsMasked) -> None:
        self._is_masked = is_masked
        self._shared: dict[str, _Shared] = {}
        self._gone: set[str] = set()

    def learn(self, match: re.Match[str], row: int, column: int) -> None:
        """Takes in a formula that others share. If its own cell cannot keep it, none of them can."""
        group = _group(match)
        if group is None or not match[4]:
            return
        self._shared[group] = _Shared(row, column, unescaped(match[4]))
        if self._is_masked(row, column) and not self._is_hidden(self._shared[group], row, column):
            self._gone.add(group)

    def stays(self, match: re.Match[str], row: int, column: int) -> bool:
        """Whether a cell keeps its formula: it is not masked, or what it is calculated from is."""
        group = _group(match)
        if group in self._gone:
            return False
        if not self._is_masked(row, column):
            return True
        own = _Shared(row, column, unescaped(match[4])) if match[4] else self._shared.get(group or "")
        return own is not None and self._is_hidden(own, row, column)

    def _is_hidden(self, formula: _Shared, row: int, column: int) -> bool:
        if len(formula.text) > _LONGEST:
            return False
        down, right = row - formula.row, column - formula.column
        for fixed, letters, still, number in _CELL.findall(_QUOTED.sub("", formula.text)):
            at = int(number) + (0 if still else down), _column(letters) + (0 if fixed else right)
            if at != (row, column) and self._is_masked(*at):
                return True
        return False


def _group(match: re.Match[str]) -> str | None:
    told = _GROUP.search(match[2]) if _SHARED.search(match[2]) else None
    return told[1] if told else None


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
