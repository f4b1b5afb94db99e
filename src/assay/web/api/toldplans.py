"""What the calls about plans, incidents and phases answer, for their description alone, as in `told`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from assay.web.api.told import Document, Told


class ListedPlanTold(Told):
    """A plan in a list."""

    id: str
    command: str
    targets: list[str]
    made_at: datetime
    made_by: str
    actions: int
    refusals: int
    by_hand: int
    approved_by: list[str]
    outcomes: dict[str, int]


class ActionTold(Told):
    """A change of one control of one resource, why it waits, and what became of it last."""

    action: str
    resource: str
    control: str
    before: Document
    after: Document
    calls: list[str]
    reversible: bool
    breaks: Any
    gate: str
    because: str
    waits: str | None
    outcome: str | None


class RefusalTold(Told):
    """What a plan leaves alone, and why."""

    resource: str
    control: str
    reason: str
    detail: str


class ApprovalTold(Told):
    """Who approved a plan."""

    by: str
    at: datetime
    reason: str


class WorkTold(Told):
    """A plan that is applied or taken back by this server."""

    verb: str
    by: str
    since: datetime
    is_done: bool
    is_good: bool
    told: Any


class PlanTold(Told):
    """A plan: what it would change, who approved it, and what became of it."""

    id: str
    command: str
    targets: list[str]
    digest: str
    made_at: datetime
    made_by: str
    touched: dict[str, int]
    problem: str | None
    is_applicable: bool
    approvals: list[ApprovalTold]
    actions: list[ActionTold]
    refusals: list[RefusalTold]
    run: WorkTold | None


class IncidentTold(Told):
    """An incident."""

    incident: str
    state: Literal["open", "contained", "closed"]
    plan: str | None
    opened_at: datetime
    opened_by: str
    closed_at: datetime | None
    closed_by: str | None
    source: str
    what: Any
    severity: Any
    buckets: list[str]
    principals: list[Any]


class PhaseTold(Told):
    """A scope's phase, how right reviewers found it, and whether it may move up."""

    scope: str
    phase: str
    since: datetime
    by: str
    reason: str
    reviews: int
    precision: float | None
    interval: list[float | None]
    may_move_up: bool
    should_be: str
    because: str
