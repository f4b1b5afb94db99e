"""What every kind of database gives: its tables listed, and each opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from assay.ports import TableReader

CELL = 1024 * 1024
"""Characters of one value that are read; what is longer is cut."""

HIDDEN = "(not shown by the server)"
"""What stands for columns that are there, and whose names the server does not tell."""


class Listed(NamedTuple):
    """A table that is there: its name, outermost part first, and why it is left out, or cannot be read (`None`: it is read).

    `change` is its token of change, as in `TableInfo`.
    """

    name: tuple[str, ...]
    skipped: str | None = None
    unreadable: str | None = None
    change: str | None = None


class Database(Protocol):
    """An open database. Its methods raise `ReadError`, and `LostError` when the connection is gone."""

    def tables(self) -> Iterator[Listed]:
        """Every table, and what is left out of them, in the order of their names."""
        ...

    def table(self, name: tuple[str, ...]) -> TableReader:
        """One table, opened. Raises `ReadError` with `vanished` where it is there no more."""
        ...

    def class_sizes(self, name: tuple[str, ...], columns: Sequence[str], below: int, most: int) -> ClassSizes:
        """How many rows are alike in `columns`, counted by the engine. Raises `ReadError`."""
        ...

    def close(self) -> None: ...


class ClassSizes(NamedTuple):
    """Rows that are alike in some columns form a class: how many classes there are and how large the smallest are.

    `smallest` holds the sizes of the smallest classes, ascending; `k` is the first of them, 0 of a table without rows.
    `rows_below` are rows in classes of fewer than `below`.
    """

    k: int
    classes: int
    rows: int
    rows_below: int
    below: int
    smallest: tuple[int, ...]
