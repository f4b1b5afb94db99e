"""Takes out what is past its time. The state now, and the audit log, always stay."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, Table, delete, func, or_, select, update

from assay.store import audit
from assay.store.engine import Catalog
from assay.store.schema import whole
from assay.store.schema.catalog import (
    classification_versions,
    classifications,
    column_versions,
    findings,
    omissions,
    outbox,
    readings,
    runs,
    table_versions,
    tables,
)
from assay.store.schema.events import events, tasks
from assay.store.texts import moment
from assay.store.upserts import in_pieces

_VERSIONS = (
    (classification_versions, "classification_id"),
    (table_versions, "table_id"),
    (column_versions, "column_id"),
)
_UNSETTLED = ("working", "applying", "waiting")
_OVER = ("done", "dead")


def purge(catalog: Catalog, *, findings_days: int, history_days: int, actor: str, dry_run: bool) -> dict[str, int]:
    """Takes out findings of readings older than `findings_days`, and versions, readings, level changes and runs older than
    `history_days`; 0 keeps them for ever. Returns how many rows of which table, with `dry_run` would be.

    The reading that the state now comes of stays, and so does the version that held when the time was up.
    """
    gone: Counter[str] = Counter()
    if findings_days:
        with catalog.reading() as connection:
            stale = [str(key) for key in connection.execute(_stale(_before(findings_days))).scalars()]
        # In pieces, so that scans that go on meanwhile wait for a moment only.
        for ids in in_pieces(stale):
            if dry_run:
                with catalog.reading() as connection:
                    _count(connection, ids, gone)
            else:
                with catalog.transaction() as connection:
                    _take(connection, findings, findings.c.reading_id.in_(ids), gone)
                    _take(connection, omissions, omissions.c.reading_id.in_(ids), gone)
                    # What the digest was of is no longer there.
                    connection.execute(update(readings).where(readings.c.id.in_(ids)).values(digest=None))
    try:
        with catalog.transaction() as connection:
            if history_days:
                _forget(connection, _before(history_days), gone)
            if dry_run:
                raise _DryRunError
            details = {"findings_days": findings_days, "history_days": history_days, "rows": dict(gone)}
            audit.append(connection, actor=actor, action="CATALOG_PURGED", details=details)
    except _DryRunError:
        pass
    return {name: number for name, number in sorted(gone.items()) if number}


class _DryRunError(Exception):
    """Takes a transaction back."""


def _before(days: int) -> str:
    return moment(datetime.now(UTC) - timedelta(days=days))


def _current() -> Select[Any]:
    return select(classifications.c.reading_id).union(select(tables.c.reading_id)).subquery().select()


def _stale(before: str) -> Select[Any]:
    """Readings that are old, are not the state now, and hold for none that is newer."""
    again = readings.alias("again")
    held = select(again.c.same_as).where(again.c.same_as.is_not(None), again.c.at >= before)
    return select(readings.c.id).where(
        readings.c.at < before,
        readings.c.id.not_in(_current()),
        readings.c.id.not_in(held),
        or_(
            readings.c.id.in_(select(findings.c.reading_id)),
            readings.c.id.in_(select(omissions.c.reading_id)),
        ),
    )


def _count(connection: Connection, ids: list[str], gone: Counter[str]) -> None:
    for table in (findings, omissions):
        counted = select(func.count()).select_from(table).where(table.c.reading_id.in_(ids))
        gone[table.name] += int(connection.execute(counted).scalar_one())


def _forget(connection: Connection, before: str, gone: Counter[str]) -> None:
    for table, key in _VERSIONS:
        newer = table.alias("newer")
        followed = (
            select(newer.c.id)
            .where(newer.c[key] == table.c[key], newer.c.version > table.c.version, newer.c.at < before)
            .exists()
        )
        _take(connection, table, followed, gone)
    again = readings.alias("again")
    held = select(again.c.same_as).where(again.c.same_as.is_not(None), again.c.at >= before)
    old = (readings.c.at < before, readings.c.id.not_in(_current()), readings.c.id.not_in(held))
    ids = select(readings.c.id).where(*old)
    for table in (findings, omissions):
        _take(connection, table, table.c.reading_id.in_(ids), gone)
    _take(connection, readings, readings.c.id.in_(ids), gone)
    _take(connection, outbox, outbox.c.at < before, gone)
    _take(connection, events, events.c.received_at < before, gone, events.c.status.not_in(_UNSETTLED))
    _take(connection, tasks, tasks.c.finished_at < before, gone, tasks.c.status.in_(_OVER))
    # Whatever else refers to a run keeps it.
    kept = [
        select(column).where(column.is_not(None))
        for table in whole().tables.values()
        for column in table.c
        if any(key.column is runs.c.id for key in column.foreign_keys)
    ]
    _take(connection, runs, runs.c.started_at < before, gone, *(runs.c.id.not_in(refers) for refers in kept))


def _take(connection: Connection, table: Table, where: Any, gone: Counter[str], *more: Any) -> None:
    gone[table.name] += connection.execute(delete(table).where(where, *more)).rowcount
