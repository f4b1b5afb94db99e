"""Texts in the order of their code points, as Python and SQLite have it, whatever the order of the database is."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Connection, and_, text, true
from sqlalchemy.engine import Dialect

HIGHEST = chr(0x10FFFF)
"""The last character there is: behind what begins with it alone there is nothing."""

# In a language's order signs count last, and capitals beside small letters.
_PLAIN = text("SELECT 's/x' < 's0' AND 'Z' < 'a' AND 'a:z' < 'aZ' AND 'a-z' < 'aA' AND 'é' > 'z'")
_known: WeakKeyDictionary[Dialect, bool] = WeakKeyDictionary()


def by_code_point(connection: Connection, column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The column, to be compared and put in order by code points.

    A database of PostgreSQL may have the order of a language: there `s3://lake/a` is not between `s3://lake/` and `s3://lake0`,
    and migration 0021 makes indexes of the order of code points. Where it has none the column stays as it is, since an index is only of
    the order that the database has.
    """
    if connection.dialect.name != "postgresql":
        return column
    is_plain = _known.get(connection.dialect)
    if is_plain is None:
        is_plain = _known[connection.dialect] = bool(connection.execute(_PLAIN).scalar_one())
    return column if is_plain else column.collate("C")


def begins(
    connection: Connection, column: ColumnElement[Any], prefix: str, until: str | None = None
) -> ColumnElement[bool]:
    """A range, which an index knows: from a prefix to the last text that begins with `until`, which begins so itself (by default: the prefix)."""
    if not prefix:
        return true()
    ordered = by_code_point(connection, column)
    behind = _behind(until or prefix)
    return ordered >= prefix if behind is None else and_(ordered >= prefix, ordered < behind)


def _behind(prefix: str) -> str | None:
    """The first text behind all that begin so, if there is one.

    >>> _behind("s3://lake/")
    's3://lake0'
    """
    if prefix[-1] == HIGHEST:
        return _behind(prefix[:-1]) if len(prefix) > 1 else None
    last = ord(prefix[-1]) + 1
    # Half characters are no text.
    return prefix[:-1] + chr(0xE000 if 0xD800 <= last <= 0xDFFF else last)
