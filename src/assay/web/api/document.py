"""The OpenAPI document of the API."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from assay.web.api import audit, catalog, files, found, glossary, governance, metrics, plans, reports, reviews, scans
from assay.web.api.calling import Call
from assay.web.api.shared import ApiViewer
from assay.web.api.told import Problem

_DESCRIBED = (catalog, found, files, reviews, scans, governance, glossary, plans, reports, audit, metrics)
_IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Again with the same key within a day, the call is not carried out again, but answered as it was.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}
_UNCHANGED = {"description": "What If-None-Match names is what there is."}
_REFUSED = {
    "description": "What is wrong.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_UNUSED = ("HTTPValidationError", "ValidationError", "Page")
"""How the library would answer what cannot be read, and a page of anything."""

router = APIRouter(prefix="/api/v1", route_class=Call)


@router.get("/openapi.json", include_in_schema=False)
def document(_request: Request, _actor: ApiViewer) -> dict[str, Any]:
    """All calls, with what they take and give."""
    return described()


def described() -> dict[str, Any]:
    """The document."""
    routes = [route for module in _DESCRIBED for route in module.router.routes]
    told = get_openapi(
        title="assay",
        version="1",
        description="What the steward's desk knows and does, for programs. Errors are application/problem+json (RFC 9457).",
        routes=routes,
    )
    for route in routes:
        if isinstance(route, APIRoute):
            for method in route.methods or ():
                _as_answered(told["paths"][route.path][method.lower()], route, method)
    schemas = told["components"]["schemas"]
    for name in _UNUSED:
        schemas.pop(name, None)
    schemas["Problem"] = Problem.model_json_schema()
    told["components"].setdefault("securitySchemes", {})["token"] = {"type": "http", "scheme": "bearer"}
    told["security"] = [{"token": []}]
    return told


def _as_answered(operation: dict[str, Any], route: APIRoute, method: str) -> None:
    answers = operation["responses"]
    answers.pop("422", None)
    answers["default"] = _REFUSED
    for answer in answers.values():
        for kind in answer.get("content", {}).values():
            if "$ref" in kind.get("schema", {}):
                # Beside it stands what the library makes of the return type, which says less.
                kind["schema"] = {"$ref": kind["schema"]["$ref"]}
    if method == "GET":
        answers["304"] = _UNCHANGED
    elif method == "POST" and not getattr(route.endpoint, "is_passing", False):
        operation.setdefault("parameters", []).append(_IDEMPOTENCY)
