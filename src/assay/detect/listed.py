"""Lists of values: what an identifier ignores, and its documented test values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

from assay.detect.required import required

_WORTH_SEARCHING = 2
_FEW = 32
_BACK = re.compile(r"(?<!\\)((?:\\\\)*\\)([1-9]\d?)")


def any_of(regexes: Sequence[str]) -> str:
    """One expression for many; references to groups count on from those of the expressions before.

    >>> any_of([r"(\\d)\\1", r"([a-f])\\1+"])
    '(?:(\\\\d)\\\\1)|(?:([a-f])\\\\2+)'
    """
    if not any(_BACK.search(regex) for regex in regexes):
        return "|".join(f"(?:{regex})" for regex in regexes)
    parts = []
    before = 0

    def moved(match: re.Match[str]) -> str:
        return f"{match[1]}{int(match[2]) + before}"

    for regex in regexes:
        parts.append(f"(?:{_BACK.sub(moved, regex)})")
        before += re.compile(regex).groups
    return "|".join(parts)


class Listed:
    """Whether a value is on a list: exactly, as normalised, or by an expression that matches all of it."""

    __slots__ = ("_exact", "_forms", "_lines", "_normalise", "_regexes")

    def __init__(
        self,
        normalise: Callable[[str], str],
        exact: frozenset[str],
        forms: Sequence[Callable[[str], Any]],
        regexes: Sequence[str] | None,
    ) -> None:
        self._normalise = normalise
        self._exact = exact
        self._forms = forms
        self._regexes = regexes
        self._lines: list[_Lines] | None = None

    def __call__(self, value: str) -> bool:
        if self._exact and self._normalise(value) in self._exact:
            return True
        for form in self._forms:  # noqa: SIM110  # runs for every candidate: a generator costs as much as the forms
            if form(value) is not None:
                return True
        return False

    def may_have(self, values: Sequence[str], normal: Sequence[str]) -> bool:
        """Whether any of the values, with their normal forms, can be on the list: `False` is certain, and quick."""
        if not self._exact.isdisjoint(normal):
            return True
        if not self._regexes:
            return bool(self._forms)
        if self._lines is None:
            self._lines = [_Lines(regex) for regex in self._regexes]
        text = "\n".join(values)
        if not text.isascii() or text.count("\n") != len(values) - 1:
            return any(lines.matches(text) for lines in self._lines)
        lowered = text.lower()
        return any(lines.may_match(lowered) for lines in self._lines)

    def is_nowhere_in(self, text: str) -> bool:
        """Whether certainly no part of a text is on the list."""
        if self._exact or (self._regexes is None and self._forms):
            return False
        if self._lines is None:
            self._lines = [_Lines(regex) for regex in self._regexes or ()]
        lowered = text.lower()
        return text.isascii() and not any(lines.may_be_in(lowered) for lines in self._lines)


class _Lines:
    """An expression that has to match a whole line, and the texts that such a line has in it."""

    __slots__ = ("_regex", "_required")

    def __init__(self, regex: str) -> None:
        # A line feed is searched many times as fast as the beginning of a line.
        self._regex = re.compile(f"\\n(?:{regex})$", re.IGNORECASE | re.MULTILINE)
        # Many texts that begin alike are searched where that beginning is.
        self._required = [(_begin(texts), texts) for texts in required(regex)]

    def may_be_in(self, lowered: str) -> bool:
        """Whether all that the expression needs is in a text in lower case."""
        return all(any(text in lowered for text in texts) for _, texts in self._required)

    def may_match(self, lowered: str) -> bool:
        """Whether one of the lines matches; they are in lower case."""
        for begin, texts in self._required:
            if len(begin) >= _WORTH_SEARCHING:
                lowered = _with(begin, lowered)
            held = [text for text in texts if text in lowered]
            if not held:
                return False
            if len(held) == 1 and held[0] != begin:
                lowered = _with(held[0], lowered)
        return self.matches(lowered)

    def matches(self, text: str) -> bool:
        """The same of lines in any case."""
        return self._regex.search(f"\n{text}") is not None


def _begin(texts: frozenset[str]) -> str:
    """What all of the texts begin with."""
    first, last = min(texts), max(texts)
    same = next((at for at, char in enumerate(first) if char != last[at]), len(first))
    return first[:same]


def _with(text: str, lines: str) -> str:
    """The lines with `text` in them."""
    if lines.count(text) > _FEW:
        return "\n".join([line for line in lines.split("\n") if text in line])
    found = []
    at = lines.find(text)
    while at >= 0:
        end = lines.find("\n", at)
        found.append(lines[lines.rfind("\n", 0, at) + 1 : end if end >= 0 else None])
        at = lines.find(text, end) if end >= 0 else -1
    return "\n".join(found)
