"""The business glossary, and whose resources are."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from assay.app.reviews import glossary
from assay.errors import AwsError, ConflictError, ReviewError
from assay.model.identity import Actor, Role
from assay.review import rights
from assay.store import glossary as store
from assay.web.access import StewardOfAll, Viewer, ViewerOfAll
from assay.web.forms import Form, Posted
from assay.web.refusals import RefusedError
from assay.web.rendering import page
from assay.web.state import Served, Serving

if TYPE_CHECKING:
    from assay.app.cloud.owners import Kept

router = APIRouter()
_LISTED = 300
_MOST_REGIONS = 40
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")
_turn = threading.Lock()
_CSV = "text/csv; charset=utf-8"


@router.get("/glossary", response_model=None)
def show(request: Request, served: Served, actor: Viewer) -> Response:
    """All terms, or those that are looked for."""
    return _page(request, served, actor)


@router.get("/glossary/terms.csv", response_model=None)
def export(served: Served, _actor: ViewerOfAll) -> Response:
    """The terms, as the page takes them."""
    with served.desk.catalog.reading() as connection:
        return _file(glossary.export_terms(store.terms(connection)), "glossary.csv")


@router.post("/glossary", response_model=None)
def add(request: Request, served: Served, actor: StewardOfAll, form: Posted) -> Response:
    """A new term."""
    try:
        glossary.put_term(served.desk.catalog, form, **_given(served, actor))
    except ReviewError as error:
        return _page(request, served, actor, status=_status(error), wrong=str(error), form=form)
    return RedirectResponse("/glossary", status_code=303)


@router.post("/glossary/import", response_model=None)
def import_terms(request: Request, served: Served, actor: StewardOfAll, form: Posted) -> Response:
    """Terms from CSV: all of it, or nothing."""
    try:
        number = glossary.import_terms(served.desk.catalog, form.get("rows", ""), **_given(served, actor))
    except ReviewError as error:
        return _page(request, served, actor, status=_status(error), wrong=str(error))
    return _page(request, served, actor, done=number)


@router.post("/glossary/{term_id}", response_model=None)
def change(request: Request, served: Served, actor: StewardOfAll, term_id: str, form: Posted) -> Response:
    """A term changes, or with `remove` is taken out."""
    version = form.number("version")
    try:
        if form.text("remove") == "yes":
            glossary.remove_term(served.desk.catalog, term_id, version=version, by=actor.name)
        else:
            glossary.put_term(served.desk.catalog, form, **_given(served, actor), term_id=term_id, version=version)
    except ReviewError as error:
        return _page(request, served, actor, status=_status(error), wrong=str(error))
    return RedirectResponse("/glossary", status_code=303)


@router.get("/owners", response_model=None)
def owners(request: Request, served: Served, actor: ViewerOfAll) -> Response:
    """Whose resources are."""
    return _owners(request, served, actor)


@router.get("/owners/owners.csv", response_model=None)
def export_owners(served: Served, _actor: ViewerOfAll) -> Response:
    """The owners, as the page takes them."""
    with served.desk.catalog.reading() as connection:
        return _file(glossary.export_owners(store.owners(connection)), "owners.csv")


@router.post("/owners", response_model=None)
def import_owners(request: Request, served: Served, actor: StewardOfAll, form: Posted) -> Response:
    """Owners from CSV: all of it, or nothing."""
    try:
        number = glossary.import_owners(
            served.desk.catalog, form.get("rows", ""), by=actor.name, redact=served.desk.redact
        )
    except ReviewError as error:
        return _owners(request, served, actor, status=_status(error), wrong=str(error))
    return _owners(request, served, actor, done=number)


@router.post("/owners/tags", response_model=None)
def tags(request: Request, served: Served, actor: StewardOfAll, form: Posted) -> Response:
    """Owners from the tags of the account whose rights the server has."""
    try:
        kept = owners_by_tags(served, actor, form.text("regions").replace(",", " ").split())
    except RefusedError as error:
        return _owners(request, served, actor, status=error.status, wrong=error.detail)
    return _owners(request, served, actor, tagged=kept)


def owners_by_tags(served: Serving, actor: Actor, regions: list[str]) -> Kept:
    """The same, once at a time. Raises `RefusedError`."""
    from assay.app.cloud.owners import keep_owners

    if len(regions) > _MOST_REGIONS or any(_REGION.fullmatch(each) is None for each in regions):
        raise RefusedError("a region is such as eu-central-1; leave it empty for all of them")
    if not _turn.acquire(blocking=False):
        raise RefusedError("tags are being read for somebody already; wait a moment", status=429, wait=30)
    try:
        return keep_owners(served.desk, regions=regions, by=actor.name, access=served.working.access)
    except AwsError as error:
        raise RefusedError(f"nothing was changed: {error}") from None
    finally:
        _turn.release()


def _given(served: Serving, actor: Actor) -> dict[str, Any]:
    names = {each.name for each in served.desk.identifiers}
    return {"identifiers": names, "by": actor.name, "redact": served.desk.redact}


def _status(error: ReviewError) -> int:
    return 409 if isinstance(error, ConflictError) else 422


def _file(text: str, name: str) -> Response:
    return Response(text, media_type=_CSV, headers={"content-disposition": f'attachment; filename="{name}"'})


def _page(
    request: Request, served: Serving, actor: Actor, *, status: int = 200, form: Form | None = None, **more: Any
) -> Response:
    search = request.query_params.get("search", "").strip()[:200]
    found, shown = seen_terms(served, actor, ""), seen_terms(served, actor, search)
    given: dict[str, Any] = {"terms": shown[:_LISTED], "more": max(0, len(shown) - _LISTED), "count": len(found)}
    given |= {"search": search, "wrong": "", "done": None, "typed": form or {}}
    may_change = rights.everywhere(actor.grants, Role.STEWARD)
    return page(request, "glossary.html", status=status, **(given | more), may_change=may_change)


def seen_terms(served: Serving, actor: Actor, search: str) -> list[store.Term]:
    """The terms that hold all words of a search, as somebody may see them."""
    with served.desk.catalog.reading() as connection:
        found = store.terms(connection)
    if not rights.everywhere(actor.grants, Role.VIEWER):
        # Links name resources, which may lie outside of somebody's scopes.
        found = [replace(each, links=tuple(link for link in each.links if "#" not in link)) for each in found]
    words = search.casefold().split()
    return [
        each
        for each in found
        if all(word in f"{each.name} {each.definition} {' '.join(each.links)}".casefold() for word in words)
    ]


def _owners(request: Request, served: Serving, actor: Actor, *, status: int = 200, **more: Any) -> Response:
    with served.desk.catalog.reading() as connection:
        found = store.owners(connection)
    given: dict[str, Any] = {"owners": found[:_LISTED], "more": max(0, len(found) - _LISTED), "wrong": "", "done": None}
    given |= {"tagged": None, "tags": served.desk.settings.owner_tags}
    may_change = rights.everywhere(actor.grants, Role.STEWARD)
    return page(request, "owners.html", status=status, **(given | more), may_change=may_change)


def terms_at(served: Serving, resource: str) -> Any:
    """Tells the terms of a column of a resource."""
    with served.desk.catalog.reading() as connection:
        known = store.terms(connection)

    def of(column: str, identifier: str | None) -> list[store.Term]:
        return glossary.terms_of(known, resource, column, identifier)

    return of


def owner_at(served: Serving, resource: str) -> store.Owner | None:
    """Whose a resource is."""
    with served.desk.catalog.reading() as connection:
        return glossary.owner_of(resource, store.owners(connection))
