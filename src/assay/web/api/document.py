"""The OpenAPI document of the API."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi

from assay.web.api import audit, catalog, files, found, glossary, governance, metrics, plans, reports, reviews, scans
from assay.web.api.calling import Call
from assay.web.api.shared import ApiViewer

_DESCRIBED = (catalog, found, files, reviews, scans, governance, glossary, plans, reports, audit, metrics)

router = APIRouter(prefix="/api/v1", route_class=Call)


@router.get("/openapi.json", include_in_schema=False)
def document(_request: Request, _actor: ApiViewer) -> dict[str, Any]:
    """All calls, with what they take and give."""
    told = get_openapi(
        title="assay",
        version="1",
        description="What the steward's desk knows and does, for programs. Errors are application/problem+json (RFC 9457).",
        routes=[route for module in _DESCRIBED for route in module.router.routes],
    )
    told["components"].setdefault("securitySchemes", {})["token"] = {"type": "http", "scheme": "bearer"}
    told["security"] = [{"token": []}]
    return told
