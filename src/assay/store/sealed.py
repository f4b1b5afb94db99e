"""Proves the catalog's rows: that none was changed, taken out, put in or put back past assay (`store.sealing`)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any, NamedTuple

import orjson
from sqlalchemy.exc import DBAPIError

from assay.errors import CatalogError
from assay.store.keys import Seal
from assay.store.kinds import KINDS, Kind
from assay.store.sealing import MODULUS, Sums, code_of, is_signed, tables_of
from assay.store.statements import Through
from assay.store.texts import as_json

_NAMED = 3
_FINDINGS = (
    "identifier", "category", "sensitivity", "level", "confidence", "redacted", "fingerprint", "location", "evidence",
    "ruleset", "test_value",
)  # fmt: skip
_DAMAGED = "cannot be read: the database is damaged, or somebody wrote into it"

Say = Callable[[str], None]
"""Takes what is wrong."""
Tick = Callable[[], None]
"""Is told of each row."""


def _nothing() -> None:
    """Nobody looks on."""


def check_records(
    on: Through,
    seal: Seal,
    end: int,
    say: Say,
    kinds: Iterable[Kind] = tuple(KINDS.values()),
    tick: Tick = _nothing,
) -> None:
    """Reads every row of the catalog and says what is wrong. `end` is the last entry of the audit log, `kinds` are the
    tables that are sealed in the catalog's version."""
    told = check_seal(on, seal, end, say)
    if told is None:
        return
    for what in told["broken"]:
        say(what)
    kinds = tuple(kinds)
    names = {kind.name for kind in kinds}
    codes = _sums_of_codes(on, say)
    for name in codes.keys() - names:
        say(f"there are codes of a table {name!r}, which the catalog does not have")
    for kind in kinds:
        _check_kind(on, seal, kind, _sealed(told, kind), codes.get(kind.name, (0, 0)), say, tick)
    try:
        for what in _findings(on):
            say(what)
    except (DBAPIError, TypeError, ValueError):
        say(f"a row of findings or omissions {_DAMAGED}")


def check_kinds(on: Through, seal: Seal, told: Sums, kinds: Iterable[Kind], say: Say, tick: Tick = _nothing) -> None:
    """The same of the rows of some tables, by sums that `check_seal` gave."""
    for kind in kinds:
        codes = _sums_of_codes(on, say, kind.name)
        _check_kind(on, seal, kind, _sealed(told, kind), codes.get(kind.name, (0, 0)), say, tick)


def check_seal(on: Through, seal: Seal, end: int, say: Say) -> Sums | None:
    """Says what is wrong with the seal itself, without reading rows; gives what it says of them, where that is to be believed."""
    try:
        found = on.rows("SELECT sums, tables, seq, signature FROM record_seal")
        left = on.rows("SELECT kind, COUNT(*) FROM record_touched GROUP BY kind ORDER BY kind")
    except DBAPIError:
        say(f"the seal of the records {_DAMAGED}")
        return None
    if len(found) != 1:
        say("the seal of the records is missing")
        return None
    for kind, number in left:
        say(f"{number:,} writes to {kind} were not made by assay")
    sums, tables, seq, _ = found[0]
    try:
        if not is_signed(seal, found[0]):
            say("the signature of the records is not that of this catalog's key")
            return None
    except CatalogError as error:
        say(f"the records cannot be checked: {error}")
        return None
    if seq != end:
        say(
            f"the records are sealed as of entry {seq} of the audit log, which ends with {end}: older ones were put back"
        )
    if tables and tables != tables_of(on):
        say("the definitions of the tables were changed")
    told: Sums = orjson.loads(sums)
    return told


def _sealed(told: Sums, kind: Kind) -> tuple[int, int]:
    number, total = told["kinds"].get(kind.name, (0, "0"))
    return number, int(total, 16)


def _sums_of_codes(on: Through, say: Say, only: str | None = None) -> dict[str, tuple[int, int]]:
    sums: dict[str, tuple[int, int]] = {}
    of = "" if only is None else f" WHERE kind = '{only}'"  # a name of ours
    try:
        for kind, code in on.each(f"SELECT kind, code FROM record_codes{of}"):  # noqa: S608
            number, total = sums.get(kind, (0, 0))
            sums[kind] = number + 1, (total + int(code, 16)) % MODULUS
    except (DBAPIError, TypeError, ValueError):
        say(f"a code of the records {_DAMAGED}")
    return sums


def _check_kind(
    on: Through, seal: Seal, kind: Kind, sealed: tuple[int, int], codes: tuple[int, int], say: Say, tick: Tick
) -> None:
    number = total = 0
    try:
        for key, digest in on.each(kind.query(0, is_sqlite=on.is_sqlite)):
            number += 1
            total += int(code_of(seal, kind, key, digest), 16)
            tick()
    except (DBAPIError, TypeError):
        say(f"a row of {kind.name} {_DAMAGED}")
        return
    if (number, total % MODULUS) != sealed:
        _say_which(on, seal, kind, say)
    elif codes != sealed:
        say(f"the codes of {kind.name} were changed")


def _say_which(on: Through, seal: Seal, kind: Kind, say: Say) -> None:
    """Tells of the rows that do not have the code that they were written with."""
    known = {row[0]: row[1] for row in on.rows("SELECT key, code FROM record_codes WHERE kind = ?", kind.name)}
    wrong = []
    for key, digest in on.each(kind.query(0, is_sqlite=on.is_sqlite)):
        code = known.pop(key, None)
        if code != code_of(seal, kind, key, digest):
            wrong.append(f"{kind.name} {key!r} was {'put in' if code is None else 'changed'}")
    wrong += [f"{kind.name} {key!r} was taken out" for key in known]
    for what in wrong[:_NAMED]:
        say(what)
    if len(wrong) > _NAMED:
        say(f"and {len(wrong) - _NAMED:,} more rows of {kind.name}")
    if not wrong:
        say(f"the rows of {kind.name} are older ones, with their codes: they were put back")


class _Reading(NamedTuple):
    digest: str | None
    state: str
    same_as: str | None
    run: str
    resource: str


def _findings(on: Through) -> Iterator[str]:
    """Findings and omissions have no code of their own: their reading has a digest of them."""
    readings = {
        row[0]: _Reading(*row[1:])
        for row in on.each("SELECT id, digest, state, same_as, run_id, resource_id FROM readings")
    }
    left_out: dict[str, list[list[str]]] = {}
    query = "SELECT reading_id, run_id, resource_id, kind, reason, detail FROM omissions ORDER BY id"
    for key, run, resource, kind, reason, detail in on.each(query):
        reading = readings.get(key)
        if reading is None or (run, resource) != (reading.run, reading.resource):
            yield f"an omission of reading {key!r} was changed or put in"
        left_out.setdefault(key, []).append(
            ["Gap" if kind == "gap" else "Skip" if kind == "skip" else kind, reason, detail]
        )
    # A reading that found the same as an earlier one has a digest of that one's findings.
    shared = {each.same_as for each in readings.values() if each.digest is not None}
    hashes: dict[str, Any] = {}
    found: set[str] = set()
    for key, rows in groupby(on.each(_query_of_findings()), key=lambda row: row[0]):
        reading = readings.get(key)
        told = hashlib.sha256()
        for row in rows:
            told.update(_as_written(row).encode())
            if reading is None or row[1] != reading.resource:
                yield f"a finding of reading {key!r} was changed or put in"
        found.add(key)
        if key in shared:
            hashes[key] = told.copy()
        if reading is not None and reading.state != "open" and _digest(told, left_out.get(key, ())) != reading.digest:
            yield f"the findings of reading {key!r} were changed"
    for key, reading in readings.items():
        if key in found or reading.state == "open":
            continue
        if reading.digest is None:
            if key in left_out:
                yield f"omissions of reading {key!r} were put in"
            continue
        if (
            reading.same_as is not None
            and (earlier := readings.get(reading.same_as)) is not None
            and earlier.digest is None
        ):
            continue  # what it found the same as is past its time
        told = hashes[reading.same_as].copy() if reading.same_as in hashes else hashlib.sha256()
        if _digest(told, left_out.get(key, ())) != reading.digest:
            yield f"the findings or omissions of reading {key!r} were changed"


def _query_of_findings() -> str:
    flag = "CAST(test_value AS INTEGER)"
    terms = [f"CAST({name} AS TEXT)" if name in ("location", "evidence") else name for name in _FINDINGS[:-1]]
    return f"SELECT reading_id, resource_id, {', '.join(terms)}, {flag} FROM findings ORDER BY reading_id, id"  # noqa: S608


def _as_written(row: Any) -> str:
    told = dict(zip(_FINDINGS, row[2:], strict=True))
    told["location"], told["evidence"] = orjson.loads(told["location"]), orjson.loads(told["evidence"])
    if told["test_value"] not in (0, 1):
        raise ValueError
    told["test_value"] = bool(told["test_value"])
    return as_json(told)


def _digest(told: Any, left_out: Any) -> str:
    told.update(as_json(list(left_out)).encode())
    return str(told.hexdigest())[:32]
