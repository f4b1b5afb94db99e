"""Who is told and how it goes: channels, what waits, and what was given up. For administrators."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from assay.app.telling import notifying
from assay.store import notices
from assay.store.texts import moment
from assay.web.access import Admin
from assay.web.forms import Posted
from assay.web.refusals import RefusedError
from assay.web.rendering import page
from assay.web.state import Served

router = APIRouter()
_LISTED = 100
_NONE = "there is no such message, or it was not given up"


@router.get("/notifications", response_model=None)
def show(request: Request, served: Served, _actor: Admin) -> Response:
    """All channels, and their dead letters."""
    notifier = served.notifier
    with served.desk.catalog.reading() as connection:
        counts = notices.counts(connection)
        dead = notices.listed(connection, status=("dead",), limit=_LISTED)
        waiting = notices.listed(connection, status=("waiting", "working"), limit=_LISTED)
    settings = served.desk.settings
    given: dict[str, Any] = {"channels": notifier.channels, "counts": counts, "dead": dead, "waiting": waiting}
    return page(
        request, "notifications.html", **given, problem=notifier.problem, level=settings.notify_level, every=settings.notify_every,
        now=moment(),
    )  # fmt: skip


@router.post("/notifications/try", response_model=None)
def try_one(served: Served, actor: Admin, form: Posted) -> Response:
    """A message that only says that it comes through."""
    channel = next((each for each in served.notifier.channels if each.name == form.text("channel")), None)
    if channel is None:
        raise RefusedError("there is no such channel", status=404)
    notifying.try_out(served.desk.catalog, channel, by=actor.name, link=served.origin)
    return RedirectResponse("/notifications", status_code=303)


@router.post("/notifications/{notice_id}/again", response_model=None)
def again(served: Served, actor: Admin, notice_id: str) -> Response:
    """What was given up is sent once more."""
    if not notifying.send_again(served.desk.catalog, notice_id, by=actor.name):
        raise RefusedError(_NONE, status=404)
    return RedirectResponse("/notifications", status_code=303)


@router.post("/notifications/{notice_id}/discard", response_model=None)
def discard(served: Served, actor: Admin, notice_id: str) -> Response:
    """What was given up is taken out."""
    if not notifying.discard(served.desk.catalog, notice_id, by=actor.name):
        raise RefusedError(_NONE, status=404)
    return RedirectResponse("/notifications", status_code=303)
