"""The audit log: entries are appended, chained by hashes, and the end is signed.

An entry's hash is the SHA-256 of its fields as canonical JSON, the hash of the entry before among them, so that no entry
can be changed, taken out, put in or moved without every later hash changing too; the last is signed (`assay.store.keys`).
"""

from __future__ import annotations

import getpass
import hashlib
import socket
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update

from assay.errors import CatalogError
from assay.store.keys import End, Seal
from assay.store.schema.audit import audit_head, audit_log
from assay.store.schema.base import moment
from assay.store.texts import canonical, clean

SEAL = "assay_seal"
PENDING = "assay_audit_end"


def append(
    connection: Connection,
    *,
    actor: str,
    action: str,
    resource: str | None = None,
    details: Mapping[str, Any] | None = None,
    before: Any = None,
    after: Any = None,
    run: str | None = None,
) -> int:
    """Appends one entry within the connection's transaction (`Catalog.transaction`) and returns its number, from 1.

    `details`, `before` and `after` are JSON without clear values. Numbers have no gaps, however many write at once: the
    end of the log is held until the transaction ends, so this comes last in a long one. Raises `CatalogError` where the
    catalog's key is not at hand.
    """
    seal = seal_of(connection)
    end, key_id = _end(connection)
    if key_id != seal.key_id():
        raise CatalogError(
            f"the audit log of catalog {seal.catalog_id} is signed with another key ({key_id}) than the one at hand "
            f"({seal.key_id()}); bring the right one back"
        )
    entry = {
        "seq": end.seq + 1,
        "at": moment(),
        "actor": clean(actor),
        "action": clean(action),
        "resource": None if resource is None else clean(resource),
        "run": None if run is None else clean(run),
        "details": canonical(details or {}),
        "before": None if before is None else canonical(before),
        "after": None if after is None else canonical(after),
        "previous": end.hash,
    }
    new = End(seq=end.seq + 1, hash=entry_hash(entry))
    connection.execute(insert(audit_log).values(**entry, hash=new.hash))
    connection.execute(update(audit_head).values(seq=new.seq, hash=new.hash, signature=seal.sign(new)))
    connection.info[PENDING] = new
    return new.seq


def begin(connection: Connection, seal: Seal) -> None:
    """Starts the log of a new catalog."""
    end = End(seq=0, hash=genesis(seal.catalog_id))
    connection.execute(
        insert(audit_head).values(id=1, seq=0, hash=end.hash, key_id=seal.key_id(), signature=seal.sign(end))
    )


def genesis(catalog_id: str) -> str:
    """What the first entry of a catalog follows."""
    return hashlib.sha256(f"assay audit log of {catalog_id}".encode()).hexdigest()


def entry_hash(entry: Mapping[str, Any]) -> str:
    """The hash of an entry's fields, `previous` among them."""
    return hashlib.sha256(canonical({key: entry[key] for key in entry if key != "hash"}).encode()).hexdigest()


def seal_of(connection: Connection) -> Seal:
    """The seal of the catalog that the connection is to."""
    seal = connection.get_execution_options()[SEAL]
    assert isinstance(seal, Seal)
    return seal


def actor() -> str:
    """Who this process runs for: `user@host`."""
    try:
        return clean(f"{getpass.getuser()}@{socket.gethostname()}")
    except (KeyError, OSError):
        return "unknown"


def _end(connection: Connection) -> tuple[End, str]:
    row = connection.execute(
        select(audit_head.c.seq, audit_head.c.hash, audit_head.c.key_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise CatalogError("the audit log of the catalog has lost its end; run 'assay audit verify'")
    return End(seq=row.seq, hash=row.hash), row.key_id
