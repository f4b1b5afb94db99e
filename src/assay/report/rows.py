"""Results as flat rows of one form, for tables: every record is a row, and has the columns that concern it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any

import orjson

from assay.model import (
    Classification,
    ColumnRecord,
    Coverage,
    Evidence,
    Finding,
    Gap,
    Skip,
    Summary,
    TableRecord,
)
from assay.ports import Result
from assay.report.jsonlines import PLACES
from assay.report.printable import counted

KINDS: dict[str, type] = {
    "kind": str,
    "level": str,
    "resource": str,
    "table": str,
    "field": str,
    "identifier": str,
    "category": str,
    "confidence": float,
    "band": str,
    "redacted": str,
    "reason": str,
    "detail": str,
    "needs_review": bool,
    "line": int,
    "line_column": int,
    "row": int,
    "page": int,
    "sheet": str,
    "member": str,
    "json_path": str,
    "sensitivity": str,
    "categories": tuple,
    "identifiers": dict,
    "frameworks": tuple,
    "recommended_policies": tuple,
    "detection_methods": tuple,
    "evidence": list,
    "fingerprint": str,
    "start": int,
    "end": int,
    "byte_start": int,
    "byte_end": int,
    "rows_read": int,
    "rows_total": int,
    "bytes_read": int,
    "bytes_total": int,
    "complete": bool,
    "missed_upper_bound": float,
    "ruleset": str,
}
"""The columns with their types, what a person looks at first. `docs/output.md` says what they mean.

`tuple` is a list of texts, `dict` counts by name, `list` a list of evidence: rows have them as JSON texts.
"""


def row(result: Result) -> dict[str, Any]:
    """The result as a row: the columns of `KINDS` that it has. Lists and objects are JSON texts; confidences 0 to 1."""
    return _ROWS[type(result)](result)


def _finding(finding: Finding) -> dict[str, Any]:
    at = finding.location
    return {
        "kind": "finding",
        "level": str(finding.level),
        "resource": finding.resource,
        "table": at.table,
        "field": at.field,
        "identifier": finding.identifier,
        "category": str(finding.category),
        "confidence": round(finding.confidence, PLACES),
        "band": finding.band,
        "redacted": finding.redacted,
        "line": at.line,
        "line_column": at.column,
        "row": at.row,
        "page": at.page,
        "sheet": at.sheet,
        "member": at.member,
        "json_path": at.json_path,
        "sensitivity": str(finding.sensitivity),
        "evidence": _evidence(finding.evidence),
        "fingerprint": finding.fingerprint,
        "start": at.start,
        "end": at.end,
        "byte_start": at.byte_start,
        "byte_end": at.byte_end,
        "ruleset": finding.ruleset,
    }


@lru_cache(4096)
def _evidence(evidence: tuple[Evidence, ...]) -> str:
    # Findings of one column share it.
    return _json(
        [
            {"signal": signal, "detail": _encodable(detail), "weight": round(weight, PLACES)}
            for signal, detail, weight in evidence
        ]
    )


def _column(record: ColumnRecord) -> dict[str, Any]:
    return {
        "kind": "column",
        "level": str(record.level),
        "resource": record.resource,
        "table": record.table,
        "field": record.column,
        "identifier": record.detected_type,
        "category": record.dominant_category,
        "confidence": round(record.confidence / 100, PLACES),
        "band": record.confidence_level.lower(),
        "reason": record.detection_reason,
        "needs_review": record.need_review,
        "categories": _json(record.categories),
        "frameworks": _json(record.compliance_frameworks),
        "recommended_policies": _json(record.recommended_policies),
        "detection_methods": _json(record.detection_methods),
    }


def _table(record: TableRecord) -> dict[str, Any]:
    return {
        "kind": "table",
        "level": str(record.level),
        "resource": record.resource,
        "table": record.table_name,
        "category": record.dominant_table_category,
        "reason": f"{counted(len(record.sensitive_columns), 'sensitive column')}",
        "needs_review": record.need_review,
        "categories": _json(record.table_categories),
        "frameworks": _json(record.compliance_frameworks),
        "recommended_policies": _json(record.recommended_policies),
        "rows_read": record.rows_read,
    }


def _classification(record: Classification) -> dict[str, Any]:
    return {
        "kind": "classification",
        "level": str(record.level),
        "resource": record.resource,
        "confidence": round(record.confidence, PLACES),
        "reason": record.because,
        "needs_review": record.needs_review,
        "categories": _json(map(str, record.categories)),
        "identifiers": _json(dict(record.identifiers)),
        "frameworks": _json(record.frameworks),
        "recommended_policies": _json(record.recommended_policies),
        **_coverage(record.coverage),
    }


def _gap(record: Gap) -> dict[str, Any]:
    return {"kind": "gap", "resource": record.resource, "reason": record.reason, "detail": record.detail}


def _skip(record: Skip) -> dict[str, Any]:
    return {"kind": "skip", "resource": record.resource, "reason": record.reason, "detail": record.detail}


def _summary(record: Summary) -> dict[str, Any]:
    told = [
        "interrupted: these results are partial" if record.interrupted else "",
        f"sampled: {record.sampling}" if record.sampling else "",
        f"{counted(record.test_values_ignored, 'test value')} ignored" if record.test_values_ignored else "",
        f"{counted(record.suppressed, 'finding')} accepted" if record.suppressed else "",
        f"{counted(record.known_columns, 'column')} known" if record.known_columns else "",
        counted(record.gaps, "gap") if record.gaps else "",
    ]
    return {
        "kind": "summary",
        "level": str(record.level),
        "resource": record.target,
        "reason": record.because,
        "detail": "; ".join(filter(None, told)),
        "identifiers": _json(dict(record.by_identifier)),
        **_coverage(record.coverage),
    }


def _coverage(coverage: Coverage) -> dict[str, Any]:
    bound = coverage.missed_upper_bound
    return {
        "rows_read": coverage.rows_read,
        "rows_total": coverage.rows_total,
        "bytes_read": coverage.bytes_read,
        "bytes_total": coverage.bytes_total,
        "complete": coverage.complete,
        "missed_upper_bound": None if bound is None else round(bound, PLACES),
    }


def _json(value: Iterable[Any] | Mapping[str, Any]) -> str:
    return orjson.dumps(value if isinstance(value, dict) else list(value)).decode()


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


_ROWS: dict[type, Callable[[Any], dict[str, Any]]] = {
    Finding: _finding,
    ColumnRecord: _column,
    TableRecord: _table,
    Classification: _classification,
    Gap: _gap,
    Skip: _skip,
    Summary: _summary,
}
