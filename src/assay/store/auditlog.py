"""Reads the audit log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, select

from assay.store.schema.audit import audit_log
from assay.store.texts import clean

_AT_ONCE = 1_000


class Wanted(NamedTuple):
    """Which entries: from `since` up to before `until`, and with just these fields; `None` is any."""

    since: str | None = None
    until: str | None = None
    action: str | None = None
    actor: str | None = None
    resource: str | None = None
    table: str | None = None
    column: str | None = None


def newest(connection: Connection, wanted: Wanted, limit: int, *, before: int | None = None) -> list[dict[str, Any]]:
    """The newest entries, the newest last; details, before and after are objects. `before` is a number of an entry: those
    before it."""
    chosen = select(audit_log)
    if before is not None:
        chosen = chosen.where(audit_log.c.seq < before)
    if wanted.since is not None:
        chosen = chosen.where(audit_log.c.at >= wanted.since)
    if wanted.until is not None:
        chosen = chosen.where(audit_log.c.at < wanted.until)
    for name in ("action", "actor", "resource"):
        value = getattr(wanted, name)
        if value is not None:
            chosen = chosen.where(audit_log.c[name] == clean(value))
    chosen = chosen.order_by(audit_log.c.seq.desc())
    if wanted.table is None and wanted.column is None:
        chosen = chosen.limit(limit)
    found: list[dict[str, Any]] = []
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(chosen).mappings():
        entry = parsed(row)
        if _is_of(entry["details"], wanted):
            found.append(entry)
        if len(found) == limit:
            break
    return found[::-1]


def _is_of(details: Any, wanted: Wanted) -> bool:
    """Whether an entry's details, which are text in the log, are of the table and column."""
    told = details if isinstance(details, Mapping) else {}
    asked = (("table", wanted.table), ("column", wanted.column))
    return all(value is None or told.get(name) == clean(value) for name, value in asked)


def everything(connection: Connection) -> Iterator[dict[str, Any]]:
    """Every entry as it was hashed: details, before and after are the JSON texts."""
    rows = connection.execution_options(yield_per=_AT_ONCE).execute(select(audit_log).order_by(audit_log.c.seq))
    yield from ({str(name): value for name, value in row.items()} for row in rows.mappings())


def parsed(row: Mapping[Any, Any]) -> dict[str, Any]:
    """An entry with details, before and after as objects."""
    told = {str(name): value for name, value in row.items()}
    for name in ("details", "before", "after"):
        if told[name] is not None:
            told[name] = _object(told[name])
    return told


def _object(text: str) -> Any:
    """A log that somebody changed is still shown; `assay audit verify` says what is wrong with it."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return {"unreadable": True}
