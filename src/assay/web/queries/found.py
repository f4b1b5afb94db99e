"""Findings and columns of all resources, in the order that they were kept, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, func, select

from assay.model import ColumnRecord, Finding
from assay.store.nouns import column_of, finding_of
from assay.store.schema.catalog import classifications, columns, findings, resources, tables
from assay.store.texts import clean
from assay.store.units import resource_id
from assay.web.queries.scopes import lies_in

_BATCH = 500
_MOST_BATCHES = 20
_WINDOW = 100_000
_MOST_WINDOWS = 3
"""Of so many findings at once is looked for those that are wanted, so often for one page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which ones. `scopes` are what somebody may see."""

    scopes: tuple[str, ...]
    identifier: str = ""
    level: str = ""
    resource: str = ""


class Findings(NamedTuple):
    """Some findings, and the cursor of those that follow."""

    rows: list[Finding]
    next: str | None


class Columns(NamedTuple):
    """Some columns, and the cursor of those that follow."""

    rows: list[ColumnRecord]
    next: str | None


def findings_page(connection: Connection, wanted: Wanted, *, after: int, limit: int) -> Findings:
    """Findings of the readings that conclusions come of.

    How much is looked at for one page is bounded: where little of it is wanted, a page may have fewer, and a cursor still.
    """
    found: list[tuple[int, Any]] = []
    last, whole, windows = after, False, 0
    newest = int(connection.execute(select(func.max(findings.c.id))).scalar() or 0)
    for number in range(_MOST_BATCHES):
        # All may be wanted: then nothing is read that is not told.
        size = _BATCH if number else min(_BATCH, limit + 1)
        # What is of one resource an index knows; all else is looked for in so many at once, however rare it is.
        until = newest if wanted.resource else min(newest, last + _WINDOW)
        # A range of the key first: joined as a whole, and then put in order, a million would be for a page.
        some = select(findings).where(findings.c.id > last, findings.c.id <= until)
        if wanted.identifier:
            some = some.where(findings.c.identifier == clean(wanted.identifier))
        if wanted.level:
            some = some.where(findings.c.level == wanted.level)
        if wanted.resource:
            some = some.where(findings.c.resource_id == resource_id(clean(wanted.resource)))
        batch = some.order_by(findings.c.id).limit(size).subquery()
        end = connection.execute(select(func.max(batch.c.id), func.count())).one()
        holds = and_(
            classifications.c.resource_id == batch.c.resource_id, classifications.c.reading_id == batch.c.reading_id
        )
        asked = (
            select(batch, resources.c.uri)
            .join(classifications, holds)
            .join(resources, resources.c.id == batch.c.resource_id)
            .where(lies_in(connection, resources.c.uri, wanted.scopes))
            .order_by(batch.c.id)
        )
        if end[1]:
            found += [(row.id, row) for row in connection.execute(asked)]
        is_looked_through = end[1] < size
        last = until if is_looked_through else int(end[0])
        windows += is_looked_through
        whole = last >= newest
        if len(found) > limit or whole or windows == _MOST_WINDOWS:
            break
    rows = [finding_of(row, row.uri) for _, row in found[:limit]]
    if len(found) > limit:
        return Findings(rows, str(found[limit - 1][0]))
    return Findings(rows, None if whole else str(last))


def columns_page(connection: Connection, wanted: Wanted, *, after: str, limit: int) -> Columns:
    """Columns, with what is concluded of each."""
    asked = (
        select(columns.c.id, columns.c.record)
        .join(tables, tables.c.id == columns.c.table_id)
        .join(resources, resources.c.id == columns.c.resource_id)
        .where(columns.c.id > clean(after), lies_in(connection, resources.c.uri, wanted.scopes))
        .order_by(columns.c.id)
        .limit(limit + 1)
    )
    if wanted.identifier:
        asked = asked.where(columns.c.detected_type == clean(wanted.identifier))
    if wanted.level:
        asked = asked.where(columns.c.level == wanted.level)
    if wanted.resource:
        asked = asked.where(resources.c.uri == clean(wanted.resource))
    rows = connection.execute(asked).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return Columns([column_of(row.record) for row in rows], str(rows[-1].id) if more else None)
