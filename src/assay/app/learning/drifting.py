"""Whether documents that are read now are others than those before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from assay.learn.drift import NOTHING, Drift, Read, drift
from assay.store import learning
from assay.store.texts import moment

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from assay.store.engine import Catalog

DAYS = 30
MOST = 1_000
"""So many documents, now and before, tell it well enough where somebody waits for an answer."""


def drifted(catalog: Catalog, days: int) -> Drift:
    """All documents of the last days against all those before."""
    with catalog.reading() as connection:
        return between(connection, since_days(days))


def since_days(days: int) -> str:
    """The stored moment so many days ago."""
    return moment(datetime.now(UTC) - timedelta(days=days))


def between(connection: Connection, since: str, until: str | None = None, most: int | None = None) -> Drift:
    """Documents that were read last from `since` on and before `until` against those before; of each the newest so many."""
    return drift(_read(connection, None, since, most), _read(connection, since, until, most))


def _read(connection: Connection, since: str | None, until: str | None, most: int | None) -> list[Read]:
    return [
        Read(one.told or NOTHING, one.level or NOTHING, tuple(one.features))
        for one in learning.read_between(connection, since, until, most)
        if one.features
    ]
