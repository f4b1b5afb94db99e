"""What workers trained by themselves, and what came of it, in the catalog."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from assay.store.schema.learning import learn_runs
from assay.store.texts import clean, moment

INTERRUPTED = "interrupted"


class Trained(NamedTuple):
    """One such run. `outcome` is promoted, proposed, not_better, failed or interrupted; `None` while it goes on. `decisions` is
    how many of people there were, `told` how good the version is, or why there is none."""

    id: str
    kind: str
    began_at: str
    ended_at: str | None
    decisions: int
    outcome: str | None
    version: str | None
    told: str | None
    by: str


_WANTED = select(*(learn_runs.c[name] for name in Trained._fields))


def begin(connection: Connection, kind: str, decisions: int, *, by: str, at: datetime) -> str:
    """Notes that a run has begun, and that those of its kind that did not end were interrupted. To be called by who has the lease."""
    connection.execute(
        update(learn_runs)
        .where(learn_runs.c.kind == kind, learn_runs.c.ended_at.is_(None))
        .values(ended_at=moment(at), outcome=INTERRUPTED, told="its process ended while it trained")
    )
    key = secrets.token_hex(16)
    values = {"id": key, "kind": kind, "began_at": moment(at), "decisions": decisions, "by": clean(by)}
    connection.execute(insert(learn_runs).values(**values))
    return key


def end(connection: Connection, key: str, outcome: str, *, version: str | None, told: str, at: datetime) -> None:
    """Notes what came of a run."""
    connection.execute(
        update(learn_runs)
        .where(learn_runs.c.id == key)
        .values(ended_at=moment(at), outcome=outcome, version=version, told=clean(told))
    )


def newest(connection: Connection, kind: str) -> Trained | None:
    """The run of a kind that began last."""
    wanted = _WANTED.where(learn_runs.c.kind == kind).order_by(learn_runs.c.began_at.desc(), learn_runs.c.id)
    row = connection.execute(wanted.limit(1)).one_or_none()
    return None if row is None else Trained(*row)


def latest(connection: Connection, most: int) -> Iterator[Trained]:
    """Runs, the newest first."""
    for row in connection.execute(_WANTED.order_by(learn_runs.c.began_at.desc(), learn_runs.c.id).limit(most)):
        yield Trained(*row)
