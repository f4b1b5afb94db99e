"""Writes readings and what is concluded of them: the state now by upsert, a version where it changed, level changes told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from assay.model import Gap
from assay.store.nouns import plain
from assay.store.schema.catalog import (
    classification_versions,
    classifications,
    findings,
    omissions,
    outbox,
    readings,
    resources,
    runs,
    tables,
)
from assay.store.tablewriting import last_versions, write_tables
from assay.store.texts import as_json, clean, derived, moment
from assay.store.units import Unit, Verdict, resource_id, source_id
from assay.store.upserts import in_pieces, upsert


def write(
    connection: Connection, *, run: str, made_with: str, units: Sequence[Unit], verdicts: Sequence[Verdict]
) -> None:
    """Writes whole readings and verdicts within the connection's transaction.

    Two scans that write the same resource at once wait for each other, one batch at a time.
    """
    now = moment()
    connection.execute(update(runs).where(runs.c.id == run).values(beat_at=now))
    _see_resources(
        connection, run, now, [*(unit.resource for unit in units), *(v.classification.resource for v in verdicts)]
    )
    fresh = [unit for unit in units if unit.same_as is None]
    _find_same(connection, fresh)
    _write_readings(connection, run, now, units)
    write_tables(connection, run=run, made_with=made_with, now=now, units=fresh)
    _keep_tables(connection, run, now, [unit for unit in units if unit.same_as is not None])
    own = [
        Verdict(unit.classification, unit.same_as or unit.found_in or unit.reading, unit.change)
        for unit in units
        if unit.table is None and unit.classification is not None
    ]
    _write_verdicts(connection, run, made_with, now, [*own, *verdicts])


def write_early(connection: Connection, *, run: str, unit: Unit) -> None:
    """Writes the findings that a unit has so far. They show once the unit is whole."""
    now = moment()
    connection.execute(update(runs).where(runs.c.id == run).values(beat_at=now))
    if not unit.written:
        _see_resources(connection, run, now, [unit.resource])
        connection.execute(insert(readings), [_reading_row(unit, run, now) | {"state": "open"}])
    _insert_findings(connection, unit)


def _see_resources(connection: Connection, run: str, now: str, uris: Iterable[str]) -> None:
    # In one order, because the rows are held until the transaction ends.
    rows = sorted(
        (
            {
                "id": resource_id(uri),
                "uri": clean(uri),
                "source": source_id(uri),
                "first_seen_at": now,
                "seen_at": now,
                "run_id": run,
            }
            for uri in dict.fromkeys(uris)
        ),
        key=lambda row: str(row["id"]),
    )
    upsert(connection, resources, rows, keep=("first_seen_at", "uri", "source"))


def _find_same(connection: Connection, units: Sequence[Unit]) -> None:
    """Where a resource was read again and the same was found, the findings that are there stay."""
    current: dict[tuple[str, str | None], tuple[str, str | None]] = {}
    # A reading that found the same has no findings: they stay with the one that it names.
    holding = func.coalesce(readings.c.same_as, readings.c.id).label("holding")
    for ids in in_pieces(sorted({unit.resource_id for unit in units})):
        for pointing in (tables, classifications):
            joined = select(readings.c.resource_id, readings.c.table_name, holding, readings.c.digest).join(
                pointing, pointing.c.reading_id == readings.c.id
            )
            for row in connection.execute(joined.where(readings.c.resource_id.in_(ids))):
                current[row.resource_id, row.table_name] = (row.holding, row.digest)
    for unit in units:
        table = None if unit.table is None else clean(unit.table)
        reading, digest = current.get((unit.resource_id, table), (None, None))
        unit.found_in = reading if digest == unit.digest() else None
        if unit.found_in is not None and unit.written:
            connection.execute(delete(findings).where(findings.c.reading_id == unit.reading))


def _write_readings(connection: Connection, run: str, now: str, units: Sequence[Unit]) -> None:
    rows = [_reading_row(unit, run, now) for unit in units]
    early = [row for row, unit in zip(rows, units, strict=True) if unit.written]
    new = [row for row, unit in zip(rows, units, strict=True) if not unit.written]
    if new:
        connection.execute(insert(readings), new)
    for row in early:
        connection.execute(update(readings).where(readings.c.id == row.pop("id")).values(**row))
    for unit in units:
        if unit.found_in is None and unit.same_as is None:
            _insert_findings(connection, unit)
    left_out = [
        {
            "run_id": run,
            "resource_id": unit.resource_id,
            "reading_id": unit.reading,
            "kind": "gap" if isinstance(item, Gap) else "skip",
            "reason": clean(item.reason),
            "detail": clean(item.detail),
        }
        for unit in units
        for item in unit.omissions
        if unit.same_as is None
    ]
    if left_out:
        connection.execute(insert(omissions), left_out)


def _reading_row(unit: Unit, run: str, now: str) -> dict[str, Any]:
    same = unit.same_as or unit.found_in
    alone = unit.classification if unit.table is not None and unit.same_as is None else None
    return {
        "id": unit.reading,
        "run_id": run,
        "resource_id": unit.resource_id,
        "table_name": None if unit.table is None else clean(unit.table),
        "state": "same" if same else "done",
        "same_as": same,
        "findings": unit.findings,
        "gaps": unit.gaps,
        "digest": None if unit.same_as else unit.digest(),
        "classification": None if alone is None else plain(alone),
        "at": now,
    }


def _insert_findings(connection: Connection, unit: Unit) -> None:
    if unit.rows:
        place = {"reading_id": unit.reading, "resource_id": unit.resource_id}
        connection.execute(insert(findings), [place | row for row in unit.rows])


def _keep_tables(connection: Connection, run: str, now: str, units: Sequence[Unit]) -> None:
    """Tables that were not read again because nothing changed were seen nevertheless."""
    for ids in in_pieces([unit.same_as for unit in units if unit.same_as is not None]):
        connection.execute(update(tables).where(tables.c.reading_id.in_(ids)).values(seen_at=now, run_id=run))


def _write_verdicts(connection: Connection, run: str, made_with: str, now: str, given: Sequence[Verdict]) -> None:
    by_id = {resource_id(verdict.classification.resource): verdict for verdict in given}
    if not by_id:
        return
    known: dict[str, Any] = {}
    for ids in in_pieces(sorted(by_id)):
        wanted = select(
            classifications.c.resource_id,
            classifications.c.level,
            classifications.c.digest,
            classifications.c.version,
            classifications.c.changed_at,
        )
        known |= {
            row.resource_id: row for row in connection.execute(wanted.where(classifications.c.resource_id.in_(ids)))
        }
    # A resource that was gone goes on counting its versions where it ended.
    new = [key for key in by_id if key not in known]
    ended = last_versions(connection, classification_versions, "classification_id", new)
    rows, versions, changes = [], [], []
    for key, (classification, reading, change) in by_id.items():
        record = plain(classification)
        digest = derived(as_json(record))
        before = known.get(key)
        is_new = before is None or before.digest != digest
        version = ended.get(key, 0) + 1 if before is None else before.version + is_new
        level = classification.level.value
        rows.append(
            {
                "resource_id": key,
                "level": level,
                "confidence": classification.confidence,
                "needs_review": classification.needs_review,
                "record": record,
                "digest": digest,
                "version": version,
                "change": change,
                "made_with": made_with,
                "reading_id": reading,
                "run_id": run,
                "changed_at": now if before is None or is_new else before.changed_at,
                "seen_at": now,
            }
        )
        if is_new:
            versions.append(
                {
                    "classification_id": key,
                    "resource_id": key,
                    "version": version,
                    "run_id": run,
                    "at": now,
                    "level": level,
                    "record": record,
                }
            )
        if before is None or before.level != level:
            changes.append(
                {
                    "resource_id": key,
                    "old_level": None if before is None else before.level,
                    "new_level": level,
                    "run_id": run,
                    "at": now,
                }
            )
    upsert(connection, classifications, rows)
    if versions:
        connection.execute(insert(classification_versions), versions)
    if changes:
        connection.execute(insert(outbox), changes)
