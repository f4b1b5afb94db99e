"""What of a catalog of an earlier version is not proven, before it is brought to this one.

Bringing up seals all rows as they are then. That must not make anybody believe rows that nobody vouched for: what is wrong
with them before, and that there was no seal yet, is part of what is signed, and told by every proof of the catalog.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection, func, inspect, select

from assay.store.keys import Seal
from assay.store.kinds import KINDS, Kind
from assay.store.schema.audit import audit_log
from assay.store.sealed import check_records
from assay.store.statements import Through

_SEALED = "record_seal"
_KINDS_BEFORE = (
    # Until version 0008.
    Kind(name="rescans", key=("id",), columns=("id", "resource", "because", "identity", "asked_at"), is_numbered=True),
)


def unproven(connection: Connection, seal: Seal, version: str) -> list[str]:
    """In words, what of the rows of a catalog of that `version` is not proven."""
    on = Through(connection)
    known = inspect(connection)
    tables = set(known.get_table_names())
    kinds = []
    for kind in (*KINDS.values(), *_KINDS_BEFORE):
        if kind.name in tables:
            there = {column["name"] for column in known.get_columns(kind.name)}
            kinds.append(replace(kind, columns=tuple(name for name in kind.columns if name in there)))
    if _SEALED not in tables:
        rows = sum(int(on.rows(f'SELECT COUNT(*) FROM "{kind.name}"')[0][0]) for kind in kinds)  # noqa: S608  # constants
        rows += sum(int(on.rows(f"SELECT COUNT(*) FROM {name}")[0][0]) for name in ("findings", "omissions"))  # noqa: S608
        told = f"{rows:,} rows are of version {version} of the catalog, in which rows were not sealed yet"
        return [f"{told}: nothing proves that they are what assay had written"]
    wrong: list[str] = []
    end = connection.execute(select(func.max(audit_log.c.seq))).scalar() or 0
    check_records(on, seal, end, wrong.append, kinds)
    return wrong
