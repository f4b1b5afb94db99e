"""Styles and scripts: the files that came with the package, read once, each under a name that changes with what is in it."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Request
from fastapi.responses import Response

from assay.web.access import PUBLIC
from assay.web.refusals import RefusedError

router = APIRouter()

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
_NAMES = ("desk.css", "desk.js", "queue.js", "scan.js", "mark.svg", "vendor/htmx.min.js")


@cache
def _contents() -> dict[str, bytes]:
    folder = files("assay.web").joinpath("static")
    return {name: folder.joinpath(name).read_bytes() for name in _NAMES}


@cache
def _smaller(name: str) -> bytes:
    return gzip.compress(_contents()[name], mtime=0)


@cache
def asset_url(name: str) -> str:
    """Where a page finds it."""
    digest = hashlib.sha256(_contents()[name]).hexdigest()[:12]
    return f"/static/{digest}/{name}"


@router.get("/static/{digest}/{name:path}", dependencies=[PUBLIC], response_model=None)
def static(request: Request, digest: str, name: str) -> Response:
    """One of the files; nothing else is looked for on disk."""
    content = _contents().get(name)
    if content is None or asset_url(name) != f"/static/{digest}/{name}":
        raise RefusedError("there is no such file", status=404)
    headers = {"cache-control": "public, max-age=31536000, immutable", "vary": "accept-encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        # Pages are sent as they are: what is secret in one could be guessed by how far it shrinks (BREACH).
        content, headers["content-encoding"] = _smaller(name), "gzip"
    return Response(content, media_type=_TYPES[name.rpartition(".")[2]], headers=headers)
