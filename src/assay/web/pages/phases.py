"""Rollout phases: where each scope stands by what reviewers judged, and moving one."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from assay.app.reviews.phasing import set_phase, standings
from assay.errors import ReviewError
from assay.model.identity import Actor, Role
from assay.model.review import Phase
from assay.review import rights
from assay.review.phases import BARS
from assay.web.access import StewardOfAll, ViewerOfAll
from assay.web.forms import Posted
from assay.web.refusals import RefusedError
from assay.web.rendering import page
from assay.web.state import Served, Serving

router = APIRouter()


@router.get("/phases", response_model=None)
def show(request: Request, served: Served, actor: ViewerOfAll) -> Response:
    """Every scope that has a phase."""
    return _page(request, served, actor)


@router.post("/phases", response_model=None)
def move(request: Request, served: Served, actor: StewardOfAll, form: Posted) -> Response:
    """Moves a scope. What it has not earned only an administrator gives it, and that is recorded."""
    force = form.text("force") == "yes"
    if force and not rights.everywhere(actor.grants, Role.ADMIN):
        raise RefusedError("only an administrator moves a scope that has not earned it", status=403)
    try:
        moved(served, actor, scope=form.text("scope"), to=form.text("to"), reason=form.text("reason"), force=force)
    except ReviewError as error:
        return _page(request, served, actor, status=422, wrong=str(error))
    return RedirectResponse("/phases", status_code=303)


def moved(served: Serving, actor: Actor, *, scope: str, to: str, reason: str, force: bool) -> None:
    """Moves a scope to a phase. Raises `ReviewError`, `RefusedError`."""
    if to not in list(Phase):
        raise RefusedError(f"a phase is {', '.join(Phase)}")
    set_phase(
        served.desk.catalog, scope, Phase(to), by=actor.name, reason=reason, redact=served.desk.redact, force=force
    )


def _page(request: Request, served: Serving, actor: Actor, *, status: int = 200, wrong: str = "") -> Response:
    given: dict[str, Any] = {
        "told": standings(served.desk.catalog),
        "phases": list(Phase),
        "bars": BARS,
        "wrong": wrong,
    }
    given["may_move"] = rights.everywhere(actor.grants, Role.STEWARD)
    return page(request, "phases.html", status=status, **given)
