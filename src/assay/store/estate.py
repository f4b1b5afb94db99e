"""What the catalog has of the resources that are not files of this machine: when each was seen last, and its level."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, select

from assay.model import Level
from assay.store.schema.catalog import classifications, readings, resources

_AT_ONCE = 10_000


class SeenResource(NamedTuple):
    """A resource that was read at least once; `level` is `None` where nothing was concluded of it."""

    uri: str
    seen_at: str
    level: Level | None


def remote(connection: Connection) -> Iterator[SeenResource]:
    """All resources but files that a scan has read to its end, in no order."""
    read = select(readings.c.id).where(readings.c.resource_id == resources.c.id, readings.c.state != "open").exists()
    wanted = (
        select(resources.c.uri, resources.c.seen_at, classifications.c.level)
        .join_from(resources, classifications, classifications.c.resource_id == resources.c.id, isouter=True)
        .where(resources.c.uri.not_like("file:%"), read)
    )
    for uri, seen_at, level in connection.execution_options(yield_per=_AT_ONCE).execute(wanted):
        yield SeenResource(str(uri), str(seen_at), None if level is None else Level(level))
