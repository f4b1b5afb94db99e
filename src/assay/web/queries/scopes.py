"""The scopes of `review.scopes` as conditions of SQL, so that a page of what somebody may see is a page of the database."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, false, func, or_, true

from assay.model.review import storable

_TOKEN = re.compile(r"\*|\?|\[!?+(?:\][^\]]*|[^\]]+)\]|.", re.DOTALL)
_BRACKET = re.compile(r"(?<!\\)\[")
_WILD = frozenset("*?[")


def lies_in(connection: Connection, column: ColumnElement[Any], scopes: Iterable[str]) -> ColumnElement[bool]:
    """Whether a URI matches any of these."""
    given = tuple(scopes)
    if "*" in given:
        return true()
    if not given:
        return false()
    return or_(*(_one(connection, column, storable(scope)) for scope in given))


def _one(connection: Connection, column: ColumnElement[Any], scope: str) -> ColumnElement[bool]:
    if not _WILD & set(scope):
        stem = scope.rstrip("/") + "/"
        return or_(column == scope, func.substr(column, 1, len(stem)) == stem)
    if connection.dialect.name == "postgresql":
        return column.op("~")("^" + "".join(_posix(scope)) + "$")
    return column.op("GLOB")("".join(_glob(scope)))


def _posix(scope: str) -> Iterator[str]:
    for part in _TOKEN.findall(scope):
        if part == "*":
            yield ".*"
        elif part == "?":
            yield "."
        elif len(part) > 1:
            yield _class(part)
        else:
            yield re.sub(r"([\\.^$|()\[\]{}*+?])", r"\\\1", part)


def _class(part: str) -> str:
    """As Python reads it; what has no characters left matches nothing."""
    told = fnmatch.translate(part).removeprefix("(?s:").removesuffix(r")\Z")
    if told == "(?!)":
        return "(?!$|.)"
    # Before a dot, an equals sign or a colon a bracket would begin a name of characters.
    return told if told == "." else "[" + _BRACKET.sub(r"\\[", told[1:-1]) + "]"


def _glob(scope: str) -> Iterator[str]:
    for part in _TOKEN.findall(scope):
        if part == "[":
            yield "[[]"
        elif len(part) > 1 and part.startswith("[!"):
            yield "[^" + part[2:]
        elif len(part) > 1 and part.startswith("[^"):
            # There a caret at the beginning turns the class round: it goes to the end.
            yield "[" + part[2:-1] + "^]" if len(part) > 3 else "^"
        else:
            yield part
