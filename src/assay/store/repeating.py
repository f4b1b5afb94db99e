"""A run that finds nothing changed repeats the one before it: a few statements, without what reads and judges.

They are plain SQL over the drivers, for loading SQLAlchemy takes longer than all of them. Whatever is out of the ordinary
raises `PlainError`, before anything is written: then the scan goes its usual way, which tells what is wrong.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from assay.store import chain, here, sealing, versions
from assay.store.keys import End, Seal
from assay.store.plainsql import Plain, PlainError, Rows
from assay.store.texts import as_json, moment, new_run

_LOOKED_BACK = 2_000
_TABLES_AT_ONCE = 64
_HARMLESS = frozenset(("DETECTION_RUN", "CATALOG_BACKUP"))
"""Entries of the audit log about what changes no result of a later run."""

_RUN = """
SELECT id, CAST(targets AS TEXT), ruleset, governance, sampling, CAST(summary AS TEXT), started_at
FROM runs WHERE recipe = ? AND status = 'finished' ORDER BY started_at DESC, id DESC LIMIT 1
"""
_RESOURCES = """
SELECT r.id, r.uri, c.change, c.seen_at, c.reading_id, CAST(c.record AS TEXT), d.gaps, d.findings
FROM readings n JOIN classifications c ON c.resource_id = n.resource_id AND c.run_id = n.run_id
JOIN readings d ON d.id = c.reading_id JOIN resources r ON r.id = c.resource_id
WHERE n.run_id = ? AND n.table_name IS NULL
"""
_TABLES = """
SELECT resource_id, reading_id, name, id, CAST(record AS TEXT) FROM tables
WHERE resource_id IN (SELECT resource_id FROM readings WHERE run_id = ?)
"""
_OMISSIONS = """
SELECT reading_id, kind, reason, detail FROM omissions WHERE reading_id IN
(SELECT c.reading_id FROM readings n JOIN classifications c ON c.resource_id = n.resource_id WHERE n.run_id = ?) ORDER BY id
"""
_COLUMNS = "SELECT table_id, CAST(record AS TEXT) FROM columns WHERE table_id IN ({}) ORDER BY table_id, position"
_NEW_RUN = """
INSERT INTO runs (id, targets, asked, status, started_at, beat_at, finished_at, ruleset, governance, sampling, options, host,
                  process, recipe)
SELECT ?, targets, asked, 'finished', ?, ?, ?, ruleset, governance, sampling, options, ?, ?, recipe FROM runs WHERE id = ?
"""
_NEW_READING = """
INSERT INTO readings (id, run_id, resource_id, state, same_as, findings, gaps, at) VALUES (?, ?, ?, 'same', ?, 0, 0, ?)
"""
_SEEN_AGAIN = tuple(
    f"UPDATE {table} SET seen_at = ?, run_id = ? "  # noqa: S608  # constants
    f"WHERE {key} IN (SELECT resource_id FROM readings WHERE run_id = ?)"
    for table, key in (("resources", "id"), ("tables", "resource_id"), ("classifications", "resource_id"))
)
_NEW_ENTRY = """
INSERT INTO audit_log (seq, at, actor, action, resource, run, details, "before", "after", previous, hash)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_END = "SELECT seq, hash, key_id, signature FROM audit_head"
_OVERRIDES = "SELECT 1 FROM sensitive_feedback WHERE is_active AND expires >= ? AND expires < ? LIMIT 1"
_DECIDED = """
SELECT 1 FROM review_items WHERE state IN ('approved', 'rejected', 'reclassified', 'suppressed') AND expires < ? LIMIT 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The run that may be repeated. `last_entry` is the end of the audit log as it was read with it."""

    id: str
    targets: str
    ruleset: str
    governance: str
    sampling: str
    summary: Mapping[str, Any]
    last_entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A resource as the earlier run saw it: its record, its tables (id, record as JSON), and what was left out of it (kind,
    reason, detail)."""

    id: str
    uri: str
    change: str | None
    seen_at: str
    reading: str
    record: Mapping[str, Any]
    tables: Sequence[tuple[str, str]]
    omissions: Sequence[tuple[str, str, str]]


class Repeating:
    """One state of the catalog, read until it is closed. Made by `open_repeating`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._read = Plain(url, reads=True)
        rows = self._read.rows
        if rows("SELECT version_num FROM alembic_version") != [(versions.known()[-1],)]:
            raise PlainError
        self.catalog_id = str(_one(rows("SELECT value FROM catalog_info WHERE name = 'id'"))[0])
        self.governance_version = int(_one(rows("SELECT version FROM governance_state"))[0])

    def close(self) -> None:
        """Lets go of the catalog."""
        self._read.close()

    def earlier(self, recipe: str, today: str) -> Earlier:
        """The last run of this recipe, where nothing has happened since that may change a result; `today` is the day in UTC."""
        rows = self._read.rows
        if rows("SELECT id FROM runs WHERE status = 'running' LIMIT 1"):
            raise PlainError  # it may be dead, and has to be buried
        key, targets, ruleset, governance, sampling, summary, started_at = _one(rows(_RUN, recipe))
        end = int(_one(rows("SELECT seq FROM audit_head"))[0])
        self._check_log(key, end)
        self._check_days(started_at[:10], today)
        return Earlier(
            id=key,
            targets=targets,
            ruleset=ruleset,
            governance=governance,
            sampling=sampling,
            summary=orjson.loads(summary),
            last_entry=end,
        )

    def seen(self, run: Earlier) -> list[Seen]:
        """All that the run saw, where all of it holds still and was read whole."""
        rows = self._read.rows
        found = rows(_RESOURCES, run.id)
        read = _one(rows("SELECT count(*) FROM readings WHERE run_id = ? AND state <> 'open'", run.id))[0]
        if read != len(found) or len({row[0] for row in found}) < len(found) or any(row[6] or row[7] for row in found):
            raise PlainError
        tables: dict[str, list[tuple[str, str, str]]] = {}
        readings = {row[0]: row[4] for row in found}
        for resource, reading, name, key, record in rows(_TABLES, run.id):
            if readings[resource] != reading:
                raise PlainError
            tables.setdefault(resource, []).append((name, key, record))
        omissions: dict[str, list[tuple[str, str, str]]] = {}
        for reading, *told in rows(_OMISSIONS, run.id):
            omissions.setdefault(reading, []).append((told[0], told[1], told[2]))
        return [
            Seen(
                id=row[0],
                uri=row[1],
                change=row[2],
                seen_at=row[3],
                reading=row[4],
                record=orjson.loads(row[5]),
                tables=[(key, record) for _, key, record in sorted(tables.get(row[0], ()))],
                omissions=omissions.get(row[4], ()),
            )
            for row in found
        ]

    def columns(self, resources: Sequence[Seen]) -> Iterator[list[Mapping[str, Any]]]:
        """The records of the columns of each table of these resources, in their order."""
        ids = [key for resource in resources for key, _ in resource.tables]
        for start in range(0, len(ids), _TABLES_AT_ONCE):
            some = ids[start : start + _TABLES_AT_ONCE]
            found: dict[str, list[Mapping[str, Any]]] = {key: [] for key in some}
            for key, record in self._read.rows(_COLUMNS.format(", ".join("?" * len(some))), *some):
                found[key].append(orjson.loads(record))
            yield from found.values()

    def write(self, run: Earlier, resources: Sequence[Seen], summary: Mapping[str, Any], started_at: str) -> str:
        """Writes the run that repeats `run`, whole, and returns its id.

        Raises `PlainError` where anybody has written since this state of the catalog was read.
        """
        new, now = new_run(), moment()
        seal = Seal(self.catalog_id)
        connection = Plain(self._url, reads=False)
        try:
            with connection.transaction():
                since = sealing.begun(connection)
                end = _end(connection, run, seal)
                connection.rows(_NEW_RUN, new, started_at, now, now, here.host(), os.getpid(), run.id)
                connection.rows("UPDATE runs SET summary = ? WHERE id = ?", as_json(summary), new)
                readings = [(secrets.token_hex(16), new, each.id, each.reading, now) for each in resources]
                connection.many(_NEW_READING, readings)
                for statement in _SEEN_AGAIN:
                    connection.rows(statement, now, new, new)
                end = self._log(connection, seal, end, run, summary, new)
                sealing.settle(connection, seal, since)
        finally:
            connection.close()
        seal.remember(end)
        return new

    def _check_log(self, run: str, end: int) -> None:
        """Whether nothing that may change a result was done since the run began: decisions, other rows, phases, purges."""
        found = self._read.rows(
            "SELECT action, run, details FROM audit_log WHERE seq > ? ORDER BY seq DESC", end - _LOOKED_BACK
        )
        for action, by, details in found:
            if by == run and action == "DETECTION_RUN" and orjson.loads(details).get("state") in ("started", "resumed"):
                return
            if by != run and action not in _HARMLESS:
                break
        raise PlainError

    def _check_days(self, began: str, today: str) -> None:
        """Whether no decision that held when the run began has expired."""
        if self._read.rows(_OVERRIDES, began, today) or self._read.rows(_DECIDED, today):
            raise PlainError

    def _log(self, connection: Plain, seal: Seal, end: End, run: Earlier, summary: Mapping[str, Any], new: str) -> End:
        """Appends that the run began and ended, and returns the log's new end."""
        asked = {"ruleset": run.ruleset, "governance": run.governance, "sampling": run.sampling}
        began = {"state": "started", "targets": orjson.loads(run.targets), **asked, "repeats": run.id}
        names = ("level", "resources", "findings", "gaps", "by_level")
        ended = {"state": "finished", **{name: summary[name] for name in names}, "tables_gone": 0}
        actor = here.actor()
        for details in (began, ended):
            row, end = chain.entry(end, actor=actor, action="DETECTION_RUN", run=new, details=details)
            connection.rows(_NEW_ENTRY, *row.values())
        signature = seal.sign(end)
        connection.rows("UPDATE audit_head SET seq = ?, hash = ?, signature = ?", end.seq, end.hash, signature)
        return end


@contextmanager
def open_repeating(url: str) -> Iterator[Repeating]:
    """The catalog at `url` (as `engine.open_catalog` takes it). Raises `PlainError` where it cannot be read so."""
    found = Repeating(url)
    try:
        yield found
    finally:
        found.close()


def _end(connection: Plain, run: Earlier, seal: Seal) -> End:
    """The end of the audit log, held, where it is still the one that was read."""
    seq, digest, key_id, signature = _one(connection.rows(_END + connection.held))
    if seq != run.last_entry:
        raise PlainError
    chain.check_key(seal, key_id)
    end = End(seq=seq, hash=digest)
    if not seal.is_signed(end, str(signature)):
        raise PlainError
    return end


def _one(rows: Rows) -> Sequence[Any]:
    if len(rows) != 1:
        raise PlainError
    return rows[0]
