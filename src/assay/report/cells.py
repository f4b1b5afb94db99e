"""Cells of sheets that people open: a spreadsheet would run what looks like a formula, and names in what is scanned are not ours (OWASP, CSV
Injection)."""

from __future__ import annotations

import re

# Spaces before it, and apostrophes that some take for "this is text" and drop, keep none from being run; the wide forms are
# taken for the narrow ones in East Asian editions.
_FORMULA = re.compile("'*[ \u00a0\u3000]*[=+\\-@|%＝＋－＠\t\r\n]")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet may run a text as a formula."""
    return _FORMULA.match(text) is not None


def guarded(text: str) -> str:
    """A text that no spreadsheet runs; `unguarded` gives it back as it was.

    >>> guarded("=1+1"), guarded(" ＝1"), guarded("'=1"), guarded("it's"), guarded("'tis")
    ("'=1+1", "' ＝1", "''=1", "it's", "'tis")
    """
    return f"'{text}" if is_formula(text) else text


def unguarded(text: str) -> str:
    """A text as it was before `guarded`.

    >>> [unguarded(guarded(each)) for each in ("=1", "'=1", "'", "a")]
    ['=1', "'=1", "'", 'a']
    """
    return text[1:] if text.startswith("'") and is_formula(text) else text
