"""What a run was asked for, as it may be kept and told: a target, and a pattern of one, can be values themselves."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from assay.app.config.places import Address

Mask = Callable[[str], str]
"""A name as it may be shown (`Detector.safe_name`)."""

_URL = re.compile(r"([a-z][a-z0-9+.-]*://)([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_APART = re.compile(r"([/?&=,#*]+)")
_DAY = re.compile(r"(?:19|20)\d\d([-_]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])")
_NAMES = ("exclude", "allow", "inventory")
"""Options that hold paths and patterns."""


def masked_target(target: str, mask: Mask) -> str:
    """A target with every value in it masked, written out or percent-encoded; a password is none of it.

    Of a URL the host stays as it is; of a path, folders that are named by days do.
    """
    shown = str(Address(target))
    url = _URL.fullmatch(shown)
    if url is None:
        return masked_path(shown, mask)
    scheme, authority, rest = url.groups()
    user, at, host = authority.rpartition("@")
    path, query, options = rest.partition("?")
    told = ":".join(part if part == "***" else _masked(part, mask) for part in user.split(":"))
    return f"{scheme}{told}{at}{host}{masked_path(path, mask)}{query}{_each(options, mask)}"


def masked_path(path: str, mask: Mask) -> str:
    """A path, or a pattern of paths and names, with every value in it masked."""
    return _each(path, lambda part: part if _DAY.fullmatch(part) else mask(part))


def masked_options(options: Mapping[str, Any], mask: Mask) -> dict[str, Any]:
    """The options of a run with every value in its paths and patterns masked."""
    found = dict(options)
    for name in _NAMES:
        given = found.get(name)
        if isinstance(given, str):
            found[name] = masked_target(given, mask)
        elif given:
            found[name] = [masked_path(each, mask) for each in given]
    return found


def _each(text: str, mask: Mask) -> str:
    return "".join(part if number % 2 else _masked(part, mask) for number, part in enumerate(_APART.split(text)))


def _masked(part: str, mask: Mask) -> str:
    plain = unquote(part)
    shown = mask(plain)
    return part if shown == plain else shown
