"""Runs: begun, ended, taken up again; and what is left of those whose process died."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from assay.errors import CatalogError
from assay.model import Summary
from assay.store.here import host
from assay.store.nouns import plain
from assay.store.schema.catalog import omissions, readings, runs
from assay.store.texts import canonical, digest, moment, new_run

_SILENT = timedelta(hours=6)
"""After this time without a word, a run counts as dead, wherever it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a run is asked to do: two with the same `digest` would do the same.

    `identity` stands for targets and options where what is kept of these is not all that was given.
    """

    targets: tuple[str, ...]
    ruleset: str
    governance: str
    sampling: str
    options: Mapping[str, Any]
    identity: str | None = None

    @property
    def digest(self) -> str:
        asked = (*self.targets, canonical(self.options)) if self.identity is None else (self.identity,)
        return digest(*asked, self.ruleset, self.governance, self.sampling)

    @property
    def made_with(self) -> str:
        """What results depend on besides the data: of rules, governance and sampling."""
        return digest(self.ruleset, self.governance, self.sampling)


def start(connection: Connection, asked: Asked, recipe: str | None = None) -> str:
    """Writes a new run and returns its id."""
    now = moment()
    run = new_run()
    row = {
        "id": run,
        "targets": list(asked.targets),
        "asked": asked.digest,
        "status": "running",
        "started_at": now,
        "beat_at": now,
        "ruleset": asked.ruleset,
        "governance": asked.governance,
        "sampling": asked.sampling,
        "options": dict(asked.options),
        "host": host(),
        "process": os.getpid(),
        "recipe": recipe,
    }
    connection.execute(insert(runs), [row])
    return run


def kinds(connection: Connection) -> list[Asked]:
    """What runs were asked, as far as results depend on it: each once, without targets."""
    told = select(runs.c.ruleset, runs.c.governance, runs.c.sampling).distinct()
    return [
        Asked(targets=(), ruleset=row.ruleset, governance=row.governance, sampling=row.sampling, options={})
        for row in connection.execute(told)
    ]


def resume(connection: Connection, asked: Asked) -> str | None:
    """Takes up the newest run that was asked the same and did not end; `None` if there is none.

    Raises `CatalogError` where that run is still going on.
    """
    newest = select(runs).where(runs.c.asked == asked.digest).order_by(runs.c.started_at.desc(), runs.c.id.desc())
    row = connection.execute(newest.limit(1).with_for_update()).first()
    if row is None or row.status in ("finished", "abandoned"):
        return None
    if row.status == "running" and not _is_dead(row):
        raise CatalogError(
            f"run {row.id} is still going on (process {row.process} on {row.host}); wait for it, or stop it"
        )
    took = {"status": "running", "beat_at": moment(), "host": host(), "process": os.getpid()}
    connection.execute(update(runs).where(runs.c.id == row.id).values(**took))
    return str(row.id)


def bury(connection: Connection) -> None:
    """Marks runs whose process died as interrupted, and takes out what they had not finished writing."""
    for row in connection.execute(select(runs).where(runs.c.status == "running")).all():
        if _is_dead(row):
            end(connection, row.id, "interrupted")


def discard_open(connection: Connection, run: str) -> None:
    """Takes out readings that a run had not finished writing, with their findings."""
    half = select(readings.c.id).where(readings.c.run_id == run, readings.c.state == "open")
    # Findings go with their reading.
    connection.execute(delete(readings).where(readings.c.id.in_(half.scalar_subquery())))


def end(connection: Connection, run: str, status: str, summary: Summary | None = None) -> None:
    """Ends a run as finished, interrupted or abandoned."""
    discard_open(connection, run)
    told = None if summary is None else plain(summary)
    now = moment()
    ended = {"status": status, "beat_at": now, "summary": told}
    if status == "finished":
        ended["finished_at"] = now
    connection.execute(update(runs).where(runs.c.id == run).values(**ended))


def done_in(connection: Connection, run: str) -> set[str]:
    """The readings that hold what a run has finished."""
    rows = connection.execute(
        select(readings.c.id, readings.c.same_as).where(readings.c.run_id == run, readings.c.state != "open")
    )
    return {row.same_as or row.id for row in rows}


def read_wholly(connection: Connection, run: str) -> list[str]:
    """The resources that a run read, or found unchanged, with no gap."""
    gaps = select(omissions.c.resource_id).where(omissions.c.run_id == run, omissions.c.kind == "gap")
    rows = connection.execute(
        select(readings.c.resource_id)
        .where(readings.c.run_id == run, readings.c.table_name.is_not(None), readings.c.resource_id.not_in(gaps))
        .distinct()
    )
    return [str(row.resource_id) for row in rows]


def listed(connection: Connection, *, limit: int) -> Sequence[Any]:
    """The newest runs, newest first, with the number of their readings."""
    counted = (
        select(readings.c.run_id, func.count().label("readings"))
        .where(readings.c.state != "open")
        .group_by(readings.c.run_id)
        .subquery()
    )
    joined = select(runs, func.coalesce(counted.c.readings, 0).label("readings")).outerjoin(
        counted, counted.c.run_id == runs.c.id
    )
    return connection.execute(joined.order_by(runs.c.started_at.desc(), runs.c.id.desc()).limit(limit)).all()


def _is_dead(row: Any) -> bool:
    if row.host == host() and row.process != os.getpid() and not is_running(row.process):
        return True
    return str(row.beat_at) < moment(datetime.now(UTC) - _SILENT)


def is_running(process: int) -> bool:
    """Whether there is a process of that number on this host."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
