"""Allow lists: what the owner has looked at and accepts, each entry with a reason and, if wanted, an expiry date."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

# What stands in parentheses right behind it, or as names behind spaces, says for which identifiers it holds.
INLINE = b"assay:allow"
"""What every such comment holds."""
_INLINE = re.compile(rb"(?<!\w)assay:allow(?!\w)(?:\(([^)\n]*)|[ \t]*\(([A-Z0-9_, ]+)\))?")

Allowed = Callable[[str, str, str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One accepted thing; what is given must all hold. `value` fully matches the clear value, `path` is a glob."""

    reason: str
    value: str | None = None
    fingerprint: str | None = None
    path: str | None = None
    identifier: str | None = None
    expires: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowList:
    """The entries that hold today."""

    entries: tuple[Entry, ...] = ()

    def for_path(self, path: str) -> Allowed | None:
        """What may be passed over in the file at `path`: (value, identifier, fingerprint) → allowed. `None`: nothing."""
        here = [entry for entry in self.entries if entry.path is None or glob(entry.path)(path)]
        if not here:
            return None

        def allowed(value: str, identifier: str, fingerprint: str) -> bool:
            return any(
                (entry.identifier is None or entry.identifier == identifier)
                and (entry.fingerprint is None or entry.fingerprint == fingerprint)
                and (entry.value is None or linear_regex(entry.value).fullmatch(value) is not None)
                for entry in here
            )

        return allowed


@cache
def linear_regex(pattern: str) -> Any:
    """An expression of a list, compiled once. Raises `ValueError`."""
    return linear(pattern)


def linear(pattern: str) -> Any:
    """An expression compiled so that it takes linear time. Raises `ValueError`."""
    import re2  # only when values are allowed by expression

    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        reason = error.args[0]
        raise ValueError(reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)) from None


@cache
def glob(pattern: str) -> Callable[[str], bool]:
    """Whether a relative path matches `pattern`, one of .gitignore. Raises `ValueError`."""
    import pathspec  # only when paths are allowed

    return pathspec.PathSpec.from_lines("gitignore", [pattern]).match_file


def allowed_inline(data: bytes, position: int, identifier: str) -> bool:
    """Whether the line of `position` says `assay:allow`, or `assay:allow(NAME, …)` with this identifier."""
    start = data.rfind(b"\n", max(0, position - 4096), position) + 1
    stop = data.find(b"\n", position, position + 4096)
    low, high = start or max(0, position - 4096), stop if stop >= 0 else min(len(data), position + 4096)
    for match in _INLINE.finditer(data, low, high):
        names = match.group(1) if match.group(1) is not None else match.group(2)
        if names is None or identifier.encode() in [name.strip().upper() for name in names.split(b",")]:
            return True
    return False
