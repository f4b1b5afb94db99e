"""Targets of the Glue data catalog: `glue://sales`, `glue://sales/orders`, `glue://sales/order_*`, and `glue://` for all."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote

from assay.errors import UsageError

_SCHEME = "glue://"
_LONGEST = 255
_MARKS = frozenset("*?[")


class Names(NamedTuple):
    """The database and the table that are meant, or patterns of their names; `*` for all."""

    database: str
    table: str


def parse(target: str) -> Names:
    """The names in a target. The catalog has them in lower case. Raises `UsageError` for what can be none."""
    database, slash, table = target[len(_SCHEME) :].removesuffix("/").partition("/")
    names = Names(unquote(database).lower() or "*", unquote(table).lower() or "*")
    if "/" in table or "?" in table or "#" in table or (slash and not database) or max(map(len, names)) > _LONGEST:
        raise UsageError(
            f"{target}: is no database or table of Glue; write glue://sales, glue://sales/orders, glue://sales/order_* or "
            "glue:// for all (in a name '/' is %2F, '?' is %3F)"
        )
    return names


def is_pattern(name: str) -> bool:
    """Whether it may be the name of several."""
    return not _MARKS.isdisjoint(name)
