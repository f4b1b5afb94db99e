"""k-anonymity as the engine counts it: rows that are alike in some columns, grouped where they lie.

L. Sweeney, "k-anonymity: a model for protecting privacy", 2002. Null counts as a value like others. Only sizes of classes
leave the database, no value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assay.errors import ReadError
from assay.model import ClassSizes
from assay.model.anonymity import class_sizes as sizes_of


def class_sizes(
    rows: Callable[[str], Sequence[Sequence[Any]]], table: str, columns: Sequence[str], below: int
) -> ClassSizes:
    """The sizes by a function that asks the engine; `table` and `columns` are quoted already.

    One query, which gives how many classes there are of each size: the table is gone through once. Raises `ValueError`
    without columns.
    """
    if not columns:
        raise ValueError("classes are formed by one column at least")
    grouped = f"SELECT count(*) AS n FROM {table} GROUP BY {', '.join(columns)}"  # noqa: S608  # quoted
    histogram = rows(f"SELECT n, count(*) FROM ({grouped}) classes GROUP BY n")  # noqa: S608  # quoted
    return sizes_of(((int(size), int(classes)) for size, classes in histogram), below=below)


def terms(known: Mapping[str, str], columns: Sequence[str]) -> list[str]:
    """What `columns` are called in a query. Raises `ReadError` for one that is not `known`."""
    absent = next((column for column in columns if column not in known), None)
    if absent is not None:
        raise ReadError("vanished", f"no column {absent!r} that may be read; check its spelling and its rights")
    return [known[column] for column in columns]
