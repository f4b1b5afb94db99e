"""Resources that are there no more: what is concluded of them ends, and every version of it stays."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, insert, or_, select

from assay.store.ordering import begins, by_code_point
from assay.store.schema.catalog import classification_versions, classifications, resources, runs
from assay.store.tablewriting import end_tables
from assay.store.texts import clean, moment
from assay.store.units import resource_id
from assay.store.upserts import in_pieces

_VERSION = "?versionId="


def current_below(connection: Connection, start: str) -> list[str]:
    """The URIs that begin with `start` of resources of which something is concluded, in order."""
    wanted = (
        select(resources.c.uri)
        .join(classifications, classifications.c.resource_id == resources.c.id)
        .where(begins(connection, resources.c.uri, clean(start)))
        .order_by(by_code_point(connection, resources.c.uri))
    )
    return [str(uri) for uri in connection.execute(wanted).scalars()]


def unseen(connection: Connection, run: str, *, uri: str, below: str, versions: bool) -> list[str]:
    """The URIs, `uri` and those that begin with `below`, of resources of which something is concluded and which nobody saw
    since the run began, in order: of versions of objects, or of all that are none."""
    began = select(runs.c.started_at).where(runs.c.id == run).scalar_subquery()
    wanted = (
        select(resources.c.uri)
        .join(classifications, classifications.c.resource_id == resources.c.id)
        .where(
            or_(resources.c.id == resource_id(uri), begins(connection, resources.c.uri, clean(below))),
            resources.c.seen_at < began,
        )
        .order_by(by_code_point(connection, resources.c.uri))
    )
    found = map(str, connection.execute(wanted).scalars())
    return [each for each in found if (_VERSION in each) == versions]


def end(connection: Connection, run: str, uris: Collection[str]) -> int:
    """Ends what is concluded of these resources and their tables, within the connection's transaction.

    Returns of how many something was.
    """
    now = moment()
    ended = 0
    # In one order, because the rows are held until the transaction ends.
    for ids in in_pieces(sorted({resource_id(uri) for uri in uris})):
        end_tables(connection, run=run, now=now, resources=ids)
        known = connection.execute(
            select(classifications.c.resource_id, classifications.c.version)
            .where(classifications.c.resource_id.in_(ids))
            .with_for_update()
        ).all()
        if not known:
            continue
        versions = [
            {
                "classification_id": row.resource_id,
                "resource_id": row.resource_id,
                "version": row.version + 1,
                "run_id": run,
                "at": now,
                "level": None,
                "record": None,
            }
            for row in known
        ]
        connection.execute(insert(classification_versions), versions)
        connection.execute(
            delete(classifications).where(classifications.c.resource_id.in_([row.resource_id for row in known]))
        )
        ended += len(known)
    return ended


def seen_since(connection: Connection, uri: str, at: str) -> bool:
    """Whether a resource was read, or found unchanged, at a moment or after it."""
    wanted = select(classifications.c.seen_at).where(classifications.c.resource_id == resource_id(uri))
    seen = connection.execute(wanted).scalar_one_or_none()
    return seen is not None and str(seen) >= at
