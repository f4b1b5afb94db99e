"""The review queue for programs: each move names the version that it is based on."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from assay.app.reviews import noting, reviewing
from assay.app.reviews.review_documents import item_document, move_document
from assay.errors import ConflictError
from assay.model import Level
from assay.model.identity import Actor, Role
from assay.model.review import Decision, QueueItem, Scope, Verdict
from assay.store import notes, reviews
from assay.web.access import need
from assay.web.api.calling import Call
from assay.web.api.shared import After, ApiSteward, ApiViewer, Asked, Limit, Page, answers, based, cursor, version_of
from assay.web.api.told import NotedTold, PageOf, QuestionTold, WholeQuestionTold
from assay.web.pages.questions import assigned
from assay.web.pages.queue import decided, reached, wanted_of
from assay.web.queries import queue
from assay.web.refusals import RefusedError
from assay.web.state import Served, Serving

router = APIRouter(prefix="/api/v1/reviews", tags=["reviews"], route_class=Call)
_BASED = based("question")


class Said(Asked):
    """A verdict. What it may set, and what it holds for, is as for `assay review`."""

    verdict: Verdict
    reason: str
    scope: Scope | None = None
    level: Level | None = None
    identifier: str | None = None
    categories: tuple[str, ...] = ()
    confidence: float | None = None
    fingerprint: str | None = None
    pattern: str | None = None
    path: str | None = None
    expires: date | None = None


class Because(Asked):
    """A reason."""

    reason: str = ""


class Comment(Asked):
    """What is said to the others."""

    text: str


class Whose(Asked):
    """Whose a question is, and by when it is due; nobody's and never, if nothing is said."""

    assignee: str = ""
    due: date | None = None


@router.get("", responses=answers(PageOf[QuestionTold]))
def list_questions(
    served: Served,
    actor: ApiViewer,
    show: Annotated[str, Query(pattern="^(waiting|second|mine|due|decided|all)$")] = "waiting",
    search: Annotated[str, Query(max_length=200)] = "",
    level: Annotated[str, Query(max_length=20)] = "",
    resource: Annotated[str | None, Query(max_length=8_000)] = None,
    after: After = None,
    limit: Limit = 50,
) -> Page:
    """Questions that you may see, the most pressing first."""
    asked = {"show": show, "search": search, "level": level} | ({} if resource is None else {"resource": resource})
    with served.desk.catalog.reading() as connection:
        found = queue.page(connection, wanted_of(asked, actor), after=cursor(after), limit=limit)
    return Page(items=[item_document(row.item) for row in found.rows], next=found.next)


@router.get("/{item_id}", responses=answers(WholeQuestionTold))
def one_question(
    request: Request, response: Response, served: Served, actor: ApiViewer, item_id: str
) -> dict[str, Any]:
    """A question with its history. Its `ETag` is what a move is based on."""
    item = _item(request, served, actor, Role.VIEWER, item_id)
    with served.desk.catalog.reading() as connection:
        moves = reviews.history(connection, item.id)
    return _told(response, item) | {"history": [move_document(move) for move in moves]} | _noted(served, item)


@router.post("/{item_id}/decisions", openapi_extra=_BASED, responses=answers(QuestionTold))
def decide(
    request: Request, response: Response, served: Served, actor: ApiSteward, item_id: str, body: Said
) -> dict[str, Any]:
    """A verdict. Where it takes two people, the second one's equal verdict confirms the first's."""
    item = _item(request, served, actor, Role.STEWARD, item_id)
    version = version_of(request, item.id)
    decision = Decision(
        verdict=body.verdict,
        by=actor.name,
        at=datetime.now(UTC),
        reason=body.reason,
        scope=body.scope,
        level=body.level,
        identifier=None if body.identifier is None else body.identifier.upper(),
        categories=tuple(dict.fromkeys(each.upper() for each in body.categories)),
        confidence=body.confidence,
        fingerprint=body.fingerprint,
        pattern=body.pattern,
        path=body.path,
        expires=body.expires,
    )
    return _told(response, _based(lambda: decided(request, served, actor, item, version, decision)))


@router.post("/{item_id}/confirm", openapi_extra=_BASED, responses=answers(QuestionTold))
def confirm(
    request: Request, response: Response, served: Served, actor: ApiSteward, item_id: str, body: Because
) -> dict[str, Any]:
    """The second of two agrees."""
    item = _item(request, served, actor, Role.STEWARD, item_id)
    given: dict[str, Any] = {"by": actor.name, "reason": body.reason, "redact": served.desk.redact}
    version = version_of(request, item.id)

    def moved() -> QueueItem:
        reached(request, served, actor, item, version)
        return reviewing.confirm(served.desk.catalog, item.id, **given, version=version)

    return _told(response, _based(moved))


@router.post("/{item_id}/undo", openapi_extra=_BASED, responses=answers(QuestionTold))
def undo(
    request: Request, response: Response, served: Served, actor: ApiSteward, item_id: str, body: Because
) -> dict[str, Any]:
    """A decision is taken back, with the overrides that it made."""
    item = _item(request, served, actor, Role.STEWARD, item_id)
    given: dict[str, Any] = {"by": actor.name, "reason": body.reason, "redact": served.desk.redact}
    version = version_of(request, item.id)

    def moved() -> QueueItem:
        reached(request, served, actor, item, version)
        return reviewing.undo(served.desk.catalog, item.id, **given, version=version)

    return _told(response, _based(moved))


@router.post("/{item_id}/comments", status_code=201, responses=answers(NotedTold, 201))
def comment(request: Request, served: Served, actor: ApiViewer, item_id: str, body: Comment) -> dict[str, Any]:
    """Something is said to the others."""
    item = _item(request, served, actor, Role.VIEWER, item_id)
    noting.comment(served.desk.catalog, item.id, body.text, by=actor.name, redact=served.desk.redact)
    return _noted(served, item)


@router.put("/{item_id}/assignment", responses=answers(NotedTold))
def assign(request: Request, served: Served, actor: ApiSteward, item_id: str, body: Whose) -> dict[str, Any]:
    """Whose question it is, and by when."""
    item = _item(request, served, actor, Role.STEWARD, item_id)
    assigned(served, actor, item, body.assignee.strip(), body.due)
    return _noted(served, item)


def _noted(served: Serving, item: QueueItem) -> dict[str, Any]:
    with served.desk.catalog.reading() as connection:
        said = notes.comments(connection, item.id)
        whose = notes.assignments(connection, [item.id]).get(item.id)
    return {
        "comments": [{"by": each.by, "at": each.at.isoformat(), "text": each.text} for each in said],
        "assignment": None if whose is None else {"assignee": whose.assignee, "due": whose.due},
    }


def _item(request: Request, served: Serving, actor: Actor, role: Role, item_id: str) -> QueueItem:
    with served.desk.catalog.reading() as connection:
        item = reviews.by_id(connection, [item_id]).get(item_id)
    if item is None:
        raise RefusedError("there is no such question", status=404)
    need(request, served, actor, role, item.question.subject.resource, "question")
    return item


def _based(move: Any) -> QueueItem:
    """A move whose `If-Match` no longer holds has the status that HTTP has for it."""
    try:
        made: QueueItem = move()
    except ConflictError as error:
        raise RefusedError(error.told, status=412) from None
    return made


def _told(response: Response, item: QueueItem) -> dict[str, Any]:
    response.headers["etag"] = f'"{item.id}.{item.version}"'
    return item_document(item)
