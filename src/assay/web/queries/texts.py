"""Conditions on texts, asked so that a database of a million of them answers soon."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, text

_CODED = "assay-orders-by-code"
HIGHEST = chr(0x10FFFF)
"""The last character there is: behind what begins with it alone there is nothing."""


def begins(connection: Connection, column: ColumnElement[Any], prefix: str, until: str) -> ColumnElement[bool] | None:
    """A range from a prefix to the last text that begins with `until`, which begins so itself: an index knows it. `None` where the database has an order of its
    own, in which it would hold other ones."""
    if not prefix or not _orders_by_code(connection):
        return None
    behind = _behind(until)
    return column >= prefix if behind is None else and_(column >= prefix, column < behind)


def holds(connection: Connection, column: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    """Whether a text holds a word, which is in small letters."""
    if connection.dialect.name == "postgresql" and word.isascii():
        # The letters of ASCII are all there is to make small for it, which takes half as long as all letters of the world.
        column = column.collate("C")
    return func.lower(column).contains(word, autoescape=True)


def _orders_by_code(connection: Connection) -> bool:
    """Whether texts are ordered by the codes of their characters: in SQLite, and in databases of the locale C."""
    if connection.dialect.name != "postgresql":
        return True
    known = connection.info.get(_CODED)
    if known is None:
        asked = text("SELECT 'Z' < 'a' AND 'a:z' < 'aZ' AND 'a-z' < 'aA' AND 'é' > 'z'")
        known = connection.info[_CODED] = bool(connection.execute(asked).scalar_one())
    return bool(known)


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
