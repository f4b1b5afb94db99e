"""Names that hold values are shown masked, and with a mark, so that two of them stay two wherever names tell things apart.

A mark is a short keyed fingerprint of the whole name: `patients 5*********9~4k8t2m7w`. Digits and letters take turns in it,
so that it is neither a number nor a word to anything that reads names.
"""

from __future__ import annotations

import re
from collections.abc import Callable

_SIGN = "~"
_LETTERS = "bcdfghjkmnpqrtvwxz"
_PAIRS = 4
_MARK = re.compile(rf"{_SIGN}(?:[0-9][{_LETTERS}]){{{_PAIRS}}}$")


def mark(name: str, fingerprint: Callable[[bytes], str]) -> str:
    """The mark of a name, about 30 bits: the same under the same key, whatever the name is of."""
    told = bytes.fromhex(fingerprint(b"name\0" + name.encode("utf-8", "surrogateescape")))
    pairs = (f"{told[at] % 10}{_LETTERS[told[at + 1] % len(_LETTERS)]}" for at in range(0, 2 * _PAIRS, 2))
    return _SIGN + "".join(pairs)


def unmarked(name: str) -> str:
    """A name without its mark, which says nothing of what the thing is.

    >>> unmarked("patients 5*********9~4k8t2m7w")
    'patients 5*********9'
    """
    return _MARK.sub("", name) if _SIGN in name else name
