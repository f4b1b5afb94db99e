"""Findings and columns of all resources, in the order that they were kept, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, and_, select

from assay.model import ColumnRecord, Finding
from assay.store.nouns import column_of, finding_of
from assay.store.schema.catalog import classifications, columns, findings, resources, tables
from assay.store.texts import clean
from assay.web.queries.scopes import lies_in


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
    """Findings of the readings that conclusions come of."""
    asked = (
        select(findings, resources.c.uri)
        .join(
            classifications,
            and_(
                classifications.c.resource_id == findings.c.resource_id,
                classifications.c.reading_id == findings.c.reading_id,
            ),
        )
        .join(resources, resources.c.id == findings.c.resource_id)
        .where(findings.c.id > after, lies_in(connection, resources.c.uri, wanted.scopes))
        .order_by(findings.c.id)
        .limit(limit + 1)
    )
    if wanted.identifier:
        asked = asked.where(findings.c.identifier == clean(wanted.identifier))
    if wanted.level:
        asked = asked.where(findings.c.level == wanted.level)
    if wanted.resource:
        asked = asked.where(resources.c.uri == clean(wanted.resource))
    rows = connection.execute(asked).all()
    more = len(rows) > limit
    rows = rows[:limit]
    return Findings([finding_of(row, row.uri) for row in rows], str(rows[-1].id) if more else None)


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
