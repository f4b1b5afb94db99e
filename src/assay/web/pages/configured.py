"""The settings that this server was started with. For administrators: they name places of others."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from assay.app.config.shown import shown
from assay.web.access import Admin
from assay.web.rendering import page
from assay.web.state import Served

router = APIRouter()


@router.get("/settings", response_model=None)
def show(request: Request, served: Served, _actor: Admin) -> Response:
    """All settings, what they are, and where that comes from; no passwords."""
    settings = served.desk.settings
    rows = shown(settings, to_others=True)
    given: dict[str, Any] = {
        "changed": [row for row in rows if row.origin != "default"],
        "rest": [row for row in rows if row.origin == "default"],
    }
    return page(
        request, "settings.html", file=settings.file, catalog=served.desk.catalog.shown, roots=served.roots, **given
    )
