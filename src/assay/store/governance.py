"""Stored rows of the governance configuration: read, changed as one or not at all, and every change kept and audited."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from assay.errors import CatalogError
from assay.store import audit
from assay.store.schema.governance import governance_rows, governance_state, governance_versions
from assay.store.texts import clean, moment

_THRESHOLDS = "SENSITIVITY_THRESHOLDS"


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChange:
    """A change of one row. `before` is the row in effect, `after` the stored one from now on, `None` for none."""

    table: str
    row_id: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A change as it was kept: which it was, when, by whom and why. `number` puts it in order with all others."""

    number: int
    version: int
    at: str
    actor: str
    reason: str
    change: RowChange


def version(connection: Connection) -> int:
    """How often the configuration was changed: one row is read."""
    return int(connection.execute(select(governance_state.c.version)).scalar_one())


def stored(connection: Connection) -> tuple[int, dict[str, list[dict[str, Any]]]]:
    """The version, and table → stored rows in the order of their ids. To be read within `Catalog.reading`."""
    found: dict[str, list[dict[str, Any]]] = {}
    rows = governance_rows.c
    for table, row in connection.execute(select(rows.table_name, rows.row).order_by(rows.table_name, rows.row_id)):
        found.setdefault(table, []).append(row)
    return version(connection), found


def write(connection: Connection, changes: Sequence[RowChange], *, actor: str, based_on: int, reason: str = "") -> int:
    """Makes the changes in the connection's transaction, and returns the new version; without changes the old one.

    Raises `CatalogError` where the configuration is no longer the version `based_on` that the changes were checked with.
    """
    if not changes:
        return based_on
    state = governance_state.c
    done = connection.execute(
        update(governance_state).where(state.version == based_on).values(version=state.version + 1)
    )
    if done.rowcount != 1:
        raise CatalogError(
            f"the configuration was changed meanwhile (it is version {version(connection)}, the change was made for "
            f"{based_on}); nothing was written: look at it again, then repeat the change"
        )
    new, at, who = based_on + 1, moment(), clean(actor)
    for change in changes:
        mine = (governance_rows.c.table_name == change.table) & (governance_rows.c.row_id == change.row_id)
        connection.execute(delete(governance_rows).where(mine))
        if change.after is not None:
            connection.execute(
                insert(governance_rows).values(
                    table_name=change.table,
                    row_id=change.row_id,
                    row=dict(change.after),
                    version=new,
                    changed_at=at,
                    changed_by=who,
                )
            )
        connection.execute(
            insert(governance_versions).values(
                version=new,
                table_name=change.table,
                row_id=change.row_id,
                at=at,
                actor=who,
                reason=clean(reason),
                before=None if change.before is None else dict(change.before),
                after=None if change.after is None else dict(change.after),
            )
        )
    for change in changes:
        audit.append(
            connection,
            actor=actor,
            action="THRESHOLD_UPDATE" if change.table == _THRESHOLDS else "CONFIG_CHANGE",
            resource=f"governance:{change.table}/{change.row_id}",
            details={"table": change.table, "row": change.row_id, "version": new, "reason": reason},
            before=change.before,
            after=change.after,
        )
    return new


def history(
    connection: Connection,
    table: str | None = None,
    row_id: str | None = None,
    *,
    limit: int | None = None,
    before: int | None = None,
) -> list[Changed]:
    """The changes of all tables, of one, or of one row of it; the newest come first. `before` passes over what is as new as the one of
    that number."""
    kept = governance_versions.c
    query = select(governance_versions).order_by(kept.id.desc())
    if before is not None:
        query = query.where(kept.id < before)
    if table is not None:
        query = query.where(kept.table_name == table)
    if row_id is not None:
        query = query.where(kept.row_id == row_id)
    return [
        Changed(
            number=row.id,
            version=row.version,
            at=row.at,
            actor=row.actor,
            reason=row.reason,
            change=RowChange(table=row.table_name, row_id=row.row_id, before=row.before, after=row.after),
        )
        for row in connection.execute(query if limit is None else query.limit(limit))
    ]
