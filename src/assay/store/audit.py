"""The audit log: entries are appended, chained by hashes, and the end is signed.

An entry's hash is the SHA-256 of its fields as canonical JSON, the hash of the entry before among them, so that no entry
can be changed, taken out, put in or moved without every later hash changing too; the last is signed (`assay.store.keys`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, insert, select, update

from assay.errors import CatalogError
from assay.store import chain
from assay.store.keys import End, Seal
from assay.store.schema.audit import audit_head, audit_log

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
    end, key_id, signature = _end(connection)
    chain.check_key(seal, key_id)
    entry, new = chain.entry(
        end, actor=actor, action=action, resource=resource, details=details, before=before, after=after, run=run
    )
    connection.execute(insert(audit_log).values(**entry))
    # An end that somebody else has made gets no signature by what is written after it.
    signature = seal.sign(new) if seal.is_signed(end, signature) else signature
    connection.execute(update(audit_head).values(seq=new.seq, hash=new.hash, signature=signature))
    connection.info[PENDING] = new
    return new.seq


def hold(connection: Connection) -> None:
    """Holds the end of the log until the transaction ends: nobody else appends what depends on what is read of it meanwhile."""
    _end(connection)


def begin(connection: Connection, seal: Seal) -> None:
    """Starts the log of a new catalog."""
    end = End(seq=0, hash=chain.genesis(seal.catalog_id))
    connection.execute(
        insert(audit_head).values(id=1, seq=0, hash=end.hash, key_id=seal.key_id(), signature=seal.sign(end))
    )


def seal_of(connection: Connection) -> Seal:
    """The seal of the catalog that the connection is to."""
    seal = connection.get_execution_options()[SEAL]
    assert isinstance(seal, Seal)
    return seal


def _end(connection: Connection) -> tuple[End, str, str]:
    row = connection.execute(
        select(audit_head.c.seq, audit_head.c.hash, audit_head.c.key_id, audit_head.c.signature).with_for_update()
    ).one_or_none()
    if row is None:
        raise CatalogError("the audit log of the catalog has lost its end; run 'assay audit verify'")
    return End(seq=row.seq, hash=row.hash), row.key_id, str(row.signature)
