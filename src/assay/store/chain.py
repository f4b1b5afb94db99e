"""Entries of the audit log, chained by their hashes, whatever they are written with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from assay.errors import CatalogError
from assay.store.keys import End, Seal
from assay.store.texts import canonical, clean, moment


def entry(
    end: End,
    *,
    actor: str,
    action: str,
    resource: str | None = None,
    details: Mapping[str, Any] | None = None,
    before: Any = None,
    after: Any = None,
    run: str | None = None,
) -> tuple[dict[str, Any], End]:
    """The entry that follows `end`, as a row of the log, and the end with it."""
    row = {
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
    row["hash"] = entry_hash(row)
    return row, End(seq=end.seq + 1, hash=str(row["hash"]))


def genesis(catalog_id: str) -> str:
    """What the first entry of a catalog follows."""
    return hashlib.sha256(f"assay audit log of {catalog_id}".encode()).hexdigest()


def entry_hash(entry: Mapping[str, Any]) -> str:
    """The hash of an entry's fields, `previous` among them."""
    return hashlib.sha256(canonical({key: entry[key] for key in entry if key != "hash"}).encode()).hexdigest()


def check_key(seal: Seal, key_id: str) -> None:
    """Raises `CatalogError` where the log is signed with another key than the one at hand."""
    if key_id != seal.key_id():
        raise CatalogError(
            f"the audit log of catalog {seal.catalog_id} is signed with another key ({key_id}) than the one at hand "
            f"({seal.key_id()}); bring the right one back"
        )
