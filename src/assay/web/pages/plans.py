"""Plans of protective changes: what each changes, what may break, who approved it, and what became of it. Nothing is
applied from here: that takes the account's own rights, which `assay protect apply` has."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from assay.app.protection.protectapply import ready
from assay.app.reviews.reviewing import text_of
from assay.errors import ConflictError, UsageError
from assay.model.action import Plan
from assay.model.identity import Actor, Role
from assay.protect.protection import COMMAND, Waiting
from assay.store import journal, plans
from assay.web.access import Access
from assay.web.forms import Posted
from assay.web.refusals import RefusedError
from assay.web.rendering import page
from assay.web.state import Served, Serving

router = APIRouter()
_LISTED = 50
_ACTIONS = 500

# A plan is of many resources: it is for those who may see, or decide on, all of them.
PlanViewer = Annotated[Actor, Depends(Access(Role.VIEWER, everywhere=True))]
PlanSteward = Annotated[Actor, Depends(Access(Role.STEWARD, everywhere=True))]


@router.get("/plans", response_model=None)
def show(request: Request, served: Served, _actor: PlanViewer) -> Response:
    """The newest plans."""
    with served.desk.catalog.reading() as connection:
        found = plans.listed(connection, limit=_LISTED)
    return page(request, "plans.html", plans=found)


@router.get("/plans/{plan_id}", response_model=None)
def one(request: Request, served: Served, actor: PlanViewer, plan_id: str) -> Response:
    """A plan with its differences and receipts."""
    return page(request, "plan.html", **_told(served, plan_id), may_approve=_may_approve(actor))


@router.post("/plans/{plan_id}/approve", response_model=None)
def approve(served: Served, actor: PlanSteward, plan_id: str, form: Posted) -> Response:
    """Approves a plan as it was shown: by its digest."""
    told = _told(served, plan_id)
    if told["problem"]:
        raise ConflictError(told["problem"])
    if told["plan"].command != COMMAND:
        raise UsageError(f"this plan is of 'assay {told['plan'].command}', which asks for its own approval")
    if not hmac.compare_digest(form.text("digest").encode(), told["digest"].encode()):
        raise ConflictError("the plan is not the one that you looked at; look again")
    reason = text_of(form.text("reason"), served.desk.redact)
    if not reason:
        raise RefusedError("say why: what you looked at")
    with served.desk.catalog.transaction() as connection:
        plans.approve(connection, told["id"], by=actor.name, at=datetime.now(UTC), reason=reason)
    return RedirectResponse(f"/plans/{told['id']}", status_code=303)


def _told(served: Serving, plan_id: str) -> dict[str, Any]:
    with served.desk.catalog.reading() as connection:
        try:
            found = plans.find(connection, plan_id)
        except UsageError:
            found = ""
        if found != plan_id:
            raise RefusedError("there is no such plan", status=404)
        plan = plans.load(connection, found)
        digest = plans.digest_of(connection, found)
        approvals = plans.approvals(connection, found)
        receipts = journal.of_plan(connection, found)
    problem = ""
    waiting: tuple[Waiting, ...] = ()
    try:
        waiting = ready(served.desk.catalog, found, plan, second=served.desk.settings.second_approval).waiting
    except UsageError as error:
        problem = str(error)
    return {
        "problem": problem,
        "waiting": {each.planned.action.id: each.because for each in waiting},
        "id": found,
        "plan": plan,
        "digest": digest,
        "approvals": approvals,
        "last": {each.action: each for each in receipts},
        "receipts": receipts[-_ACTIONS:],
        "changes": [(planned, _differences(planned.action)) for planned in plan.actions[:_ACTIONS]],
        "left_out": max(0, len(plan.actions) - _ACTIONS),
        "is_protection": plan.command == COMMAND,
        "touched": _touched(plan),
    }


def _touched(plan: Plan) -> dict[str, int]:
    """How far it reaches: resources, and actions that cannot be taken back or may break something."""
    of = [planned.action for planned in plan.actions]
    return {
        "resources": len({each.resource for each in of}),
        "for good": sum(not each.reversible for each in of),
        "may break": sum(bool(each.breaks) for each in of),
    }


def _differences(action: Any) -> list[tuple[str, Any, Any]]:
    """Part by part, what is and what is wanted."""
    names = sorted({*action.before, *action.after})
    return [
        (name, action.before.get(name), action.after.get(name))
        for name in names
        if action.before.get(name) != action.after.get(name)
    ]


def _may_approve(actor: Actor) -> bool:
    from assay.review import rights

    return rights.everywhere(actor.grants, Role.STEWARD)
