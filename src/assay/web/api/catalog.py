"""Resources, their findings, columns and history; and texts that are classified at once."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import Field

from assay.model.identity import Actor, Role
from assay.report.jsonlines import encode
from assay.store import lookups
from assay.web.access import need
from assay.web.api.calling import Call, passing
from assay.web.api.shared import After, ApiViewer, Asked, Limit, Page, answers, cursor
from assay.web.api.told import ColumnTold, FindingTold, PageOf, ResourceTold, TextTold, VersionTold
from assay.web.pages.resources import wanted_of
from assay.web.queries import resources
from assay.web.refusals import RefusedError
from assay.web.state import Served, Serving

router = APIRouter(prefix="/api/v1", route_class=Call)


class Text(Asked):
    """A text to be classified."""

    text: str
    include_test_values: bool = Field(False, description="Documentation and test values, too.")


@router.post("/classify/text", tags=["classify"], responses=answers(TextTold))
@passing
def classify_text(served: Served, _actor: ApiViewer, body: Text) -> dict[str, Any]:
    """Finds what is sensitive in a text. Nothing of it is kept; values come back redacted."""
    found = served.desk.find(body.text)
    shown = [each for each in found if body.include_test_values or not each.test_value]
    level = max((each.level for each in shown), key=lambda each: each.rank, default=None)
    return {
        "level": None if level is None else str(level),
        "findings": [as_json(each) for each in shown],
        "test_values_ignored": len(found) - len(shown),
    }


@router.get("/resources", tags=["resources"], responses=answers(PageOf[ResourceTold]))
def list_resources(
    served: Served,
    actor: ApiViewer,
    sort: Annotated[str, Query(pattern="^(level|changed|name)$")] = "level",
    level: Annotated[str, Query(max_length=20)] = "",
    scheme: Annotated[str, Query(max_length=20, description="What addresses begin with: s3, file …")] = "",
    search: Annotated[str, Query(max_length=200)] = "",
    review: Annotated[str, Query(pattern="^(|yes)$", description="yes: only what a person has to look at.")] = "",
    after: After = None,
    limit: Limit = 50,
) -> Page:
    """Resources that you may see, the gravest first."""
    asked = {"sort": sort, "level": level, "scheme": scheme, "search": search, "review": review}
    wanted = wanted_of(asked, actor)
    if (wanted.level, wanted.scheme) != (level, scheme):
        raise RefusedError("there is no such level or scheme")
    with served.desk.catalog.reading() as connection:
        found = resources.page(connection, wanted, after=cursor(after), limit=limit)
    return Page(items=[_resource(row) for row in found.rows], next=found.next)


@router.get("/resources/{resource_id}", tags=["resources"], responses=answers(ResourceTold))
def one_resource(request: Request, served: Served, actor: ApiViewer, resource_id: str) -> dict[str, Any]:
    """What is concluded of one resource."""
    return _resource(_known(request, served, actor, resource_id))


@router.get("/resources/{resource_id}/findings", tags=["resources"], responses=answers(PageOf[FindingTold]))
def its_findings(
    request: Request,
    served: Served,
    actor: ApiViewer,
    resource_id: str,
    after: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    limit: Limit = 50,
) -> Page:
    """Its findings, the surest first, as `assay scan --format jsonl` tells them."""
    row = _known(request, served, actor, resource_id)
    with served.desk.catalog.reading() as connection:
        found, following = resources.findings_in(connection, row.id, after=after, limit=limit)
    return Page(items=[as_json(each) for each in found], next=None if following is None else str(following))


@router.get("/resources/{resource_id}/columns", tags=["resources"], responses=answers(PageOf[ColumnTold]))
def its_columns(request: Request, served: Served, actor: ApiViewer, resource_id: str) -> Page:
    """The records of its columns."""
    row = _known(request, served, actor, resource_id)
    with served.desk.catalog.reading() as connection:
        columns = lookups.columns_of(connection, row.uri)
    return Page(items=[as_json(each.record) for each in columns], next=None)


@router.get("/resources/{resource_id}/history", tags=["resources"], responses=answers(PageOf[VersionTold]))
def its_history(
    request: Request,
    served: Served,
    actor: ApiViewer,
    resource_id: str,
    after: Annotated[int | None, Query(ge=0, le=2**31 - 1)] = None,
    limit: Limit = 50,
) -> Page:
    """What was concluded of it, the latest first; `level` null: it was gone."""
    row = _known(request, served, actor, resource_id)
    with served.desk.catalog.reading() as connection:
        versions = resources.versions(connection, row.id, limit=limit + 1, before=after)
    told = [{"version": each.version, "at": each.at, "level": each.level, "record": each.record} for each in versions]
    return Page(items=told[:limit], next=str(told[limit - 1]["version"]) if len(told) > limit else None)


def _known(request: Request, served: Serving, actor: Actor, resource_id: str) -> resources.Row:
    with served.desk.catalog.reading() as connection:
        row = resources.one(connection, resource_id)
    if row is None:
        raise RefusedError("there is no such resource", status=404)
    need(request, served, actor, Role.VIEWER, row.uri, "resource")
    return row


def _resource(row: resources.Row) -> dict[str, Any]:
    told = {"id": row.id, "changed_at": row.changed_at, "seen_at": row.seen_at}
    return told | as_json(row.classification)


def as_json(record: Any) -> dict[str, Any]:
    """In the published form."""
    told: dict[str, Any] = orjson.loads(encode(record))
    return told
