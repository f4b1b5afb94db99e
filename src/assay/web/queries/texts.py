"""Conditions on texts, asked so that a database of a million of them answers soon."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, func


def holds(connection: Connection, column: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    """Whether a text holds a word, which is in small letters."""
    if connection.dialect.name == "postgresql" and word.isascii():
        # The letters of ASCII are all there is to make small for it, which takes half as long as all letters of the world.
        column = column.collate("C")
    return func.lower(column).contains(word, autoescape=True)
