"""Runs of plans that servers of the desk begin: every server knows of each, whichever it goes on in."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from assay.store.reviews import time_of
from assay.store.schema.protect import plan_runs
from assay.store.texts import clean, moment

LOST = "the server that did it ended before it was done; what was made stands in the receipts, and the next run goes on from there"


class Run(NamedTuple):
    """One run of a plan: who began it, until when its server answers for it, and what it ended with."""

    id: str
    plan: str
    verb: str
    by: str
    since: datetime
    is_done: bool
    is_good: bool
    told: str


def begin(connection: Connection, plan_id: str, verb: str, *, by: str, lasts: timedelta) -> str:
    """Writes that a run has begun, and returns its id."""
    now, run_id = datetime.now(UTC), secrets.token_hex(16)
    row = {"id": run_id, "plan_id": plan_id, "verb": verb, "by": clean(by), "told": ""}
    connection.execute(insert(plan_runs), row | {"begun_at": moment(now), "until": moment(now + lasts)})
    return run_id


def renew(connection: Connection, run_id: str, lasts: timedelta) -> None:
    """Its server is still at it."""
    going = (plan_runs.c.id == run_id) & plan_runs.c.ended_at.is_(None)
    connection.execute(update(plan_runs).where(going).values(until=moment(datetime.now(UTC) + lasts)))


def end(connection: Connection, run_id: str, *, told: str, is_whole: bool) -> None:
    """How it ended."""
    values = {"ended_at": moment(), "told": clean(told), "is_whole": is_whole}
    connection.execute(update(plan_runs).where(plan_runs.c.id == run_id).values(**values))


def latest(connection: Connection, plan_id: str) -> Run | None:
    """The latest run of a plan."""
    asked = select(plan_runs).where(plan_runs.c.plan_id == plan_id)
    row = connection.execute(asked.order_by(plan_runs.c.begun_at.desc(), plan_runs.c.id).limit(1)).one_or_none()
    if row is None:
        return None
    is_lost = row.ended_at is None and row.until < moment()
    return Run(
        row.id,
        row.plan_id,
        row.verb,
        row.by,
        time_of(row.begun_at),
        row.ended_at is not None or is_lost,
        bool(row.is_whole),
        LOST if is_lost else row.told,
    )
