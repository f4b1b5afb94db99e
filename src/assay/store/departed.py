"""Resources that are not there any more: out of the state now, with all that lies in them; their versions stay."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from assay.store.schema.catalog import classification_versions, classifications
from assay.store.tablewriting import drop_all
from assay.store.texts import moment
from assay.store.units import resource_id


def drop(connection: Connection, uri: str, *, run: str) -> bool:
    """Takes a resource out of the state now, with a last version that says since when. Whether it was in it.

    Findings stay with their readings, which are not the state now any more.
    """
    key = resource_id(uri)
    held = select(classifications.c.version).where(classifications.c.resource_id == key).with_for_update()
    version = connection.execute(held).scalar_one_or_none()
    if version is None:
        return False
    now = moment()
    drop_all(connection, run=run, now=now, resource=key)
    connection.execute(delete(classifications).where(classifications.c.resource_id == key))
    last = {
        "classification_id": key,
        "resource_id": key,
        "version": version + 1,
        "run_id": run,
        "at": now,
        "level": None,
        "record": None,
    }
    connection.execute(insert(classification_versions), [last])
    return True


def seen_since(connection: Connection, uri: str, at: str) -> bool:
    """Whether a resource was read, or found unchanged, at a moment or after it."""
    wanted = select(classifications.c.seen_at).where(classifications.c.resource_id == resource_id(uri))
    seen = connection.execute(wanted).scalar_one_or_none()
    return seen is not None and str(seen) >= at
