"""When each resource was classified last, and by what: what says whether it is due to be classified again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, select

from assay.model import Level
from assay.store.schema.catalog import classifications, resources, runs

_AT_ONCE = 10_000


class Classified(NamedTuple):
    """A resource. `ruleset` and `governance` are digests of what its last reading was made with; `is_all` says that all identifiers
    took part, so that its rules can be compared with those of today."""

    uri: str
    level: Level
    seen_at: str
    ruleset: str
    governance: str
    is_all: bool


def classified(connection: Connection) -> Iterator[Classified]:
    """All resources of which something is concluded, by their URIs."""
    wanted = (
        select(resources.c.uri, classifications.c.level, classifications.c.seen_at, runs.c.ruleset, runs.c.governance, runs.c.options)
        .join(resources, resources.c.id == classifications.c.resource_id)
        .join(runs, runs.c.id == classifications.c.run_id)
        .order_by(resources.c.uri)
    )  # fmt: skip
    for row in connection.execution_options(yield_per=_AT_ONCE).execute(wanted):
        options = row.options or {}
        limited = any(options.get(name) for name in ("identifiers", "categories", "preview", "prose"))
        yield Classified(row.uri, Level(row.level), row.seen_at, row.ruleset, row.governance, not limited)
