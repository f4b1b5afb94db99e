"""One's own account: the password, and tokens for programs."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from assay.app.identity import people as peopling
from assay.app.identity.signingin import TOKEN_PREFIX
from assay.errors import ReviewError, SignInError, UsageError
from assay.model.identity import Actor, Grant, Role
from assay.store import people
from assay.web.access import VIEWER, Viewer
from assay.web.forms import Posted
from assay.web.refusals import RefusedError
from assay.web.rendering import THEMES, page
from assay.web.state import Served, Serving, address_of, own_page

router = APIRouter()


@router.get("/account", response_model=None)
def show(request: Request, served: Served, actor: Viewer) -> Response:
    """What somebody may do, and their tokens."""
    return _page(request, served, actor)


@router.post("/account/password", response_model=None)
def change_password(request: Request, served: Served, actor: Viewer, form: Posted) -> Response:
    """Another password; all sessions end, this one too."""
    wait = served.limits.door.wait(address_of(request))
    if wait:
        raise RefusedError("too many tries from this address; wait a few minutes", status=429, wait=wait)
    try:
        if form.get("new", "") != form.get("again", ""):
            raise UsageError("the two new passwords differ; type them again")
        served.door.change_password(actor, form.get("old", ""), form.get("new", ""))
    except (UsageError, SignInError) as error:
        return _page(request, served, actor, status=422, wrong=str(error))
    return RedirectResponse("/sign-in", status_code=303)


@router.post("/account/tokens", response_model=None)
def add_token(request: Request, served: Served, actor: Viewer, form: Posted) -> Response:
    """A new token, shown this once."""
    try:
        grants = [Grant(role=role_of(form.text("role")), scope=form.text("scope") or "*")]
        _, secret = peopling.add_token(
            served.desk.catalog,
            actor,
            name=served.desk.redact(form.text("name")),
            grants=grants,
            days=form.number("days"),
            prefix=TOKEN_PREFIX,
        )
    except (UsageError, ReviewError) as error:
        return _page(request, served, actor, status=422, wrong=str(error))
    return _page(request, served, actor, secret=secret)


@router.post("/account/tokens/{token_id}/revoke", response_model=None)
def revoke_token(served: Served, actor: Viewer, token_id: str) -> Response:
    """One of one's own tokens ends."""
    peopling.revoke_token(served.desk.catalog, actor, token_id, of_anybody=False)
    return RedirectResponse("/account", status_code=303)


@router.post("/theme", dependencies=[VIEWER], response_model=None)
def theme(served: Served, form: Posted) -> Response:
    """Light or dark, where no script does it."""
    answer = RedirectResponse(own_page(form.text("back")), status_code=303)
    if form.text("theme") in THEMES:
        answer.set_cookie(
            "theme", form.text("theme"), path="/", max_age=31_536_000, secure=served.is_secure, samesite="lax"
        )
    return answer


@router.get("/session", response_model=None)
def session(request: Request, actor: Viewer) -> dict[str, str]:
    """What forms of this session send, for a page that was open while somebody signed in again."""
    return {"csrf": request.state.csrf, "name": actor.name}


def role_of(text: str) -> Role:
    """The role that a form names."""
    try:
        return Role(text)
    except ValueError:
        raise UsageError("a role is viewer, steward or admin") from None


def _page(request: Request, served: Serving, actor: Actor, *, status: int = 200, **more: Any) -> Response:
    with served.desk.catalog.reading() as connection:
        tokens = people.tokens(connection, actor.user.id)
    given: dict[str, Any] = {"tokens": [token for token, _ in tokens], "wrong": "", "secret": None, "roles": list(Role)}
    return page(request, "account.html", status=status, **(given | more))
