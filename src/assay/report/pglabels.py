"""Levels and types as comments of columns and tables in PostgreSQL, or as security labels: a script for a person to read and run.

https://www.postgresql.org/docs/current/sql-comment.html, https://www.postgresql.org/docs/current/sql-security-label.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

from assay.model import Level
from assay.report.metadata import Described

_SAID = (Level.INTERNAL, Level.CONFIDENTIAL, Level.RESTRICTED)
_DEPTH = 3


def script(tables: Iterable[Described], *, provider: str | None) -> Iterator[str]:
    """The statements of one database, in one transaction. A comment keeps what others wrote; only our part at its end is replaced.
    With a `provider` they are its security labels, which hold a level and nothing else."""
    yield "-- Written by assay from what its catalog knows; read it before you run it. It needs the owner of the tables.\n"
    yield "BEGIN;\n"
    for each in tables:
        names = names_of(each.resource)
        if names is None or each.level not in _SAID:
            continue
        table = ".".join(map(_name, names[1:]))
        yield from _statements("TABLE", table, table, None, each.level, "+".join(each.kinds), provider)
        for column, level, kind in each.columns:
            if level in _SAID:
                yield from _statements("COLUMN", f"{table}.{_name(column)}", table, column, level, kind or "", provider)
    yield "COMMIT;\n"


def names_of(resource: str) -> tuple[str, ...] | None:
    """Database, schema and table of a resource; `None` for what is no table of PostgreSQL.

    >>> names_of("postgresql://db:5432/shop/public/staff")
    ('shop', 'public', 'staff')
    """
    parts = urlsplit(resource)
    names = tuple(unquote(part) for part in parts.path.split("/") if part)
    return names if parts.scheme == "postgresql" and len(names) == _DEPTH else None


def _statements(
    kind: str, named: str, table: str, column: str | None, level: Level, types: str, provider: str | None
) -> Iterator[str]:
    if provider is not None:
        yield f"SECURITY LABEL FOR {_name(provider)} ON {kind} {named} IS {_text(level.value)};\n"
        return
    mark = f"[assay: {level.value}{f' {types}' if types else ''}]"
    if column is None:
        found = f"obj_description({_text(table)}::regclass, 'pg_class')"
    else:
        number = (
            f"(SELECT attnum FROM pg_attribute WHERE attrelid = {_text(table)}::regclass AND attname = {_text(column)})"  # noqa: S608  # a script, whose names are quoted
        )
        found = f"col_description({_text(table)}::regclass, {number})"
    theirs = rf"regexp_replace(coalesce({found}, ''), '\s?\[assay: [^\[\]]*\]$', '')"
    body = (
        f"BEGIN EXECUTE format({_text(f'COMMENT ON {kind} {_formatted(named)} IS %L')}, "
        f"ltrim({theirs} || {_text(' ' + mark)})); END"
    )
    yield f"DO {_text(body)};\n"


def _formatted(named: str) -> str:
    """A name within the pattern of `format`."""
    return named.replace("%", "%%")


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    # A backslash is itself only in this form, whatever standard_conforming_strings says.
    escaped = text.replace("'", "''")
    return f" E'{escaped.replace(chr(92), chr(92) * 2)}'" if "\\" in escaped else f"'{escaped}'"
