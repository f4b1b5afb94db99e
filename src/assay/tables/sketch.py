"""Cells of a window and the hits in them → sketches of columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from assay.detect.cellscan import ColumnCounts
from assay.model import ColumnInfo, ColumnSketch


class CellHit(NamedTuple):
    """A hit in a cell: column index, identifier, `path#pattern`, confidence, whether it fills the cell, test value."""

    column: int
    identifier: str
    pattern: str
    confidence: float
    whole: bool
    test: bool


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
            column.test_values += 1
            continue
        column.hits[hit.identifier] = column.hits.get(hit.identifier, 0) + 1
        column.patterns[hit.pattern] = column.patterns.get(hit.pattern, 0) + 1
        column.confidence[hit.identifier] = max(column.confidence.get(hit.identifier, 0.0), hit.confidence)
        if hit.whole:
            column.whole[hit.identifier] = column.whole.get(hit.identifier, 0) + 1
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
    """Sketches of both parts of a table. Ragged parts may differ in width: what a part does not have is empty in it."""
    merged = [one.merge(other) for one, other in zip(left, right, strict=False)]
    longer, shorter = (left, right) if len(left) > len(right) else (right, left)
    rows = max((column.rows for column in shorter), default=0)
    return merged + [replace(column, rows=column.rows + rows) for column in longer[len(merged) :]]


def joined(left: Sequence[ColumnSketch], right: Sequence[ColumnSketch]) -> list[ColumnSketch]:
    """`merge` by name: documents of later parts may have other fields."""
    if [column.name for column in left] == [column.name for column in right]:
        return merge(left, right)
    by_name = {column.name: column for column in right}
    both = [column.merge(by_name.pop(column.name)) if column.name in by_name else column for column in left]
    return [*both, *(replace(column, index=len(both) + n) for n, column in enumerate(by_name.values()))]
