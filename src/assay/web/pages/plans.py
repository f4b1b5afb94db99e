"""Plans of protective changes: what each changes, what may break, who approved it, and what became of it. They are applied and taken back
with the rights that the server itself has in the account."""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from assay.app.protection.desking import Verb
from assay.app.protection.protectapply import ready, to_undo
from assay.app.reviews.reviewing import text_of
from assay.errors import AwsError, ConflictError, UsageError
from assay.model.action import Outcome, Plan, Planned
from assay.model.identity import Actor, Role
from assay.model.review import storable
from assay.protect.protection import COMMAND, Waiting, resources_of
from assay.report.plainly.plans import plan_in_words
from assay.store import journal, plans
from assay.web.access import StewardOfAll, ViewerOfAll
from assay.web.forms import Posted
from assay.web.refusals import RefusedError
from assay.web.rendering import page
from assay.web.state import Served, Serving

router = APIRouter()
_LISTED = 50
_ACTIONS = 500
_MADE = (Outcome.APPLIED, Outcome.UNCHANGED)


@router.get("/plans", response_model=None)
def show(request: Request, served: Served, _actor: ViewerOfAll) -> Response:
    """The newest plans, and the way to those before."""
    after = storable(request.query_params.get("after", "")) or None
    with served.desk.catalog.reading() as connection:
        found = plans.listed(connection, limit=_LISTED + 1, after=after)
    older = found[_LISTED - 1].id if len(found) > _LISTED else None
    return page(request, "plans.html", plans=found[:_LISTED], older=older, is_first=after is None)


@router.get("/plans/{plan_id}", response_model=None)
def one(request: Request, served: Served, actor: ViewerOfAll, plan_id: str) -> Response:
    """A plan with its differences and receipts."""
    return page(request, "plan.html", **told_of(served, plan_id), may_approve=_may_approve(actor))


@router.get("/plans/{plan_id}/progress", response_model=None)
def progress(request: Request, served: Served, _actor: ViewerOfAll, plan_id: str) -> Response:
    """How far a run of this server has come; when it is done the page is loaded anew."""
    work = served.working.of(plan_id)
    with served.desk.catalog.reading() as connection:
        receipts = journal.of_plan(connection, plan_id)
    headers = {"hx-refresh": "true"} if work is None or work.is_done else {}
    return page(request, "_plan_work.html", headers=headers, work=work, tally=_tally(receipts), id=plan_id)


@router.post("/plans/account", response_model=None)
def account(request: Request, served: Served, _actor: StewardOfAll) -> Response:
    """As whom this server would change something."""
    found, problem = ("", ""), ""
    try:
        found = served.working.identity()
    except AwsError as error:
        problem = error.detail
    return page(request, "_plan_account.html", account=found[0], arn=found[1], problem=problem)


@router.post("/plans/{plan_id}/approve", response_model=None)
def approve(served: Served, actor: StewardOfAll, plan_id: str, form: Posted) -> Response:
    """Approves a plan as it was shown: by its digest."""
    return _to(approved(served, actor, plan_id, digest=form.text("digest"), reason=form.text("reason")))


@router.post("/plans/{plan_id}/apply", response_model=None)
def apply(served: Served, actor: StewardOfAll, plan_id: str, form: Posted) -> Response:
    """Begins to make what of a plan may be made."""
    most = form.number("most")
    return _to(
        begun(served, actor, plan_id, "apply", digest=form.text("digest"), reason=form.text("reason"), most=most)
    )


@router.post("/plans/{plan_id}/rollback", response_model=None)
def rollback(served: Served, actor: StewardOfAll, plan_id: str, form: Posted) -> Response:
    """Begins to take back what a plan made."""
    return _to(begun(served, actor, plan_id, "rollback", digest=form.text("digest"), reason=form.text("reason")))


def approved(served: Serving, actor: Actor, plan_id: str, *, digest: str, reason: str) -> str:
    """Writes an approval of the plan of that digest. Raises `ConflictError`, `UsageError`, `RefusedError`."""
    told = told_of(served, plan_id)
    if told["problem"]:
        raise ConflictError(told["problem"])
    if told["plan"].command != COMMAND:
        raise UsageError(f"this plan is of 'assay {told['plan'].command}', which asks for its own approval")
    if not hmac.compare_digest(digest.encode(), told["digest"].encode()):
        raise ConflictError("the plan is not the one that you looked at; look again")
    said = _reason(served, reason, "say why: what you looked at")
    with served.desk.catalog.transaction() as connection:
        plans.approve(connection, told["id"], by=actor.name, at=datetime.now(UTC), reason=said)
    return str(told["id"])


def begun(served: Serving, actor: Actor, plan_id: str, verb: Verb, *, digest: str, reason: str, most: int = 100) -> str:
    """Begins to apply a plan, or to take it back. Raises `ConflictError`, `UsageError`, `RefusedError`."""
    found = _found(served, plan_id)
    said = _reason(served, reason, "say why it is done now")
    given = {"digest": digest, "by": actor.name, "reason": said}
    if verb == "apply":
        served.working.apply(found, most=most, **given)
    else:
        served.working.rollback(found, **given)
    return found


def _reason(served: Serving, reason: str, missing: str) -> str:
    said = text_of(reason, served.desk.redact)
    if not said:
        raise RefusedError(missing)
    return said


def _to(plan_id: str) -> Response:
    return RedirectResponse(f"/plans/{plan_id}", status_code=303)


def _tally(receipts: Iterable[Any]) -> dict[str, int]:
    last = {each.action: str(each.outcome) for each in receipts}
    return dict(Counter(last.values()).most_common())


def _found(served: Serving, plan_id: str) -> str:
    with served.desk.catalog.reading() as connection:
        try:
            found = plans.find(connection, plan_id)
        except UsageError:
            found = ""
    if found != plan_id:
        raise RefusedError("there is no such plan", status=404)
    return found


def told_of(served: Serving, plan_id: str) -> dict[str, Any]:
    """All that the page of a plan shows. Raises `RefusedError`."""
    found = _found(served, plan_id)
    with served.desk.catalog.reading() as connection:
        plan = plans.load(connection, found)
        digest = plans.digest_of(connection, found)
        approvals = plans.approvals(connection, found)
        receipts = journal.of_plan(connection, found)
    problem = ""
    waiting: tuple[Waiting, ...] = ()
    chosen: tuple[Planned, ...] = ()
    try:
        told = ready(served.desk.catalog, found, plan, second=served.desk.settings.second_approval)
        waiting, chosen = told.waiting, told.chosen
    except UsageError as error:
        problem = str(error)
    last = {each.action: each for each in receipts}
    left = [each for each in chosen if each.action.id not in last or last[each.action.id].outcome not in _MADE]
    return {
        "problem": problem,
        "waiting": {each.planned.action.id: each.because for each in waiting},
        "id": found,
        "plan": plan,
        "digest": digest,
        "approvals": approvals,
        "last": last,
        "receipts": receipts[-_ACTIONS:],
        "of": {planned.action.id: planned.action for planned in plan.actions},
        "changes": [(planned, _differences(planned.action)) for planned in plan.actions[:_ACTIONS]],
        "left_out": max(0, len(plan.actions) - _ACTIONS),
        "work": served.working.of(found),
        "tally": _tally(receipts),
        "may_apply": len(left) if not problem else 0,
        "reached": len(resources_of(left)),
        "made": len(to_undo(served.desk.catalog, found, plan)) if plan.command == COMMAND else 0,
        "accounts": sorted({planned.action.account for planned in plan.actions}),
        "is_protection": plan.command == COMMAND,
        "touched": _touched(plan),
        "in_words": plan_in_words(plan),
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
