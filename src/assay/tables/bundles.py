"""Bundles: columns that are more together than alone (SPEC section 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from assay.detect.names import tokens
from assay.model import ColumnRecord, GovernedBundle

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


def boosted(record: ColumnRecord, bundle: str, boost: float, members: Sequence[str]) -> ColumnRecord:
    """The record of a column that is part of a bundle of `members`."""
    related = tuple(dict.fromkeys((*record.related_columns, *(name for name in members if name != record.column))))
    record = replace(record, bundles_detected=(*record.bundles_detected, bundle), related_columns=related)
    if record.detected_type is None:
        return record
    # All bundles together raise a column by no more than the largest of them.
    raised = max(record.bundle_boost, min(boost, 1.0 - (record.composite_score - record.bundle_boost)))
    score = record.composite_score - record.bundle_boost + raised
    return replace(
        record, bundle_boost=round(raised, 4), composite_score=round(score, 4), confidence=round(score * 100, 2)
    )


def _first(types: Mapping[str, str | None], part: Sequence[str], taken: Sequence[str]) -> str | None:
    kinds = frozenset(member for member in part if not member.startswith(NAME_MARK))
    words = frozenset(member.removeprefix(NAME_MARK) for member in part if member.startswith(NAME_MARK))
    free = [name for name in types if name not in taken]
    # What its values say comes before what its name says.
    for name in free:
        if types[name] in kinds:
            return name
    return next((name for name in free if words and not words.isdisjoint(tokens(name))), None)
