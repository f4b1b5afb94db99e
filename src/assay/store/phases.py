"""Rollout phases in the catalog. Every change is audited in its transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from assay.errors import ReviewError
from assay.model.review import Phase, PhaseRow, storable
from assay.store import audit
from assay.store.reviews import inserted, time_of
from assay.store.schema.review import rollout_phases
from assay.store.texts import moment


def phases(connection: Connection) -> list[PhaseRow]:
    """Every scope that has a phase, by scope."""
    rows = connection.execute(select(rollout_phases).order_by(rollout_phases.c.scope)).mappings()
    return [
        PhaseRow(
            scope=row["scope"],
            phase=Phase(row["phase"]),
            since=time_of(row["since"]),
            by=row["by"],
            reason=row["reason"],
            version=row["version"],
        )
        for row in rows
    ]


def set_phase(connection: Connection, row: PhaseRow, was: PhaseRow | None, details: Mapping[str, Any]) -> None:
    """Writes a scope's phase and its audit entry. Raises `ReviewError` where somebody else changed it meanwhile."""
    values = {
        "phase": str(row.phase),
        "since": moment(row.since),
        "by": storable(row.by),
        "reason": storable(row.reason),
        "version": row.version,
    }
    if was is None:
        made = inserted(connection, rollout_phases, [{"scope": row.scope, **values}])
        is_done = connection.execute(made.returning(rollout_phases.c.scope)).first() is not None
    else:
        same = (rollout_phases.c.scope == row.scope) & (rollout_phases.c.version == was.version)
        is_done = connection.execute(update(rollout_phases).where(same).values(**values)).rowcount == 1
    if not is_done:
        raise ReviewError(f"scope {row.scope}: its phase was changed by somebody else meanwhile; look again")
    audit.append(
        connection,
        actor=row.by,
        action="PHASE_CHANGE",
        resource=row.scope,
        details={"reason": row.reason, **details},
        before=None if was is None else {"phase": str(was.phase)},
        after={"phase": str(row.phase)},
    )
