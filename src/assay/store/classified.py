"""What the catalog concludes of all resources at a place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, or_, select

from assay.model import Classification, ColumnRecord, Level
from assay.store.nouns import classification_of, column_of
from assay.store.ordering import begins, by_code_point
from assay.store.schema.catalog import classifications, columns, resources, tables
from assay.store.texts import clean

_AT_ONCE = 1_000


class Classified(NamedTuple):
    """What is concluded of a resource, and since when. `change` is its source's token of the state that was read."""

    resource: str
    classification: Classification
    at: str
    change: str | None


def classified(connection: Connection, exact: Sequence[str], below: Sequence[str] = ()) -> Iterator[Classified]:
    """Of every resource whose URI is one of `exact`, or begins with one of `below`, by URI."""
    named, starts = [clean(uri) for uri in exact], tuple(clean(uri) for uri in below)
    which = or_(resources.c.uri.in_(named), *(begins(connection, resources.c.uri, start) for start in starts))
    wanted = (
        select(resources.c.uri, classifications.c.record, classifications.c.changed_at, classifications.c.change)
        .join(resources, resources.c.id == classifications.c.resource_id)
        .where(which)
        .order_by(by_code_point(connection, resources.c.uri))
    )
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(wanted):
        yield Classified(row.uri, classification_of(row.record), row.changed_at, row.change)


def levels_at(connection: Connection, exact: Sequence[str]) -> dict[str, Level]:
    """The level of each of these that is classified, by URI."""
    named = [clean(uri) for uri in exact]
    wanted = (
        select(resources.c.uri, classifications.c.level)
        .join(resources, resources.c.id == classifications.c.resource_id)
        .where(resources.c.uri.in_(named))
    )
    return {str(row.uri): Level(row.level) for row in connection.execute(wanted)}


def levels_below(connection: Connection, place: str) -> set[Level]:
    """Which levels a place, and what lies in it, has."""
    start = clean(place)
    inside = begins(connection, resources.c.uri, f"{start}/")
    wanted = (
        select(classifications.c.level)
        .distinct()
        .join(resources, resources.c.id == classifications.c.resource_id)
        .where((resources.c.uri == start) | inside)
    )
    return {Level(level) for level in connection.execute(wanted).scalars()}


def columns_at(
    connection: Connection, exact: Sequence[str], below: Sequence[str] = ()
) -> Iterator[tuple[ColumnRecord, str]]:
    """The columns of the same resources, each with when it was seen last."""
    named, starts = [clean(uri) for uri in exact], tuple(clean(uri) for uri in below)
    which = or_(resources.c.uri.in_(named), *(begins(connection, resources.c.uri, start) for start in starts))
    wanted = (
        select(resources.c.uri, columns.c.record, tables.c.seen_at)
        .join(resources, resources.c.id == columns.c.resource_id)
        .join(tables, tables.c.id == columns.c.table_id)
        .where(which)
        .order_by(by_code_point(connection, resources.c.uri), columns.c.position)
    )
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(wanted):
        yield column_of(row.record), row.seen_at
