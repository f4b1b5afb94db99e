"""Pages of the catalog: runs, versions and numbers."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import Boolean, Connection, Float, Integer, Table

from assay.cli.grid import grid, terminal_columns
from assay.cli.when import shown
from assay.errors import UsageError
from assay.model import Classification, ColumnRecord, Level, TableRecord
from assay.report.printable import counted, printable, size
from assay.sinks.rowfiles import kinds_of
from assay.sources.file import file_uri
from assay.store import history, runs
from assay.store.metrics import Judged, Metrics
from assay.store.schema import catalog as schema

_SHOWN = 8

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
    uri, column = _named(connection, resource)
    found = history.versions(connection, uri, table=table, column=column)
    if not found:
        what = "column" if column is not None else "table"
        raise UsageError(f"{resource}: the resource is known, but it never had that {what}")
    told: list[Mapping[str, Any]] = [{"resource": uri, **version._asdict()} for version in found]
    rows = []
    for version in found:
        record = version.record or {}
        name = ".".join(part for part in (version.table, version.column) if part is not None) or "(resource)"
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
    return told, [printable(uri), *grid(heads, rows, terminal_columns(), cut=(2, 4))]


def _type(record: Mapping[str, Any]) -> str | None:
    if "identifiers" in record:
        return ", ".join(record["identifiers"]) or None
    found = record.get("detected_type", record.get("dominant_table_category"))
    return None if found is None else str(found)


def _named(connection: Connection, text: str) -> tuple[str, str | None]:
    """The resource that is meant, and the column after its last colon if there is one."""
    whole, (head, colon, tail) = text, text.rpartition(":")
    for name, column in ((whole, None), (head, tail)) if colon else ((whole, None),):
        for uri in (name, file_uri(os.path.abspath(name))):
            if name and history.is_known(connection, uri):
                return uri, column
    close = history.alike(connection, whole if "://" in whole else file_uri(os.path.abspath(whole)))
    hint = f"did you mean {' or '.join(close)}?" if close else "see 'assay catalog export classifications' for all"
    raise UsageError(f"{text}: the catalog knows no such resource; {hint}")


def metrics_document(found: Metrics) -> dict[str, Any]:
    """The numbers as an object."""
    told = {field.name: getattr(found, field.name) for field in fields(found)}
    return {**told, "resources": _judged_document(found.resources), "columns": _judged_document(found.columns)}


def _judged_document(judged: Judged) -> dict[str, Any]:
    return {
        "number": judged.number,
        "by_level": _by_level(judged.by_level),
        "by_band": dict(judged.by_band),
        "by_framework": dict(judged.by_framework.most_common()),
        "by_type": dict(judged.by_type.most_common()),
        "waiting_for_review": judged.waiting_for_review,
        "average_confidence": None if judged.average_confidence is None else round(judged.average_confidence, 4),
    }


def _by_level(counts: Mapping[str, int]) -> dict[str, int]:
    return {level.value: counts[level.value] for level in Level if counts.get(level.value)}


def metrics_page(found: Metrics) -> Iterator[str]:
    """The numbers for people."""
    since = "ever" if found.since is None else shown(found.since)
    until = "now" if found.until is None else shown(found.until)
    yield f"From {since} until {until} (UTC)"
    told = ", ".join(f"{number:,} {status}" for status, number in found.runs.items()) or "none"
    yield f"Runs: {told}"
    yield (
        f"Resources: {found.resources_seen:,} read or found unchanged, of {found.resources_known:,} known; "
        f"{found.read_completely:,} completely"
    )
    yield f"Read: {size(found.bytes_read)} of {size(found.bytes_total)}; {found.rows_read:,} of {found.rows_total:,} rows"
    yield f"Changes of level: {found.level_changes:,}"
    for title, judged in (("Resources", found.resources), ("Columns", found.columns)):
        yield ""
        yield from _judged(title, judged)
    for title, counts in (("Gaps", found.gaps), ("Left out by policy", found.skips)):
        if counts:
            yield ""
            yield f"{title}: {_listed(counts)}"


def _judged(title: str, judged: Judged) -> Iterator[str]:
    yield f"{title}: {judged.number:,}"
    if not judged.number:
        return
    yield f"  by level: {_listed(_by_level(judged.by_level))}"
    if judged.average_confidence is not None:
        bands = {name: judged.by_band[name] for name in ("high", "medium", "low", "candidate") if judged.by_band[name]}
        yield f"  by confidence of what is sensitive: {_listed(bands)}"
        yield f"  average confidence: {judged.average_confidence:.2f}"
    for name, counts in (("framework", judged.by_framework), ("type", judged.by_type)):
        if counts:
            shown_first = dict(counts.most_common(_SHOWN))
            more = len(counts) - len(shown_first)
            yield f"  by {name}: {_listed(shown_first)}{f' and {more} more' if more else ''}"
    yield f"  waiting for review: {counted(judged.waiting_for_review, title.lower()[:-1])}"


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{printable(name)} {number:,}" for name, number in counts.items())


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
