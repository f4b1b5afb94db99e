"""Records as JSON Lines: the contract published in `docs/schema/assay.schema.json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from assay.model import (
    Classification,
    ColumnRecord,
    Coverage,
    Evidence,
    Finding,
    Gap,
    JudgedAgain,
    Level,
    Sensitivity,
    Skip,
    Summary,
    TableRecord,
    Unchanged,
    band,
)
from assay.ports import Blocks, Result
from assay.scanning.report import Piece, place_of

if TYPE_CHECKING:
    from assay.model import KAnonymity
    from assay.scanning.dense import DenseFindings

PLACES = 4
"""Decimal places of scores in the output."""

_dumps = orjson.dumps

_COLUMN_FIELDS = tuple(item.name for item in fields(ColumnRecord))
_COLUMN_SCORES = (
    "confidence",
    "bundle_boost",
    "rule_score",
    "pattern_score",
    "semantic_top_confidence",
    "ml_score",
    "composite_score",
)


def encode(result: Result) -> bytes:
    """The result as one JSON line, line feed included. Keys come in the published order; absent values are null."""
    if type(result) is Finding:
        return encode_finding(result)
    return _dumps(_OBJECTS[type(result)](result), option=orjson.OPT_APPEND_NEWLINE)


def column_line(record: Mapping[str, Any]) -> bytes | None:
    """What `encode` gives for the column whose record is at hand as JSON; `None` for one that has other fields.

    A catalog may hold very many of them, and making each a record first would take most of the time of telling them again.
    """
    if tuple(record) != _COLUMN_FIELDS:
        return None
    told = {"kind": "column", **record}
    del told["semantic_score"]  # the catalog's alone: `explain` tells it
    for name in _COLUMN_SCORES:
        told[name] = _rounded(record[name])
    told["semantic_scores"] = _scores(record["semantic_scores"])
    return _dumps(told, option=orjson.OPT_APPEND_NEWLINE)


def encode_finding(finding: Finding) -> bytes:
    """The finding as one JSON line.

    Put together from cached pieces, because on data full of hits this runs once for every few dozen bytes read:
    most of a line is the same as in the line before.
    """
    at = finding.location
    path = at.json_path
    return (
        f"{_head(finding.resource, finding.identifier, finding.category, finding.sensitivity, finding.level)}"
        f"{_score(finding.confidence)}{_text(finding.redacted)}"
        f',"fingerprint":{_text(finding.fingerprint)}'
        f',"location":{{"start":{_number(at.start)},"end":{_number(at.end)}'
        f',"byte_start":{_number(at.byte_start)},"byte_end":{_number(at.byte_end)}'
        f',"line":{_number(at.line)},"column":{_number(at.column)},"page":{_number(at.page)}'
        f',"sheet":{_name(at.sheet)}{_of_table(at.table)},"row":{_number(at.row)},"field":{_name(at.field)}'
        f',"json_path":{"null" if path is None else _text(path)},"member":{_name(at.member)}'
        f"{_tail(finding.evidence, finding.ruleset)}"
    ).encode()


def encode_piece(piece: Piece, *, include_test_values: bool) -> bytes | Blocks:
    """All findings of a window as JSON lines, by start."""
    single = [finding for finding in piece.single if include_test_values or not finding.test_value]
    if not piece.dense:
        return b"".join(map(encode_finding, single))
    from assay.report.denselines import encode_dense  # loads numpy: only for tables

    shared = [(_begin(group), _end(group)) for group in piece.dense]
    others = [(place_of(finding), encode_finding(finding)) for finding in single]
    return Blocks(encode_dense(piece.dense, shared, json_strings, others, _of_rows))


def _begin(group: DenseFindings) -> str:
    identifier = group.identifier
    head = _head(group.resource, identifier.name, identifier.category, identifier.sensitivity, identifier.level)
    return f'{head}{_score(group.confidence)}"'


def _end(group: DenseFindings) -> str:
    place = f',"field":{_name(group.field)},"json_path":null,"member":{_name(group.member)}'
    return f"{place}{_tail(group.evidence, group.ruleset)}"


def _of_rows(group: DenseFindings) -> bytes:
    """The places of findings that have none but rows, as far as the row."""
    nothing = '"start":null,"end":null,"byte_start":null,"byte_end":null,"line":null,"column":null,"page":null'
    return f'","location":{{{nothing},"sheet":{_name(group.sheet)}{_of_table(group.table)},"row":'.encode()


def json_strings(values: list[str]) -> list[bytes]:
    """The insides of the JSON strings of values."""
    try:
        together = _dumps(values)
    except orjson.JSONEncodeError:
        return [quoted(value)[1:-1] for value in values]
    # A quote within a string has a backslash before it.
    return together[2:-2].split(b'","') if values else []


def _number(value: int | None) -> int | str:
    return "null" if value is None else value


def quoted(value: str) -> bytes:
    """The text as a JSON string."""
    try:
        return _dumps(value)
    except orjson.JSONEncodeError:
        return _dumps(_encodable(value))


def _text(value: str) -> str:
    return quoted(value).decode()


def _encodable(value: str) -> str:
    # File names may hold bytes that are no UTF-8 (lone surrogates in Python); they are shown as \udcXX escapes.
    return value.encode("utf-8", "backslashreplace").decode()


@lru_cache(4096)
def _name(value: str | None) -> str:
    return "null" if value is None else _text(value)


@lru_cache(4096)
def _of_table(value: str | None) -> str:
    """Only tables of databases have the key."""
    return "" if value is None else f',"table":{_text(value)}'


@lru_cache(4096)
def _head(resource: str, identifier: str, category: str, sensitivity: Sensitivity, level: Level) -> str:
    return (
        f'{{"kind":"finding","resource":{_text(resource)},"identifier":{_text(identifier)}'
        f',"category":"{category}","sensitivity":"{sensitivity}","level":"{level}"'
    )


@lru_cache(4096)
def _score(confidence: float) -> str:
    return f',"confidence":{round(confidence, PLACES)},"band":"{band(confidence)}","redacted":'


@lru_cache(4096)
def _tail(evidence: tuple[Evidence, ...], ruleset: str) -> str:
    signals = [
        {"signal": signal, "detail": _encodable(detail), "weight": round(weight, PLACES)}
        for signal, detail, weight in evidence
    ]
    return f'}},"evidence":{_dumps(signals).decode()},"ruleset":{_text(ruleset)}}}\n'


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, PLACES)


def _scores(values: Mapping[str, float]) -> dict[str, float]:
    return {key: round(value, PLACES) for key, value in values.items()}


def _column(record: ColumnRecord) -> dict[str, Any]:
    return {
        "kind": "column",
        "resource": _encodable(record.resource),
        "table": _encodable(record.table),
        "column": _encodable(record.column),
        "level": record.level,
        "categories": record.categories,
        "dominant_category": record.dominant_category,
        "detected_type": record.detected_type,
        "confidence": round(record.confidence, PLACES),
        "confidence_level": record.confidence_level,
        "suggested_cia": record.suggested_cia,
        "bundle_boost": round(record.bundle_boost, PLACES),
        "related_columns": [_encodable(name) for name in record.related_columns],
        "bundles_detected": record.bundles_detected,
        "regex_hits": record.regex_hits,
        "pattern_ids": record.pattern_ids,
        "token_hits": record.token_hits,
        "rule_score": _rounded(record.rule_score),
        "pattern_score": _rounded(record.pattern_score),
        "semantic_scores": _scores(record.semantic_scores),
        "semantic_top_category": record.semantic_top_category,
        "semantic_top_confidence": _rounded(record.semantic_top_confidence),
        "ml_score": _rounded(record.ml_score),
        "composite_score": round(record.composite_score, PLACES),
        "detection_methods": record.detection_methods,
        "detection_reason": _encodable(record.detection_reason),
        "compliance_frameworks": record.compliance_frameworks,
        "recommended_policies": record.recommended_policies,
        "need_review": record.need_review,
    }


def _table(record: TableRecord) -> dict[str, Any]:
    return {
        "kind": "table",
        "resource": _encodable(record.resource),
        "table_name": _encodable(record.table_name),
        "level": record.level,
        "table_sensitivity_score": round(record.table_sensitivity_score, PLACES),
        "max_column_score": round(record.max_column_score, PLACES),
        "sensitive_share": round(record.sensitive_share, PLACES),
        "dominant_table_category": record.dominant_table_category,
        "table_categories": record.table_categories,
        "sensitive_columns": [_encodable(name) for name in record.sensitive_columns],
        "compliance_frameworks": record.compliance_frameworks,
        "recommended_policies": record.recommended_policies,
        "need_review": record.need_review,
        "rows_read": record.rows_read,
        "k_anonymity": None if record.k_anonymity is None else _k_anonymity(record.k_anonymity),
    }


def _k_anonymity(found: KAnonymity) -> dict[str, Any]:
    return {
        "columns": [_encodable(name) for name in found.columns],
        "measure": found.measure,
        "k": found.k,
        "classes": found.classes,
        "rows": found.rows,
        "unique_rows": found.unique_rows,
        "rows_below": found.rows_below,
        "below": found.below,
        "smallest_classes": found.smallest_classes,
        "raised_from": found.raised_from,
        "because": _encodable(found.because),
    }


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return {
        "bytes_read": coverage.bytes_read,
        "bytes_total": coverage.bytes_total,
        "rows_read": coverage.rows_read,
        "rows_total": coverage.rows_total,
        "complete": coverage.complete,
        "missed_upper_bound": _rounded(coverage.missed_upper_bound),
    }


def _classification(record: Classification) -> dict[str, Any]:
    told = record.document_type
    kind = {} if told is None else {"document_type": {"name": told.name, "confidence": round(told.confidence, PLACES)}}
    return {
        "kind": "classification",
        "resource": _encodable(record.resource),
        "level": record.level,
        "categories": record.categories,
        "identifiers": dict(record.identifiers),
        "frameworks": record.frameworks,
        "confidence": round(record.confidence, PLACES),
        "needs_review": record.needs_review,
        "coverage": _coverage(record.coverage),
        "recommended_policies": record.recommended_policies,
        "because": _encodable(record.because),
        **kind,
        **_learned_level(record),
    }


def _learned_level(record: Classification) -> dict[str, Any]:
    told = record.learned_level
    if told is None:
        return {}
    why = [{"feature": feature, "adds": round(weight, PLACES)} for feature, weight in told.why]
    return {
        "learned_level": {
            "level": told.level,
            "confidence": round(told.confidence, PLACES),
            "said": told.said,
            "why": why,
        }
    }


def _gap(record: Gap) -> dict[str, Any]:
    return _left_out("gap", record)


def _skip(record: Skip) -> dict[str, Any]:
    return _left_out("skip", record)


def _left_out(kind: str, record: Gap | Skip) -> dict[str, Any]:
    return {
        "kind": kind,
        "resource": _encodable(record.resource),
        "reason": record.reason,
        "detail": _encodable(record.detail),
    }


def _summary(record: Summary) -> dict[str, Any]:
    return {
        "kind": "summary",
        "target": _encodable(record.target),
        "level": record.level,
        "resources": record.resources,
        "findings": record.findings,
        "columns": record.columns,
        "sensitive_columns": record.sensitive_columns,
        "gaps": record.gaps,
        "skips": record.skips,
        "seconds": round(record.seconds, PLACES),
        "bytes": record.bytes_read,
        "by_level": {str(key): count for key, count in record.by_level.items()},
        "by_identifier": dict(record.by_identifier),
        "test_values_ignored": record.test_values_ignored,
        "suppressed": record.suppressed,
        "known_columns": record.known_columns,
        "coverage": _coverage(record.coverage),
        "because": _encodable(record.because),
        "interrupted": record.interrupted,
        "sampling": record.sampling,
        "unchanged": None if record.unchanged is None else _unchanged(record.unchanged),
        "judged_again": None if record.judged_again is None else _judged_again(record.judged_again),
    }


def _unchanged(found: Unchanged) -> dict[str, Any]:
    return {
        "resources": found.resources,
        "tables": found.tables,
        "columns": found.columns,
        "run": found.run,
        "since": found.since,
        "runs": found.runs,
    }


def _judged_again(found: JudgedAgain) -> dict[str, Any]:
    return {"tables": found.tables, "columns": found.columns}


_OBJECTS: dict[type, Callable[[Any], dict[str, Any]]] = {
    ColumnRecord: _column,
    TableRecord: _table,
    Classification: _classification,
    Gap: _gap,
    Skip: _skip,
    Summary: _summary,
}
