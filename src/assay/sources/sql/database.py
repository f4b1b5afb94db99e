"""What every kind of database gives: its tables listed, and each opened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from assay.ports import TableReader

CELL = 1024 * 1024
"""Characters of one value that are read; what is longer is cut, and told."""


class Listed(NamedTuple):
    """A table that is there: its name, outermost part first, and why it is left out, or cannot be read (`None`: it is read)."""

    name: tuple[str, ...]
    skipped: str | None = None
    unreadable: str | None = None


class Database(Protocol):
    """An open database. Its methods raise `ReadError`, and `LostError` when the connection is gone."""

    def tables(self) -> Iterator[Listed]:
        """Every table, and what is left out of them, in the order of their names."""
        ...

    def table(self, name: tuple[str, ...]) -> AbstractContextManager[TableReader]:
        """One table, opened. Raises `ReadError` with `vanished` where it is there no more."""
        ...

    def close(self) -> None: ...
