"""The review queue as its page shows it: filtered, in order, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, func, literal, literal_column, or_, select, tuple_

from assay.model.review import QueueItem, State, storable
from assay.store import notes, reviews
from assay.store.notes import Assignment
from assay.store.schema.desk import review_assignments
from assay.store.schema.review import review_items
from assay.web.queries.scopes import lies_in
from assay.web.queries.texts import holds

WAITING = (State.OPEN, State.AWAITING_SECOND)
DECIDED = (State.APPROVED, State.REJECTED, State.RECLASSIFIED, State.SUPPRESSED)
COUNTED_TO = 1_000
"""More than that is told as that and more: nobody counts on, and the page stays quick."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which questions. `scopes` are what somebody may see; `show` is a tab: waiting, second, mine, due, decided, all."""

    scopes: tuple[str, ...]
    me: str
    today: str
    show: str = "waiting"
    search: str = ""
    level: str = ""
    resource: str | None = None


class Row(NamedTuple):
    """A question and whose it is."""

    item: QueueItem
    assignment: Assignment | None


class Page(NamedTuple):
    """Some questions, and the cursor of those that follow; `None` at the end."""

    rows: list[Row]
    next: str | None


_COUNTED = ("waiting", "second", "mine", "due")
TABS = ("waiting", "second", "mine", "due", "decided", "all")


def page(connection: Connection, wanted: Wanted, *, after: str | None, limit: int) -> Page:
    """A page of the queue, the most pressing first; of what was decided, the latest first."""
    newest = wanted.show == "decided"
    key = review_items.c.decided_at if newest else review_items.c.priority
    asked = _chosen(connection, select(review_items.c.id, key.label("key")), wanted)
    place = _place(after, newest=newest)
    if place is not None:
        at, last = place
        asked = asked.where(tuple_(key, review_items.c.id) < tuple_(literal(at), literal(last)))
    rows = connection.execute(asked.order_by(key.desc(), review_items.c.id.desc()).limit(limit + 1)).all()
    more = len(rows) > limit
    rows = rows[:limit]
    cursor = f"{rows[-1].key!r}~{rows[-1].id}".replace("'", "") if more else None
    return Page(_rows(connection, [row.id for row in rows]), cursor)


def rows_of(connection: Connection, ids: Sequence[str]) -> list[Row]:
    """These questions, in this order; what is gone is left out."""
    return _rows(connection, ids)


def counts(connection: Connection, wanted: Wanted) -> dict[str, int]:
    """How many questions each tab has, counted up to a little beyond `COUNTED_TO`."""
    numbers = []
    for tab in _COUNTED:
        one = Wanted(scopes=wanted.scopes, me=wanted.me, today=wanted.today, show=tab)
        some = _chosen(connection, select(review_items.c.id), one).limit(COUNTED_TO + 1).subquery()
        numbers.append(select(func.count()).select_from(some).scalar_subquery())
    return dict(zip(_COUNTED, map(int, connection.execute(select(*numbers)).one()), strict=True))


def _rows(connection: Connection, ids: Sequence[str]) -> list[Row]:
    items = reviews.by_id(connection, ids)
    whose = notes.assignments(connection, ids)
    return [Row(items[each], whose.get(each)) for each in ids if each in items]


def _chosen(connection: Connection, asked: Select[tuple[str]], wanted: Wanted) -> Select[tuple[str]]:
    items = review_items.c
    asked = asked.where(lies_in(connection, items.resource, wanted.scopes), *_of_tab(wanted))
    if wanted.show in ("mine", "due"):
        asked = asked.join(review_assignments, review_assignments.c.item_id == items.id)
    if wanted.level:
        asked = asked.where(items.level == wanted.level)
    if wanted.resource is not None:
        asked = asked.where(items.resource == wanted.resource)
    for word in storable(wanted.search).lower().split()[:8]:
        named = (items.resource, items.column_name, items.table_name, items.identifier)
        asked = asked.where(or_(*(holds(connection, name, word) for name in named)))
    return asked


def _of_tab(wanted: Wanted) -> list[ColumnElement[bool]]:
    state = review_items.c.state
    waiting = is_waiting()
    if wanted.show == "second":
        return [state == str(State.AWAITING_SECOND)]
    if wanted.show == "mine":
        return [waiting, review_assignments.c.assignee == wanted.me]
    if wanted.show == "due":
        return [waiting, review_assignments.c.due <= wanted.today]
    if wanted.show == "decided":
        return [state.in_([str(each) for each in DECIDED]), review_items.c.decided_at.is_not(None)]
    if wanted.show == "all":
        return []
    return [waiting]


def is_waiting() -> ColumnElement[bool]:
    """Whether a question waits. The states stand in the statement: an index of those that wait is only for one that says so."""
    return review_items.c.state.in_([literal_column(f"'{each}'") for each in WAITING])


def _place(after: str | None, *, newest: bool) -> tuple[float | str, str] | None:
    """Where a page begins; a cursor that is none begins at the beginning."""
    if not after or "~" not in after:
        return None
    key, _, last = storable(after).partition("~")
    if newest:
        return key, last
    try:
        return float(key), last
    except ValueError:
        return None
