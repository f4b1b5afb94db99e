"""Reports of what the catalog holds now: chosen here, made here and by the API."""

from __future__ import annotations

import io
import threading
from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import Response

from assay.model.identity import Actor
from assay.sinks.output import Output
from assay.store.schema.catalog import LEVELS
from assay.web.access import Viewer
from assay.web.pages.resources import SCHEMES, wanted_of
from assay.web.queries import reports
from assay.web.refusals import RefusedError
from assay.web.rendering import page
from assay.web.state import Served, Serving

router = APIRouter()
TYPES = {"html": "text/html; charset=utf-8", "csv": "text/csv; charset=utf-8", "sarif": "application/sarif+json"}
_ASKED = ("format", "level", "scheme", "search")
_LONGEST = 200
_turn = threading.BoundedSemaphore(2)


@router.get("/reports", response_model=None)
def show(request: Request, _actor: Viewer) -> Response:
    """Which reports there are, and of what."""
    return page(request, "reports.html", levels=LEVELS, schemes=SCHEMES, asked=dict.fromkeys(_ASKED, ""), problem="")


@router.get("/reports/catalog", response_model=None)
def make(request: Request, served: Served, actor: Viewer) -> Response:
    """One as a file, or the choice again with what is to be chosen otherwise."""
    asked = {name: request.query_params.get(name, "")[:_LONGEST] for name in _ASKED}
    try:
        return made(served, actor, asked)
    except RefusedError as error:
        told = {"levels": LEVELS, "schemes": SCHEMES, "asked": asked, "problem": error.detail}
        headers = {} if error.wait is None else {"retry-after": str(int(error.wait))}
        return page(request, "reports.html", status=error.status, headers=headers, **told)


def made(served: Serving, actor: Actor, asked: Mapping[str, str]) -> Response:
    """A report of the resources that somebody may see, of those that are asked for. Raises `RefusedError`."""
    kind, level, search = asked["format"], asked["level"], asked["search"]
    wanted = wanted_of({"sort": "name", "level": level, "scheme": asked["scheme"], "search": search}, actor)
    if kind not in TYPES:
        raise RefusedError("there is no such kind of report")
    if (wanted.level, wanted.scheme) != (level, asked["scheme"]):
        raise RefusedError("there is no such level or scheme")
    if not _turn.acquire(blocking=False):
        raise RefusedError("two reports are being made already; wait a moment", status=429, wait=10)
    try:
        written = io.BytesIO()
        identifiers = {each.name: each for each in served.desk.identifiers}
        sink = reports.sink(kind, Output(written, "report"), version=_version(), identifiers=identifiers)
        with served.desk.catalog.reading() as connection:
            for record in reports.records(connection, wanted, title=" ".join(filter(None, ("catalog", level, search)))):
                sink.write(record)
        sink.close()
    finally:
        _turn.release()
    headers = {"content-disposition": f'attachment; filename="catalog.{kind}"'}
    return Response(written.getvalue(), media_type=TYPES[kind], headers=headers)


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("assay")
    except metadata.PackageNotFoundError:
        return "0+source"
