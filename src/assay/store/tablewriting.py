"""Writes tables and their columns: upsert on database, schema, table and column (their ids are derived from these)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select, update

from assay.model import ColumnSketch
from assay.store.nouns import plain, sketch_document
from assay.store.schema.catalog import column_versions, columns, readings, runs, table_versions, tables
from assay.store.texts import as_json, clean, derived
from assay.store.units import TableResult, Unit, column_ids, table_id
from assay.store.upserts import in_pieces, upsert

_STATE = ("level", "record")


@dataclass(slots=True, kw_only=True)
class _Batch:
    """What is to be written of tables and columns."""

    run: str
    made_with: str
    now: str
    tables: list[dict[str, Any]] = field(default_factory=list)
    columns: list[dict[str, Any]] = field(default_factory=list)
    sketches: list[dict[str, Any]] = field(default_factory=list)
    table_versions: list[dict[str, Any]] = field(default_factory=list)
    column_versions: list[dict[str, Any]] = field(default_factory=list)
    gone_tables: list[str] = field(default_factory=list)
    gone_columns: list[str] = field(default_factory=list)

    def version(self, key: str, of: str, resource: str, version: int, state: dict[str, Any] | None) -> dict[str, Any]:
        told = {name: state[name] if state else None for name in _STATE}
        return {key: of, "resource_id": resource, "version": version, "run_id": self.run, "at": self.now, **told}


def write_tables(connection: Connection, *, run: str, made_with: str, now: str, units: Sequence[Unit]) -> None:
    """Writes the tables of fresh readings, and takes out what these no longer have."""
    batch = _Batch(run=run, made_with=made_with, now=now)
    found = list(_identified(units))
    ids = [key for key, _, _ in found]
    known = _rows(connection, tables, tables.c.id, ids)
    old_columns: dict[str, list[Any]] = {}
    for row in _rows(connection, columns, columns.c.table_id, list(known)).values():
        old_columns.setdefault(row.table_id, []).append(row)
    # A table or column that was gone goes on counting its versions where it ended.
    ended = last_versions(connection, table_versions, "table_id", [key for key in ids if key not in known])
    returned = [
        column
        for key, _, result in found
        if key in known or key in ended
        for column in column_ids(key, [record.column for record in result.columns])
    ]
    present = {row.id for rows in old_columns.values() for row in rows}
    ended_columns = last_versions(connection, column_versions, "column_id", [c for c in returned if c not in present])
    for key, unit, result in found:
        _take_table(batch, key, unit, result, known.get(key), ended.get(key, 0))
        _take_columns(batch, key, unit, result, {row.id: row for row in old_columns.get(key, ())}, ended_columns)
    for row in _left(connection, units, set(ids)):
        take_out(connection, batch, row)
    _write(connection, batch)


def drop_unseen(connection: Connection, *, run: str, now: str, resources: Sequence[str]) -> int:
    """Takes out the tables of these resources (ids) that nobody saw since the run began; their versions stay.

    Returns how many.
    """
    began = select(runs.c.started_at).where(runs.c.id == run).scalar_subquery()
    batch = _Batch(run=run, made_with="", now=now)
    for ids in in_pieces(list(resources)):
        for row in connection.execute(
            select(tables).where(tables.c.resource_id.in_(ids), tables.c.seen_at < began)
        ).all():
            take_out(connection, batch, row)
    _write(connection, batch)
    return len(batch.gone_tables)


def drop_all(connection: Connection, *, run: str, now: str, resource: str) -> int:
    """Takes out all tables of a resource (its id), which is not there any more; their versions stay. Returns how many."""
    batch = _Batch(run=run, made_with="", now=now)
    for row in connection.execute(select(tables).where(tables.c.resource_id == resource)).all():
        take_out(connection, batch, row)
    _write(connection, batch)
    return len(batch.gone_tables)


def take_out(connection: Connection, batch: _Batch, row: Any) -> None:
    """Ends the versions of a table and of its columns."""
    batch.gone_tables.append(row.id)
    batch.table_versions.append(batch.version("table_id", row.id, row.resource_id, row.version + 1, None))
    for column in connection.execute(select(columns.c.id, columns.c.version).where(columns.c.table_id == row.id)):
        batch.column_versions.append(batch.version("column_id", column.id, row.resource_id, column.version + 1, None))


def _identified(units: Sequence[Unit]) -> Iterator[tuple[str, Unit, TableResult]]:
    """Each table with its id; where a file tells of two with one name, the last is that name's."""
    found: dict[str, tuple[Unit, TableResult]] = {}
    for unit in units:
        for result in unit.tables:
            found[table_id(unit.resource, result.record.table_name)] = unit, result
    for key, (unit, result) in found.items():
        yield key, unit, result


def _rows(connection: Connection, table: Table, key: Any, ids: Sequence[str]) -> dict[str, Any]:
    left_out = ("record", "sketch", "extent")
    wanted = select(*(column for column in table.c if column.name not in left_out))
    return {row.id: row for piece in in_pieces(ids) for row in connection.execute(wanted.where(key.in_(piece)))}


def last_versions(connection: Connection, table: Table, key: str, ids: Sequence[str]) -> dict[str, int]:
    """The newest version of each of these ids, of those that have one."""
    of = table.c[key]
    found: dict[str, int] = {}
    for piece in in_pieces(ids):
        last = select(of, func.max(table.c.version)).where(of.in_(piece)).group_by(of)
        found |= {str(name): int(version) for name, version in connection.execute(last)}
    return found


def _left(connection: Connection, units: Sequence[Unit], present: set[str]) -> list[Any]:
    """Tables that a resource had when it was last read as a whole, and has no more."""
    ids = sorted({unit.resource_id for unit in units if unit.table is None and not unit.gaps})
    joined = select(tables).join(readings, tables.c.reading_id == readings.c.id).where(readings.c.table_name.is_(None))
    return [
        row
        for piece in in_pieces(ids)
        for row in connection.execute(joined.where(tables.c.resource_id.in_(piece)))
        if row.id not in present
    ]


def _take_table(batch: _Batch, key: str, unit: Unit, result: TableResult, known: Any, ended: int) -> None:
    record = plain(result.record)
    digest = derived(as_json(record))
    is_new = known is None or known.digest != digest
    version = ended + 1 if known is None else known.version + is_new
    state = {
        "id": key,
        "resource_id": unit.resource_id,
        "name": clean(result.record.table_name),
        "level": result.record.level.value,
        "score": result.record.table_sensitivity_score,
        "need_review": result.record.need_review,
        "record": record,
        "extent": None if result.extent is None else dict(result.extent),
        "digest": digest,
        "version": version,
        "change": unit.change,
        "made_with": batch.made_with,
        "reading_id": unit.found_in or unit.reading,
        "run_id": batch.run,
        "changed_at": batch.now if known is None or is_new else known.changed_at,
        "seen_at": batch.now,
    }
    batch.tables.append(state)
    if is_new:
        batch.table_versions.append(batch.version("table_id", key, unit.resource_id, version, state))


def _take_columns(
    batch: _Batch, table: str, unit: Unit, result: TableResult, known: dict[str, Any], ended: dict[str, int]
) -> None:
    ids = column_ids(table, [record.column for record in result.columns])
    sketches: Sequence[ColumnSketch | None] = result.sketches or [None] * len(ids)
    for position, (key, record, sketch) in enumerate(zip(ids, result.columns, sketches, strict=True)):
        told = plain(record)
        digest = derived(as_json(told))
        counted = None if sketch is None else sketch_document(sketch)
        before = known.pop(key, None)
        if before is not None and before.digest == digest:
            batch.sketches.append({"of": key, "counted": counted, "at": position})
            continue
        version = ended.get(key, 0) + 1 if before is None else before.version + 1
        state = {
            "id": key,
            "table_id": table,
            "resource_id": unit.resource_id,
            "position": position,
            "name": clean(record.column),
            "level": record.level.value,
            "dominant_category": record.dominant_category,
            "detected_type": record.detected_type,
            "confidence": record.confidence,
            "confidence_level": record.confidence_level,
            "need_review": record.need_review,
            "record": told,
            "digest": digest,
            "sketch": counted,
            "version": version,
            "run_id": batch.run,
            "changed_at": batch.now,
        }
        batch.columns.append(state)
        batch.column_versions.append(batch.version("column_id", key, unit.resource_id, version, state))
    for key, row in known.items():
        batch.gone_columns.append(key)
        batch.column_versions.append(batch.version("column_id", key, row.resource_id, row.version + 1, None))


def _write(connection: Connection, batch: _Batch) -> None:
    upsert(connection, tables, batch.tables)
    upsert(connection, columns, batch.columns)
    if batch.sketches:
        counted = update(columns).where(columns.c.id == bindparam("of"))
        connection.execute(counted.values(sketch=bindparam("counted"), position=bindparam("at")), batch.sketches)
    for table, rows in ((table_versions, batch.table_versions), (column_versions, batch.column_versions)):
        if rows:
            connection.execute(insert(table), rows)
    for table, gone in ((columns, batch.gone_columns), (tables, batch.gone_tables)):
        for ids in in_pieces(gone):
            connection.execute(delete(table).where(table.c.id.in_(ids)))
