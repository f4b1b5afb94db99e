"""Cells of a window and the hits in them → sketches of columns."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from assay.detect.cellscan import ColumnCounts
from assay.model import ColumnInfo, ColumnSketch


class CellHit(NamedTuple):
    """A hit in a cell: column index, identifier, `path#pattern`, confidence, whether it fills the cell, test value; and how
    many cells with the same value it stands for."""

    column: int
    identifier: str
    pattern: str
    confidence: float
    whole: bool
    test: bool
    times: int = 1


def sketch(names: Sequence[str], columns: Any, filled: Any, rows: int, hits: Iterable[CellHit]) -> list[ColumnSketch]:
    """Sketches of `rows` rows: `columns` gives each cell's column, `filled` whether it holds anything."""
    width = max(len(names), int(columns.max()) + 1 if len(columns) else 0)
    counts = np.bincount(columns[filled], minlength=width) if len(columns) else np.zeros(width, dtype=int)
    sketches = [
        ColumnSketch(
            name=names[index] if index < len(names) else f"column_{index + 1}",
            index=index,
            rows=rows,
            filled=int(counts[index]),
        )
        for index in range(width)
    ]
    for hit in hits:
        if hit.column >= width:
            continue
        column = sketches[hit.column]
        if hit.test:
            column.test_values += hit.times
            continue
        column.hits[hit.identifier] = column.hits.get(hit.identifier, 0) + hit.times
        column.patterns[hit.pattern] = column.patterns.get(hit.pattern, 0) + hit.times
        column.confidence[hit.identifier] = max(column.confidence.get(hit.identifier, 0.0), hit.confidence)
        if hit.whole:
            column.whole[hit.identifier] = column.whole.get(hit.identifier, 0) + hit.times
    return sketches


def counted(info: ColumnInfo, index: int, rows: int, counts: ColumnCounts) -> ColumnSketch:
    """The sketch of a column of which `rows` rows were counted."""
    return ColumnSketch(
        name=info.name,
        index=index,
        rows=rows,
        filled=counts.filled,
        hits=counts.hits,
        whole=counts.whole,
        confidence=counts.confidence,
        patterns=counts.patterns,
        test_values=counts.test_values,
        kind=info.kind,
        declared=info.declared,
        comment=info.comment,
        unique=info.unique,
        features=counts.features,
    )


def add_whole(column: ColumnSketch, identifier: str, pattern: str, confidence: float, count: int) -> None:
    """Count values that fill their cells, of one pattern and score."""
    column.hits[identifier] = column.hits.get(identifier, 0) + count
    column.whole[identifier] = column.whole.get(identifier, 0) + count
    column.patterns[pattern] = column.patterns.get(pattern, 0) + count
    column.confidence[identifier] = max(column.confidence.get(identifier, 0.0), confidence)


def merge(left: Sequence[ColumnSketch], right: Sequence[ColumnSketch]) -> list[ColumnSketch]:
    """Sketches of both parts of a table. What a part does not have is empty in it.

    Rows may differ in width, so that one part has more columns at the end; documents may have other fields, or the same
    in another order, and are told apart by name.
    """
    # Several of one name are those of it in turn: names that hold values are redacted, and may look the same then.
    waiting: dict[str, deque[ColumnSketch]] = {}
    in_place = all(one.name == other.name for one, other in zip(left, right, strict=False))
    for column in right[len(left) :] if in_place else right:
        waiting.setdefault(column.name, deque()).append(column)
    merged = []
    for index, column in enumerate(left):
        other = right[index] if in_place and index < len(right) else None
        if other is None and not in_place and waiting.get(column.name):
            other = waiting[column.name].popleft()
        merged.append(_empty_in(right, column) if other is None else column.merge(other))
    new = sorted((column for those in waiting.values() for column in those), key=lambda column: column.index)
    merged += [replace(_empty_in(left, column), index=len(left) + n) for n, column in enumerate(new)]
    return merged


def _empty_in(part: Sequence[ColumnSketch], column: ColumnSketch) -> ColumnSketch:
    """The column where another part has none of its values."""
    rows = max((other.rows for other in part), default=0)
    looked_at = max((other.features.rows for other in part), default=0)
    features = replace(column.features, rows=column.features.rows + looked_at)
    return replace(column, rows=column.rows + rows, features=features)
