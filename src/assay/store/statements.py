"""Plain statements over a connection of SQLAlchemy's, for what is written to go without it, too (`store.plainsql`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection

_AT_ONCE = 1_000


class Through:
    """The connection, in its transaction. Statements have `?` for parameters, in either database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def is_sqlite(self) -> bool:
        """Whether it is to a file."""
        return self._connection.dialect.name == "sqlite"

    def rows(self, statement: str, *values: Any) -> list[Sequence[Any]]:
        """What a statement gives."""
        done = self._connection.exec_driver_sql(self._spelled(statement), values)
        return [tuple(row) for row in done] if done.returns_rows else []

    def each(self, statement: str) -> Iterator[Sequence[Any]]:
        """The same, row by row."""
        options = {} if self.is_sqlite else {"yield_per": _AT_ONCE}
        yield from self._connection.exec_driver_sql(self._spelled(statement), execution_options=options)

    def many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        """The statement with each of these."""
        if values:
            self._connection.exec_driver_sql(self._spelled(statement), [tuple(each) for each in values])

    def _spelled(self, statement: str) -> str:
        return statement if self.is_sqlite else statement.replace("?", "%s")
