"""Numbers for dashboards: as JSON, and as Prometheus reads them (text format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse

from assay.app.learning.drifting import DAYS, MOST, between, since_days
from assay.learn.drift import Drift
from assay.model.identity import Role
from assay.review import rights
from assay.web.api.calling import Call
from assay.web.api.shared import ApiViewer
from assay.web.api.toldlog import MetricsTold
from assay.web.queries.overview import Overview, overview
from assay.web.rendering import today
from assay.web.state import Served

router = APIRouter(prefix="/api/v1", tags=["metrics"], route_class=Call)
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/metrics", response_model=None, responses={200: {"model": MetricsTold, "content": {"text/plain": {}}}})
def metrics(
    served: Served,
    actor: ApiViewer,
    format: Annotated[str, Query(pattern="^(json|prometheus)$")] = "json",  # noqa: A002  # as it stands in the address
) -> Any:
    """What is where by level, what waits, and what was decided in 30 days, of all that you may see."""
    found = overview(served.desk.catalog, rights.scopes(actor.grants, Role.VIEWER), today(), served.remembered)
    drift = None
    # It is about all documents, and told to who may see all.
    if rights.everywhere(actor.grants, Role.VIEWER):
        with served.desk.catalog.reading() as connection:
            drift = between(connection, since_days(DAYS), None, MOST)
    if format == "prometheus":
        return PlainTextResponse("".join(_lines(found, drift, served.limits.unserved.number)), media_type=_PROMETHEUS)
    return {
        "resources": dict(found.held.levels),
        "places": {place.name: dict(place.levels) for place in found.held.places},
        "review_waiting": dict(found.waiting),
        "review_decided_30_days": dict(found.answered),
        "documents_drift_30_days": None if drift is None else _drift(drift),
        "requests_without_connection": served.limits.unserved.number,
    }


def _drift(found: Drift) -> dict[str, float]:
    """The population stability index of each, where there are enough documents to tell it."""
    told = {"types": found.outcome, "levels": found.levels, "features": found.features}
    return {name: value for name, value in told.items() if value is not None}


def _lines(found: Overview, drift: Drift | None, unserved: int) -> Iterator[str]:
    gauges = (
        ("assay_resources", "level", "Resources by level.", found.held.levels),
        ("assay_review_waiting", "level", "Questions that wait for a decision.", found.waiting),
        ("assay_review_decided_30_days", "verdict", "Decisions of the last 30 days.", found.answered),
    )
    for name, label, about, counted in gauges:
        yield f"# HELP {name} {about}\n# TYPE {name} gauge\n"
        for key, number in sorted(counted.items()):
            yield f'{name}{{{label}="{key}"}} {number}\n'
    name = "assay_requests_without_connection_total"
    yield f"# HELP {name} Requests that no connection to the catalog came free for in time.\n# TYPE {name} counter\n{name} {unserved}\n"
    if drift is not None and (told := _drift(drift)):
        name = "assay_documents_drift_30_days"
        yield f"# HELP {name} Population stability index of documents read in 30 days against those before.\n# TYPE {name} gauge\n"
        for key, value in sorted(told.items()):
            yield f'{name}{{of="{key}"}} {value}\n'
