"""What reports are made of, as the catalog has it: resources with what is concluded of them, and controls with what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, or_, select, true

from assay.model import Classification
from assay.model.action import FOR_PEOPLE
from assay.store.nouns import classification_of
from assay.store.schema.audit import audit_head
from assay.store.schema.catalog import classifications, omissions, readings, resources
from assay.store.schema.events import events
from assay.store.schema.protect import actions, plan_approvals, plan_refusals, plans, receipts

_AT_ONCE = 5_000
_NEVER_MADE = "planned"
_PROTECTION = "protect"


class Known(NamedTuple):
    """A resource. `gaps` are those of its last reading, `events` what came in about it."""

    uri: str
    classification: Classification
    first_seen_at: str
    seen_at: str
    gaps: int
    events: int


class Step(NamedTuple):
    """An action of a plan, or what a plan refused, and the last that became of it."""

    resource: str
    control: str
    control_ids: tuple[str, ...]
    plan: str
    outcome: str
    at: str
    approved_by: tuple[str, ...]
    reason: str
    account: str


def count(connection: Connection, only: Sequence[str] = ()) -> int:
    """How many resources `known` tells."""
    wanted = select(func.count()).select_from(classifications)
    return connection.execute(wanted.join(resources).where(_within(only))).scalar_one()


def _within(only: Sequence[str]) -> ColumnElement[bool]:
    if not only:
        return true()
    # SQLite takes LIKE without regard to case: whoever asks looks once more.
    return or_(
        *(resources.c.uri.in_((one, one.rstrip("/"))) for one in only),
        *(resources.c.uri.startswith(f"{one.rstrip('/')}/", autoescape=True) for one in only),
    )


def known(connection: Connection, only: Sequence[str] = ()) -> Iterator[Known]:
    """All resources of which something is concluded, by their URIs; of those named, and of what lies below them, where some are."""
    of_gaps = (
        select(classifications.c.resource_id, func.count())
        .join(omissions, omissions.c.reading_id == classifications.c.reading_id)
        .where(omissions.c.kind == "gap")
        .group_by(classifications.c.resource_id)
    )
    gaps = {str(resource): int(number) for resource, number in connection.execute(of_gaps)}
    of_events = (
        select(events.c.resource, func.count()).where(events.c.resource.is_not(None)).group_by(events.c.resource)
    )
    told = {str(resource): int(number) for resource, number in connection.execute(of_events)}
    wanted = select(
        resources.c.id, resources.c.uri, resources.c.first_seen_at, resources.c.seen_at, classifications.c.record
    ).join(resources, resources.c.id == classifications.c.resource_id)
    rows = connection.execution_options(yield_per=_AT_ONCE).execute(
        wanted.where(_within(only)).order_by(resources.c.uri)
    )
    for row in rows:
        yield Known(
            uri=row.uri,
            classification=classification_of(row.record),
            first_seen_at=row.first_seen_at,
            seen_at=row.seen_at,
            gaps=gaps.get(row.id, 0),
            events=told.get(row.uri, 0),
        )


def gap_reasons(connection: Connection) -> dict[str, int]:
    """Why something is not read now, and of how many resources."""
    wanted = (
        select(omissions.c.reason, func.count(func.distinct(omissions.c.resource_id)))
        .join(readings, readings.c.id == omissions.c.reading_id)
        .join(classifications, classifications.c.reading_id == readings.c.id)
        .where(omissions.c.kind == "gap")
        .group_by(omissions.c.reason)
    )
    return {str(reason): int(number) for reason, number in connection.execute(wanted)}


def steps(connection: Connection) -> Iterator[Step]:
    """All actions that plans of protection ever asked for, and all refusals, the oldest plan first."""
    approved: dict[str, list[str]] = {}
    for plan, person in connection.execute(select(plan_approvals.c.plan_id, plan_approvals.c.approved_by)):
        approved.setdefault(plan, []).append(person)
    last = select(func.max(receipts.c.id)).group_by(receipts.c.plan_id, receipts.c.action_id)
    ends: dict[tuple[str, str], Any] = {
        (row.plan_id, row.action_id): row for row in connection.execute(select(receipts).where(receipts.c.id.in_(last)))
    }
    wanted = select(actions, plans.c.made_at).join(plans, plans.c.id == actions.c.plan_id)
    for row in connection.execute(wanted.order_by(plans.c.made_at, actions.c.position)):
        end = ends.get((row.plan_id, row.id))
        yield Step(
            resource=row.resource,
            control=row.control,
            control_ids=tuple(row.record.get("control_ids", ())),
            plan=row.plan_id,
            outcome=_NEVER_MADE if end is None else end.outcome,
            at=row.made_at if end is None else end.at,
            approved_by=tuple(sorted(approved.get(row.plan_id, ()))),
            reason="" if end is None else end.reason,
            account=str(row.record.get("account", "")),
        )
    refused = select(plan_refusals, plans.c.made_at).join(plans, plans.c.id == plan_refusals.c.plan_id)
    for row in connection.execute(refused.order_by(plans.c.made_at, plan_refusals.c.position)):
        outcome = "by hand" if row.reason in FOR_PEOPLE else "refused"
        yield Step(
            resource=row.resource, control=row.control, control_ids=(), plan=row.plan_id, outcome=outcome,
            at=row.made_at, approved_by=(), reason=row.reason if outcome == "refused" else "", account="",
        )  # fmt: skip


def compared(connection: Connection) -> set[str]:
    """What plans of protection were about: their targets, and what they would change or refuse. A plan that has nothing to change
    tells by its targets alone what it looked at."""
    ours = plans.c.command.like(f"{_PROTECTION}%")
    told: set[str] = set()
    for targets in connection.execute(select(plans.c.targets).where(ours, plans.c.looked_at > 0)).scalars():
        told.update(map(str, targets))
    for table in (actions, plan_refusals):
        of_plans = select(table.c.resource).join(plans, plans.c.id == table.c.plan_id).where(ours).distinct()
        told.update(connection.execute(of_plans).scalars())
    return told


def checkpoint(connection: Connection) -> str:
    """The end of the audit log as `assay audit verify --checkpoint` takes it; empty where it has no entry."""
    row = connection.execute(select(audit_head.c.seq, audit_head.c.hash)).one_or_none()
    return "" if row is None or not row.seq else f"{row.seq}:{row.hash}"
