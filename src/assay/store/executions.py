"""Executions of workflows that wait for what a person says: each is asked for once, and answered once.

A token is the right to answer. It is in the catalog for as long as its execution waits, and told by nothing: `Asked` holds it as a
sensitive value, and only who sends an answer reveals it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, select, update

from assay.model.sensitive import Sensitive
from assay.store import audit
from assay.store.claims import NOBODY, is_free, mine
from assay.store.reviews import inserted, time_of
from assay.store.schema.executions import asked_executions
from assay.store.texts import clean, derived, moment

_LASTS = timedelta(minutes=2)


class Standing(StrEnum):
    """What became of an execution that waited."""

    WAITING = "waiting"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    """Nothing is asked of its resource any more."""
    EXPIRED = "expired"
    """Nobody said anything in time."""
    GONE = "gone"
    """It does not wait any more: it was stopped, or answered by others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An execution. `token` is there only while it waits."""

    id: str
    resource: str
    standing: Standing
    answer: str | None
    asked_at: datetime
    until: datetime
    answered_at: datetime | None
    token: Sensitive[str] | None


def ask(connection: Connection, token: Sensitive[str], resource: str, *, seconds: int, by: str) -> bool:
    """Keeps that an execution waits for so long from now. Whether it was not known yet."""
    clear = token.reveal(why="what its answer is sent with")
    key, now = derived("execution", clear), datetime.now(UTC)
    row = {
        "id": key, "token": clear, "resource": clean(resource), "state": str(Standing.WAITING), "asked_at": moment(now),
        "until_at": moment(now + timedelta(seconds=seconds)),
    }  # fmt: skip
    made = inserted(connection, asked_executions, [row]).returning(asked_executions.c.id)
    if connection.execute(made).first() is None:
        return False
    audit.append(connection, actor=by, action="EXECUTION_ASKED", resource=resource, details={"execution": key})
    return True


def listed(connection: Connection, standings: Iterable[Standing] = (), *, limit: int | None = None) -> list[Asked]:
    """Executions, those that wait the longest first."""
    wanted = select(asked_executions).order_by(asked_executions.c.asked_at, asked_executions.c.id)
    if chosen := [str(each) for each in standings]:
        wanted = wanted.where(asked_executions.c.state.in_(chosen))
    return [
        Asked(
            id=row.id,
            resource=row.resource,
            standing=Standing(row.state),
            answer=row.answer,
            asked_at=time_of(row.asked_at),
            until=time_of(row.until_at),
            answered_at=None if row.answered_at is None else time_of(row.answered_at),
            token=None if row.token is None else Sensitive(row.token),
        )
        for row in connection.execute(wanted if limit is None else wanted.limit(limit))
    ]


def claim(connection: Connection, asked: Asked) -> str | None:
    """The claim of this process to answer an execution, or `None` where another answers it, or it was answered."""
    now = datetime.now(UTC)
    here = asked_executions.c.id == asked.id
    row = connection.execute(select(asked_executions).where(here).with_for_update()).one()
    if row.state != Standing.WAITING or not is_free(row, now):
        return None
    key = secrets.token_hex(16)
    same = asked_executions.c.claim.is_(None) if row.claim is None else asked_executions.c.claim == row.claim
    taken = update(asked_executions).where(here, same, asked_executions.c.state == str(Standing.WAITING))
    return key if connection.execute(taken.values(**mine(key, now, _LASTS))).rowcount == 1 else None


def finish(connection: Connection, asked: Asked, key: str, standing: Standing, *, answer: str | None, by: str) -> bool:
    """Writes what became of it; its token is no more. Whether it was this process's still."""
    done = (
        update(asked_executions)
        .where(asked_executions.c.id == asked.id, asked_executions.c.claim == key)
        .values(**NOBODY, state=str(standing), answer=answer, token=None, answered_at=moment(datetime.now(UTC)))
    )
    if connection.execute(done).rowcount != 1:
        return False
    details = {"execution": asked.id, "standing": str(standing), "answer": answer}
    audit.append(connection, actor=by, action="EXECUTION_ANSWERED", resource=asked.resource, details=details)
    return True


def give_back(connection: Connection, asked: Asked, key: str) -> None:
    """Leaves it to the next: nothing was sent."""
    here = (asked_executions.c.id == asked.id) & (asked_executions.c.claim == key)
    connection.execute(update(asked_executions).where(here).values(**NOBODY))
