"""Reports of what the catalog holds now: chosen here, made here and by the API."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from assay.app.reporting.gathering import Wanted as Facts
from assay.app.reporting.gathering import gather
from assay.app.reporting.papers import SAYS, Choice
from assay.app.reporting.papers import made as paper_of
from assay.app.reporting.papers import written as paper_as
from assay.errors import UsageError
from assay.model.identity import Actor, Role
from assay.report.papers import residency
from assay.review import rights
from assay.sinks.output import Output
from assay.store import reportfacts
from assay.store.schema.catalog import LEVELS
from assay.web.access import Viewer, ViewerOfAll
from assay.web.pages.resources import SCHEMES, wanted_of
from assay.web.queries import reports
from assay.web.refusals import RefusedError
from assay.web.rendering import page
from assay.web.state import Served, Serving

router = APIRouter()
TYPES = {"html": "text/html; charset=utf-8", "csv": "text/csv; charset=utf-8", "sarif": "application/sarif+json"}
PAPERS_AS = {"html": TYPES["html"], "pdf": "application/pdf", "json": "application/json"}
PAPERS_MOST = 20_000
"""Resources in one of these: a server has others to answer, and 200,000 take half a minute and some 600 MB."""

_ASKED = ("format", "level", "scheme", "search", "report", "as", "inputs")
_LONGEST = 200
_turn = threading.BoundedSemaphore(2)


@router.get("/reports", response_model=None)
def show(request: Request, actor: Viewer) -> Response:
    """Which reports there are, and of what."""
    return page(request, "reports.html", **_choices(actor, dict.fromkeys(_ASKED, ""), ""))


@router.get("/reports/catalog", response_model=None)
def make(request: Request, served: Served, actor: Viewer) -> Response:
    """One as a file, or the choice again with what is to be chosen otherwise."""
    asked = {name: request.query_params.get(name, "")[:_LONGEST] for name in _ASKED}
    try:
        return made(served, actor, asked)
    except RefusedError as error:
        return _otherwise(request, actor, asked, error)


@router.get("/reports/paper", response_model=None)
def paper(request: Request, served: Served, actor: ViewerOfAll) -> Response:
    """A report for auditors, owners or management, as a file. It is of all that the catalog knows, and so are those who may have it;
    whose values were shown to whom is told to administrators."""
    query = request.query_params
    asked = dict.fromkeys(_ASKED, "") | {name: query.get(name, "")[:_LONGEST] for name in ("report", "as", "inputs")}
    try:
        return _paper(served, actor, asked)
    except RefusedError as error:
        return _otherwise(request, actor, asked, error)


def _paper(served: Serving, actor: Actor, asked: Mapping[str, str]) -> Response:
    name, kind = asked["report"], asked["as"]
    if name not in papers_for(actor) or kind not in PAPERS_AS:
        raise RefusedError("there is no such report, or it is not for you")
    only = tuple(asked["inputs"].split()) if name == "pipeline" else ()
    with _one_of_two():
        _bounded(served, name, only)
        facts = gather(served.desk, Facts(only=only))
        laws = residency.laws(residency.shipped(), "the shipped rules")
        try:
            body = paper_as(paper_of(name, facts, Choice(inputs=only, laws=laws)), kind, version=_version())
        except UsageError as error:
            raise RefusedError(str(error)) from None
    headers = {"content-disposition": f'attachment; filename="{name}.{kind}"'}
    return Response(body, media_type=PAPERS_AS[kind], headers=headers)


def _bounded(served: Serving, name: str, only: tuple[str, ...]) -> None:
    with served.desk.catalog.reading() as connection:
        number = reportfacts.count(connection, only)
    if number > PAPERS_MOST:
        raise RefusedError(
            f"a report here is of at most {PAPERS_MOST:,} resources, and this one would be of {number:,}; "
            f"run 'assay report {name}' where the catalog can be reached"
        )


def papers_for(actor: Actor) -> dict[str, str]:
    """The reports of all that somebody may have, and what each says."""
    if not rights.everywhere(actor.grants, Role.VIEWER):
        return {}
    is_admin = rights.everywhere(actor.grants, Role.ADMIN)
    return {name: says for name, says in SAYS.items() if is_admin or name != "access"}


def _choices(actor: Actor, asked: Mapping[str, str], problem: str) -> dict[str, Any]:
    return {
        "levels": LEVELS,
        "schemes": SCHEMES,
        "asked": asked,
        "problem": problem,
        "papers": papers_for(actor),
        "papers_most": PAPERS_MOST,
    }


def _otherwise(request: Request, actor: Actor, asked: Mapping[str, str], error: RefusedError) -> Response:
    headers = {} if error.wait is None else {"retry-after": str(int(error.wait))}
    return page(request, "reports.html", status=error.status, headers=headers, **_choices(actor, asked, error.detail))


@contextmanager
def _one_of_two() -> Iterator[None]:
    """Raises `RefusedError` while two are being made."""
    if not _turn.acquire(blocking=False):
        raise RefusedError("two reports are being made already; wait a moment", status=429, wait=10)
    try:
        yield
    finally:
        _turn.release()


def made(served: Serving, actor: Actor, asked: Mapping[str, str]) -> Response:
    """A report of the resources that somebody may see, of those that are asked for. Raises `RefusedError`."""
    kind, level, search = asked["format"], asked["level"], asked["search"]
    wanted = wanted_of({"sort": "name", "level": level, "scheme": asked["scheme"], "search": search}, actor)
    if kind not in TYPES:
        raise RefusedError("there is no such kind of report")
    if (wanted.level, wanted.scheme) != (level, asked["scheme"]):
        raise RefusedError("there is no such level or scheme")
    with _one_of_two():
        written = io.BytesIO()
        identifiers = {each.name: each for each in served.desk.identifiers}
        sink = reports.sink(kind, Output(written, "report"), version=_version(), identifiers=identifiers)
        with served.desk.catalog.reading() as connection:
            for record in reports.records(connection, wanted, title=" ".join(filter(None, ("catalog", level, search)))):
                sink.write(record)
        sink.close()
    headers = {"content-disposition": f'attachment; filename="catalog.{kind}"'}
    return Response(written.getvalue(), media_type=TYPES[kind], headers=headers)


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("assay")
    except metadata.PackageNotFoundError:
        return "0+source"
