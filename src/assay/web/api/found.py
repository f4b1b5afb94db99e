"""Findings and columns of all resources."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from assay.model.identity import Actor, Role
from assay.review import rights
from assay.web.api.calling import Call
from assay.web.api.catalog import as_json
from assay.web.api.shared import After, ApiViewer, Limit, Page, answers
from assay.web.api.told import ColumnTold, FindingTold, PageOf
from assay.web.queries import found
from assay.web.state import Served

router = APIRouter(prefix="/api/v1", tags=["resources"], route_class=Call)
_LEVEL = "^(|restricted|confidential|internal|unclassified|public)$"

Identifier = Annotated[str, Query(max_length=200, description="Only of this identifier: SSN.")]
Level = Annotated[str, Query(pattern=_LEVEL)]
Resource = Annotated[str, Query(max_length=8_000, description="Only of this resource, by its URI.")]


@router.get("/findings", responses=answers(PageOf[FindingTold]))
def list_findings(
    served: Served,
    actor: ApiViewer,
    identifier: Identifier = "",
    level: Level = "",
    resource: Resource = "",
    after: Annotated[int, Query(ge=0, le=2**62)] = 0,
    limit: Limit = 50,
) -> Page:
    """Findings that hold now, in the order that they were kept; values are redacted."""
    wanted = _wanted(actor, identifier, level, resource)
    with served.desk.catalog.reading() as connection:
        told = found.findings_page(connection, wanted, after=after, limit=limit)
    return Page(items=[as_json(each) for each in told.rows], next=told.next)


@router.get("/columns", responses=answers(PageOf[ColumnTold]))
def list_columns(
    served: Served,
    actor: ApiViewer,
    identifier: Identifier = "",
    level: Level = "",
    resource: Resource = "",
    after: After = None,
    limit: Limit = 50,
) -> Page:
    """Columns of tables, with what is concluded of each."""
    wanted = _wanted(actor, identifier, level, resource)
    with served.desk.catalog.reading() as connection:
        told = found.columns_page(connection, wanted, after=after or "", limit=limit)
    return Page(items=[as_json(each) for each in told.rows], next=told.next)


def _wanted(actor: Actor, identifier: str, level: str, resource: str) -> found.Wanted:
    scopes = rights.scopes(actor.grants, Role.VIEWER)
    return found.Wanted(scopes=scopes, identifier=identifier.upper(), level=level, resource=resource)
