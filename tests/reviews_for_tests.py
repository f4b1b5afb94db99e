"""Questions, decisions and overrides, made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from unit.records_for_tests import column, table

from assay.model import Category, ColumnRecord, Level, TableRecord
from assay.model.review import Action, Decision, Override, Question, QueueItem, Scope, State, Subject, Verdict
from assay.review.overrides import Means
from assay.review.triage import Surroundings, of_column

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
AROUND = Surroundings(review_below=lambda _category: 0.5)
LEVELS = {"SSN": Level.RESTRICTED, "EMAIL": Level.INTERNAL, "PHONE": Level.CONFIDENTIAL}


def question(**changes: Any) -> Question:
    """Of a restricted column whose confidence is not high."""
    values = {"confidence": 64.0, "confidence_level": "MEDIUM", "need_review": True, "regex_hits": 3, **changes}
    asked = of_column(column(**values), table(), AROUND)
    assert asked is not None
    return asked


def item(state: State = State.OPEN, **changes: Any) -> QueueItem:
    values: dict[str, Any] = {"question": question(), "state": state, "version": 1, "queued_at": NOW}
    return QueueItem(**{**values, **changes})


def of_kind(kind: str, **changes: Any) -> QueueItem:
    """An open item about a resource, a table or findings."""
    names: dict[str, Any] = {"table": "customers"} if kind == "table" else {}
    names |= {"identifier": "SSN"} if kind == "finding" else {}
    asked = replace(question(), subject=Subject(kind=kind, resource="file:///srv/data/customers.csv", **names))
    return item(question=replace(asked, **changes))


def decision(verdict: Verdict = Verdict.REJECT, **changes: Any) -> Decision:
    values: dict[str, Any] = {"verdict": verdict, "by": "Ada", "at": NOW, "reason": "order numbers"}
    if verdict is Verdict.RECLASSIFY and not {"level", "identifier", "categories"} & changes.keys():
        values["level"] = Level.INTERNAL
    return Decision(**{**values, **changes})


def override(action: Action = Action.SUPPRESS, scope: Scope = Scope.COLUMN, **changes: Any) -> Override:
    places: dict[Scope, dict[str, Any]] = {
        Scope.COLUMN: {"resource": column().resource, "table": "customers", "column": "ssn"},
        Scope.TABLE: {"resource": column().resource, "table": "customers"},
        Scope.PATTERN: {"path": "file:///srv/*", "pattern": "us/ssn#dashed"},
        Scope.IDENTIFIER: {"path": "file:///srv/*"},
        Scope.FINDING: {"resource": column().resource, "fingerprint": "c0ffee" * 5},
        Scope.VALUE: {"fingerprint": "c0ffee" * 5},
        Scope.RESOURCE: {"resource": column().resource},
    }
    values: dict[str, Any] = {
        "id": "f1",
        "action": action,
        "scope": scope,
        "author": "Ada",
        "reason": "order numbers",
        "at": NOW,
        "identifier": "SSN",
        "verdict": Verdict.SUPPRESS if action is Action.SUPPRESS else None,
    }
    return Override(**{**values, **places[scope], **changes})


def aggregate(columns: Sequence[ColumnRecord], before: TableRecord) -> TableRecord:
    """As a table's record follows from its columns, as far as these tests look."""
    sensitive = [each for each in columns if each.detected_type is not None]
    return replace(
        before,
        level=max((each.level for each in sensitive), key=lambda level: level.rank, default=Level.PUBLIC),
        sensitive_columns=tuple(each.column for each in sensitive),
        table_categories=tuple(dict.fromkeys(category for each in sensitive for category in each.categories)),
        need_review=any(each.need_review for each in columns),
    )


def describe(record: ColumnRecord) -> ColumnRecord:
    if record.detected_type is not None and not record.categories:
        record = replace(record, categories=(Category.PII,), dominant_category=Category.PII)
    return replace(record, confidence_level="HIGH" if record.confidence >= 70 else "LOW")


MEANS = Means(aggregate=aggregate, describe=describe, level_of=LEVELS.get)
