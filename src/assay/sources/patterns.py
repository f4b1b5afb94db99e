"""Patterns of --exclude, as in .gitignore, against names below a target."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence


def matcher(globs: Sequence[str]) -> Callable[[str], bool] | None:
    """Says of a name whether one of the patterns is for it; `None` without patterns."""
    if not globs:
        return None
    import pathspec  # only when something is excluded

    return pathspec.PathSpec.from_lines("gitignore", map(matched, globs)).match_file


def matched(path: str) -> str:
    """The path as patterns are matched against it: bytes that are no UTF-8 are replaced, as in the pattern files."""
    return path if path.isascii() else os.fsencode(path).decode("utf-8", "replace")
