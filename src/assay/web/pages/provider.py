"""Signing in by an identity provider: sent there, and come back."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from assay.app.identity.oidc import Oidc
from assay.errors import SignInError
from assay.web.access import PUBLIC
from assay.web.pages.front import with_session
from assay.web.refusals import RefusedError
from assay.web.rendering import page
from assay.web.state import Served, Serving, address_of, own_page

router = APIRouter()
_PATH = "/sign-in/oidc"
_LONGEST = 4_000


@router.get(_PATH, dependencies=[PUBLIC], response_model=None)
def begin(request: Request, served: Served) -> Response:
    """Sends somebody to the provider."""
    _within(request, served)
    target = own_page(request.query_params.get("next", "/"))
    try:
        begun = _oidc(served).begin(target)
    except SignInError as error:
        return _wrong(request, served, str(error))
    answer = RedirectResponse(begun.url, status_code=303)
    # Lax, and not strict: the provider leads back here.
    answer.set_cookie(
        _cookie(served), begun.cookie, path=_PATH, max_age=600, secure=served.is_secure, httponly=True, samesite="lax"
    )
    return answer


@router.get(f"{_PATH}/back", dependencies=[PUBLIC], response_model=None)
def back(request: Request, served: Served) -> Response:
    """Somebody comes back; whatever session there was is not gone on with."""
    _within(request, served)
    query = {name: value[:_LONGEST] for name, value in request.query_params.items()}
    try:
        came = _oidc(served).end(query, request.cookies.get(_cookie(served), ""), address=address_of(request))
    except SignInError as error:
        answer = _wrong(request, served, str(error))
    else:
        answer = with_session(RedirectResponse(own_page(came.target), status_code=303), served, came.cookie)
    answer.delete_cookie(_cookie(served), path=_PATH, secure=served.is_secure, httponly=True, samesite="lax")
    return answer


def _oidc(served: Serving) -> Oidc:
    if served.oidc is None:
        raise RefusedError("there is no such page", status=404)
    return served.oidc


def _cookie(served: Serving) -> str:
    return "__Secure-assay-oidc" if served.is_secure else "assay-oidc"


def _wrong(request: Request, served: Serving, wrong: str) -> Response:
    return page(
        request, "sign_in.html", status=403, next="/", wrong=wrong, name="", by_provider=served.oidc is not None
    )


def _within(request: Request, served: Serving) -> None:
    wait = served.limits.door.wait(address_of(request))
    if wait:
        raise RefusedError("too many tries from this address; wait a few minutes", status=429, wait=wait)
