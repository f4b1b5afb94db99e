"""Reports: chosen here, made by the API."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from assay.store.schema.catalog import LEVELS
from assay.web.access import Viewer
from assay.web.pages.resources import SCHEMES
from assay.web.rendering import page

router = APIRouter()


@router.get("/reports", response_model=None)
def show(request: Request, _actor: Viewer) -> Response:
    """Which reports there are, and of what."""
    return page(request, "reports.html", levels=LEVELS, schemes=SCHEMES)
