"""The review queue in the catalog: items, decisions and overrides. Every move is audited in its transaction."""

from __future__ import annotations

import glob
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from assay.errors import ConflictError, ReviewError
from assay.model.review import Decision, Override, QueueItem, State, storable
from assay.store import audit
from assay.store.reviewjson import as_object, decision_of, override_of, question_as_object, question_of
from assay.store.schema.review import (
    review_decisions,
    review_items,
    sensitive_feedback,
    sensitive_feedback_log,
)
from assay.store.texts import moment

SYSTEM = "assay"
"""Who moves an item when a run does."""

_AT_ONCE = 500
_ROWS_AT_ONCE = 100
_DECIDED = (State.APPROVED, State.REJECTED, State.RECLASSIFIED, State.SUPPRESSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A move of an item. `was` is the item before, `decision` what was said, `overrides` those that
    come into effect; `revokes` says that those which the item made before end, with
    `own_only` only those that hold for its subject alone."""

    was: QueueItem
    item: QueueItem
    move: str
    by: str
    at: datetime
    reason: str = ""
    decision: Decision | None = None
    overrides: tuple[Override, ...] = ()
    revokes: bool = False
    own_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """One move in the history of an item."""

    move: str
    by: str
    at: datetime
    reason: str
    before: State
    after: State
    decision: Decision | None


def items(
    connection: Connection,
    *,
    states: Iterable[State] = (),
    kinds: Iterable[str] = (),
    resource: str | None = None,
    limit: int | None = None,
) -> list[QueueItem]:
    """The items in any of these states and kinds (none given: all), of one resource if given, the most pressing first."""
    asked = select(review_items)
    if chosen := [str(state) for state in states]:
        asked = asked.where(review_items.c.state.in_(chosen))
    if kinds := list(kinds):
        asked = asked.where(review_items.c.kind.in_(kinds))
    if resource is not None:
        asked = asked.where(review_items.c.resource == storable(resource))
    asked = asked.order_by(review_items.c.priority.desc(), review_items.c.id)
    return _items(connection, asked if limit is None else asked.limit(limit))


def number_of(connection: Connection, *, states: Iterable[State], kinds: Iterable[str]) -> int:
    """How many items are in one of these states and of one of these kinds."""
    wanted = (
        select(func.count()).select_from(review_items).where(review_items.c.state.in_([str(each) for each in states]))
    )
    return int(connection.execute(wanted.where(review_items.c.kind.in_(list(kinds)))).scalar_one())


def by_id(connection: Connection, ids: Iterable[str]) -> dict[str, QueueItem]:
    """Those of these items that there are."""
    found: dict[str, QueueItem] = {}
    left = iter(sorted(set(ids)))
    while part := list(islice(left, _AT_ONCE)):
        found |= {item.id: item for item in _items(connection, select(review_items).where(review_items.c.id.in_(part)))}
    return found


def beginning_with(connection: Connection, prefix: str) -> list[QueueItem]:
    """Up to ten items whose ids begin so, by id."""
    begins = review_items.c.id.startswith(prefix, autoescape=True)
    return _items(connection, select(review_items).where(begins).order_by(review_items.c.id).limit(10))


def still_open(connection: Connection, resources: Iterable[str]) -> list[QueueItem]:
    """The open items about these resources."""
    found: list[QueueItem] = []
    left = iter(sorted({storable(resource) for resource in resources}))
    is_open = review_items.c.state == str(State.OPEN)
    while part := list(islice(left, _AT_ONCE)):
        found += _items(connection, select(review_items).where(is_open, review_items.c.resource.in_(part)))
    return found


def waiting(connection: Connection) -> dict[str, int]:
    """How many items are in each state."""
    counted = select(review_items.c.state, func.count()).group_by(review_items.c.state)
    return {row[0]: row[1] for row in connection.execute(counted)}


def expiring(connection: Connection, today: str) -> list[QueueItem]:
    """Decided items whose decision held until a day before `today` (ISO)."""
    states = review_items.c.state.in_([str(state) for state in _DECIDED])
    return _items(connection, select(review_items).where(states, review_items.c.expires < today))


def add(connection: Connection, fresh: Sequence[QueueItem]) -> None:
    """Writes new items. What another run has asked meanwhile stays as it is."""
    for start in range(0, len(fresh), _ROWS_AT_ONCE):
        rows = [{"id": item.id, **_row(item)} for item in fresh[start : start + _ROWS_AT_ONCE]]
        connection.execute(inserted(connection, review_items, rows))


def make(connection: Connection, change: Change, *, run: str | None = None) -> None:
    """Writes a move, what follows from it, and its audit entry. Raises `ReviewError` where the item moved meanwhile."""
    before, after = change.was, change.item
    subject = before.question.subject
    same = (review_items.c.id == before.id) & (review_items.c.version == before.version)
    done = connection.execute(update(review_items).where(same).values(**_row(after)))
    if done.rowcount != 1:
        raise _meanwhile(connection, before.id)
    if before.version == after.version:
        return
    connection.execute(
        insert(review_decisions),
        {
            "item_id": after.id,
            "move": change.move,
            "by": storable(change.by),
            "at": moment(change.at),
            "reason": storable(change.reason),
            "state_before": str(before.state),
            "state_after": str(after.state),
            "version": after.version,
            "queued_at": moment(before.queued_at),
            # Nothing had been detected where candidates only were seen: an answer says nothing of precision.
            "identifier": None if subject.is_candidate else _stored(subject.identifier),
            "resource": storable(before.question.subject.resource),
            "decision": None if change.decision is None else as_object(change.decision),
        },
    )
    revoked = _revoke(connection, before, change) if change.revokes else []
    for override in change.overrides:
        _add_override(connection, override)
    if before.state is after.state and not change.overrides:
        return
    audit.append(
        connection,
        actor=change.by,
        action="FEEDBACK_APPLIED",
        resource=after.question.subject.resource,
        details={
            "item": after.id,
            "move": change.move,
            "reason": change.reason,
            "table": after.question.subject.table,
            "column": after.question.subject.column,
            "identifier": before.question.subject.identifier,
            "confidence": before.question.confidence,
            "made": [as_object(each) for each in change.overrides],
            "revoked": [each.id for each in revoked],
        },
        before={"state": str(before.state), "level": str(before.question.level)},
        after={"state": str(after.state), "level": _level_after(change)},
        run=run,
    )


def overrides(connection: Connection, *, revoked: bool = False) -> list[Override]:
    """Every override that is in effect, or may have expired; with `revoked` those that were taken back, too."""
    asked = select(sensitive_feedback.c.override)
    if not revoked:
        asked = asked.where(sensitive_feedback.c.is_active)
    asked = asked.order_by(sensitive_feedback.c.created_at, sensitive_feedback.c.feedback_id)
    return [override_of(value) for value in connection.execute(asked).scalars()]


def overrides_version(connection: Connection) -> int:
    """A number that grows whenever an override is made or revoked; a cheap question."""
    return int(connection.execute(select(func.max(sensitive_feedback_log.c.log_id))).scalar() or 0)


def _revoke(connection: Connection, item: QueueItem, change: Change) -> list[Override]:
    """Ends the overrides that an item made, but for those of single values, which have been decided one by one."""
    of_item = (sensitive_feedback.c.item_id == item.id) & sensitive_feedback.c.scope.not_in(["finding", "value"])
    subject = item.question.subject
    if change.own_only and subject.kind == "finding":
        alone = glob.escape(storable(subject.resource))
        of_item &= sensitive_feedback.c.override["path"].as_string() == alone
    elif change.own_only:
        of_item &= sensitive_feedback.c.scope == subject.kind
    return _end(connection, of_item, change.by, change.at)


def revoke_one(connection: Connection, override_id: str, *, by: str, at: datetime, reason: str) -> Override:
    """Ends one override, and audits that. Raises `ReviewError` where none of that id is in effect."""
    ended = _end(connection, sensitive_feedback.c.feedback_id == override_id, by, at)
    if not ended:
        raise ReviewError(f"no override '{override_id}' is in effect; see 'assay review list --overrides'")
    (override,) = ended
    audit.append(
        connection,
        actor=by,
        action="FEEDBACK_APPLIED",
        resource=override.resource or override.path,
        details={"item": override.item, "move": "revoke", "reason": reason, "revoked": [override.id]},
        before=as_object(override),
    )
    return override


def _end(connection: Connection, which: ColumnElement[bool], by: str, at: datetime) -> list[Override]:
    active = which & sensitive_feedback.c.is_active
    asked = select(sensitive_feedback.c.override).where(active).order_by(sensitive_feedback.c.feedback_id)
    ended = [override_of(value) for value in connection.execute(asked.with_for_update()).scalars()]
    if ended:
        values = {"is_active": False, "revoked_at": moment(at), "revoked_by": storable(by)}
        connection.execute(update(sensitive_feedback).where(active).values(**values))
        for override in ended:
            _log(connection, override, "revoked", by, at)
    return ended


def history(connection: Connection, item_id: str) -> list[Moved]:
    """Every move of an item, in order."""
    table = review_decisions
    asked = select(table).where(table.c.item_id == item_id).order_by(table.c.id)
    return [
        Moved(
            move=row["move"],
            by=row["by"],
            at=time_of(row["at"]),
            reason=row["reason"],
            before=State(row["state_before"]),
            after=State(row["state_after"]),
            decision=None if row["decision"] is None else decision_of(row["decision"]),
        )
        for row in connection.execute(asked).mappings()
    ]


def answers(
    connection: Connection, *, since: datetime | None = None, until: datetime | None = None
) -> list[tuple[str | None, str, Decision, datetime]]:
    """Decisions that took effect in a period and were not undone: what had been detected, in which resource, the
    decision, and when it was asked."""
    table = review_decisions
    following = func.lead(table.c.move).over(partition_by=table.c.item_id, order_by=table.c.id)
    each = select(table, following.label("then")).subquery()
    asked = select(each.c.identifier, each.c.resource, each.c.decision, each.c.queued_at, each.c.at)
    asked = asked.where(each.c.decision.is_not(None), each.c.state_after != str(State.AWAITING_SECOND))
    asked = asked.where(func.coalesce(each.c.then, "") != "undo")
    if since is not None:
        asked = asked.where(each.c.at >= moment(since))
    if until is not None:
        asked = asked.where(each.c.at < moment(until))
    return [
        (identifier, resource, decision_of(decision), time_of(queued_at))
        for identifier, resource, decision, queued_at, _ in connection.execute(asked.order_by(each.c.id))
    ]


def _items(connection: Connection, asked: Select[Any]) -> list[QueueItem]:
    return [_item(row) for row in connection.execute(asked).mappings()]


def _item(row: Mapping[Any, Any]) -> QueueItem:
    return QueueItem(
        question=question_of(row),
        state=State(row["state"]),
        version=row["version"],
        queued_at=time_of(row["queued_at"]),
        two_step=row["two_step"],
        proposal=None if row["proposal"] is None else decision_of(row["proposal"]),
        decided_at=None if row["decided_at"] is None else time_of(row["decided_at"]),
        run=row["run_id"],
    )


def _row(item: QueueItem) -> dict[str, Any]:
    asked, subject, proposal = item.question, item.question.subject, item.proposal
    expires = proposal.expires.isoformat() if proposal is not None and proposal.expires is not None else None
    return {
        "kind": subject.kind,
        "resource": storable(subject.resource),
        "table_name": _stored(subject.table),
        "column_name": _stored(subject.column),
        "identifier": _stored(subject.identifier),
        "level": str(asked.level),
        "confidence": asked.confidence,
        "priority": asked.priority,
        "evidence": asked.evidence,
        "question": question_as_object(asked),
        "state": str(item.state),
        "version": item.version,
        "two_step": item.two_step,
        "proposal": None if proposal is None else as_object(proposal),
        "expires": expires,
        "queued_at": moment(item.queued_at),
        "decided_at": None if item.decided_at is None else moment(item.decided_at),
        "run_id": item.run,
    }


def inserted(connection: Connection, table: Any, rows: Sequence[Mapping[str, Any]]) -> Any:
    """A statement that inserts rows but for those whose key is there already."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).values(list(rows)).on_conflict_do_nothing()
    return sqlite.insert(table).values(list(rows)).on_conflict_do_nothing()


def _add_override(connection: Connection, override: Override) -> None:
    connection.execute(
        insert(sensitive_feedback),
        {
            "feedback_id": override.id,
            "action": str(override.action),
            "scope": str(override.scope),
            "resource": _stored(override.resource),
            "identifier": _stored(override.identifier),
            "override": as_object(override),
            "author": storable(override.author),
            "reason": storable(override.reason),
            "expires": None if override.expires is None else override.expires.isoformat(),
            "item_id": override.item,
            "created_at": moment(override.at),
            "is_active": True,
        },
    )
    _log(connection, override, "created", override.author, override.at)


def _log(connection: Connection, override: Override, event: str, by: str, at: datetime) -> None:
    connection.execute(
        insert(sensitive_feedback_log),
        {
            "feedback_id": override.id,
            "event": event,
            "by": storable(by),
            "at": moment(at),
            "override": as_object(override),
        },
    )


def _meanwhile(connection: Connection, item_id: str) -> ConflictError:
    now = by_id(connection, [item_id]).get(item_id)
    return ConflictError(f"{item_id}: is no longer in the queue") if now is None else moved_meanwhile(now)


def moved_meanwhile(now: QueueItem) -> ConflictError:
    """What became of an item since somebody looked at it."""
    said = f" by {now.proposal.by}" if now.proposal is not None else ""
    state = now.state.replace("_", " ")
    return ConflictError(
        f"{now.id}: it was moved to {state}{said} meanwhile", f"look again with 'assay review show {now.id}'"
    )


def _level_after(change: Change) -> str:
    level = next((each.level for each in change.overrides if each.level is not None), None)
    return str(level or change.item.question.level)


def _stored(text: str | None) -> str | None:
    return None if text is None else storable(text)


def time_of(text: str) -> datetime:
    """A stored moment as a time in UTC."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
