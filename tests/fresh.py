"""Names that nobody had before."""

from __future__ import annotations

import random
import string

_LETTERS = random.SystemRandom()


def fresh(prefix: str) -> str:
    """A name that begins so. It has no digits: runs of them are masked where names are told, and a test that looks for its
    table by name would miss it, one time in twenty."""
    return prefix + "".join(_LETTERS.choices(string.ascii_lowercase, k=12))
