"""Whether the server is there, and whether it can serve. For balancers and probes: they say nothing else."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from sqlalchemy import text

from assay.web.access import PUBLIC
from assay.web.state import Served

router = APIRouter()


@router.get("/health", dependencies=[PUBLIC], response_model=None)
def health() -> Response:
    """The process answers."""
    return PlainTextResponse("ok\n")


@router.get("/ready", dependencies=[PUBLIC], response_model=None)
def ready(served: Served) -> Response:
    """The catalog answers, too; else 503."""
    with served.desk.catalog.reading() as connection:
        connection.execute(text("SELECT 1"))
    return PlainTextResponse("ok\n")
