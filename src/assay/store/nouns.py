"""Nouns of `assay.model` as JSON objects under their own field names, and back. What was stored by an older assay has the
defaults of fields that it did not know; what a newer one added is passed over."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any, TypeVar, cast

from assay.model import (
    Category,
    Classification,
    ColumnRecord,
    ColumnSketch,
    Coverage,
    Evidence,
    Features,
    Finding,
    JudgedAgain,
    KAnonymity,
    Level,
    Locator,
    Measure,
    Sensitivity,
    Summary,
    TableRecord,
    Unchanged,
    ValueKind,
)
from assay.model.learning import DocumentType, LearnedLevel
from assay.store.texts import clean

T = TypeVar("T")

_CATEGORIES = frozenset(("categories", "table_categories"))
_LEVELS = {level.value: level for level in Level}
_SHIPPED = {category.value: category for category in Category}


def plain(noun: Any) -> dict[str, Any]:
    """A record, a classification or a summary as an object."""
    return {name: _plain(getattr(noun, name)) for name in _names(cast("Hashable", type(noun)))}


def _plain(value: Any) -> Any:
    if isinstance(value, Coverage | KAnonymity | Unchanged | JudgedAgain | DocumentType | LearnedLevel):
        return plain(value)
    return dict(value) if isinstance(value, Mapping) else value


def sketch_document(sketch: ColumnSketch) -> dict[str, Any]:
    """A sketch without what tells values apart: of their hashes only the count stays."""
    told = plain(sketch)
    features = plain(sketch.features)
    distinct = features.pop("distinct")
    if features["different"] is None:
        features["different"] = getattr(sketch.features, "distinct_values", len(distinct))
    return {**told, "features": features}


def sketch_of(document: Mapping[str, Any]) -> ColumnSketch:
    """The sketch that was stored."""
    given = _known(ColumnSketch, document)
    return ColumnSketch(
        **{
            **given,
            "kind": ValueKind(given.get("kind", ValueKind.UNKNOWN)),
            "features": Features(**_known(Features, given.get("features", {}))),
        }
    )


def column_of(document: Mapping[str, Any]) -> ColumnRecord:
    """The column record that was stored."""
    return _record(ColumnRecord, document)


def table_of(document: Mapping[str, Any]) -> TableRecord:
    """The table record that was stored."""
    told = dict(document)
    counted = told.get("k_anonymity")
    told["k_anonymity"] = None if counted is None else _k_anonymity(counted)
    return _record(TableRecord, told)


def _k_anonymity(document: Mapping[str, Any]) -> KAnonymity:
    told = _known(KAnonymity, document)
    from_level = told.get("raised_from")
    return KAnonymity(
        **{
            **told,
            "measure": Measure(told["measure"]),
            "columns": tuple(told["columns"]),
            "smallest_classes": tuple(told["smallest_classes"]),
            "raised_from": None if from_level is None else Level(from_level),
        }
    )


def classification_of(document: Mapping[str, Any]) -> Classification:
    """The classification that was stored."""
    told = dict(document)
    told["coverage"] = Coverage(**_known(Coverage, told.get("coverage") or {}))
    if told.get("document_type") is not None:
        told["document_type"] = DocumentType(**_known(DocumentType, told["document_type"]))
    if told.get("learned_level") is not None:
        given = _known(LearnedLevel, told["learned_level"])
        why = tuple((str(feature), float(weight)) for feature, weight in given.get("why", ()))
        told["learned_level"] = LearnedLevel(**{**given, "level": _LEVELS[given["level"]], "why": why})
    return _record(Classification, told)


def summary_of(document: Mapping[str, Any]) -> Summary:
    """The summary that was stored."""
    told = _known(Summary, document)
    for name, noun in (("coverage", Coverage), ("unchanged", Unchanged), ("judged_again", JudgedAgain)):
        if told.get(name) is not None:
            told[name] = noun(**_known(noun, told[name]))
    return Summary(**{**told, "level": Level(told["level"])})


def finding_row(finding: Finding) -> dict[str, Any]:
    """A finding as a row of `findings`, without where it belongs."""
    at = finding.location
    return {
        "identifier": clean(finding.identifier),
        "category": clean(finding.category),
        "sensitivity": finding.sensitivity.value,
        "level": finding.level.value,
        "confidence": finding.confidence,
        "redacted": clean(finding.redacted),
        "fingerprint": clean(finding.fingerprint),
        "location": {name: value for name in _names(Locator) if (value := getattr(at, name)) is not None},
        "evidence": [list(item) for item in finding.evidence],
        "ruleset": finding.ruleset,
        "test_value": finding.test_value,
    }


def finding_of(row: Any, resource: str) -> Finding:
    """The finding of a row of `findings`."""
    return Finding(
        resource=resource,
        identifier=row.identifier,
        category=category_of(row.category),
        sensitivity=Sensitivity(row.sensitivity),
        level=Level(row.level),
        confidence=row.confidence,
        redacted=row.redacted,
        fingerprint=row.fingerprint,
        location=Locator(**_known(Locator, row.location)),
        evidence=tuple(Evidence(*item) for item in row.evidence),
        ruleset=row.ruleset,
        test_value=row.test_value,
    )


def _record(noun: Callable[..., T], document: Mapping[str, Any]) -> T:
    told = _known(noun, document)
    for name in _lists(noun):
        value = told.get(name)
        if value is not None:
            told[name] = tuple(map(category_of, value)) if name in _CATEGORIES else tuple(value)
    for name in ("dominant_category", "dominant_table_category"):
        if told.get(name) is not None:
            told[name] = category_of(told[name])
    told["level"] = _LEVELS[told["level"]]
    return noun(**told)


def category_of(name: str) -> Any:
    """A category that the owner made is its name."""
    return _SHIPPED.get(name, name)


def _known(noun: Any, document: Mapping[str, Any]) -> dict[str, Any]:
    names = _names(noun)
    if document.keys() <= _all_names(noun):
        return dict(document)
    return {name: document[name] for name in names if name in document}


@cache
def _names(noun: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(noun))  # type: ignore[arg-type]  # a dataclass, by its callers


@cache
def _all_names(noun: Hashable) -> frozenset[str]:
    return frozenset(_names(noun))


@cache
def _lists(noun: Hashable) -> tuple[str, ...]:
    return tuple(field.name for field in fields(noun) if str(field.type).startswith("tuple"))  # type: ignore[arg-type]  # a dataclass, by its callers
