"""Reports of what the catalog holds now: a page for people, rows, and SARIF."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from assay.web.api.calling import Call
from assay.web.api.shared import ApiViewer
from assay.web.pages.reports import TYPES, made
from assay.web.state import Served

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=Call)


@router.get(
    "/reports/catalog",
    response_class=Response,
    responses={200: {"content": {each.partition(";")[0]: {} for each in TYPES.values()}}},
)
def report(
    served: Served,
    actor: ApiViewer,
    format: Annotated[str, Query(pattern="^(html|csv|sarif)$")] = "html",  # noqa: A002  # as it stands in the address
    level: Annotated[str, Query(pattern="^(|restricted|confidential|internal|unclassified|public)$")] = "",
    scheme: Annotated[str, Query(max_length=20)] = "",
    search: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """A report of the resources that you may see, of at most 5,000; of each at most 200 findings. It is a file: a page of it stands on
    its own, and is none of the desk's."""
    return made(served, actor, {"format": format, "level": level, "scheme": scheme, "search": search})
