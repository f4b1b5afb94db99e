"""How tags of a table's columns are named among those of the table: `columns/NAME/KEY`, `NAME` percent-encoded.

`columns/NAME/` says that a column is there, `columns/NAME` is what stands for people in its comment, where there is room
for it. A parameter of a table that is called so is none of ours, and is not seen.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

PREFIX = "columns/"
DATABASE = "database/"
"""Before the key of a tag that a table has of its database."""
LONGEST_MARK = 64
LONGEST_COMMENT = 255
"""Characters: https://docs.aws.amazon.com/glue/latest/dg/aws-glue-api-catalog-tables.html#aws-glue-api-catalog-tables-Column"""
_MARK = re.compile(r" ?\[assay: [^\[\]]*\]$")


def key_of(column: str, key: str | None) -> str:
    """The name of a column's tag; of what stands in its comment without a key.

    >>> key_of("home/zip", "Level"), key_of("zip", None)
    ('columns/home%2Fzip/Level', 'columns/zip')
    """
    return PREFIX + quote(column, safe="") + ("" if key is None else f"/{key}")


def column_of(name: str) -> tuple[str, str | None] | None:
    """Column and key of such a name; `None` for a tag of the table itself.

    >>> column_of("columns/home%2Fzip/Level"), column_of("Level")
    (('home/zip', 'Level'), None)
    """
    if not name.startswith(PREFIX):
        return None
    column, slash, key = name.removeprefix(PREFIX).partition("/")
    return unquote(column), key if slash else None


def mark_in(comment: str) -> str:
    """What is ours at the end of a comment, empty where nothing is.

    >>> mark_in("of the person [assay: restricted SSN]"), mark_in("of [the] person")
    ('[assay: restricted SSN]', '')
    """
    found = _MARK.search(comment)
    return found[0].strip() if found else ""


def marked(comment: str, mark: str) -> str:
    """The comment with this mark in place of the one that is there; everybody else's words stay.

    >>> marked("of the person [assay: internal]", "[assay: restricted SSN]"), marked("of the person [assay: internal]", "")
    ('of the person [assay: restricted SSN]', 'of the person')
    """
    theirs = _MARK.sub("", comment)
    return f"{theirs} {mark}" if theirs and mark else theirs or mark


def has_room(comment: str) -> bool:
    """Whether the longest mark fits behind what others wrote."""
    return len(_MARK.sub("", comment)) + 1 + LONGEST_MARK <= LONGEST_COMMENT
