"""The application: its routes, each with a decision who may call it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TextIO

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.types import ASGIApp

from assay.web import answers, assets
from assay.web.access import Access
from assay.web.api import audit as api_audit
from assay.web.api import catalog, document, files, found, metrics, reports, reviews
from assay.web.api import glossary as api_glossary
from assay.web.api import governance as api_governance
from assay.web.api import plans as api_plans
from assay.web.api import scans as api_scans
from assay.web.headers import Guarded, Logged
from assay.web.pages import (
    account,
    audit,
    configured,
    front,
    glossary,
    governance,
    health,
    incidents,
    models,
    notifications,
    overview,
    people,
    phases,
    plans,
    provider,
    questions,
    queue,
    resources,
    scans,
    sheets,
)
from assay.web.pages import reports as report_pages
from assay.web.state import Serving

_PAGES = (
    *(
        health,
        assets,
        front,
        overview,
        sheets,
        queue,
        questions,
        resources,
        scans,
        plans,
        incidents,
        phases,
        governance,
        glossary,
        models,
    ),
    *(report_pages, provider, account, people, notifications, audit, configured),
)
_API = (
    *(document, catalog, found, files, reviews, api_scans, api_governance, api_glossary, api_plans, reports),
    *(api_audit, metrics),
)


def served(serving: Serving, *, log: TextIO | None = None) -> ASGIApp:
    """The application with what surrounds it; also what goes wrong within is answered inside that."""
    return Logged(Guarded(make(serving), hosts=serving.hosts, is_secure=serving.is_secure), stream=log)


def make(serving: Serving) -> FastAPI:
    """The application that serves a desk. Raises `RuntimeError` for a route without a decision who may call it."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.serving = serving
    for module in (*_PAGES, *_API):
        # One by one: what a router includes otherwise is only known when it is asked for.
        app.router.routes.extend(module.router.routes)
    answers.install(app)
    for route in routes(app):
        if not decides(route):
            raise RuntimeError(f"{route.path}: nothing decides who may call it")
    return app


def routes(app: FastAPI) -> Iterator[APIRoute]:
    """All routes. Raises `RuntimeError` for one that is of another kind, and has no dependencies."""
    for route in app.routes:
        if not isinstance(route, APIRoute):
            raise RuntimeError(f"{route!r}: is no route that can say who may call it")  # noqa: TRY004
        yield route


def decides(route: APIRoute) -> list[Access]:
    """The decisions who may call a route."""
    return list(_accesses(route.dependant))


def _accesses(dependant: Dependant) -> Iterator[Access]:
    if isinstance(dependant.call, Access):
        yield dependant.call
    for each in dependant.dependencies:
        yield from _accesses(each)
