"""Answers to what goes wrong: a page for people, a notice within a page, and `application/problem+json` for programs
(RFC 9457). None shows where in the program it was."""

from __future__ import annotations

import math
import re
import traceback
from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException

from assay.errors import (
    AssayError,
    AwsError,
    CatalogError,
    ConfigError,
    ConflictError,
    NoConnectionError,
    ReviewError,
    SignInError,
    UsageError,
)
from assay.report.printable import printable
from assay.web.headers import TooLargeError, log, most_of
from assay.web.refusals import NotSignedInError, RefusedError, StaleFormError
from assay.web.rendering import page
from assay.web.state import is_partial, page_asked, serving

_ITEM = re.compile(r"^r[0-9a-f]{11}: ")
_STATUS: tuple[tuple[type[AssayError], int], ...] = (
    (ConflictError, 409),
    (ReviewError, 422),
    (UsageError, 422),
    (ConfigError, 422),
    (AwsError, 422),
    (SignInError, 403),
    (CatalogError, 503),
)
_SOON = 5.0
"""Seconds after which a catalog that has too much to do, or was lost, is asked again."""


def install(app: FastAPI) -> None:
    """Has the application answer so."""
    app.add_exception_handler(RefusedError, _refused)
    app.add_exception_handler(AssayError, _failed)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(TooLargeError, _large)
    app.add_exception_handler(Exception, _unexpected)


def wants_json(request: Request) -> bool:
    """Whether a program asks."""
    accepted = request.headers.get("accept", "")
    return request.url.path.startswith("/api/") or ("json" in accepted and "html" not in accepted)


def answer(request: Request, status: int, detail: str, *, wait: float | None = None) -> Response:
    """The answer that says what is wrong, in the form that was asked for."""
    title = HTTPStatus(status).phrase
    headers = {} if wait is None else {"retry-after": str(max(1, math.ceil(wait)))}
    if wants_json(request):
        identity = getattr(request.state, "request", "")
        problem = {"type": "about:blank", "title": title, "status": status, "detail": detail, "instance": identity}
        return JSONResponse(problem, status, headers, media_type="application/problem+json")
    if is_partial(request):
        # What somebody has typed stays where it is; the notice stands above it.
        headers |= {"hx-retarget": "#notice", "hx-reswap": "innerHTML"}
        return page(request, "_notice.html", status=status, headers=headers, kind="wrong", detail=detail, code=status)
    return page(request, "error.html", status=status, headers=headers, title=title, detail=detail, code=status)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, RefusedError)
    if isinstance(error, NotSignedInError) and not wants_json(request) and not is_partial(request):
        return RedirectResponse(f"/sign-in?next={quote(page_asked(request), safe='')}", status_code=303)
    told = answer(request, error.status, error.detail, wait=error.wait)
    if isinstance(error, StaleFormError):
        told.headers["x-assay-form"] = "stale"
    return told


def _failed(request: Request, error: Exception) -> Response:
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
    # The page shows which question it is about, and has buttons where the command line has commands.
    told = error.told if isinstance(error, ConflictError) else str(error)
    detail = printable(_ITEM.sub("", told))
    if status >= 500:  # where the catalog is, and what else this server works with, is the operator's affair
        log("failed", level="error", request=getattr(request.state, "request", ""), error=type(error).__name__)
        if isinstance(error, NoConnectionError):
            serving(request).limits.unserved.one_more()
        what = "the catalog" if isinstance(error, CatalogError) else "something that this server works with"
        detail = f"{what} cannot be used at the moment; nothing was changed; try again in a while"
    # What may well succeed soon is tried again by programs that are told when.
    wait = _SOON if isinstance(error, CatalogError) and error.transient else None
    return answer(request, status, detail, wait=wait)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # Names of fields and what is wrong with them; what was sent is not repeated.
    told = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()[:5])
    return answer(request, 422, printable(told))


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    details = {
        400: "what was sent cannot be read: its JSON or form is broken, or nested or long beyond measure",
        404: "there is no such page",
        405: "this address does not take that",
    }
    return answer(request, error.status_code, details.get(error.status_code, HTTPStatus(error.status_code).phrase))


def _large(request: Request, _error: Exception) -> Response:
    return answer(request, 413, f"a request to this address has at most {most_of(request.url.path):,} bytes")


def _unexpected(request: Request, error: Exception) -> Response:
    # What an error says may hold anything; where it was raised does not.
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames]
    identity = getattr(request.state, "request", "")
    log("unexpected", level="error", request=identity, error=type(error).__name__, where=where)
    detail = f"something went wrong that should not have; nothing more is known here than the log says of {identity}"
    return answer(request, 500, detail)
