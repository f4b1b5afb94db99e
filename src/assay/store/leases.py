"""What only one process at a time may do: it takes the lease, keeps it while it goes on, and gives it back.

A lease whose time is over, or whose process on this host is gone, may be taken by another. Whoever has lost it learns so from
`renew`, and has to stop.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, select, update

from assay.store.claims import NOBODY, is_free, mine
from assay.store.reviews import inserted, time_of
from assay.store.schema.leases import leases
from assay.store.texts import clean, derived, moment


class Lease(NamedTuple):
    """A lease that this process has; `claim` proves it."""

    name: str
    claim: str


class Holder(NamedTuple):
    """Who has a lease, where, and until when it is theirs without another word."""

    by: str
    host: str
    until: datetime


def take(connection: Connection, name: str, lasts: timedelta, *, by: str) -> Lease | Holder:
    """The lease of that name, for so long, or who has it."""
    now = datetime.now(UTC)
    free = {"id": _id(name), "name": clean(name), "held_by": "", "taken_at": moment(now)}
    # The row is there before it is looked at, so that of two who begin at once one waits for the other.
    connection.execute(inserted(connection, leases, [free]))
    row = connection.execute(select(leases).where(leases.c.id == _id(name)).with_for_update()).one()
    if not is_free(row, now):
        return Holder(row.held_by, row.host, time_of(row.until))
    key = secrets.token_hex(16)
    # Also where rows are not held while they are looked at, the first one counts.
    same = leases.c.claim.is_(None) if row.claim is None else leases.c.claim == row.claim
    taken = mine(key, now, lasts) | {"held_by": clean(by), "taken_at": moment(now)}
    if connection.execute(update(leases).where(leases.c.id == _id(name), same).values(**taken)).rowcount == 1:
        return Lease(name, key)
    row = connection.execute(select(leases).where(leases.c.id == _id(name))).one()
    return Holder(row.held_by, str(row.host), time_of(row.until or moment(now)))


def renew(connection: Connection, lease: Lease, lasts: timedelta) -> bool:
    """Keeps it for so long from now. Whether it is this process's still."""
    until = moment(datetime.now(UTC) + lasts)
    return connection.execute(update(leases).where(_mine(lease)).values(until=until)).rowcount == 1


def give_back(connection: Connection, lease: Lease) -> None:
    """Others may have it; one that another has already stays theirs."""
    connection.execute(update(leases).where(_mine(lease)).values(**NOBODY))


def _mine(lease: Lease) -> ColumnElement[bool]:
    return and_(leases.c.id == _id(lease.name), leases.c.claim == lease.claim)


def _id(name: str) -> str:
    return derived("lease", clean(name))
