"""INSERT … ON CONFLICT, which both databases have and SQLAlchemy spells for each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

IN_ONE = 500
"""How many ids one statement asks for; SQLite takes 999 parameters on old systems."""


def upsert(connection: Connection, table: Table, rows: Sequence[dict[str, Any]], *, keep: Collection[str] = ()) -> None:
    """Inserts rows; where the key is there already its row takes the new values, but for the columns in `keep`."""
    if rows:
        connection.execute(_upserting(connection.dialect.name, table, tuple(rows[0]), frozenset(keep)), list(rows))


def inserting(dialect: str, table: Table) -> Any:
    """An INSERT whose conflicts can be answered, in either database."""
    return (sqlite.insert if dialect == "sqlite" else postgresql.insert)(table)


@cache
def _upserting(dialect: str, table: Table, names: tuple[str, ...], keep: frozenset[str]) -> Any:
    # Built once: small transactions spend more time on building it than the database on doing it.
    statement = inserting(dialect, table)
    key = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in names if name not in key and name not in keep}
    return statement.on_conflict_do_update(index_elements=key, set_=changed)


def in_pieces(values: Sequence[str]) -> list[list[str]]:
    """The values in lists short enough for one statement."""
    return [list(values[at : at + IN_ONE]) for at in range(0, len(values), IN_ONE)]
