"""Incidents: what happened, what is planned against it, what became of that, and closing one."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from assay.app.protection.incidents import Known, close_incident, listed
from assay.app.reviews.reviewing import text_of
from assay.errors import AwsError, ConfigError, ConflictError, UsageError
from assay.model.identity import Actor, Role
from assay.report.plainly.incidents import incident_in_words
from assay.review import rights
from assay.store import journal, plans
from assay.web.access import StewardOfAll, ViewerOfAll
from assay.web.forms import Form, Posted
from assay.web.refusals import RefusedError
from assay.web.rendering import page
from assay.web.state import Served, Serving

router = APIRouter()
_LISTED = 100


@router.get("/incidents", response_model=None)
def show(request: Request, served: Served, actor: ViewerOfAll) -> Response:
    """Those that are open, or all."""
    return _listed(request, served, actor)


def _listed(
    request: Request, served: Serving, actor: Actor, *, problem: str = "", typed: Form | None = None, status: int = 200
) -> Response:
    with_closed = request.query_params.get("all") == "yes"
    found = listed(served.desk.catalog)
    shown = [each for each in found if with_closed or each.state != "closed"]
    given: dict[str, Any] = {
        "incidents": shown[:_LISTED],
        "more": max(0, len(shown) - _LISTED),
        "closed": len(found) - len(shown),
    }
    given |= {"problem": problem, "typed": typed or Form(()), "may_open": rights.everywhere(actor.grants, Role.STEWARD)}
    return page(request, "incidents.html", status=status, **given, all=with_closed)


@router.post("/incidents", response_model=None)
def tell(request: Request, served: Served, actor: StewardOfAll, form: Posted) -> Response:
    """Opens one by hand, and plans what it needs. Nothing is changed: its plan is approved and applied as any other."""
    from assay.app.protection.deskplanning import tell_of_incident

    said = text_of(form.text("reason"), served.desk.redact)
    try:
        if not said:
            raise UsageError("say what has happened")
        incident, _ = tell_of_incident(
            served.desk,
            form.text("resources").split(),
            form.text("principals").split(),
            spared=form.text("spared").split(),
            lock=form.text("lock") == "yes",
            by=actor.name,
            reason=said,
            access=served.working.access,
        )
    except (UsageError, ConfigError, AwsError) as error:
        return _listed(request, served, actor, problem=str(error), typed=form, status=422)
    return RedirectResponse(f"/incidents/{incident}", status_code=303)


@router.get("/incidents/{incident_id}", response_model=None)
def one(request: Request, served: Served, actor: ViewerOfAll, incident_id: str, at: str = "") -> Response:
    """One, with each step of its plan."""
    found = _found(served, incident_id, at)
    with served.desk.catalog.reading() as connection:
        plan = plans.load(connection, found.plan) if found.plan else None
        became = {each.action: each for each in journal.of_plan(connection, found.plan)} if found.plan else {}
    may_close = rights.everywhere(actor.grants, Role.STEWARD)
    told = incident_in_words(found.details, plan)
    return page(request, "incident.html", incident=found, plan=plan, became=became, may_close=may_close, in_words=told)


@router.post("/incidents/{incident_id}/close", response_model=None)
def close(served: Served, actor: StewardOfAll, incident_id: str, form: Posted) -> Response:
    """It is over; what its plan made stays until that is taken back."""
    found = _found(served, incident_id, form.text("at"))
    reason = text_of(form.text("reason"), served.desk.redact)
    if not reason:
        raise RefusedError("say why it is over")
    try:
        close_incident(served.desk.catalog, found, by=actor.name, reason=reason)
    except UsageError as error:
        raise ConflictError(str(error)) from None
    return RedirectResponse("/incidents", status_code=303)


def _found(served: Serving, incident_id: str, at: str) -> Known:
    """The newest of that id; one that was opened again is another, which `at` tells."""
    known = [each for each in listed(served.desk.catalog) if each.id == incident_id and at in ("", each.opened_at)]
    if not known:
        raise RefusedError("there is no such incident", status=404)
    return known[0]
