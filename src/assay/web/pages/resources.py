"""Resources: a list that stays quick whatever its length, and everything that is known of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from assay.app.reviews.evidence import sample_of
from assay.enrich.rules import sentence
from assay.model.identity import Actor, Role
from assay.review import rights
from assay.store import enrichments, lookups, reviews
from assay.store.schema.catalog import LEVELS
from assay.web.access import Viewer, need
from assay.web.queries import resources
from assay.web.refusals import RefusedError
from assay.web.rendering import page
from assay.web.state import Served

router = APIRouter()
_AT_ONCE = 50
_COLUMNS = 300
_FINDINGS = 25
_VERSIONS = 20
_SCHEMES = (
    "file",
    "s3",
    "postgresql",
    "mysql",
    "sqlite",
    "rds",
    "redshift",
    "snowflake",
    "dynamodb",
    "mongodb",
    "glue",
)


@router.get("/resources", response_model=None)
def show(request: Request, served: Served, actor: Viewer) -> Response:
    """The list."""
    wanted = wanted_of(request.query_params, actor)
    with served.desk.catalog.reading() as connection:
        found = resources.page(connection, wanted, after=request.query_params.get("after"), limit=_AT_ONCE)
    given: dict[str, Any] = {
        "wanted": wanted,
        "rows": found.rows,
        "levels": LEVELS,
        "schemes": _SCHEMES,
        "sorts": resources.SORTS,
    }
    following = None if found.next is None else link_of(wanted, after=found.next)
    if request.headers.get("hx-target") == "rows":
        return page(request, "_resources.html", rows=found.rows, following=following)
    return page(request, "resources.html", **given, following=following, is_first="after" not in request.query_params)


@router.get("/resources/{resource_id}", response_model=None)
def one(request: Request, served: Served, actor: Viewer, resource_id: str) -> Response:
    """One resource."""
    at = request.query_params.get("after", "0")
    after = int(at) if at.isascii() and at.isdecimal() and len(at) < 8 else 0  # digits of an offset
    with served.desk.catalog.reading() as connection:
        row = resources.one(connection, resource_id)
    if row is None:
        raise RefusedError("there is no such resource", status=404)
    need(request, served, actor, Role.VIEWER, row.uri, "resource")
    with served.desk.catalog.reading() as connection:
        found, following = resources.findings_in(connection, row.id, after=after, limit=_FINDINGS)
        columns = lookups.columns_of(connection, row.uri)
        given: dict[str, Any] = {
            "tables": lookups.tables_of(connection, row.uri),
            "omitted": lookups.left_out_of(connection, row.uri)[:_COLUMNS],
            "versions": resources.versions(connection, row.id, limit=_VERSIONS),
            "told": enrichments.of(connection, row.uri),
            "items": reviews.items(connection, resource=row.uri, limit=_COLUMNS),
        }
    return page(
        request,
        "resource.html",
        row=row,
        sentence=sentence,
        about=row.classification,
        samples=[(finding, sample_of(finding)) for finding in found],
        after=after,
        following=following,
        columns=[each.record for each in columns[:_COLUMNS]],
        left_out=max(0, len(columns) - _COLUMNS),
        **given,
    )


def wanted_of(query: Mapping[str, str], actor: Actor) -> resources.Wanted:
    """Which resources an address asks for, of those that somebody may see."""
    sort, level, scheme = query.get("sort", "level"), query.get("level", ""), query.get("scheme", "")
    return resources.Wanted(
        scopes=rights.scopes(actor.grants, Role.VIEWER),
        sort=sort if sort in resources.SORTS else "level",
        search=query.get("search", "").strip()[:200],
        level=level if level in LEVELS else "",
        scheme=scheme if scheme in _SCHEMES else "",
        review=query.get("review") == "yes",
    )


def link_of(wanted: resources.Wanted, **changes: str) -> str:
    """The address of the list with its filters, but for those that are given anew."""
    kept = {"sort": wanted.sort, "search": wanted.search, "level": wanted.level, "scheme": wanted.scheme}
    kept |= {"review": "yes" if wanted.review else ""} | changes
    return f"/resources?{urlencode({name: value for name, value in kept.items() if value})}"
