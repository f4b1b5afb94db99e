"""Resources as their pages show them: in order, filtered, a page at a time; and all that is kept of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, func, literal, select, tuple_

from assay.model import Classification, Finding
from assay.model.review import storable
from assay.store.nouns import classification_of, finding_of
from assay.store.ordering import begins, by_code_point
from assay.store.schema.catalog import (
    LEVELS,
    classification_versions,
    classifications,
    findings,
    readings,
    resources,
)
from assay.web.queries.scopes import lies_in
from assay.web.queries.texts import holds

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
    given = storable(after or "")
    named = [lies_in(connection, resources.c.uri, wanted.scopes), *_named(connection, wanted)]
    if wanted.review:
        named.append(classifications.c.needs_review)
    if wanted.level:
        named.append(classifications.c.level == wanted.level)
    is_narrow = wanted.search or wanted.scheme or wanted.review or wanted.level or "*" not in wanted.scopes
    if is_narrow and (few := _few(connection, wanted, named)) is not None:
        return _cut(
            connection, wanted, [place for place in few if not given or _is_behind(wanted, place, given)], limit
        )
    if wanted.sort != "level":
        return _in_order(connection, wanted, named, given, limit)
    begin, _, last = given.partition("~")
    levels = [level for level in LEVELS if wanted.level in ("", level)]
    if begin in levels:
        levels = levels[levels.index(begin) :]
    rows: list[Row] = []
    for level in levels:
        of_level = [*named, classifications.c.level == level]
        behind = last if level == begin else ""
        missing = limit + 1 - len(rows)
        # In the order of addresses a level that few have would be looked for among all there are.
        few = None if wanted.search or wanted.level else _few(connection, wanted, of_level)
        if few is not None:
            rows += _these(connection, [each for each in few if each.uri > behind][:missing])
        else:
            uri = by_code_point(connection, resources.c.uri)
            rows += _rows(connection, _all().where(*of_level, uri > behind).order_by(uri).limit(missing))
        if len(rows) > limit:
            shown = rows[:limit]
            return Page(shown, _cursor(wanted, _place(shown[-1])))
    return Page(rows, None)


class _Place(NamedTuple):
    """What a resource is put in order by."""

    id: str
    uri: str
    level: str
    changed_at: str


def _few(connection: Connection, wanted: Wanted, named: Sequence[ColumnElement[bool]]) -> list[_Place] | None:
    """Where what is asked for stands, in order, if it is not much: found by one look, and put in order here."""
    columns = (resources.c.id, resources.c.uri, classifications.c.level, classifications.c.changed_at)
    asked = _from(*columns).where(*named)
    if not wanted.search:
        # A look at all addresses is made once, whatever comes of it; to count by an index costs nearly nothing.
        some = _from(resources.c.id).where(*named).limit(_FEW + 1).subquery()
        if int(connection.execute(select(func.count()).select_from(some)).scalar_one()) > _FEW:
            return None
    found = [_Place(*row) for row in connection.execute(asked.limit(_FEW + 1))]
    if len(found) > _FEW:
        return None
    if wanted.sort == "changed":
        return sorted(found, key=lambda place: (place.changed_at, place.id), reverse=True)
    if wanted.sort == "level":
        return sorted(found, key=lambda place: (LEVELS.index(place.level), place.uri))
    return sorted(found, key=lambda place: place.uri)


def _cut(connection: Connection, wanted: Wanted, places: Sequence[_Place], limit: int) -> Page:
    rows = _these(connection, places[:limit])
    return Page(rows, _cursor(wanted, places[limit - 1]) if len(places) > limit else None)


def _these(connection: Connection, places: Sequence[_Place]) -> list[Row]:
    rows = {row.id: row for row in _rows(connection, _all().where(resources.c.id.in_([each.id for each in places])))}
    return [rows[each.id] for each in places if each.id in rows]


def _is_behind(wanted: Wanted, place: _Place, after: str) -> bool:
    """Whether a resource follows a cursor; one that is none begins at the beginning."""
    key, _, last = after.partition("~")
    if wanted.sort == "changed":
        return (place.changed_at, place.id) < (key, last)
    if wanted.sort == "name":
        return place.uri > last
    return key not in LEVELS or (LEVELS.index(place.level), place.uri) > (LEVELS.index(key), last)


def _place(row: Row) -> _Place:
    return _Place(row.id, row.uri, row.classification.level, row.changed_at)


def _cursor(wanted: Wanted, place: _Place) -> str:
    """The cursor of what follows a resource."""
    if wanted.sort == "changed":
        return f"{place.changed_at}~{place.id}"
    return f"{place.level if wanted.sort == 'level' else ''}~{place.uri}"


def _in_order(
    connection: Connection, wanted: Wanted, named: Sequence[ColumnElement[bool]], after: str, limit: int
) -> Page:
    asked = _all().where(*named)
    key, _, last = after.partition("~")
    if wanted.sort == "changed":
        # What changed in the same moment, as much does in a first scan, comes by its id: so an index has the order.
        place = tuple_(classifications.c.changed_at, classifications.c.resource_id)
        if after:
            asked = asked.where(place < tuple_(literal(key), literal(last)))
        asked = asked.order_by(classifications.c.changed_at.desc(), classifications.c.resource_id.desc())
    else:
        uri = by_code_point(connection, resources.c.uri)
        if after:
            asked = asked.where(uri > last)
        asked = asked.order_by(uri)
    rows = _rows(connection, asked.limit(limit + 1))
    return Page(rows[:limit], _cursor(wanted, _place(rows[limit - 1])) if len(rows) > limit else None)


def one(connection: Connection, resource_id: str) -> Row | None:
    """The resource of an id, if anything is concluded of it."""
    rows = _rows(connection, _all().where(resources.c.id == resource_id))
    return rows[0] if rows else None


def versions(connection: Connection, resource_id: str, *, limit: int, before: int | None = None) -> list[Version]:
    """The latest versions of what was concluded, the latest first; those before a version."""
    table = classification_versions
    asked = select(table.c.version, table.c.at, table.c.level, table.c.record)
    if before is not None:
        asked = asked.where(table.c.version < before)
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
    return _from(
        resources.c.id,
        resources.c.uri,
        classifications.c.record,
        classifications.c.changed_at,
        classifications.c.seen_at,
    )


def _from(*asked: ColumnElement[Any]) -> Select[Any]:
    return select(*asked).select_from(resources).join(classifications, classifications.c.resource_id == resources.c.id)


def _named(connection: Connection, wanted: Wanted) -> list[ColumnElement[bool]]:
    words = storable(wanted.search).lower().split()[:8]
    found = [holds(connection, resources.c.uri, word) for word in words]
    if wanted.scheme:
        found.append(begins(connection, resources.c.uri, f"{wanted.scheme}:"))
    return found


def _rows(connection: Connection, asked: Select[Any]) -> list[Row]:
    rows: Sequence[Any] = connection.execute(asked).all()
    return [Row(row.id, row.uri, classification_of(row.record), row.changed_at, row.seen_at) for row in rows]
