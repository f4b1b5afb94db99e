"""Pages of the catalog: runs and versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Boolean, Connection, Float, Integer, Table

from assay.app.reviews.naming import meant
from assay.cli.grid import grid, terminal_columns
from assay.cli.when import shown
from assay.errors import UsageError
from assay.model import Classification, ColumnRecord, TableRecord
from assay.report.spelling import Named, spelled, within
from assay.sinks.rowfiles import kinds_of
from assay.store import history, runs
from assay.store.schema import catalog as schema

Told = tuple[list[Mapping[str, Any]], list[str]]
"""Objects for machines, and lines for people."""


def run_rows(connection: Connection, limit: int) -> Told:
    """The newest runs."""
    found = []
    for row in runs.listed(connection, limit=limit):
        summary = row.summary or {}
        found.append(
            {
                "run": row.id,
                "status": row.status,
                "started_at": row.started_at,
                "finished_at": row.finished_at,
                "targets": row.targets,
                "resources_read": row.readings,
                "level": summary.get("level"),
                "findings": summary.get("findings"),
                "gaps": summary.get("gaps"),
                "ruleset": row.ruleset,
                "governance": row.governance,
                "sampling": row.sampling,
            }
        )
    if not found:
        return [], ["no run yet; scan with --catalog to keep what is found"]
    table = [
        [
            row["run"],
            row["status"],
            row["level"],
            row["findings"],
            row["gaps"],
            " ".join(row["targets"]),
        ]
        for row in found
    ]
    heads = ["run (begun, UTC)", "status", "level", "findings", "gaps", "targets"]
    return list(found), list(grid(heads, table, terminal_columns(), cut=(5,)))


def version_rows(connection: Connection, resource: str, table: str | None) -> Told:
    """Every version of a resource, or of one of its tables or columns. Raises `UsageError` for one that is not known."""
    named = meant(connection, resource, gone=True)
    uri = named[0].resource
    found = history.versions(connection, uri, table=table)
    pairs = {(each.table, each.column) for each in named}
    if (None, None) not in pairs:
        found = [each for each in found if {(each.table, each.column), (each.table, None)} & pairs]
    if not found:
        raise UsageError(f"{resource}: the resource is known, but it never had a table '{table}'")
    told: list[Mapping[str, Any]] = [{"resource": uri, **version._asdict()} for version in found]
    rows = []
    for version in found:
        record = version.record or {}
        name = within(Named(uri, version.table, version.column)) or "(resource)"
        confidence = record.get("confidence", record.get("table_sensitivity_score"))
        percent = confidence if version.kind != "resource" or confidence is None else confidence * 100
        rows.append(
            [
                shown(version.at)[:16],
                version.version,
                name,
                record.get("level", "gone"),
                _type(record),
                None if percent is None else round(percent),
            ]
        )
    heads = ["since (UTC)", "v", "what", "level", "type", "conf."]
    return told, [spelled(Named(uri)), *grid(heads, rows, terminal_columns(), cut=(2, 4))]


def _type(record: Mapping[str, Any]) -> str | None:
    if "identifiers" in record:
        return ", ".join(record["identifiers"]) or None
    found = record.get("detected_type", record.get("dominant_table_category"))
    return None if found is None else str(found)


def exported_kinds(what: str) -> dict[str, type]:
    """The columns of an export with their types."""
    nouns: dict[str, Any] = {
        "columns": ColumnRecord,
        "history": ColumnRecord,
        "tables": TableRecord,
        "classifications": Classification,
    }
    if what in nouns:
        return {
            **kinds_of(nouns[what]),
            "version": int,
            "at" if what == "history" else "changed_at": str,
            "run_id": str,
        }
    if what == "runs":
        return _columns(schema.runs)
    rest = _columns(schema.findings if what == "findings" else schema.omissions)
    kept = {name: kind for name, kind in rest.items() if name not in ("id", "reading_id", "resource_id", "run_id")}
    return {"resource": str, **({"table_name": str} if what == "findings" else {}), **kept, "run_id": str} | (
        {} if what == "findings" else {"at": str}
    )


def _columns(table: Table) -> dict[str, type]:
    kinds: tuple[tuple[Any, type], ...] = ((Boolean, bool), (Float, float), (Integer, int))
    return {column.name: next((kind for of, kind in kinds if isinstance(column.type, of)), str) for column in table.c}
