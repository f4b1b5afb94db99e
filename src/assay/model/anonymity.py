"""k-anonymity: how many rows of a table are alike in its quasi-identifiers (L. Sweeney, 2002). Sizes only, no value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from assay.model.identifier import Level

MOST_SIZES = 20


class ClassSizes(NamedTuple):
    """Rows that are alike in some columns form a class: how many classes there are and how large the smallest are.

    `smallest` holds the sizes of the smallest classes, ascending, at most `MOST_SIZES` of them; `k` is the first, 0 of a
    table without rows. `unique` are rows that are alone in their class, `rows_below` those in classes of fewer than `below`.
    """

    k: int
    classes: int
    rows: int
    unique: int
    rows_below: int
    below: int
    smallest: tuple[int, ...]


def class_sizes(histogram: Iterable[tuple[int, int]], *, below: int) -> ClassSizes:
    """The sizes by how many classes there are of each size: (size, classes) in any order, no size twice.

    >>> class_sizes([(7, 1), (1, 2)], below=5)
    ClassSizes(k=1, classes=3, rows=9, unique=2, rows_below=2, below=5, smallest=(1, 1, 7))
    """
    found = sorted(histogram)
    smallest: list[int] = []
    for size, classes in found:
        smallest += [size] * min(classes, MOST_SIZES - len(smallest))
        if len(smallest) == MOST_SIZES:
            break
    return ClassSizes(
        k=found[0][0] if found else 0,
        classes=sum(classes for _, classes in found),
        rows=sum(size * classes for size, classes in found),
        unique=sum(classes for size, classes in found if size == 1),
        rows_below=sum(size * classes for size, classes in found if size < below),
        below=below,
        smallest=tuple(smallest),
    )


class Measure(StrEnum):
    """What was counted: all rows of a table, rows drawn of it, or nothing."""

    EXACT = "k-anonymity"
    SAMPLE = "sample uniqueness"
    NONE = "not counted"


@dataclass(frozen=True, slots=True, kw_only=True)
class KAnonymity:
    """How a table's rows are grouped by its quasi-identifiers. The numbers are those of `ClassSizes`, `None` where nothing
    was counted; of a sample they are of the rows drawn, and there is no `k`.

    `raised_from` is the level that the table had before a policy raised it; `because` says all of it in a sentence.
    """

    columns: tuple[str, ...]
    measure: Measure
    k: int | None = None
    classes: int | None = None
    rows: int | None = None
    unique_rows: int | None = None
    rows_below: int | None = None
    below: int
    smallest_classes: tuple[int, ...] = ()
    raised_from: Level | None = None
    because: str = ""
