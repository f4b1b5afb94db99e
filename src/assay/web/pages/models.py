"""Learned models: which are in use and how good they are, what workers trained, and whether documents have become others."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from assay.app.learning.drifting import DAYS, MOST, between, since_days
from assay.app.learning.models import versions_of
from assay.app.learning.versions import SHIPPED, Versions
from assay.errors import AssayError
from assay.learn.kinds import KINDS
from assay.learn.modelfile import ModelError
from assay.learn.shipped import shipped
from assay.store import learnruns
from assay.web.access import ViewerOfAll
from assay.web.rendering import page
from assay.web.state import Served

router = APIRouter()
_RUNS = 20
_VERSIONS = 50


@router.get("/models", response_model=None)
def show(request: Request, served: Served, _actor: ViewerOfAll) -> Response:
    """What is in use, and what is known of it."""
    versions, wrong = None, ""
    try:
        versions = _told(versions_of(served.desk.settings))
    except AssayError as error:
        # A changed pointer, or a bucket that does not answer: the rest is told all the same.
        wrong = str(error)
    with served.desk.catalog.reading() as connection:
        drift = between(connection, since_days(DAYS), None, MOST)
        runs = list(learnruns.latest(connection, _RUNS))
    settings = served.desk.settings
    return page(
        request,
        "models.html",
        told=versions,
        wrong=wrong,
        drift=drift,
        days=DAYS,
        most=MOST,
        runs=runs,
        after=settings.learn_after,
        every=settings.learn_every,
        promotes=settings.learn_promote,
    )


def _told(versions: Versions) -> dict[str, Any]:
    used = {kind: versions.pointer(kind) for kind in KINDS}
    rows: list[dict[str, Any]] = []
    for version, card in versions.all():
        if isinstance(card, ModelError):
            rows.append({"version": version, "error": str(card)})
            continue
        pointer = used[card.kind]
        state = "in use" if pointer.current == version else "tried" if pointer.canary == version else ""
        rows.append({"version": version, "error": "", "state": state, **asdict(card)})
        if len(rows) == _VERSIONS:
            break
    kinds = [
        {
            "kind": kind,
            "version": "" if pointer.current == SHIPPED else pointer.current,
            "ships": shipped(kind) is not None,
            "canary": pointer.canary,
            "share": pointer.share,
        }
        for kind, pointer in used.items()
    ]
    return {"kinds": kinds, "versions": rows}
