"""What the catalog concludes of all resources at a place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, or_, select

from assay.model import Classification, ColumnRecord
from assay.store.nouns import classification_of, column_of
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
    named, begins = [clean(uri) for uri in exact], tuple(clean(uri) for uri in below)
    which = or_(resources.c.uri.in_(named), *(resources.c.uri.startswith(start, autoescape=True) for start in begins))
    wanted = (
        select(resources.c.uri, classifications.c.record, classifications.c.changed_at, classifications.c.change)
        .join(resources, resources.c.id == classifications.c.resource_id)
        .where(which)
        .order_by(resources.c.uri)
    )
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(wanted):
        # LIKE knows no upper and lower case in SQLite; names of objects do.
        if row.uri in named or row.uri.startswith(begins):
            yield Classified(row.uri, classification_of(row.record), row.changed_at, row.change)


def columns_at(
    connection: Connection, exact: Sequence[str], below: Sequence[str] = ()
) -> Iterator[tuple[ColumnRecord, str]]:
    """The columns of the same resources, each with when it was seen last."""
    named, begins = [clean(uri) for uri in exact], tuple(clean(uri) for uri in below)
    which = or_(resources.c.uri.in_(named), *(resources.c.uri.startswith(start, autoescape=True) for start in begins))
    wanted = (
        select(resources.c.uri, columns.c.record, tables.c.seen_at)
        .join(resources, resources.c.id == columns.c.resource_id)
        .join(tables, tables.c.id == columns.c.table_id)
        .where(which)
        .order_by(resources.c.uri, columns.c.position)
    )
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(wanted):
        if row.uri in named or row.uri.startswith(begins):
            yield column_of(row.record), row.seen_at
