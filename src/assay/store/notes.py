"""Comments on questions of the queue, and whose they are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, insert, select

from assay.model.review import storable
from assay.store.reviews import time_of
from assay.store.schema.desk import review_assignments, review_comments
from assay.store.texts import moment


class Comment(NamedTuple):
    """What somebody said of a question."""

    by: str
    at: datetime
    text: str


class Assignment(NamedTuple):
    """Whose question it is, and the day by which it should be decided."""

    assignee: str | None
    due: str | None


def add_comment(connection: Connection, item_id: str, *, by: str, at: datetime, text: str) -> None:
    """Writes a comment."""
    row = {"item_id": item_id, "by": storable(by), "at": moment(at), "text": storable(text)}
    connection.execute(insert(review_comments), row)


def comments(connection: Connection, item_id: str) -> list[Comment]:
    """The comments on a question, the first first."""
    table = review_comments
    asked = select(table).where(table.c.item_id == item_id).order_by(table.c.id)
    return [Comment(row.by, time_of(row.at), row.text) for row in connection.execute(asked)]


def assign(
    connection: Connection, item_id: str, *, assignee: str | None, due: date | None, by: str, at: datetime
) -> None:
    """Writes whose a question is."""
    connection.execute(delete(review_assignments).where(review_assignments.c.item_id == item_id))
    if assignee is None and due is None:
        return
    row = {
        "item_id": item_id,
        "assignee": assignee,
        "due": None if due is None else due.isoformat(),
        "by": storable(by),
        "at": moment(at),
    }
    connection.execute(insert(review_assignments), row)


def assignments(connection: Connection, item_ids: Iterable[str]) -> dict[str, Assignment]:
    """Those of these questions that are somebody's, or due."""
    table = review_assignments
    rows = connection.execute(select(table).where(table.c.item_id.in_(list(item_ids))))
    return {row.item_id: Assignment(row.assignee, row.due) for row in rows}
