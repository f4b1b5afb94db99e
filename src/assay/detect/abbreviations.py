"""Abbreviations in names of columns, written out."""

from __future__ import annotations

from collections.abc import Sequence


def expand(words: Sequence[str]) -> list[str]:
    """The words with abbreviations written out."""
    return list(words)
