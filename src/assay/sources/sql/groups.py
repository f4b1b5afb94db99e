"""k-anonymity as the engine counts it: rows that are alike in some columns, grouped where they lie.

L. Sweeney, "k-anonymity: a model for protecting privacy", 2002. Null counts as a value like others. Only sizes of classes
leave the database, no value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from assay.errors import ReadError
from assay.sources.sql.database import ClassSizes

if TYPE_CHECKING:
    from assay.model import AssetRef
    from assay.sources.sql.source import SqlOpener

BELOW = 5
MOST = 20


def smallest_classes(
    opener: SqlOpener, asset: AssetRef, columns: Sequence[str], *, below: int = BELOW, most: int = MOST
) -> ClassSizes:
    """The smallest classes of a table's rows by `columns`, counted over all its rows.

    `most` is how many sizes are given. Raises `ReadError`: a column that is not there or may not be read, and whatever else
    keeps the table from being read; `ValueError` without columns.
    """
    if not columns:
        raise ValueError("classes are formed by one column at least")
    return opener.on(lambda database: database.class_sizes(asset.name, columns, below, most))


def class_sizes(
    rows: Callable[[str], Sequence[Sequence[Any]]],
    table: str,
    columns: Sequence[str],
    below: int,
    most: int,
    *,
    limit: bool = True,
) -> ClassSizes:
    """The same by a function that asks the engine; `table` and `columns` are quoted already. Not all engines know LIMIT."""
    grouped = f"SELECT count(*) AS n FROM {table} GROUP BY {', '.join(columns)}"  # noqa: S608  # quoted
    totals = rows(
        "SELECT count(*), coalesce(sum(n), 0), coalesce(sum(CASE WHEN n < "  # noqa: S608  # quoted
        f"{int(below)} THEN n ELSE 0 END), 0) FROM ({grouped}) classes"
    )[0]
    few = f" LIMIT {int(most)}" if limit else ""
    smallest = tuple(int(row[0]) for row, _ in zip(rows(f"{grouped} ORDER BY n{few}"), range(most), strict=False))
    classes, total, small = map(int, totals)
    return ClassSizes(
        k=smallest[0] if smallest else 0, classes=classes, rows=total, rows_below=small, below=below, smallest=smallest
    )


def terms(known: Mapping[str, str], columns: Sequence[str]) -> list[str]:
    """What `columns` are called in a query. Raises `ReadError` for one that is not `known`."""
    absent = next((column for column in columns if column not in known), None)
    if absent is not None:
        raise ReadError("vanished", f"no column {absent!r} that may be read; check its spelling and its rights")
    return [known[column] for column in columns]
