"""Seals the rows that a transaction has written, at its end: a code of each, and the signed sums of all codes.

Triggers note which rows are written, and what each was before (`store.touching`), so that nothing that writes has to think of
it. A code is the HMAC-SHA-256 of the row with the key of the audit log; the sum of the codes of a table, modulo 2^256,
changes by what was written only, and without the key nobody can make a row that fits into it (an incremental multiset hash:
Clarke et al., "Incremental Multiset Hash Functions and Their Application to Memory Integrity Checking", 2003). The sums are
signed with the end of the audit log, so that old rows cannot be put back with their old sums. A row that was not what its
code says when assay wrote it anew is broken, and stays so: a later write makes no change good.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Protocol

import orjson

from assay.errors import CatalogError
from assay.store.keys import Seal
from assay.store.kinds import KINDS, Kind
from assay.store.texts import canonical

MODULUS = 1 << 256
"""Of the sums."""

_AT_ONCE = 400
_MOST_BROKEN = 20
_TABLES = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name"
_PUT = "INSERT INTO record_codes (kind, key, code) VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET code = excluded.code"

Sums = dict[str, Any]
"""`kinds`: by table, how many rows and the sum of their codes in hexadecimal; `broken`: what had been changed, in words."""


class Statements(Protocol):
    """A connection in a transaction. Statements have `?` for parameters."""

    @property
    def is_sqlite(self) -> bool:
        """Whether it is to a file."""
        ...

    def rows(self, statement: str, *values: Any) -> list[Sequence[Any]]:
        """What a statement gives."""
        ...

    def many(self, statement: str, values: Sequence[Sequence[Any]]) -> None:
        """The same with each of these."""
        ...


def begun(on: Statements) -> int:
    """What `settle` is given at the end of a transaction: what was noted before is not the transaction's own."""
    if not on.is_sqlite:
        return 0  # there every note names its transaction
    return int(on.rows("SELECT COALESCE(MAX(id), 0) FROM record_touched")[0][0])


def settle(on: Statements, seal: Seal, since: int) -> None:
    """Seals what was written in the transaction. Nothing may be written after that. Raises `CatalogError` without the key."""
    own = f"id > {since:d}" if on.is_sqlite else "tx = txid_current()"
    written: dict[str, dict[str, str | None]] = {}
    for kind, key, was in on.rows(f"SELECT kind, key, was FROM record_touched WHERE {own} ORDER BY id"):  # noqa: S608
        # What it was before the first of several writes is what was sealed.
        written.setdefault(kind, {}).setdefault(key, was)
    if written:
        on.rows(f"DELETE FROM record_touched WHERE {own}")  # noqa: S608  # constants
    elif _sealed_end(on) == _end(on):
        return
    broken: list[str] = []
    changes = {kind: _coded(on, seal, KINDS[kind], written[kind], broken) for kind in sorted(written)}
    # Only now, for whoever else writes waits for it.
    held = "" if on.is_sqlite else " FOR UPDATE"
    found = on.rows(f"SELECT sums, tables, seq, signature FROM record_seal WHERE id = 1{held}")  # noqa: S608
    if not found or not is_signed(seal, found[0]):
        return  # sums that somebody made to fit must not be signed: what is wrong with the seal stays so
    text, tables, _, _ = found[0]
    sums = orjson.loads(text)
    told = list(dict.fromkeys([*sums["broken"], *broken]))[:_MOST_BROKEN]
    _write(on, seal, {"kinds": _changed(sums["kinds"], changes), "broken": told}, tables)


def seal_all(
    on: Statements,
    seal: Seal,
    broken: Sequence[str] = (),
    kept: Collection[str] = (),
    tick: Callable[[], None] = lambda: None,
) -> None:
    """Seals every row as it is, and the definitions of the tables: where a catalog is made, brought to this version, or
    copied. `broken` is what was wrong with the rows before; what was told of them in an earlier seal stays told. Tables that are `kept`
    keep the codes and the sums that they are sealed with: nothing of them is made good. Raises `CatalogError` where that seal does not hold."""
    earlier = told_before(on, seal)
    sums = _held(on, seal, kept) if kept else {}
    for table in ("record_touched", "record_codes"):
        rest = f" WHERE kind NOT IN ({', '.join('?' * len(kept))})" if kept else ""
        on.rows(f"DELETE FROM {table}{rest}", *kept)  # noqa: S608  # constants
    for kind in KINDS.values():
        if kind.name in kept:
            continue
        codes = []
        for key, digest in rows_of(on, kind):
            codes.append((kind.name, key, code_of(seal, kind, key, digest)))
            tick()
        on.many(_PUT, codes)
        sums |= _changed({}, {kind.name: (len(codes), _total(code for _, _, code in codes))})
    if not kept:
        on.rows("DELETE FROM record_seal")
        on.rows("INSERT INTO record_seal (id, sums, tables, seq, signature) VALUES (1, '', '', 0, '')")
    _write(on, seal, {"kinds": sums, "broken": list(dict.fromkeys([*earlier, *broken]))}, tables_of(on))


def _held(on: Statements, seal: Seal, kept: Collection[str]) -> dict[str, Any]:
    """The sums of these tables as they are sealed; who writes meanwhile waits from here on."""
    held = "" if on.is_sqlite else " FOR UPDATE"
    found = on.rows(f"SELECT sums, tables, seq, signature FROM record_seal WHERE id = 1{held}")  # noqa: S608
    if not found or not is_signed(seal, found[0]):
        raise CatalogError("the catalog: its seal was changed while it was brought up; nothing was changed; try again")
    return {name: told for name, told in orjson.loads(found[0][0])["kinds"].items() if name in kept}


def told_before(on: Statements, seal: Seal) -> list[str]:
    """What the seal says was wrong with rows; nothing where the seal itself is not to be believed."""
    found = on.rows("SELECT sums, tables, seq, signature FROM record_seal WHERE id = 1")
    return list(orjson.loads(found[0][0])["broken"]) if found and is_signed(seal, found[0]) else []


def rows_of(on: Statements, kind: Kind) -> list[Sequence[Any]]:
    """The key and the digest of every row."""
    return on.rows(kind.query(0, is_sqlite=on.is_sqlite))


def code_of(seal: Seal, kind: Kind, key: str, digest: str) -> str:
    """The code of a row."""
    return seal.code(canonical([kind.name, key, digest]))


def tables_of(on: Statements) -> str:
    """A digest of how the tables are defined; empty in PostgreSQL, which has no one text of it."""
    if not on.is_sqlite:
        return ""
    version = on.rows("SELECT version_num FROM alembic_version")
    return hashlib.sha256(canonical([*map(list, on.rows(_TABLES)), *map(list, version)]).encode()).hexdigest()


def signed(sums: str, tables: str, seq: int) -> str:
    """The text that is signed."""
    return canonical({"seq": seq, "sums": sums, "tables": tables})


def is_signed(seal: Seal, row: Sequence[Any]) -> bool:
    """Whether sums, digest of the tables, end and signature of a seal are what the key has signed."""
    sums, tables, seq, signature = row
    return isinstance(seq, int) and bool(signature == seal.code(signed(str(sums), str(tables), seq)))


def _coded(
    on: Statements, seal: Seal, kind: Kind, written: Mapping[str, str | None], broken: list[str]
) -> tuple[int, int]:
    """Writes the codes of rows, and takes those of rows that are gone out. Gives what number and sum change by."""
    number = total = 0
    keys = list(written)
    for at in range(0, len(keys), _AT_ONCE):
        some = keys[at : at + _AT_ONCE]
        where = f"FROM record_codes WHERE kind = ? AND key IN ({', '.join('?' * len(some))})"
        old = {str(row[0]): str(row[1]) for row in on.rows(f"SELECT key, code {where}", kind.name, *some)}
        rows = on.rows(kind.query(len(some), is_sqlite=on.is_sqlite), *kind.given(some))
        new = {key: code_of(seal, kind, key, digest) for key, digest in rows}
        for key in some:
            was = written[key]
            if old.get(key) != (None if was is None else code_of(seal, kind, key, was)):
                broken.append(f"{kind.name} {key!r} was not what assay had written when it was written anew")
        on.many(
            "DELETE FROM record_codes WHERE kind = ? AND key = ?", [(kind.name, key) for key in old if key not in new]
        )
        on.many(_PUT, [(kind.name, key, code) for key, code in new.items() if old.get(key) != code])
        number += len(new) - len(old)
        total += _total(new.values()) - _total(old.values())
    return number, total


def _total(codes: Any) -> int:
    return sum(int(code, 16) for code in codes)


def _changed(sums: Mapping[str, Any], changes: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    after = dict(sums)
    for kind, (number, total) in changes.items():
        had, was = after.get(kind, (0, "0"))
        after[kind] = [had + number, f"{(int(was, 16) + total) % MODULUS:064x}"]
    return after


def _write(on: Statements, seal: Seal, sums: Sums, tables: str) -> None:
    text, seq = canonical(sums), _end(on)
    signature = seal.code(signed(text, tables, seq))
    statement = "UPDATE record_seal SET sums = ?, tables = ?, seq = ?, signature = ? WHERE id = 1"
    on.rows(statement, text, tables, seq, signature)


def _end(on: Statements) -> int:
    found = on.rows("SELECT seq FROM audit_head")
    return int(found[0][0]) if found else 0


def _sealed_end(on: Statements) -> int | None:
    found = on.rows("SELECT seq FROM record_seal WHERE id = 1")
    return int(found[0][0]) if found else None
