"""How a resource, a table or a column is written: one spelling for all that is told, and all others that are understood.

    staff.csv:ssn                        a column of a file that is one table
    shop.db:orders.email                 a column of a file of several, and of a nested key: orders.doc.patient.ssn
    shop.db:"a.b".email                  a table's name with a dot stands in quotes
    postgresql://db:5432/shop/public/staff:ssn

A table or column is found among those that are known, so names may hold dots, colons, spaces and quotes.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple
from urllib.parse import unquote

from assay.report.printable import local_path, printable

CUT = "…"
"""Stands for what a narrow terminal had no room for."""

_QUOTES = {'"': '"', "`": "`", "[": "]"}
# Of these a file's own name says nothing of the tables in it.
_HOLD_SEVERAL = frozenset(
    ("db", "sqlite", "sqlite3", "db3", "duckdb", "ddb", "xlsx", "xlsm", "xls", "zip", "tar", "tgz", "7z")
)
_SEPARATORS = ("!/", "!", ":")


class Named(NamedTuple):
    """A resource by its URI, a table of it, or a column of that."""

    resource: str
    table: str | None = None
    column: str | None = None


def spelled(named: Named, *, base: str | None = None) -> str:
    """What is shown of it, as every command takes it; a file's path from `base` (the current folder) on.

    >>> spelled(Named("postgresql://db:5432/shop/public/staff", "public.staff", "ssn"))
    'postgresql://db:5432/shop/public/staff:ssn'
    >>> spelled(Named("file:///srv/shop.db", "a.b", "select")), spelled(Named("file:///srv/staff.csv", "staff", "ssn"))
    ('/srv/shop.db:"a.b".select', '/srv/staff.csv:ssn')
    """
    path = local_path(named.resource)
    here = (os.getcwd() if base is None else base).rstrip("/") + "/"
    path = path.removeprefix(here)
    path = f"./{path}" if path.startswith("-") else path
    inside = within(named)
    return printable(f"{path}:{inside}" if inside else path)


def within(named: Named) -> str:
    """What stands behind the resource: `orders.email`. Empty where the resource itself is meant.

    >>> within(Named("file:///srv/shop.db", "orders", "doc.email")), within(Named("file:///srv/staff.csv", "staff"))
    ('orders.doc.email', '')
    """
    parts = (
        [] if named.table is None or is_whole(named.resource, named.table) else [_part(named.table, "." in named.table)]
    )
    if named.column is not None:
        parts.append(_part(named.column, not named.column))
    return ".".join(parts)


def is_whole(resource: str, table: str) -> bool:
    """Whether a resource is called as its only table is: a file of rows, or a table of a server.

    >>> is_whole("file:///srv/staff.csv", "staff"), is_whole("mysql://db:3306/shop/staff", "shop.staff")
    (True, True)
    """
    names = [unquote(name) for name in resource.partition("?")[0].rstrip("/").split("/")]
    if not resource.startswith(("file:", "s3:")):
        return any(table == ".".join(names[-count:]) for count in (1, 2, 3))
    name = names[-1]
    stem, _, extension = name.rpartition(".")
    return table in (name, stem) and extension.lower() not in _HOLD_SEVERAL


def pasted(text: str) -> str:
    """As it can be pasted to a shell: in quotes."""
    quoted = shlex.quote(text)
    return quoted if quoted.startswith("'") else f"'{quoted}'"


def splits(given: str) -> Iterator[tuple[str, str | None]]:
    """A text as a resource and what stands behind it, in every way that it may be meant; the longest resource first.

    >>> list(splits("a:b.csv:ssn"))
    [('a:b.csv:ssn', None), ('a:b.csv', 'ssn'), ('a', 'b.csv:ssn')]
    """
    yield given, None
    begin = given.find("://") + len("://") if "://" in given else 0
    for at in range(len(given) - 1, begin, -1):
        mark = next((mark for mark in _SEPARATORS if given.startswith(mark, at)), None)
        if mark is not None and given[at + len(mark) :]:
            yield given[:at], given[at + len(mark) :]


def chosen(text: str, known: Iterable[Named]) -> list[Named]:
    """The tables and columns that are meant by what stands behind a resource; none, or several that are spelled alike.

    As they are told comes first, then as SQL and others write them, then whatever the case, then cut ones. A table comes
    before columns that are called so.
    """
    names = list(known)
    for fold in (printable, _folded):
        wanted = fold(text)
        for spellings in (_told, _also):
            found = [each for each in names if wanted in map(fold, spellings(each))]
            if found:
                return found if all(each.column is not None for each in found) else _tables(found)
        if (parts := _parts(text)) is not None:
            told = [(fold(".".join(parts[:at])), fold(".".join(parts[at:]))) for at in range(len(parts))]
            found = [each for each in names if _is_of(each, told, fold)]
            if found:
                return found
    if CUT in text:
        begin = re.compile(".*".join(map(re.escape, _folded(text).split(CUT))), re.DOTALL)
        return [each for each in names if any(begin.fullmatch(_folded(told)) for told in _told(each))]
    return []


def is_in_left_out(text: str, detail: str) -> bool:
    """Whether what stands behind a resource is, or is in, what a record of something that was left out of it tells of.

    >>> is_in_left_out("adults.ssn", "table adults"), is_in_left_out("half.closed", "column closed of public.half: denied")
    (True, True)
    """
    kind, _, rest = detail.partition(" ")
    if kind == "column":
        column, of, where = rest.partition(" of ")
        table = where.partition(": ")[0]
        return bool(of and chosen(text, [Named("", table, column)]))
    if kind != "table":
        return False
    known = _left_out_names(rest)
    return any(chosen(head, known) for head in (text, *(text[:at] for at in range(len(text)) if text[at] in ".:")))


def is_left_out(text: str, detail: str) -> bool:
    """Whether what stands behind a resource is the table itself that a record of something left out tells of.

    >>> is_left_out("adults", "table adults"), is_left_out("adults.ssn", "table adults")
    (True, False)
    """
    kind, _, rest = detail.partition(" ")
    return kind == "table" and bool(chosen(text, _left_out_names(rest)))


def _left_out_names(detail: str) -> list[Named]:
    """What the table may be called that stands before a reason."""
    names = [detail, *(detail[:at] for at in range(len(detail)) if detail.startswith(": ", at))]
    return [Named("", name) for name in names]


def _told(named: Named) -> Iterator[str]:
    yield within(named)
    if named.table is not None and named.column is not None:
        yield f"{_quoted(named.table)}.{_quoted(named.column)}"


def _also(named: Named) -> Iterator[str]:
    table, column = named.table or "", named.column
    tables = [table, table.rpartition(".")[2]]
    if column is None:
        yield from tables
        return
    yield column
    for name in tables:
        yield f"{name}.{column}"
        yield f"{name}:{column}"


def _is_of(named: Named, told: list[tuple[str, str]], fold: Callable[[str], str]) -> bool:
    """Whether it is one of these tables and columns; of a member of an archive its path says the table."""
    table, column = fold(named.table or ""), named.column
    if column is None:
        return any(not first and last == table for first, last in told)
    last_of = table.rpartition(".")[2]
    return any(last == fold(column) and first in ("", table, last_of) for first, last in told)


def _parts(text: str) -> list[str] | None:
    """The parts of `public."Order".[select]`, and of a member of an archive (`in/staff.csv:ssn`); `None` for what is neither."""
    if not any(mark in text for mark in _QUOTES):
        path, colon, column = text.rpartition(":") if ":" in text else (text, "", "")
        stem = path.rsplit("/", 1)[-1].rpartition(".")[0] if colon or "/" in path else ""
        if not stem:
            return None
        return [stem, column] if colon else [stem]
    parts, at = [], 0
    while at < len(text):
        closing = _QUOTES.get(text[at])
        if closing is None:
            end = min((found for mark in ".:" if (found := text.find(mark, at)) >= 0), default=len(text))
            parts.append(text[at:end])
        else:
            written, end = _until(text, at + 1, closing)
            if end < 0:
                return None
            parts.append(written)
        if end < len(text) and text[end] not in ".:":
            return None
        at = end + 1
    return parts


def _until(text: str, at: int, closing: str) -> tuple[str, int]:
    """What stands in quotes, in which a doubled one is one, and where they end; -1 where they do not."""
    written = []
    while at < len(text):
        if text[at] != closing:
            written.append(text[at])
        elif text.startswith(closing, at + 1):
            written.append(closing)
            at += 1
        else:
            return "".join(written), at + 1
        at += 1
    return "", -1


def _tables(found: list[Named]) -> list[Named]:
    return [each for each in found if each.column is None]


def _part(name: str, has_to: bool) -> str:
    return _quoted(name) if has_to or not name or name != name.strip() or name[0] in _QUOTES else name


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _folded(text: str) -> str:
    """Without what case and spacing tell apart."""
    return " ".join(printable(text).casefold().split())
