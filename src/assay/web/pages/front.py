"""The front door: signing in and out, and one-time links."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from assay.errors import SignInError, UsageError
from assay.web.access import PUBLIC, Viewer
from assay.web.forms import Posted
from assay.web.refusals import RefusedError
from assay.web.rendering import page
from assay.web.state import Served, Serving, address_of, own_page

router = APIRouter()


@router.get("/sign-in", dependencies=[PUBLIC], response_model=None)
def ask(request: Request, served: Served) -> Response:
    """The form."""
    target = own_page(request.query_params.get("next", "/"))
    return page(request, "sign_in.html", next=target, wrong="", name="", by_provider=served.oidc is not None)


@router.post("/sign-in", dependencies=[PUBLIC], response_model=None)
def sign_in(request: Request, served: Served, form: Posted) -> Response:
    """A new session; whatever session there was is not gone on with."""
    address = address_of(request)
    wait = served.limits.door.wait(address)
    if wait:
        raise RefusedError("too many tries from this address; wait a few minutes", status=429, wait=wait)
    target = own_page(form.text("next"))
    try:
        cookie = served.door.sign_in(form.text("name"), form.get("password", ""), address=address)
    except SignInError as error:
        # What was typed as a name may be a password: it is not shown again.
        given: dict[str, Any] = {
            "next": target,
            "wrong": str(error),
            "name": "",
            "by_provider": served.oidc is not None,
        }
        return page(request, "sign_in.html", status=403, **given)
    return with_session(RedirectResponse(target, status_code=303), served, cookie)


@router.post("/sign-out", response_model=None)
def sign_out(request: Request, served: Served, actor: Viewer) -> Response:
    """Ends the session."""
    served.door.sign_out(request.cookies.get(served.cookie, ""), actor)
    answer: Response = RedirectResponse("/sign-in", status_code=303)
    leave = (
        None if actor.user.has_password or served.oidc is None else served.oidc.sign_out_url(f"{served.origin}/sign-in")
    )
    if leave is not None:
        request.state.actor = None
        answer = page(request, "signed_out.html", leave=leave)
    answer.delete_cookie(served.cookie, path="/", secure=served.is_secure, httponly=True, samesite="lax")
    return answer


@router.get("/welcome/{secret}", dependencies=[PUBLIC], response_model=None)
def invited(request: Request, served: Served, secret: str) -> Response:
    """Somebody has followed a one-time link."""
    _at_the_door(request, served)
    user = served.door.invited(secret)
    return page(request, "welcome.html", who=None if user is None else user.name, wrong="", name="")


@router.post("/welcome/{secret}", dependencies=[PUBLIC], response_model=None)
def accept(request: Request, served: Served, secret: str, form: Posted) -> Response:
    """They have chosen a password, and are signed in with it."""
    _at_the_door(request, served)
    invited_user = served.door.invited(secret)
    name, password = form.text("name"), form.get("password", "")
    try:
        if password != form.get("again", ""):
            raise UsageError("the two passwords differ; type it again")
        user = served.door.accept(secret, name=name, password=password)
    except UsageError as error:
        who = None if invited_user is None else invited_user.name
        return page(request, "welcome.html", status=422, who=who, wrong=str(error), name=name)
    cookie = served.door.sign_in(user.name, password, address=address_of(request))
    return with_session(RedirectResponse("/", status_code=303), served, cookie)


def with_session(answer: Response, served: Serving, cookie: str) -> Response:
    """The answer, with the session's cookie: no script reads it, no other site sends it along with a form."""
    answer.set_cookie(served.cookie, cookie, path="/", secure=served.is_secure, httponly=True, samesite="lax")
    return answer


def _at_the_door(request: Request, served: Serving) -> None:
    wait = served.limits.door.wait(address_of(request))
    if wait:
        raise RefusedError("too many tries from this address; wait a few minutes", status=429, wait=wait)
