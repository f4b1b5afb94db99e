"""What people note beside a question: whose it is, by when, and what they say to one another. Values are cleared first."""

from __future__ import annotations

from datetime import UTC, date, datetime

from assay.app.reviews.reviewing import Redactor, found, name_of, text_of
from assay.errors import ReviewError
from assay.model.review import QueueItem
from assay.store import audit, notes
from assay.store.engine import Catalog


def comment(catalog: Catalog, item_id: str, text: str, *, by: str, redact: Redactor) -> QueueItem:
    """Adds a comment to an item. Raises `ReviewError` for an empty one."""
    item = found(catalog, item_id)
    said = text_of(text, redact)
    if not said:
        raise ReviewError("a comment needs some words")
    with catalog.transaction() as connection:
        notes.add_comment(connection, item.id, by=name_of(by, redact), at=datetime.now(UTC), text=said)
        details = {"item": item.id, "text": said}
        audit.append(
            connection, actor=by, action="REVIEW_COMMENTED", resource=item.question.subject.resource, details=details
        )
    return item


def assign(catalog: Catalog, item_id: str, *, assignee: str | None, due: date | None, by: str) -> QueueItem:
    """Says whose question it is, and by when. `None` of both takes that back. `assignee` is a person's name as it is kept."""
    item = found(catalog, item_id)
    with catalog.transaction() as connection:
        was = notes.assignments(connection, [item.id]).get(item.id)
        notes.assign(connection, item.id, assignee=assignee, due=due, by=by, at=datetime.now(UTC))
        audit.append(
            connection,
            actor=by,
            action="REVIEW_ASSIGNED",
            resource=item.question.subject.resource,
            details={"item": item.id},
            before=None if was is None else {"assignee": was.assignee, "due": was.due},
            after={"assignee": assignee, "due": None if due is None else due.isoformat()},
        )
    return item
