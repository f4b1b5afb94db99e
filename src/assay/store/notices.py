"""Messages on their way: kept with what they are about, sent by one at a time, tried again later and later, and given up after a while."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from assay.store import audit
from assay.store.schema.steward import notices
from assay.store.texts import clean, moment

LEASE = timedelta(minutes=5)
ATTEMPTS = 8
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message to a channel. `attempts` counts those that were begun."""

    id: str
    channel: str
    message: Mapping[str, Any]
    status: str
    attempts: int
    reason: str
    made_at: str
    due_at: str
    claim: str | None = None


def add(connection: Connection, channel: str, message: Mapping[str, Any], now: datetime) -> str:
    """Keeps a message, to be sent at once."""
    notice_id = secrets.token_hex(16)
    at = moment(now)
    connection.execute(
        insert(notices),
        {
            "id": notice_id,
            "channel": channel,
            "message": dict(message),
            "status": "waiting",
            "attempts": 0,
            "reason": "",
            "made_at": at,
            "due_at": at,
        },
    )
    return notice_id


def take(connection: Connection, now: datetime, channels: list[str]) -> Notice | None:
    """The message that has waited longest and is due; this process has it for some minutes. `None` where there is none."""
    at = moment(now)
    due = or_(
        (notices.c.status == "waiting") & (notices.c.due_at <= at),
        (notices.c.status == "working") & (notices.c.until < at),
    )
    asked = (
        select(notices).where(due, notices.c.channel.in_(channels)).order_by(notices.c.due_at, notices.c.id).limit(1)
    )
    row = connection.execute(asked.with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return None
    claim = secrets.token_hex(16)
    values = {"status": "working", "claim": claim, "until": moment(now + LEASE), "attempts": row.attempts + 1}
    same = (notices.c.id == row.id) & (notices.c.attempts == row.attempts)
    if connection.execute(update(notices).where(same).values(**values)).rowcount != 1:
        return None
    return _notice(row, attempts=row.attempts + 1, claim=claim)


def sent(connection: Connection, notice: Notice, now: datetime) -> None:
    """It was taken. One that another has by now stays that one's."""
    _settle(connection, notice, status="done", reason="", finished_at=moment(now))


def failed(connection: Connection, notice: Notice, reason: str, now: datetime, *, is_final: bool) -> None:
    """It was not taken: it is tried again later, or given up, which is audited."""
    told = clean(reason)
    if is_final or notice.attempts >= ATTEMPTS:
        if _settle(connection, notice, status="dead", reason=told, finished_at=moment(now)):
            details = {"notice": notice.id, "channel": notice.channel, "reason": told, "attempts": notice.attempts}
            audit.append(connection, actor="assay", action="NOTICE_GIVEN_UP", details=details)
        return
    wait = min(_FIRST_WAIT * 2 ** (notice.attempts - 1), _LONGEST_WAIT)
    _settle(connection, notice, status="waiting", reason=told, due_at=moment(now + wait))


def again(connection: Connection, notice_id: str, now: datetime) -> bool:
    """One that was given up is sent once more. False where there is none."""
    values = {"status": "waiting", "attempts": 0, "due_at": moment(now), "finished_at": None}
    dead = (notices.c.id == notice_id) & (notices.c.status == "dead")
    return connection.execute(update(notices).where(dead).values(**values)).rowcount == 1


def discard(connection: Connection, notice_id: str) -> bool:
    """One that was given up is taken out. False where there is none."""
    dead = (notices.c.id == notice_id) & (notices.c.status == "dead")
    return connection.execute(delete(notices).where(dead)).rowcount == 1


def forget(connection: Connection, before: datetime) -> int:
    """Takes out what was sent before a time."""
    old = (notices.c.status == "done") & (notices.c.finished_at < moment(before))
    return connection.execute(delete(notices).where(old)).rowcount


def listed(connection: Connection, *, status: tuple[str, ...], limit: int) -> list[Notice]:
    """The newest of these."""
    asked = (
        select(notices)
        .where(notices.c.status.in_(status))
        .order_by(notices.c.made_at.desc(), notices.c.id)
        .limit(limit)
    )
    return [_notice(row) for row in connection.execute(asked)]


def counts(connection: Connection) -> dict[tuple[str, str], int]:
    """How many, by channel and status."""
    asked = select(notices.c.channel, notices.c.status, func.count()).group_by(notices.c.channel, notices.c.status)
    return {(str(channel), str(status)): int(number) for channel, status, number in connection.execute(asked)}


def _settle(connection: Connection, notice: Notice, **values: Any) -> bool:
    mine = (notices.c.id == notice.id) & (notices.c.claim == notice.claim)
    return connection.execute(update(notices).where(mine).values(claim=None, until=None, **values)).rowcount == 1


def _notice(row: Any, **changes: Any) -> Notice:
    given = {
        "id": row.id,
        "channel": row.channel,
        "message": row.message,
        "status": row.status,
        "attempts": row.attempts,
        "reason": row.reason,
        "made_at": row.made_at,
        "due_at": row.due_at,
    }
    return Notice(**given | changes)
