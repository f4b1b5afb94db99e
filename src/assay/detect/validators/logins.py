"""Log-in names that are made from a person's name, as administrators and mail services make them."""

from __future__ import annotations

import re
from functools import lru_cache

from assay.detect.validators.person_names import listed_name

_LOGIN = re.compile(r"([a-z]{2,20})(?:[._-]([a-z]{2,20}))?(\d{0,4})|([a-z])[._-]([a-z]{3,20})(\d{0,4})")
_LEAST = 4


@lru_cache(maxsize=65_536)
def login_name(value: str) -> bool:
    """A name with digits behind it, two with a dot between, or a family name with an initial before or behind it.

    >>> [login_name(value) for value in ("james828", "ann.smith", "dsmith", "smithj", "d.smith")]
    [True, True, True, True, True]
    >>> [login_name(value) for value in ("smith", "pending", "sku12", "north-east")]
    [False, False, False, False]
    """
    match = _LOGIN.fullmatch(value)
    if match is None:
        return False
    first, second, digits, initial, after, _ = match.groups()
    if initial is not None:
        return listed_name(after)
    if second is not None:
        return listed_name(first) and listed_name(second)
    if listed_name(first):
        return bool(digits)
    return any(len(part) >= _LEAST and listed_name(part) for part in (first[1:], first[:-1]))
