"""Plans of protection, incidents and phases for programs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from assay.app.protection.incidents import listed
from assay.app.reviews.phasing import standings
from assay.model.identity import Role
from assay.model.review import Phase, storable
from assay.protect.protection import COMMAND
from assay.review import rights
from assay.store import plans as store
from assay.web.api.calling import Call
from assay.web.api.shared import After, ApiStewardOfAll, ApiViewerOfAll, Asked, Limit, NoCursorError, Page, answers, cut
from assay.web.api.told import PageOf
from assay.web.api.toldplans import IncidentTold, ListedPlanTold, PhaseTold, PlanTold
from assay.web.pages.phases import moved
from assay.web.pages.plans import approved, begun, told_of
from assay.web.refusals import RefusedError
from assay.web.state import Served, Serving

router = APIRouter(prefix="/api/v1", tags=["protection"], route_class=Call)


class Step(Asked):
    """A step of the plan that has this digest, and why."""

    digest: str
    reason: str


class Applied(Step):
    """The same; nothing is applied where more resources would change than `max_resources`."""

    max_resources: int = 100


class Moved(Asked):
    """A scope and its phase. With `force` although it has not earned that, which takes an administrator."""

    scope: str
    phase: Phase
    reason: str
    force: bool = False


@router.get("/plans", responses=answers(PageOf[ListedPlanTold]))
def list_plans(served: Served, _actor: ApiViewerOfAll, after: After = None, limit: Limit = 50) -> Page:
    """Plans, the newest first."""
    with served.desk.catalog.reading() as connection:
        before = storable(after) if after else None
        if before is not None and not store.is_there(connection, before):
            raise NoCursorError
        found = store.listed(connection, limit=limit + 1, after=before)
    following = found[limit - 1].id if len(found) > limit else None
    return Page(items=[each._asdict() for each in found[:limit]], next=following)


@router.get("/plans/{plan_id}", responses=answers(PlanTold))
def one_plan(served: Served, _actor: ApiViewerOfAll, plan_id: str) -> dict[str, Any]:
    """A plan: its actions, what waits and why, who approved it, what became of each action, and the run that is under way here."""
    return _document(served, plan_id)


@router.post("/plans/{plan_id}/approvals", status_code=201, responses=answers(PlanTold, 201))
def approve(served: Served, actor: ApiStewardOfAll, plan_id: str, body: Step) -> dict[str, Any]:
    """Approves it exactly as that digest says."""
    return _document(served, approved(served, actor, plan_id, digest=body.digest, reason=body.reason))


@router.post("/plans/{plan_id}/apply", status_code=202, responses=answers(PlanTold, 202))
def apply(served: Served, actor: ApiStewardOfAll, plan_id: str, body: Applied) -> dict[str, Any]:
    """Begins to apply it, with the rights that the server has. Follow it by reading the plan."""
    if not 1 <= body.max_resources <= 1_000_000:
        raise RefusedError("max_resources is from 1 to 1,000,000")
    given = {"digest": body.digest, "reason": body.reason}
    return _document(served, begun(served, actor, plan_id, "apply", **given, most=body.max_resources))


@router.post("/plans/{plan_id}/rollback", status_code=202, responses=answers(PlanTold, 202))
def rollback(served: Served, actor: ApiStewardOfAll, plan_id: str, body: Step) -> dict[str, Any]:
    """Begins to take it back."""
    return _document(served, begun(served, actor, plan_id, "rollback", digest=body.digest, reason=body.reason))


@router.get("/incidents", responses=answers(PageOf[IncidentTold]))
def list_incidents(
    served: Served,
    _actor: ApiViewerOfAll,
    state: Annotated[str | None, Query(pattern="^(open|contained|closed)$")] = None,
    after: Annotated[int, Query(ge=0, le=1_000_000, description="How many to pass over.")] = 0,
    limit: Limit = 50,
) -> Page:
    """Incidents, the newest first."""
    items = [
        {
            "incident": each.id,
            "state": each.state,
            "plan": each.plan,
            "opened_at": each.opened_at,
            "opened_by": each.opened_by,
            "closed_at": each.closed_at,
            "closed_by": each.closed_by,
            **{name: each.details[name] for name in ("source", "what", "severity", "buckets", "principals")},
        }
        for each in listed(served.desk.catalog)
        if state in (None, each.state)
    ]
    return cut(items, after, limit)


@router.get("/phases", responses=answers(PageOf[PhaseTold]))
def list_phases(served: Served, _actor: ApiViewerOfAll) -> Page:
    """Scopes with a phase of their own, how right reviewers found them, and whether they may move up."""
    items = [
        {
            "scope": row.scope,
            "phase": str(row.phase),
            "since": row.since.isoformat(),
            "by": row.by,
            "reason": row.reason,
            "reviews": precise.judged,
            "precision": precise.precision,
            "interval": [precise.low, precise.high],
            "may_move_up": standing.may_move_up,
            "should_be": str(standing.phase),
            "because": standing.because,
        }
        for row, precise, standing in standings(served.desk.catalog)
    ]
    return Page(items=items, next=None)


@router.post("/phases", responses=answers(PageOf[PhaseTold]))
def move(served: Served, actor: ApiStewardOfAll, body: Moved) -> Page:
    """Moves a scope to a phase."""
    if body.force and not rights.everywhere(actor.grants, Role.ADMIN):
        raise RefusedError("only an administrator moves a scope that has not earned it", status=403)
    moved(served, actor, scope=body.scope, to=body.phase, reason=body.reason, force=body.force)
    return list_phases(served, actor)


def _document(served: Serving, plan_id: str) -> dict[str, Any]:
    told = told_of(served, plan_id)
    plan, work = told["plan"], told["work"]
    actions = [
        {
            "action": each.action.id,
            "resource": each.action.resource,
            "control": each.action.control,
            "before": dict(each.action.before),
            "after": dict(each.action.after),
            "calls": sorted(each.action.calls),
            "reversible": each.action.reversible,
            "breaks": each.action.breaks,
            "gate": str(each.gate),
            "because": each.because,
            "waits": told["waiting"].get(each.action.id),
            "outcome": str(told["last"][each.action.id].outcome) if each.action.id in told["last"] else None,
        }
        for each in plan.actions
    ]
    return {
        "id": told["id"],
        "command": plan.command,
        "targets": list(plan.targets),
        "digest": told["digest"],
        "made_at": plan.made_at.isoformat(),
        "made_by": plan.made_by,
        "touched": told["touched"],
        "problem": told["problem"],
        "is_applicable": plan.command == COMMAND and not told["problem"],
        "approvals": [{"by": each.by, "at": each.at.isoformat(), "reason": each.reason} for each in told["approvals"]],
        "actions": actions,
        "refusals": [
            {"resource": each.resource, "control": each.control, "reason": each.reason, "detail": each.detail}
            for each in plan.refusals
        ],
        "run": None
        if work is None
        else {
            "verb": work.verb,
            "by": work.by,
            "since": work.since.isoformat(),
            "is_done": work.is_done,
            "is_good": work.is_good,
            "told": work.told,
        },
    }
