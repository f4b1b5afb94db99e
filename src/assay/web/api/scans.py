"""Scans for programs: started, followed while they go on, ended."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from assay.app.serving import asking
from assay.model.identity import Actor
from assay.store import scans
from assay.store.scans import Scan
from assay.web.access import denied
from assay.web.api.calling import Call
from assay.web.api.shared import After, ApiSteward, ApiViewer, Asked, Limit, Page, answers, based, version_of
from assay.web.api.told import PageOf, RootTold, ScanTold
from assay.web.following import document, followed, known
from assay.web.pages.scans import allowed, startable
from assay.web.refusals import RefusedError
from assay.web.state import Served

router = APIRouter(prefix="/api/v1/scans", tags=["scans"], route_class=Call)


class Options(Asked):
    """What a scan may be asked for from here; as the options of `assay scan`."""

    categories: list[str] | None = Field(None, max_length=20)
    identifiers: list[str] | None = Field(None, max_length=200)
    exclude: list[str] | None = Field(None, max_length=100, description="Patterns as in .gitignore.")
    sample: float | None = Field(None, gt=0, le=100, description="Of many files, this share.")
    rows: int | None = Field(None, ge=1, le=10_000_000, description="Of each table of a database, so many random rows.")
    preview: bool | None = None
    min_confidence: float | None = Field(None, ge=0, le=1)


class Wanted(Asked):
    """A scan: of targets that lie in one of the roots (`GET /scans/roots`)."""

    targets: list[str] = Field(min_length=1, max_length=asking.MOST_TARGETS)
    options: Options = Field(default_factory=lambda: Options.model_validate({}))


@router.get("", responses=answers(PageOf[ScanTold]))
def list_scans(
    served: Served,
    actor: ApiViewer,
    status: Annotated[str, Query(pattern="^(|waiting|working|done|failed|cancelled)$")] = "",
    after: After = None,
    limit: Limit = 50,
) -> Page:
    """Scans of which you may see all that they read, the latest first."""
    with served.desk.catalog.reading() as connection:
        found, following = scans.listed(
            connection, after=after, limit=limit, shown=lambda scan: asking.may_see(actor, scan), status=status
        )
    return Page(items=[document(scan) for scan in found], next=following)


@router.get("/roots", responses=answers(PageOf[RootTold]))
def list_roots(served: Served, actor: ApiSteward) -> Page:
    """What may be scanned from here. Of a root that is `open`, what lies below it may be named, too."""
    roots = startable(served.roots, actor)
    return Page(items=[{"target": root.told, "open": root.is_open} for root in roots], next=None)


@router.post("", status_code=202, responses=answers(ScanTold, 202))
def start_scan(request: Request, response: Response, served: Served, actor: ApiSteward, body: Wanted) -> dict[str, Any]:
    """Puts a scan into the queue. Follow it by its `Location`, and by `/events` below that."""
    options = body.options.model_dump(exclude_none=True)
    asked = asking.judged(body.targets, options, roots=startable(served.roots, actor), settings=served.desk.settings)
    scan = asking.ask(served.desk.catalog, actor, allowed(request, served, actor, asked))
    response.headers["location"] = f"/api/v1/scans/{scan.id}"
    return _told(response, scan)


@router.get("/{scan_id}", responses=answers(ScanTold))
def one_scan(response: Response, served: Served, actor: ApiViewer, scan_id: str) -> dict[str, Any]:
    """A scan: how far it is, or what became of it."""
    return _told(response, known(served, actor, scan_id))


@router.get(
    "/{scan_id}/events", response_class=StreamingResponse, responses={200: {"content": {"text/event-stream": {}}}}
)
def follow_scan(served: Served, actor: ApiViewer, scan_id: str) -> StreamingResponse:
    """Server-sent events: `scan` whenever something has changed, `end` once it is over. Ends after five minutes in any case; connect
    again then."""
    return followed(served, actor, known(served, actor, scan_id))


@router.post("/{scan_id}/cancel", openapi_extra=based("scan", is_required=False), responses=answers(ScanTold))
def cancel_scan(
    request: Request, response: Response, served: Served, actor: ApiSteward, scan_id: str
) -> dict[str, Any]:
    """Has it end; what it has found so far is kept. `If-Match` may name the version that was looked at."""
    scan = _mine(request, served, actor, scan_id)
    version = version_of(request, scan.id, what="scan") if "if-match" in request.headers else None
    if version is not None and version != scan.version:
        raise RefusedError("this scan has changed since you looked at it; look again", status=412)
    return _told(response, asking.cancel(served.desk.catalog, actor, scan))


def _mine(request: Request, served: Any, actor: Actor, scan_id: str) -> Scan:
    scan = known(served, actor, scan_id)
    if not asking.may_cancel(actor, scan):
        denied(request, served, actor, None)
        raise RefusedError("this needs the role steward for all that the scan reads, which you do not have", status=403)
    return scan


def _told(response: Response, scan: Scan) -> dict[str, Any]:
    response.headers["etag"] = f'"{scan.id}.{scan.version}"'
    return document(scan)
