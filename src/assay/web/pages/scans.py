"""Scans: started from here, followed while they go on, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from assay.app.serving import asking
from assay.app.serving.roots import Root, may_start, may_within, permitted
from assay.errors import UsageError
from assay.model import Category
from assay.model.identity import Actor, Role
from assay.review import rights
from assay.store import scans
from assay.store.schema.catalog import LEVELS
from assay.web.access import Steward, Viewer, denied
from assay.web.following import followed, known
from assay.web.forms import Form, Posted
from assay.web.refusals import RefusedError
from assay.web.rendering import page
from assay.web.state import Served, Serving

router = APIRouter()
_AT_ONCE = 50


@router.get("/scans", response_model=None)
def show(request: Request, served: Served, actor: Viewer) -> Response:
    """The scans, and the form that starts one."""
    return _listed(request, served, actor)


@router.post("/scans", response_model=None)
def start(request: Request, served: Served, actor: Steward, form: Posted) -> Response:
    """Starts a scan."""
    roots = startable(served.roots, actor)
    try:
        asked = asking.judged([_target(form, roots)], _options(form), roots=roots, settings=served.desk.settings)
        scan = asking.ask(served.desk.catalog, actor, allowed(request, served, actor, asked))
    except UsageError as error:
        return _listed(request, served, actor, problem=str(error), typed=form, status=422)
    except RefusedError as error:
        return _listed(request, served, actor, problem=error.detail, typed=form, status=error.status)
    return RedirectResponse(f"/scans/{scan.id}", status_code=303)


@router.get("/scans/{scan_id}", response_model=None)
def one(request: Request, served: Served, actor: Viewer, scan_id: str) -> Response:
    """One scan, which the page follows while it goes on."""
    scan = known(served, actor, scan_id)
    given: dict[str, Any] = {"scan": scan, "may_cancel": asking.may_cancel(actor, scan), "levels": LEVELS}
    if request.headers.get("hx-target") == "scan":
        return page(request, "_scan.html", **given)
    return page(request, "scan.html", **given)


@router.get("/scans/{scan_id}/events", response_model=None)
def events(served: Served, actor: Viewer, scan_id: str) -> StreamingResponse:
    """What becomes of it, as it does."""
    return followed(served, actor, known(served, actor, scan_id))


@router.post("/scans/{scan_id}/cancel", response_model=None)
def cancel(request: Request, served: Served, actor: Steward, scan_id: str) -> Response:
    """Has it end; what it has found so far is kept."""
    scan = known(served, actor, scan_id)
    if not asking.may_cancel(actor, scan):
        denied(request, served, actor, None)
        raise RefusedError("this needs the role steward for all that the scan reads, which you do not have", status=403)
    asking.cancel(served.desk.catalog, actor, scan)
    return RedirectResponse(f"/scans/{scan.id}", status_code=303)


def allowed(request: Request, served: Serving, actor: Actor, asked: asking.Asked) -> asking.Asked:
    """What is asked for. Raises `RefusedError` where somebody may not have some of it scanned."""
    refused = asking.refused(actor, asked)
    if refused is not None:
        denied(request, served, actor, refused.covers)
        raise RefusedError("this needs the role steward for all that would be read, which you do not have", status=403)
    return asked


def _listed(
    request: Request, served: Serving, actor: Actor, *, problem: str = "", typed: Form | None = None, status: int = 200
) -> Response:
    with served.desk.catalog.reading() as connection:
        after = request.query_params.get("after")
        found, following = scans.listed(
            connection, after=after, limit=_AT_ONCE, shown=lambda scan: asking.may_see(actor, scan)
        )
    return page(
        request,
        "scans.html",
        status=status,
        scans=found,
        following=following,
        is_first=after is None,
        roots=startable(served.roots, actor),
        is_steward_somewhere=rights.anywhere(actor.grants, Role.STEWARD),
        problem=problem,
        typed=typed or Form(()),
        categories=tuple(Category),
    )


def startable(roots: Sequence[Root], actor: Actor) -> list[Root]:
    """The roots of which somebody may have something scanned: all of one, or a part of what lies below."""
    found = []
    for root in roots:
        is_part = root.is_open and may_within(actor.grants, root)
        if is_part or may_start(actor.grants, permitted(root.told, roots)):
            found.append(root)
    return found


def _target(form: Form, roots: Sequence[Root]) -> str:
    told, below = form.text("root"), form.text("below")
    root = next((root for root in roots if root.told == told), None)
    if root is None:
        raise UsageError("choose what is to be scanned")
    if not below:
        return root.told
    if not root.is_open:
        raise UsageError("of this all is scanned; leave the place within it empty")
    return f"{root.told.rstrip('/')}/{below.lstrip('/')}"


def _options(form: Form) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if categories := form.every("category"):
        given["categories"] = categories
    if exclude := form.text("exclude"):
        given["exclude"] = exclude.split()
    if sample := form.text("sample"):
        try:
            given["sample"] = float(sample)
        except ValueError:
            raise UsageError("the share is a number above 0, up to 100") from None
    return given
