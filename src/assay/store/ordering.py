"""Texts in the order of their code points, as Python and SQLite have it, whatever the order of the database is."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Connection, text
from sqlalchemy.engine import Dialect

# In a language's order signs count last, and capitals beside small letters.
_PLAIN = text("SELECT 's/x' < 's0' AND 'B' < 'a'")
_known: WeakKeyDictionary[Dialect, bool] = WeakKeyDictionary()


def by_code_point(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column, to be compared and put in order by code points.

    A database of PostgreSQL may have the order of a language: there `s3://lake/a` is not between `s3://lake/` and `s3://lake0`.
    Where it has none the column stays as it is, since an index is only of the order that the database has.
    """
    if connection.dialect.name != "postgresql":
        return column
    is_plain = _known.get(connection.dialect)
    if is_plain is None:
        is_plain = _known[connection.dialect] = bool(connection.execute(_PLAIN).scalar_one())
    return column if is_plain else column.collate("C")
