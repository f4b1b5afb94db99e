"""Bundles: columns that are more together than alone (SPEC section 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from assay.detect.names import tokens
from assay.model import GovernedBundle

NAME_MARK = "name:"


def bundles_of(
    types: Mapping[str, str | None], bundles: Sequence[GovernedBundle]
) -> list[tuple[GovernedBundle, tuple[str, ...]]]:
    """The bundles that a table's columns (name → detected type) make up, each with its columns in table order."""
    found = []
    for bundle in bundles:
        members: list[str] = []
        for part in bundle.parts:
            column = _first(types, part, members)
            if column is None:
                break
            members.append(column)
        else:
            found.append((bundle, tuple(name for name in types if name in members)))
    return found


def _first(types: Mapping[str, str | None], part: Sequence[str], taken: Sequence[str]) -> str | None:
    kinds = frozenset(member for member in part if not member.startswith(NAME_MARK))
    words = frozenset(member.removeprefix(NAME_MARK) for member in part if member.startswith(NAME_MARK))
    free = [name for name in types if name not in taken]
    # What its values say comes before what its name says.
    for name in free:
        if types[name] in kinds:
            return name
    return next((name for name in free if words and not words.isdisjoint(tokens(name))), None)
