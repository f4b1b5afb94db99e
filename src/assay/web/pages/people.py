"""People: who is here, what they may do and where. For administrators."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from assay.app.identity import people as peopling
from assay.errors import AssayError, CatalogError
from assay.model.identity import Actor, Grant, Role
from assay.store import people
from assay.web.access import Admin
from assay.web.forms import Form, Posted
from assay.web.pages.account import role_of
from assay.web.refusals import RefusedError
from assay.web.rendering import page
from assay.web.state import Served, Serving

router = APIRouter()


@router.get("/people", response_model=None)
def show(request: Request, served: Served, actor: Admin) -> Response:
    """Everybody."""
    return _page(request, served, actor)


@router.post("/people", response_model=None)
def add(request: Request, served: Served, actor: Admin, form: Posted) -> Response:
    """Somebody is invited: the link is shown this once, to be handed on."""
    try:
        user = peopling.add(served.desk.catalog, form.text("name"), grants_of(form), by=actor.name)
    except AssayError as error:
        return _wrong(request, served, actor, error)
    secret = served.door.invitation(user, by=actor.name)
    return _page(request, served, actor, link=f"{served.origin}/welcome/{secret}", invited=user.name)


@router.post("/people/{user_id}", response_model=None)
def change(request: Request, served: Served, actor: Admin, user_id: str, form: Posted) -> Response:
    """What somebody may do changes; their sessions end."""
    try:
        peopling.change(
            served.desk.catalog,
            user_id,
            version=form.number("version"),
            grants=grants_of(form),
            is_active=form.text("active") == "yes",
            by=actor,
        )
    except AssayError as error:
        return _wrong(request, served, actor, error)
    return RedirectResponse("/people", status_code=303)


@router.post("/people/{user_id}/invite", response_model=None)
def invite(request: Request, served: Served, actor: Admin, user_id: str) -> Response:
    """A new link for somebody who has lost the first, or their password."""
    with served.desk.catalog.reading() as connection:
        user = people.one(connection, user_id)
    if user is None:
        raise RefusedError("there is no such person", status=404)
    secret = served.door.invitation(user, by=actor.name)
    return _page(request, served, actor, link=f"{served.origin}/welcome/{secret}", invited=user.name)


@router.post("/people/tokens/{token_id}/revoke", response_model=None)
def revoke_token(served: Served, actor: Admin, token_id: str) -> Response:
    """Anybody's token ends."""
    peopling.revoke_token(served.desk.catalog, actor, token_id, of_anybody=True)
    return RedirectResponse("/people", status_code=303)


def grants_of(form: Form) -> list[Grant]:
    """The roles of a form, each with its scope; those without a role are left out."""
    pairs = zip(form.every("role"), form.every("scope"), strict=False)
    return [Grant(role=role_of(role), scope=scope.strip() or "*") for role, scope in pairs if role]


def _wrong(request: Request, served: Serving, actor: Actor, error: AssayError) -> Response:
    if isinstance(error, CatalogError):
        raise error
    return _page(request, served, actor, status=422, wrong=str(error))


def _page(request: Request, served: Serving, actor: Actor, *, status: int = 200, **more: Any) -> Response:
    with served.desk.catalog.reading() as connection:
        everybody = people.everybody(connection)
        tokens = people.tokens(connection)
        by_provider = people.by_provider(connection)
    given: dict[str, Any] = {
        "everybody": everybody,
        "by_provider": by_provider,
        "tokens": [(token, owner) for token, owner in tokens if token.revoked_at is None],
        "roles": list(Role),
        "me": actor.user.id,
        "wrong": "",
        "link": None,
        "invited": None,
    }
    return page(request, "people.html", status=status, **(given | more))
