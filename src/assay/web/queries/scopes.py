"""The scopes of `review.scopes` as conditions of SQL, so that a page of what somebody may see is a page of the database."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, false, func, or_, true

from assay.model.review import storable
from assay.store.ordering import HIGHEST, begins

_TOKEN = re.compile(r"\*|\?|\[!?+(?:\][^\]]*|[^\]]+)\]|.", re.DOTALL)
_BRACKET = re.compile(r"(?<!\\)\[")
_WILD = frozenset("*?[")
_PLAIN = re.compile(r"[^*?\[]*")


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
        is_postgresql = connection.dialect.name == "postgresql"
        # Of `substr` PostgreSQL takes it that nearly nothing begins so, and plans badly.
        inside = func.starts_with(column, stem) if is_postgresql else func.substr(column, 1, len(stem)) == stem
        within = or_(column == scope, inside)
        # A folder and all that lies in it are one range, though not without others: `s3://lake-2` stands between the two.
        return _near(connection, column, scope.rstrip("/"), within, until=stem)
    if connection.dialect.name == "postgresql":
        matches = column.op("~")("^" + "".join(_posix(scope)) + "$")
    else:
        matches = column.op("GLOB")("".join(_glob(scope)))
    prefix = _PLAIN.match(scope).group()  # type: ignore[union-attr]  # it may be empty
    if prefix and scope == f"{prefix}*" and HIGHEST not in prefix:
        return begins(connection, column, prefix)  # the range holds nothing else
    return _near(connection, column, prefix, matches)


def _near(
    connection: Connection, column: ColumnElement[Any], prefix: str, condition: ColumnElement[bool], until: str = ""
) -> ColumnElement[bool]:
    """The same, looked for only among what begins so, which an index knows; as far as what begins with `until`."""
    return and_(begins(connection, column, prefix, until), condition)


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
