"""Resources as their pages show them: in order, filtered, a page at a time; and all that is kept of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from assay.model import Classification, Finding
from assay.model.review import storable
from assay.store.nouns import classification_of, finding_of
from assay.store.schema.catalog import (
    LEVELS,
    classification_versions,
    classifications,
    findings,
    readings,
    resources,
)
from assay.web.queries.scopes import lies_in

_FEW = 2_000
SORTS = ("level", "changed", "name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which resources, in which order. `scheme` is what their URIs begin with: `s3`, `file`."""

    scopes: tuple[str, ...]
    sort: str = "level"
    search: str = ""
    level: str = ""
    scheme: str = ""
    review: bool = False


class Row(NamedTuple):
    """A resource, what is concluded of it, and since when."""

    id: str
    uri: str
    classification: Classification
    changed_at: str
    seen_at: str


class Page(NamedTuple):
    """Some resources, and the cursor of those that follow."""

    rows: list[Row]
    next: str | None


class Version(NamedTuple):
    """What was concluded from a time on; `record` is `None` where the resource was gone."""

    version: int
    at: str
    level: str | None
    record: Mapping[str, Any] | None


def page(connection: Connection, wanted: Wanted, *, after: str | None, limit: int) -> Page:
    """A page of resources. Sorted by level, each level is a range of its own, so that none has to be sorted as a whole."""
    narrow = wanted.search or wanted.scheme or "*" not in wanted.scopes
    if narrow and (few := _few(connection, wanted, after=after, limit=limit)) is not None:
        return few
    if wanted.sort != "level":
        return _in_order(connection, wanted, after=after, limit=limit)
    levels = [level for level in LEVELS if wanted.level in ("", level)]
    begin, _, last = storable(after or "").partition("~")
    if begin in levels:
        levels = levels[levels.index(begin) :]
    rows: list[Row] = []
    for level in levels:
        asked = _chosen(connection, wanted).where(classifications.c.level == level)
        if level == begin:
            asked = asked.where(resources.c.uri > last)
        missing = limit + 1 - len(rows)
        rows += _rows(connection, asked.order_by(resources.c.uri).limit(missing))
        if len(rows) > limit:
            shown = rows[:limit]
            return Page(shown, _place(wanted, shown[-1]))
    return Page(rows, None)


def _few(connection: Connection, wanted: Wanted, *, after: str | None, limit: int) -> Page | None:
    """What is asked for by address, where that is not much: found by one look at all addresses, and put in order here."""
    asked = select(resources.c.id).where(lies_in(connection, resources.c.uri, wanted.scopes), *_named(wanted))
    ids = list(connection.execute(asked.limit(_FEW + 1)).scalars())
    if len(ids) > _FEW:
        return None
    rows = _rows(connection, _all().where(resources.c.id.in_(ids)))
    rows = [row for row in rows if wanted.level in ("", row.classification.level)]
    rows = [row for row in rows if row.classification.needs_review or not wanted.review]
    rows.sort(key=lambda row: row.uri)
    if wanted.sort == "changed":
        rows.sort(key=lambda row: row.changed_at, reverse=True)
    elif wanted.sort == "level":
        rows.sort(key=lambda row: LEVELS.index(row.classification.level))
    places = [_place(wanted, row) for row in rows]
    begin = places.index(after) + 1 if after in places else 0
    shown = rows[begin : begin + limit]
    return Page(shown, places[begin + limit - 1] if begin + limit < len(rows) else None)


def _place(wanted: Wanted, row: Row) -> str:
    """The cursor of what follows a resource."""
    return f"{row.classification.level if wanted.sort == 'level' else row.changed_at}~{row.uri}"


def _in_order(connection: Connection, wanted: Wanted, *, after: str | None, limit: int) -> Page:
    asked = _chosen(connection, wanted)
    if wanted.level:
        asked = asked.where(classifications.c.level == wanted.level)
    changed, uri = classifications.c.changed_at, resources.c.uri
    key, _, last = storable(after or "").partition("~")
    if wanted.sort == "changed":
        if after:
            asked = asked.where(or_(changed < key, and_(changed == key, uri > last)))
        asked = asked.order_by(changed.desc(), uri)
    else:
        if after:
            asked = asked.where(uri > last)
        asked = asked.order_by(uri)
    rows = _rows(connection, asked.limit(limit + 1))
    if len(rows) <= limit:
        return Page(rows, None)
    return Page(rows[:limit], _place(wanted, rows[limit - 1]))


def one(connection: Connection, resource_id: str) -> Row | None:
    """The resource of an id, if anything is concluded of it."""
    rows = _rows(connection, _all().where(resources.c.id == resource_id))
    return rows[0] if rows else None


def versions(connection: Connection, resource_id: str, *, limit: int) -> list[Version]:
    """The latest versions of what was concluded, the latest first."""
    table = classification_versions
    asked = select(table.c.version, table.c.at, table.c.level, table.c.record)
    asked = asked.where(table.c.resource_id == resource_id).order_by(table.c.version.desc()).limit(limit)
    return [Version(row.version, row.at, row.level, row.record) for row in connection.execute(asked)]


def findings_in(
    connection: Connection, resource_id: str, *, after: int, limit: int
) -> tuple[list[Finding], int | None]:
    """Findings of the reading that the conclusion comes of, the surest first; `after` so many. Gives where to go on."""
    found, following = numbered(connection, resource_id, after=after, limit=limit)
    return [finding for _, finding in found], following


def numbered(
    connection: Connection, resource_id: str, *, after: int, limit: int
) -> tuple[list[tuple[int, Finding]], int | None]:
    """The same, each with its number in the catalog."""
    asked = _findings(resource_id).order_by(findings.c.confidence.desc(), findings.c.id).offset(after).limit(limit + 1)
    found = [(int(row.id), finding_of(row, row.uri)) for row in connection.execute(asked)]
    return found[:limit], after + limit if len(found) > limit else None


def finding(connection: Connection, resource_id: str, number: int) -> Finding | None:
    """The finding of a number, if it is one of this resource that still counts."""
    row = connection.execute(_findings(resource_id).where(findings.c.id == number)).one_or_none()
    return None if row is None else finding_of(row, row.uri)


def _findings(resource_id: str) -> Select[Any]:
    return (
        select(findings, resources.c.uri)
        .join(readings, readings.c.id == findings.c.reading_id)
        .join(classifications, classifications.c.reading_id == readings.c.id)
        .join(resources, resources.c.id == findings.c.resource_id)
        .where(findings.c.resource_id == resource_id)
    )


def _all() -> Select[Any]:
    return select(
        resources.c.id,
        resources.c.uri,
        classifications.c.record,
        classifications.c.changed_at,
        classifications.c.seen_at,
    ).join(classifications, classifications.c.resource_id == resources.c.id)


def _chosen(connection: Connection, wanted: Wanted) -> Select[Any]:
    asked = _all().where(lies_in(connection, resources.c.uri, wanted.scopes), *_named(wanted))
    return asked.where(classifications.c.needs_review) if wanted.review else asked


def _named(wanted: Wanted) -> list[ColumnElement[bool]]:
    uri = resources.c.uri
    words = storable(wanted.search).lower().split()[:8]
    found = [func.lower(uri).contains(word, autoescape=True) for word in words]
    if wanted.scheme:
        # A range, which an index knows.
        found += [uri >= f"{wanted.scheme}:", uri < f"{wanted.scheme};"]
    return found


def _rows(connection: Connection, asked: Select[Any]) -> list[Row]:
    rows: Sequence[Any] = connection.execute(asked).all()
    return [Row(row.id, row.uri, classification_of(row.record), row.changed_at, row.seen_at) for row in rows]
