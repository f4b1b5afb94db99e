"""Who may call what. Every route names an `Access`; the application does not start with one that does not."""

from __future__ import annotations

import hmac
from typing import Annotated

from fastapi import Depends, Request

from assay.model.identity import Actor, Role
from assay.model.review import Decision
from assay.review import rights
from assay.web.forms import Form, Posted
from assay.web.refusals import NotSignedInError, RefusedError, StaleFormError
from assay.web.state import Served, Serving, address_of

_SAFE = frozenset({"GET", "HEAD"})
CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf-token"


class Access:
    """Lets in who has `role` somewhere (`None`: anybody, signed in or not). With `everywhere` it has to be for all
    resources. What a single resource is about is asked again with `need`."""

    def __init__(self, role: Role | None, *, everywhere: bool = False, by_token: bool = False) -> None:
        self.role = role
        self.everywhere = everywhere
        self.by_token = by_token

    def __call__(self, request: Request, served: Served, form: Posted) -> Actor | None:
        """Who is there. Raises `RefusedError`."""
        if self.role is None:
            if request.method not in _SAFE:
                same_origin(request, served)
            return None
        actor = self._actor(request, served, form)
        _within_rate(served, actor)
        held = rights.everywhere if self.everywhere else rights.anywhere
        if not held(actor.grants, self.role):
            denied(request, served, actor, None)
            # Who has it for a part would not know what is lacking.
            reach = " for everything (*)" if self.everywhere and rights.anywhere(actor.grants, self.role) else ""
            raise RefusedError(f"this needs the role {self.role}{reach}, which you do not have", status=403)
        return actor

    def _actor(self, request: Request, served: Serving, form: Form) -> Actor:
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.by_token:
            actor = served.door.by_token(secret.strip())
            if actor is None:
                denied(request, served, None, None)
                raise NotSignedInError
            return actor
        cookie = request.cookies.get(served.cookie, "")
        there = served.door.who(cookie) if cookie else None
        if there is None:
            raise NotSignedInError
        request.state.csrf = there.csrf
        request.state.actor = there.actor
        if request.method not in _SAFE:
            same_origin(request, served)
            sent = request.headers.get(CSRF_HEADER) or form.get(CSRF_FIELD, "")
            if not hmac.compare_digest(sent.encode(), there.csrf.encode()):
                denied(request, served, there.actor, None)
                raise StaleFormError
        return there.actor


PUBLIC = Depends(Access(None))
"""Anybody."""

VIEWER = Depends(Access(Role.VIEWER))
"""Whoever is signed in, where it does not matter who."""

Viewer = Annotated[Actor, Depends(Access(Role.VIEWER))]
Steward = Annotated[Actor, Depends(Access(Role.STEWARD))]
ViewerOfAll = Annotated[Actor, Depends(Access(Role.VIEWER, everywhere=True))]
StewardOfAll = Annotated[Actor, Depends(Access(Role.STEWARD, everywhere=True))]
Admin = Annotated[Actor, Depends(Access(Role.ADMIN, everywhere=True))]


def need(request: Request, served: Serving, actor: Actor, role: Role, resource: str, what: str) -> None:
    """Raises `RefusedError` where somebody may not act in a role on a resource. What they may not even see is not there."""
    if rights.may(actor.grants, role, resource):
        return
    denied(request, served, actor, resource)
    if not rights.may(actor.grants, Role.VIEWER, resource):
        raise RefusedError(f"there is no such {what}", status=404)
    raise RefusedError(f"this needs the role {role} for that {what}, which you do not have", status=403)


def need_reach(request: Request, served: Serving, actor: Actor, resource: str, *decisions: Decision | None) -> None:
    """Raises `RefusedError` where one of these decisions on a resource would hold beyond what somebody is a steward of."""
    if all(each is None or rights.may_decide(actor.grants, each) for each in decisions):
        return
    denied(request, served, actor, resource)
    raise RefusedError(
        "this would hold beyond what you are a steward of; choose a narrower scope, or ask a steward of all of it",
        status=403,
    )


def denied(request: Request, served: Serving, actor: Actor | None, resource: str | None) -> None:
    """Audits a denial, as far as one address may fill the log."""
    address = address_of(request)
    if served.limits.denials.wait(address) == 0:
        route = request.scope.get("route")
        what = f"{request.method} {getattr(route, 'path', 'unknown')}"
        served.door.denied(actor, what=what, resource=resource, address=address)


def same_origin(request: Request, served: Serving) -> None:
    """Raises `RefusedError` for a form that another site has sent. Browsers say where a form comes from."""
    origin = request.headers.get("origin")
    if origin is not None and origin.lower() in served.origins:
        return
    if origin is None and request.headers.get("sec-fetch-site") == "same-origin":
        return
    raise StaleFormError


def _within_rate(served: Serving, actor: Actor) -> None:
    wait = served.limits.requests.wait(actor.token or actor.user.id)
    if wait:
        raise RefusedError("too many requests; wait a moment", status=429, wait=wait)
