"""Answers to calls that named an idempotency key: kept for a day, so that a call which is repeated is carried out once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, select, update

from assay.store.schema.scans import kept_answers
from assay.store.texts import moment
from assay.store.upserts import inserting

KEPT = timedelta(days=1)
_GOES_ON = timedelta(minutes=5)
"""After this time a call that never ended counts as one that never was."""


class Kept(NamedTuple):
    """What was answered; `status` is `None` while the first call goes on. `asked` is the digest of its body."""

    asked: str
    status: int | None
    headers: Mapping[str, str]
    body: bytes


def begin(connection: Connection, code: str, asked: str) -> Kept | None:
    """Begins a call under a code: `None`, or what another call under it was answered. Of two at once one begins."""
    now = datetime.now(UTC)
    connection.execute(delete(kept_answers).where(kept_answers.c.expires_at < moment(now)))
    row = {"code": code, "asked": asked, "made_at": moment(now), "expires_at": moment(now + _GOES_ON)}
    wanted = inserting(connection.dialect.name, kept_answers).values(**row).on_conflict_do_nothing()
    if connection.execute(wanted.returning(kept_answers.c.code)).first() is not None:
        return None
    found = connection.execute(select(kept_answers).where(kept_answers.c.code == code)).one()
    return Kept(found.asked, found.status, found.headers or {}, bytes(found.body or b""))


def keep(connection: Connection, code: str, *, status: int, headers: Mapping[str, str], body: bytes) -> None:
    """Keeps what a call was answered."""
    until = moment(datetime.now(UTC) + KEPT)
    told = {"status": status, "headers": dict(headers), "body": body, "expires_at": until}
    connection.execute(update(kept_answers).where(kept_answers.c.code == code).values(**told))


def forget(connection: Connection, code: str) -> None:
    """A call that came to nothing may be made again."""
    connection.execute(delete(kept_answers).where(kept_answers.c.code == code))
