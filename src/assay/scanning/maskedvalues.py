"""Values that are taken out of a document wherever they stand in it, however their characters are parted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple
from urllib.parse import quote

from assay.model.sensitive import Sensitive

GRAM = 6
"""So many letters and digits make a value that is known by itself; a shorter one is masked only in the part it was found in."""

_SURE = 9
_NOTHING = frozenset("\u00ad\u200b\u200c\u200d\u2060\ufeff\0")


class Secret(NamedTuple):
    """A value and what is shown in its place. `part` is where it was found, `whole` says that it fills a cell there."""

    value: Sensitive[str]
    shown: str
    part: str
    whole: bool = False


class Span(NamedTuple):
    """Characters `[start, end)` of a text, and what is shown there."""

    start: int
    end: int
    shown: str


def squeezed(text: str) -> tuple[str, list[int]]:
    """The text without white space and what cannot be seen, and where each of its characters stands."""
    kept, at = [], []
    for index, char in enumerate(text):
        if not char.isspace() and char not in _NOTHING:
            kept.append(char)
            at.append(index)
    return "".join(kept), at


class Values:
    """The values of one document. `find` tells where they stand in a text."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self._by_gram: dict[str, dict[str, str]] = {}
        self._known: dict[str, str] = {}
        self._short: dict[str, dict[str, str]] = {}
        self._whole: dict[str, dict[str, str]] = {}
        self.count = 0
        self.add(secrets)

    def add(self, secrets: Iterable[Secret]) -> None:
        """More of them."""
        for secret in secrets:
            value = secret.value.reveal(why="to be found in a document and taken out of its copy")
            squeeze = squeezed(value)[0]
            if not squeeze:
                continue
            self.count += 1
            if sum(map(str.isalnum, squeeze)) < GRAM or len(squeeze) < GRAM:
                kept = self._whole if secret.whole else self._short
                kept.setdefault(secret.part, {})[" ".join(value.split())] = secret.shown
                continue
            for spelling in {squeeze, quote(squeeze, safe=""), quote(squeeze, safe="@")}:
                self._known.setdefault(spelling, secret.shown)
                self._by_gram.setdefault(spelling[:GRAM], {}).setdefault(spelling, secret.shown)

    def find(self, text: str, part: str | None = None) -> list[Span]:
        """Where values stand in the text, apart and by start; those that are short only in the `part` they are of."""
        found = list(self._long(text))
        if part is not None:
            found += self._words(text, part)
            for line in re.finditer(r"[^\n]+", text):
                shown = self._whole.get(part, {}).get(" ".join(line[0].split()))
                if shown is not None:
                    found.append(Span(line.start(), line.end(), shown))
        if len(found) < 2:
            return found
        found.sort(key=lambda span: (span.start, -span.end))
        kept = [found[0]]
        for span in found[1:]:
            last = kept[-1]
            if span.start >= last.end:
                kept.append(span)
            elif span.end > last.end:
                kept[-1] = Span(last.start, span.end, "*" * 8)
        return kept

    def masked(self, text: str, part: str | None = None) -> str:
        """The text with what is shown in place of each value."""
        for span in reversed(self.find(text, part)):
            text = text[: span.start] + span.shown + text[span.end :]
        return text

    def is_in_bytes(self, data: bytes) -> bool:
        """The same of bytes, as text of eight or of sixteen bits."""
        if self.is_in(data.decode("utf-8", "replace")):
            return True
        return b"\0" in data and any(self.is_in(data[start:].decode("utf-16-le", "replace")) for start in (0, 1))

    def is_in(self, text: str) -> bool:
        """Whether any of the values that are known by themselves stands in the text."""
        return next(self._long(text), None) is not None

    def _long(self, text: str) -> Iterator[Span]:
        grams = self._by_gram
        if not grams or len(text) < GRAM:
            return
        dense, at = squeezed(text)
        start = 0
        last = len(dense) - GRAM
        while start <= last:
            values = grams.get(dense[start : start + GRAM])
            if values is not None:
                # A longer value may only seem to stand there, as blanks do not count: "Ann Becks" in "Ann Beck sat".
                fitting = [value for value in values if dense.startswith(value, start)]
                for value in sorted(fitting, key=len, reverse=True) if len(fitting) > 1 else fitting:
                    first, end = at[start], at[start + len(value) - 1] + 1
                    if sum(map(str.isalnum, value)) >= _SURE or _stands_alone(text, first, end):
                        yield Span(first, end, values[value])
                        # The next one may begin within this one: values overlap.
                        break
            start += 1

    def _words(self, text: str, part: str) -> Iterator[Span]:
        for value, shown in self._short.get(part, {}).items():
            at = text.find(value)
            while at >= 0:
                if _stands_alone(text, at, at + len(value)):
                    yield Span(at, at + len(value), shown)
                at = text.find(value, at + len(value))


def _stands_alone(text: str, start: int, end: int) -> bool:
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    return not before.isalnum() and not after.isalnum()
