"""What every kind of database gives: its tables listed, and each opened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import sqrt
from typing import NamedTuple, Protocol

from assay.model import ClassSizes
from assay.ports import TableReader

CELL = 1024 * 1024
"""Characters of one value that are read; what is longer is cut."""

_DEVIATIONS = 6
_SPARE = 10
_TIMES = 4

DENIED = "permission denied"
"""Why a column that a user has no right to is not read."""

HIDDEN = "(not shown by the server)"
"""What stands for columns that are there, and whose names the server does not tell."""


def share(rows: int, about: int, *, exact: bool) -> float:
    """Which part of a table of `about` rows to draw, so that hardly ever fewer than `rows` come; estimates may be far off."""
    wanted = rows + _DEVIATIONS * sqrt(rows) + _SPARE if exact else _TIMES * rows
    return min(1.0, wanted / max(1, about))


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

    def class_sizes(self, name: tuple[str, ...], columns: Sequence[str], below: int) -> ClassSizes:
        """How many rows are alike in `columns`, counted by the engine. Raises `ReadError`."""
        ...

    def close(self) -> None: ...
