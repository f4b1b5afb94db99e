"""Scalars as they are meant: a secret that fills one has the quotes that are escaped in it, and those of the other kind."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from assay.detect import confirm
from assay.detect.candidate import Candidate
from assay.detect.compiled import CompiledRule
from assay.formats.structure import Decoded, Escaped, Structure

_LONGEST = 1024
_TELLING = (b"\\", b"'", b'"', b"`", b"&")
# In no value that has a shape of its own, as a quote is not.
_AS_LETTERS = bytes.maketrans(b"\"'`", b"\x01\x01\x01")


class Scalars:
    """The scalars of one window that are written otherwise than they are meant, each decoded once."""

    __slots__ = ("_known", "_raw", "_structure")

    def __init__(self, raw: bytes, structure: Structure) -> None:
        self._raw = raw
        self._structure = structure if _has_escapes(type(structure)) else None
        self._known: dict[tuple[int, int], Decoded | None] = {}

    def __call__(self, start: int, end: int) -> Decoded | None:
        """The text of the scalar at `[start, end)`; `None` where it is as written, or no single scalar."""
        if self._structure is None or not 0 < end - start <= _LONGEST:
            return None
        key = (start, end)
        if key not in self._known:
            assert isinstance(self._structure, Escaped)
            piece = self._raw[start:end]
            said = any(sign in piece for sign in _TELLING) or self._raw[start - 1 : start] == b"["
            self._known[key] = self._structure.meant(self._raw, start, end) if said else None
        return self._known[key]


@cache
def _has_escapes(kind: type[Structure]) -> bool:
    return issubclass(kind, Escaped)


def filling(rule: CompiledRule, part: Decoded) -> Sequence[Candidate]:
    """Values of keyword-anchored patterns that fill a scalar, placed where it is written."""
    text = part.data
    as_letters = text.translate(_AS_LETTERS)
    digits = confirm.digits(text, 0, len(text))
    found = []
    for compiled in rule.near_keyword:
        if compiled.least_digits > digits:
            continue
        for candidate in confirm.within(compiled, as_letters, 0, len(text), closed=True):
            if candidate.start == 0 and candidate.end == len(text):
                candidate.value = text.decode("utf-8", "replace")
                candidate.start, candidate.end = part.offsets[0], part.offsets[len(text)]
                found.append(candidate)
            break
    return found
