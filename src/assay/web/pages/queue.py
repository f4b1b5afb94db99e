"""The review queue: what waits, and deciding much of it at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from assay.app.reviews import reviewing
from assay.errors import CatalogError, ConflictError, ReviewError
from assay.model.identity import Actor, Role
from assay.model.review import Decision, QueueItem, Verdict
from assay.review import rights
from assay.web.access import Steward, Viewer, need, need_reach
from assay.web.forms import Posted
from assay.web.queries import queue
from assay.web.refusals import RefusedError
from assay.web.rendering import page, today
from assay.web.state import Served, Serving

router = APIRouter()
AT_ONCE = 50
_MOST = 200
_DIGITS = 10
_GONE = "is no longer in the queue"


@router.get("/review", response_model=None)
def show(request: Request, served: Served, actor: Viewer) -> Response:
    """The queue, with its first question open."""
    return queue_page(request, served, actor, None)


def queue_page(
    request: Request, served: Serving, actor: Actor, opened: Mapping[str, Any] | None, *, status: int = 200, **more: Any
) -> Response:
    """The page; `opened` is what the template of a question is given, or `None` for the first of the list."""
    from assay.web.pages.questions import question  # each shows the other

    wanted = wanted_of(request.query_params, actor)
    with served.desk.catalog.reading() as connection:
        found = queue.page(connection, wanted, after=request.query_params.get("after"), limit=AT_ONCE)
        counts = queue.counts(connection, wanted)
    if opened is None and found.rows and not request.query_params.get("after"):
        opened = question(served, actor, found.rows[0].item)
    given = {"wanted": wanted, "tabs": queue.TABS, "counts": counts, "rows": found.rows, "opened": opened, **more}
    given |= {"following": None, "counted_to": queue.COUNTED_TO, "link": link_of(wanted), "notice": more.get("notice")}
    given |= {"sheet": more.get("sheet"), "sheet_query": link_of(wanted)("").partition("?")[2]}
    given["identifiers"] = served.named_identifiers
    if found.next is not None:
        given["following"] = link_of(wanted)("", after=found.next)
    if request.headers.get("hx-target") == "rows":
        return page(request, "_rows.html", **given)
    return page(request, "queue.html", status=status, **given)


@router.post("/review/decide", response_model=None)
def decide_many(request: Request, served: Served, actor: Steward, form: Posted) -> Response:
    """One verdict on many questions: each is decided, or said why not."""
    marked = form.every("item")
    if not marked:
        raise RefusedError("no question is marked; mark some with x, or with their boxes")
    if len(marked) > _MOST:
        raise RefusedError(f"at most {_MOST} questions are decided at once")
    verdict = verdict_of(form.text("verdict"))
    if verdict is Verdict.RECLASSIFY:
        raise RefusedError("what something is instead is said of each question by itself")
    done: list[str] = []
    refused: list[tuple[str, str]] = []
    with served.desk.catalog.reading() as connection:
        names = list(dict.fromkeys(each.partition(":")[0] for each in marked))
        items = {row.item.id: row.item for row in queue.rows_of(connection, names)}
    for each in marked:
        name, _, version = each.partition(":")
        item = items.get(name)
        if item is None or not (version.isascii() and version.isdecimal() and len(version) < _DIGITS):
            refused.append((name, _GONE))
            continue
        try:
            need(request, served, actor, Role.STEWARD, item.question.subject.resource, "question")
            decided(request, served, actor, item, int(version), _decision(verdict, actor, form.text("reason")))
        except RefusedError as error:
            # What somebody may not see is answered as what was never there; the others are decided all the same.
            refused.append((name, _GONE if error.status == 404 else error.detail))
        except ReviewError as error:
            told = error.told if isinstance(error, ConflictError) else str(error)
            refused.append((name, told.removeprefix(f"{name}: ")))
        except CatalogError:
            if not done:
                raise
            told = f"the catalog cannot be used at the moment: {len(done)} of {len(marked)} are decided, the rest is not; look again in a while"
            raise RefusedError(told, status=503) from None
        else:
            done.append(name)
    with served.desk.catalog.reading() as connection:
        rows = [row for row in queue.rows_of(connection, names) if _sees(actor, row)]
        counts = queue.counts(connection, wanted_of({}, actor))
    notice: dict[str, Any] = {"done": done, "refused": refused, "verdict": verdict, "rows": rows, "counts": counts}
    if request.headers.get("hx-request") == "true":
        return page(request, "_many.html", **notice)
    return queue_page(request, served, actor, None, notice=notice)


def _sees(actor: Actor, row: queue.Row) -> bool:
    return rights.may(actor.grants, Role.VIEWER, row.item.question.subject.resource)


def decided(
    request: Request, served: Serving, actor: Actor, item: QueueItem, version: int, decision: Decision
) -> QueueItem:
    """A decision, as the command line would take it. Raises `RefusedError` for one that holds beyond somebody's scopes."""
    desk = served.desk
    reached(request, served, actor, item, version, decision)
    return reviewing.decide(
        desk.catalog,
        item.id,
        decision,
        redact=desk.redact,
        known=desk.known,
        second_from=desk.settings.second_approval,
        version=version,
    )


def reached(
    request: Request, served: Serving, actor: Actor, item: QueueItem, version: int, *decisions: Decision
) -> None:
    """Raises `RefusedError` where a decision, or the one that the item has already and that would be agreed to or taken back, holds
    beyond somebody's scopes, and `ConflictError` where the item is of another version than was looked at."""
    reviewing.looked_at(item, version)
    need_reach(request, served, actor, item.question.subject.resource, item.proposal, *decisions)


def verdict_of(text: str) -> Verdict:
    """The verdict that a form names."""
    try:
        return Verdict(text)
    except ValueError:
        raise RefusedError("a verdict is approve, reject, reclassify or suppress") from None


def wanted_of(query: Mapping[str, str], actor: Actor) -> queue.Wanted:
    """Which questions an address asks for, of those that somebody may see."""
    show = query.get("show", "waiting")
    return queue.Wanted(
        scopes=rights.scopes(actor.grants, Role.VIEWER),
        me=actor.name,
        today=today().isoformat(),
        show=show if show in queue.TABS else "waiting",
        search=query.get("search", "").strip()[:200],
        level=query.get("level", ""),
        resource=query.get("resource"),
    )


def link_of(wanted: queue.Wanted) -> Any:
    """Makes addresses of the queue that keep its filters, but for those that are given anew."""

    def link(item: str = "", **changes: str) -> str:
        names = {"show": wanted.show, "search": wanted.search, "level": wanted.level, "resource": wanted.resource}
        kept = {name: value for name, value in (names | changes).items() if value}
        if kept.get("show") == "waiting":
            del kept["show"]
        path = f"/review/{item}" if item else "/review"
        return f"{path}?{urlencode(kept)}" if kept else path

    return link


def _decision(verdict: Verdict, actor: Actor, reason: str) -> Decision:
    return Decision(verdict=verdict, by=actor.name, at=datetime.now(UTC), reason=reason)
