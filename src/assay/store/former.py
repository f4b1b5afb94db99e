"""What of a catalog of an earlier version is not proven, before it is brought to this one; and which tables stay as they are.

Bringing up seals the rows of tables that change as they are then. That must not make anybody believe rows that nobody vouched for: what is
wrong with them before, and that there was no seal yet, is part of what is signed, and told by every proof of the catalog. Rows of tables
that stay as they are keep their codes and their sums, so that nothing has to be read of them, and nothing is made good.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, func, inspect, select

from assay.store import versions
from assay.store.keys import Seal
from assay.store.kinds import KINDS, Kind
from assay.store.schema.audit import audit_log
from assay.store.sealed import check_kinds, check_records, check_seal
from assay.store.statements import Through

Far = Callable[[int, int], None]
"""Takes how many rows of how many were read: first of none, before anything is."""

_SEALED = "record_seal"
_TOLD_EVERY = 1_000
_KINDS_BEFORE = (
    # Until version 0008.
    Kind(name="rescans", key=("id",), columns=("id", "resource", "because", "identity", "asked_at"), is_numbered=True),
)
_DEFINED = {
    # A table that is made anew has another page, or file.
    "sqlite": "SELECT tbl_name, type, name, rootpage, sql FROM sqlite_master WHERE type IN ('table', 'trigger')",
    "postgresql": "SELECT c.relname, 'table', c.relfilenode::text, '', '' FROM pg_class c "
    "WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace "
    "UNION ALL SELECT c.relname, a.attname, a.atttypid::text || ' ' || a.atttypmod, a.attnum::text, a.attisdropped::text "
    "FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
    "WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace "
    "UNION ALL SELECT c.relname, 'trigger', t.oid::text, t.tgname, t.tgenabled::text "
    "FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal "
    "AND c.relnamespace = current_schema()::regnamespace",
}


@dataclass(kw_only=True)
class Former:
    """A catalog before it is brought up: what is `wrong` with its rows, and which tables are `kept` as they are sealed."""

    wrong: list[str] = field(default_factory=list)
    kept: tuple[str, ...] = ()
    far: Far = lambda _done, _of: None
    rows: int = 0
    read: int = 0

    def tick(self) -> None:
        """One more row was read."""
        self.read += 1
        if self.read % _TOLD_EVERY == 0:
            self.far(self.read, self.rows)


def looked_at(connection: Connection, seal: Seal, version: str, far: Far) -> Former:
    """Proves the rows of the tables that bringing a catalog of that `version` up changes; of all where its seal does not hold."""
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
        far(0, rows)
        said = f"{rows:,} rows are of version {version} of the catalog, in which rows were not sealed yet"
        return Former(wrong=[f"{said}: nothing proves that they are what assay had written"], far=far, rows=rows)
    former = Former(far=far)
    end = connection.execute(select(func.max(audit_log.c.seq))).scalar() or 0
    told = check_seal(on, seal, end, former.wrong.append)
    if told is None or former.wrong:
        former.wrong.clear()
        numbers = [int(on.rows(f'SELECT COUNT(*) FROM "{kind.name}"')[0][0]) for kind in kinds]  # noqa: S608  # constants
        former.rows = 2 * sum(numbers)
        far(0, former.rows)
        check_records(on, seal, end, former.wrong.append, kinds, former.tick)
        return former
    changed = _changed(connection, on)
    former.kept = tuple(kind.name for kind in kinds if kind.name in KINDS and kind.name not in changed)
    read = [kind for kind in kinds if kind.name not in former.kept]
    former.rows = 2 * sum(int(told["kinds"].get(kind.name, (0,))[0]) for kind in read)
    far(0, former.rows)
    former.wrong += told["broken"]
    check_kinds(on, seal, told, read, former.wrong.append, former.tick)
    return former


def _changed(connection: Connection, on: Through) -> set[str]:
    """The tables that are others once the catalog is brought up, or whose rows are: it is tried, and taken back."""
    before = _defined(on)
    trial = connection.begin_nested()
    try:
        versions.upgrade(connection)
        after = _defined(on)
        written = {str(row[0]) for row in on.rows("SELECT DISTINCT kind FROM record_touched")}
    finally:
        trial.rollback()
    return written | {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


def _defined(on: Through) -> dict[str, set[Any]]:
    found: dict[str, set[Any]] = {}
    for name, *told in on.rows(_DEFINED["sqlite" if on.is_sqlite else "postgresql"]):
        found.setdefault(str(name), set()).add(tuple(told))
    return found
