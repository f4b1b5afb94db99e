"""Nouns of review as JSON objects and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from assay.model import Level
from assay.model.review import Action, Decision, Override, Question, Scope, Subject, Verdict

T = TypeVar("T", Decision, Override)

_KINDS: Mapping[str, type[StrEnum]] = {
    "action": Action,
    "scope": Scope,
    "verdict": Verdict,
    "level": Level,
    "seen_level": Level,
}


def as_object(noun: Decision | Override) -> dict[str, Any]:
    """A decision or an override as a JSON object without what is not set."""
    found: dict[str, Any] = {}
    for each in fields(noun):
        value = getattr(noun, each.name)
        if value is None or value == ():
            continue
        if isinstance(value, date):
            found[each.name] = value.isoformat()
        elif isinstance(value, tuple):
            found[each.name] = [str(item) for item in value]
        else:
            found[each.name] = value
    return found


def decision_of(value: Mapping[str, Any]) -> Decision:
    """The decision that `as_object` wrote."""
    return _noun(Decision, value)


def override_of(value: Mapping[str, Any]) -> Override:
    """The override that `as_object` wrote."""
    return _noun(Override, value)


def _noun(kind: type[T], value: Mapping[str, Any]) -> T:
    given: dict[str, Any] = {}
    for name, item in value.items():
        if name in _KINDS:
            given[name] = _KINDS[name](item)
        elif name == "at":
            given[name] = datetime.fromisoformat(item)
        elif name == "expires":
            given[name] = date.fromisoformat(item)
        elif isinstance(item, list):
            given[name] = tuple(item)
        else:
            given[name] = item
    return kind(**given)


def question_as_object(question: Question) -> dict[str, Any]:
    """All of a question but what stands in columns of its own."""
    return {
        "categories": [str(each) for each in question.categories],
        "reasons": list(question.reasons),
        "risk": question.risk,
        "uncertainty": question.uncertainty,
        "reach": question.reach,
        "because": question.because,
        "details": dict(question.details),
        **({} if question.subject.below is None else {"below": question.subject.below}),
    }


def question_of(row: Mapping[str, Any]) -> Question:
    """The question of a row of `review_items`."""
    rest = row["question"]
    return Question(
        subject=Subject(
            kind=row["kind"],
            resource=row["resource"],
            table=row["table_name"],
            column=row["column_name"],
            identifier=row["identifier"],
            below=rest.get("below"),
        ),
        level=Level(row["level"]),
        categories=tuple(rest["categories"]),
        confidence=row["confidence"],
        evidence=row["evidence"],
        reasons=tuple(rest["reasons"]),
        risk=rest["risk"],
        uncertainty=rest["uncertainty"],
        reach=rest["reach"],
        priority=row["priority"],
        because=rest["because"],
        details=rest["details"],
    )
