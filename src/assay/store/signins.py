"""Sessions, one-time links and failed sign-ins. Secrets are known by their codes only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select, update

from assay.store import audit
from assay.store.reviews import time_of
from assay.store.schema.desk import one_time_links, sessions, signin_failures
from assay.store.texts import canonical, moment


class Session(NamedTuple):
    """A session as it is kept."""

    user_id: str
    user_version: int
    made_at: datetime
    seen_at: datetime
    expires_at: datetime


class Failures(NamedTuple):
    """How often somebody's password was wrong, one time after the other."""

    number: int
    last_at: datetime | None
    until: datetime | None


def code_of(connection: Connection, kind: str, *secret: str) -> str:
    """What a secret is known by. Only the key of the audit log makes it."""
    return audit.seal_of(connection).code(canonical([kind, *secret]))


def begin(connection: Connection, code: str, session: Session) -> None:
    """Writes a session, and takes out those that are over."""
    connection.execute(delete(sessions).where(sessions.c.expires_at < moment(session.made_at)))
    values = session._asdict() | {"code": code}
    times = {name: moment(value) for name, value in values.items() if isinstance(value, datetime)}
    connection.execute(insert(sessions), values | times)


def found(connection: Connection, code: str) -> Session | None:
    """The session of a code."""
    row = connection.execute(select(sessions).where(sessions.c.code == code)).one_or_none()
    if row is None:
        return None
    return Session(row.user_id, row.user_version, time_of(row.made_at), time_of(row.seen_at), time_of(row.expires_at))


def seen(connection: Connection, code: str, now: datetime) -> None:
    """Notes that a session is in use."""
    connection.execute(update(sessions).where(sessions.c.code == code).values(seen_at=moment(now)))


def end(connection: Connection, code: str) -> None:
    """Ends a session."""
    connection.execute(delete(sessions).where(sessions.c.code == code))


def end_all(connection: Connection, user_id: str) -> None:
    """Ends all sessions of somebody."""
    connection.execute(delete(sessions).where(sessions.c.user_id == user_id))


def add_link(connection: Connection, code: str, user_id: str | None, expires_at: datetime) -> None:
    """Writes a one-time link in place of earlier ones for the same person."""
    same = one_time_links.c.user_id.is_(None) if user_id is None else one_time_links.c.user_id == user_id
    connection.execute(delete(one_time_links).where(same))
    connection.execute(insert(one_time_links), {"code": code, "user_id": user_id, "expires_at": moment(expires_at)})


def link(connection: Connection, code: str, now: datetime) -> tuple[str | None] | None:
    """For whom a link is, if it holds."""
    asked = select(one_time_links.c.user_id).where(
        one_time_links.c.code == code, one_time_links.c.expires_at > moment(now)
    )
    row = connection.execute(asked).one_or_none()
    return None if row is None else (row.user_id,)


def use_link(connection: Connection, code: str) -> bool:
    """Takes a link out. False where somebody has used it meanwhile."""
    return connection.execute(delete(one_time_links).where(one_time_links.c.code == code)).rowcount == 1


def failures(connection: Connection, user_id: str) -> Failures:
    """What is noted of somebody's failed sign-ins."""
    row = connection.execute(select(signin_failures).where(signin_failures.c.user_id == user_id)).one_or_none()
    if row is None:
        return Failures(0, None, None)
    return Failures(row.failures, time_of(row.last_at), None if row.until is None else time_of(row.until))


def note_failure(connection: Connection, user_id: str, number: int, now: datetime, keep_out: timedelta | None) -> None:
    """Notes a failure, and up to when no password is looked at."""
    forget_failures(connection, user_id)
    until = None if keep_out is None else moment(now + keep_out)
    connection.execute(
        insert(signin_failures), {"user_id": user_id, "failures": number, "last_at": moment(now), "until": until}
    )


def forget_failures(connection: Connection, user_id: str) -> None:
    """Forgets them, after a sign-in."""
    connection.execute(delete(signin_failures).where(signin_failures.c.user_id == user_id))
