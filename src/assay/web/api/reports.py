"""Reports of what the catalog holds now: a page for people, rows, and SARIF."""

from __future__ import annotations

import io
import threading
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from assay.sinks.output import Output
from assay.web.api.calling import Call
from assay.web.api.shared import ApiViewer
from assay.web.pages.resources import wanted_of
from assay.web.queries import reports
from assay.web.refusals import RefusedError
from assay.web.state import Served

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=Call)
_TYPES = {"html": "text/html; charset=utf-8", "csv": "text/csv; charset=utf-8", "sarif": "application/sarif+json"}
_turn = threading.BoundedSemaphore(2)


@router.get(
    "/reports/catalog",
    response_class=Response,
    responses={200: {"content": {each.partition(";")[0]: {} for each in _TYPES.values()}}},
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
    wanted = wanted_of({"sort": "name", "level": level, "scheme": scheme, "search": search}, actor)
    if wanted.scheme != scheme:
        raise RefusedError("there is no such scheme")
    if not _turn.acquire(blocking=False):
        raise RefusedError("two reports are being made already; wait a moment", status=429, wait=10)
    try:
        written = io.BytesIO()
        identifiers = {each.name: each for each in served.desk.identifiers}
        sink = reports.sink(format, Output(written, "report"), version=_version(), identifiers=identifiers)
        with served.desk.catalog.reading() as connection:
            for record in reports.records(connection, wanted, title=" ".join(filter(None, ("catalog", level, search)))):
                sink.write(record)
        sink.close()
    finally:
        _turn.release()
    headers = {"content-disposition": f'attachment; filename="catalog.{format}"'}
    return Response(written.getvalue(), media_type=_TYPES[format], headers=headers)


def _version() -> str:
    from importlib import metadata

    try:
        return metadata.version("assay")
    except metadata.PackageNotFoundError:
        return "0+source"
