"""The queue of scans that the desk is asked for, and their history.

One process at a time works on a scan (`take`), keeps it while it does (`renew`), and then says what became of it: `finish`,
`give_back` or `fail`. Of two that look at once in PostgreSQL each takes another; in SQLite one looks after the other.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from assay.store import audit
from assay.store.claims import NOBODY, LostClaimError, is_free, mine
from assay.store.schema.catalog import runs
from assay.store.schema.scans import desk_scans
from assay.store.texts import clean, moment, new_run

ASKED, CANCELLED, ENDED = "SCAN_ASKED", "SCAN_CANCELLED", "SCAN_ENDED"
WAITING, WORKING, DONE, FAILED, GIVEN_UP = "waiting", "working", "done", "failed", "cancelled"
OVER = frozenset({DONE, FAILED, GIVEN_UP})

_LOOKED_AT = 100
_BATCH = 200
_MOST_BATCHES = 25


class Scan(NamedTuple):
    """A scan as it is told. Moments are as they are stored; `progress` and `summary` are documents, `None` before there are."""

    id: str
    targets: tuple[str, ...]
    covers: tuple[str, ...]
    options: Mapping[str, Any]
    asked_by: str
    asked_at: str
    status: str
    version: int
    attempts: int
    begun_at: str | None
    ended_at: str | None
    cancelled_by: str | None
    progress: Mapping[str, Any] | None
    run_id: str | None
    summary: Mapping[str, Any] | None
    gaps: Sequence[Mapping[str, str]]
    notes: Sequence[str]
    reason: str

    @property
    def is_over(self) -> bool:
        """Whether nothing more comes."""
        return self.status in OVER


class Taken(NamedTuple):
    """A scan that this process has; `claim` proves it. `attempts` counts this one."""

    scan: Scan
    claim: str


class Kept(NamedTuple):
    """Whether a scan is this process's still, and whether it has to end."""

    is_mine: bool
    cancelled_by: str | None


class Became(NamedTuple):
    """What became of a scan."""

    run_id: str | None
    summary: Mapping[str, Any] | None
    gaps: Sequence[Mapping[str, str]] = ()
    notes: Sequence[str] = ()


def ask(
    connection: Connection,
    targets: Sequence[str],
    *,
    covers: Sequence[str],
    options: Mapping[str, Any],
    by: str,
    user_id: str,
) -> Scan:
    """Puts a scan into the queue, with an entry in the audit log."""
    now = moment()
    row: dict[str, Any] = {
        "id": new_run(),
        "targets": [clean(target) for target in targets],
        "covers": [clean(uri) for uri in covers],
        "options": dict(options),
        "asked_by": clean(by),
        "user_id": user_id,
        "asked_at": now,
        "status": WAITING,
        "version": 1,
        "attempts": 0,
        "due_at": now,
        "reason": "",
    }
    connection.execute(insert(desk_scans), [row])
    details = {"scan": row["id"], "targets": row["targets"], "options": row["options"]}
    audit.append(connection, actor=by, action=ASKED, details=details)
    return _scan(connection.execute(select(desk_scans).where(desk_scans.c.id == row["id"])).one())


def one(connection: Connection, scan_id: str) -> Scan | None:
    """The scan of that id."""
    row = connection.execute(select(desk_scans).where(desk_scans.c.id == scan_id)).one_or_none()
    return None if row is None else _scan(row)


def listed(
    connection: Connection, *, after: str | None, limit: int, shown: Callable[[Scan], bool], status: str = ""
) -> tuple[list[Scan], str | None]:
    """Those that are `shown`, the latest first, and the cursor of what follows.

    How much is looked at for one page is bounded: where much is not shown, a page may have fewer, and a cursor still.
    """
    found: list[Scan] = []
    last = after
    for _ in range(_MOST_BATCHES):
        asked = select(desk_scans).order_by(desk_scans.c.id.desc()).limit(_BATCH)
        if last:
            asked = asked.where(desk_scans.c.id < last)
        if status:
            asked = asked.where(desk_scans.c.status == status)
        rows = connection.execute(asked).all()
        for row in rows:
            scan = _scan(row)
            if not shown(scan):
                last = scan.id
                continue
            if len(found) == limit:
                return found, found[-1].id
            found.append(scan)
            last = scan.id
        if len(rows) < _BATCH:
            return found, None
    return found, last


def take(connection: Connection, lease: timedelta) -> Taken | None:
    """The scan that waits longest and that nobody has, for this process, until `lease` is over or the process is gone."""
    now = datetime.now(UTC)
    table = desk_scans.c
    due = (table.status == WAITING) & (table.due_at <= moment(now))
    wanted = (
        select(desk_scans)
        .where(or_(due, table.status == WORKING))
        .order_by(table.due_at, table.id)
        .limit(_LOOKED_AT)
        .with_for_update(skip_locked=True)
    )
    for row in connection.execute(wanted).all():
        if row.status == WORKING and not is_free(row, now):
            continue
        if row.cancelled_by is not None:
            # Whoever worked on it is gone, and nobody wants it any more.
            _end(connection, row.id, GIVEN_UP, "")
            continue
        key = secrets.token_hex(16)
        begun = {"begun_at": row.begun_at or moment(now), "attempts": row.attempts + 1, "status": WORKING}
        _set(connection, row.id, mine(key, now, lease) | begun)
        return Taken(_scan(connection.execute(select(desk_scans).where(table.id == row.id)).one()), key)
    return None


def renew(connection: Connection, taken: Taken, lease: timedelta, progress: Mapping[str, Any] | None) -> Kept:
    """Keeps a scan for longer, and says how far it is."""
    table = desk_scans.c
    values: dict[str, Any] = {"until": moment(datetime.now(UTC) + lease)}
    if progress is not None:
        values |= {"progress": dict(progress), "version": table.version + 1}
    held = (table.id == taken.scan.id) & (table.claim == taken.claim)
    if connection.execute(update(desk_scans).where(held).values(**values)).rowcount != 1:
        return Kept(is_mine=False, cancelled_by=None)
    asked = select(table.cancelled_by).where(table.id == taken.scan.id)
    return Kept(is_mine=True, cancelled_by=connection.execute(asked).scalar_one())


def finish(connection: Connection, taken: Taken, became: Became, *, cancelled: bool) -> None:
    """Says that it is done, or was ended because somebody asked for that. Raises `LostClaimError`."""
    _hold(connection, taken)
    _set(connection, taken.scan.id, _told(became))
    _end(connection, taken.scan.id, GIVEN_UP if cancelled else DONE, "")


def fail(connection: Connection, taken: Taken, reason: str, became: Became | None = None) -> None:
    """Gives it up for good. Raises `LostClaimError`."""
    _hold(connection, taken)
    if became is not None:
        _set(connection, taken.scan.id, _told(became))
    _end(connection, taken.scan.id, FAILED, reason)


def give_back(connection: Connection, taken: Taken, reason: str, *, counts: bool, after: timedelta) -> None:
    """Leaves it to be gone on with once `after` is over. `counts` says whether this try is one of those after which it is
    given up. Raises `LostClaimError`."""
    row = _hold(connection, taken)
    attempts = row.attempts if counts else max(0, row.attempts - 1)
    due = moment(datetime.now(UTC) + after)
    left = {"status": WAITING, "reason": clean(reason), "attempts": attempts, "due_at": due}
    _set(connection, taken.scan.id, left | NOBODY)


def cancel(connection: Connection, scan_id: str, *, by: str, version: int | None = None) -> Scan | None:
    """Has a scan end: at once where nobody works on it, else as soon as its worker looks. `None` where it is over already, or
    is of another version than was looked at."""
    row = connection.execute(select(desk_scans).where(desk_scans.c.id == scan_id).with_for_update()).one_or_none()
    if row is None or row.status in OVER or row.cancelled_by is not None:
        return None
    if version is not None and row.version != version:
        return None
    _set(connection, scan_id, {"cancelled_by": clean(by)})
    audit.append(connection, actor=by, action=CANCELLED, details={"scan": scan_id})
    if row.status == WAITING:
        _end(connection, scan_id, GIVEN_UP, "")
    return one(connection, scan_id)


def run_of(connection: Connection, host: str, process: int, since: str) -> str | None:
    """The run that a process has begun in the catalog last."""
    asked = select(runs.c.id).where(runs.c.host == host, runs.c.process == process, runs.c.beat_at >= since)
    found = connection.execute(asked.order_by(runs.c.beat_at.desc(), runs.c.id.desc()).limit(1)).scalar()
    return None if found is None else str(found)


def numbers(connection: Connection) -> dict[str, int]:
    """How many scans wait, and are being worked on."""
    asked = select(desk_scans.c.status, func.count()).where(desk_scans.c.status.in_([WAITING, WORKING]))
    return {str(status): int(count) for status, count in connection.execute(asked.group_by(desk_scans.c.status))}


def _told(became: Became) -> dict[str, Any]:
    return {
        "run_id": became.run_id,
        "summary": None if became.summary is None else dict(became.summary),
        "gaps": [dict(gap) for gap in became.gaps],
        "notes": list(became.notes),
    }


def _end(connection: Connection, scan_id: str, status: str, reason: str) -> None:
    ended = {"status": status, "reason": clean(reason), "ended_at": moment()}
    _set(connection, scan_id, ended | NOBODY)
    row = connection.execute(select(desk_scans).where(desk_scans.c.id == scan_id)).one()
    details = {"scan": scan_id, "status": status, "run": row.run_id, "reason": row.reason}
    audit.append(connection, actor=row.cancelled_by or row.asked_by, action=ENDED, details=details)


def _hold(connection: Connection, taken: Taken) -> Row[Any]:
    wanted = select(desk_scans).where(desk_scans.c.id == taken.scan.id).with_for_update()
    row = connection.execute(wanted).one()
    if row.claim != taken.claim:
        raise LostClaimError("the scan was claimed by another process meanwhile")
    return row


def _set(connection: Connection, scan_id: str, values: Mapping[str, Any]) -> None:
    wanted = update(desk_scans).where(desk_scans.c.id == scan_id)
    connection.execute(wanted.values(version=desk_scans.c.version + 1, **values))


def _scan(row: Row[Any]) -> Scan:
    return Scan(
        id=row.id,
        targets=tuple(row.targets),
        covers=tuple(row.covers),
        options=row.options,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        status=row.status,
        version=row.version,
        attempts=row.attempts,
        begun_at=row.begun_at,
        ended_at=row.ended_at,
        cancelled_by=row.cancelled_by,
        progress=row.progress,
        run_id=row.run_id,
        summary=row.summary,
        gaps=tuple(row.gaps or ()),
        notes=tuple(row.notes or ()),
        reason=row.reason,
    )
