"""One question: its evidence, and what people do with it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from assay.app.reviews import evidence, noting, reviewing
from assay.errors import ReviewError
from assay.model import Level
from assay.model.identity import Actor, Role
from assay.model.review import Decision, QueueItem, Scope, State, Verdict
from assay.review import rights
from assay.review.workflow import MOVES, Move, same_person
from assay.store import notes, people, reviews
from assay.web.access import Steward, Viewer, need
from assay.web.forms import Form, Posted
from assay.web.pages.queue import decided, queue_page, reached, verdict_of, wanted_of
from assay.web.queries import queue
from assay.web.queries.queue import Row
from assay.web.refusals import RefusedError
from assay.web.rendering import page
from assay.web.state import Served, Serving, is_partial

router = APIRouter()


@router.get("/review/{item_id}", response_model=None)
def show(request: Request, served: Served, actor: Viewer, item_id: str) -> Response:
    """A question; within the page of the queue, unless only it is asked for."""
    item = _item(request, served, actor, Role.VIEWER, item_id)
    return _shown(request, served, actor, item)


@router.post("/review/{item_id}/decide", response_model=None)
def decide(request: Request, served: Served, actor: Steward, item_id: str, form: Posted) -> Response:
    """A verdict."""
    item = _item(request, served, actor, Role.STEWARD, item_id)
    verdict = verdict_of(form.text("verdict"))
    moved = decided(request, served, actor, item, form.number("version"), _decision(verdict, actor, form, item))
    return _moved(request, served, actor, moved)


@router.post("/review/{item_id}/confirm", response_model=None)
def confirm(request: Request, served: Served, actor: Steward, item_id: str, form: Posted) -> Response:
    """The second of two agrees."""
    item = _item(request, served, actor, Role.STEWARD, item_id)
    reached(request, served, actor, item, form.number("version"))
    moved = reviewing.confirm(
        served.desk.catalog,
        item.id,
        by=actor.name,
        reason=form.text("reason"),
        redact=served.desk.redact,
        version=form.number("version"),
    )
    return _moved(request, served, actor, moved)


@router.post("/review/{item_id}/undo", response_model=None)
def undo(request: Request, served: Served, actor: Steward, item_id: str, form: Posted) -> Response:
    """A decision is taken back."""
    item = _item(request, served, actor, Role.STEWARD, item_id)
    reached(request, served, actor, item, form.number("version"))
    moved = reviewing.undo(
        served.desk.catalog,
        item.id,
        by=actor.name,
        reason=form.text("reason"),
        redact=served.desk.redact,
        version=form.number("version"),
    )
    return _moved(request, served, actor, moved)


@router.post("/review/{item_id}/comment", response_model=None)
def comment(request: Request, served: Served, actor: Viewer, item_id: str, form: Posted) -> Response:
    """Something is said to the others."""
    item = _item(request, served, actor, Role.VIEWER, item_id)
    noting.comment(served.desk.catalog, item.id, form.text("text"), by=actor.name, redact=served.desk.redact)
    return _again(request, served, actor, item)


@router.post("/review/{item_id}/assign", response_model=None)
def assign(request: Request, served: Served, actor: Steward, item_id: str, form: Posted) -> Response:
    """Whose question it is, and by when."""
    item = _item(request, served, actor, Role.STEWARD, item_id)
    assigned(served, actor, item, form.text("assignee"), form.day("due"))
    return _again(request, served, actor, item)


def assigned(served: Serving, actor: Actor, item: QueueItem, name: str, due: date | None) -> None:
    """Makes a question somebody's who may decide it. Raises `RefusedError`."""
    if name:
        with served.desk.catalog.reading() as connection:
            found = people.named(connection, name)
        if found is None or not found[0].is_active:
            raise RefusedError("nobody of that name is here")
        if not rights.may(found[0].grants, Role.STEWARD, item.question.subject.resource):
            raise RefusedError(f"{found[0].name} may not decide this; choose somebody who may")
        name = found[0].name
    noting.assign(served.desk.catalog, item.id, assignee=name or None, due=due, by=actor.name)


def question(served: Serving, actor: Actor, item: QueueItem) -> dict[str, Any]:
    """All that the template of a question is given."""
    desk = served.desk
    governance = desk.governance
    subject = item.question.subject
    with desk.catalog.reading() as connection:
        history = reviews.history(connection, item.id)
        comments = notes.comments(connection, item.id)
        assignment = notes.assignments(connection, [item.id]).get(item.id)
        everybody = people.everybody(connection)
    may_decide = rights.may(actor.grants, Role.STEWARD, subject.resource)
    moves = MOVES[item.state]
    first = item.proposal if item.state is State.AWAITING_SECOND else None
    return {
        "item": item,
        "asked": item.question,
        "subject": subject,
        "shown": evidence.shown(desk.catalog, item, governance),
        "history": history,
        "comments": comments,
        "assignment": assignment,
        "row": Row(item, assignment),
        "stewards": [
            each.name
            for each in everybody
            if each.is_active and rights.may(each.grants, Role.STEWARD, subject.resource)
        ],
        "may_decide": may_decide,
        "verdicts": _verdicts(item) if may_decide and Move.APPROVE in moves else [],
        "may_undo": may_decide and Move.UNDO in moves,
        "may_confirm": may_decide
        and Move.CONFIRM in moves
        and first is not None
        and not same_person(first.by, actor.name),
        "categories": sorted(governance.categories),
        "levels": [str(level) for level in Level if level is not Level.UNCLASSIFIED],
    }


def _verdicts(item: QueueItem) -> list[Verdict]:
    """Those that make sense for what is asked; the rest would be refused."""
    subject = item.question.subject
    nothing = subject.kind == "column" and subject.identifier is None
    if subject.kind in ("resource", "table") or nothing:
        return [Verdict.APPROVE, Verdict.RECLASSIFY]
    return list(Verdict)


def _item(request: Request, served: Serving, actor: Actor, role: Role, item_id: str) -> QueueItem:
    with served.desk.catalog.reading() as connection:
        item = reviews.by_id(connection, [item_id]).get(item_id)
    if item is None:
        raise RefusedError("there is no such question", status=404)
    need(request, served, actor, role, item.question.subject.resource, "question")
    return item


def _decision(verdict: Verdict, actor: Actor, form: Form, item: QueueItem) -> Decision:
    """What a form says; a field that the verdict has no use for is left out, as if nobody had opened its form."""
    fresh = verdict is Verdict.RECLASSIFY
    wide = verdict in (Verdict.REJECT, Verdict.SUPPRESS, Verdict.RECLASSIFY)
    scope = form.text("scope") if wide else ""
    try:
        return Decision(
            verdict=verdict,
            by=actor.name,
            at=datetime.now(UTC),
            reason=form.text("reason"),
            scope=Scope(scope) if scope else None,
            level=Level(form.text("level")) if fresh and form.text("level") else None,
            identifier=form.text("identifier").upper() or None if fresh else None,
            categories=tuple(each.upper() for each in form.every("category") if each) if fresh else (),
            fingerprint=form.text("fingerprint") or None if scope in ("finding", "value") else None,
            expires=form.day("expires"),
        )
    except ValueError:
        raise ReviewError(f"{item.id}: a scope or a level is none; choose one of those that the form has") from None


def _moved(request: Request, served: Serving, actor: Actor, item: QueueItem) -> Response:
    """What became of it; the page is told, so that it goes on to the next."""
    if not is_partial(request):
        return RedirectResponse(f"/review/{item.id}", status_code=303)
    told = {"id": item.id, "state": item.state, "version": item.version, "words": item.state.replace("_", " ")}
    headers = {"hx-trigger": orjson.dumps({"assay:moved": told}).decode()} | _etag(item)
    return _updated(request, served, actor, item, headers)


def _again(request: Request, served: Serving, actor: Actor, item: QueueItem) -> Response:
    if not is_partial(request):
        return RedirectResponse(f"/review/{item.id}", status_code=303)
    return _updated(request, served, actor, item, _etag(item))


def _updated(request: Request, served: Serving, actor: Actor, item: QueueItem, headers: dict[str, str]) -> Response:
    """The question as it is now, with its row in the list and how many are left."""
    with served.desk.catalog.reading() as connection:
        counts = queue.counts(connection, wanted_of({}, actor))
    return page(request, "_moved.html", headers=headers, counts=counts, **question(served, actor, item))


def _shown(request: Request, served: Serving, actor: Actor, item: QueueItem) -> Response:
    told = question(served, actor, item)
    if is_partial(request):
        return page(request, "_question.html", headers=_etag(item), **told)
    return queue_page(request, served, actor, told)


def _etag(item: QueueItem) -> dict[str, str]:
    return {"etag": f'"{item.id}.{item.version}"'}
