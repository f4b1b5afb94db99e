"""What a question's answer can rest on: signals as steps that add up to the confidence, redacted samples, places."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assay.app.reviews.reviewing import today
from assay.model import Finding, Governance
from assay.model.review import QueueItem
from assay.review.explain import Explanation, explain_column
from assay.review.reading import CERTAIN
from assay.store import lookups, reviews
from assay.store.engine import Catalog

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SAMPLES = 8
_SIGNALS = {
    "pattern": "what it looks like",
    "validator": "its check",
    "context": "words near it",
    "name": "its field's name",
    "semantic": "what the name means",
    "learned": "the learned model",
    "feedback": "what people decided",
    "macie": "what Macie told",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One signal. It takes the sum from `start` to `end`, both 0–1; `adds` is the difference as it was weighed."""

    label: str
    detail: str
    adds: float | None
    start: float
    end: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Waterfall:
    """Signals in their order, and the confidence (0–1) that they come to."""

    steps: tuple[Step, ...]
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One value, redacted, with where it stands and what speaks for it."""

    redacted: str
    place: str
    fingerprint: str
    waterfall: Waterfall


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """All that is shown of a question besides the question: `waterfall` of a column, `samples` of findings."""

    waterfall: Waterfall | None = None
    thresholds: tuple[tuple[str, float, bool], ...] = ()
    notes: tuple[str, ...] = ()
    why_not: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    samples: tuple[Sample, ...] = ()


def shown(catalog: Catalog, item: QueueItem, governance: Governance) -> Shown:
    """The evidence of a question, as the catalog has it now."""
    subject = item.question.subject
    with catalog.reading() as connection:
        if subject.kind == "column":
            return _of_column(connection, item, governance)
        if subject.kind == "finding" and not subject.is_candidate:
            return Shown(samples=tuple(_samples(connection, item)))
    return Shown()


def _of_column(connection: Connection, item: QueueItem, governance: Governance) -> Shown:
    subject = item.question.subject
    kept = lookups.columns_of(connection, subject.resource, table=subject.table, column=subject.column)
    exact = next((each for each in kept if each.record.column == subject.column), None)
    if exact is None:
        return Shown()
    told = explain_column(
        exact.record,
        governance=governance,
        sketch=exact.sketch,
        overrides=reviews.overrides(connection),
        today=today(),
    )
    return Shown(
        waterfall=_of_methods(told),
        thresholds=told.thresholds,
        notes=told.evidence,
        why_not=told.why_not,
        overrides=told.overrides,
    )


def _of_methods(told: Explanation) -> Waterfall:
    steps, at = [], 0.0
    for method in told.methods:
        adds = method.adds
        detail = method.says
        if adds is not None and method.score is not None:
            detail = f"{detail}: {method.score:.2f} × {method.weight:.2f}"
        steps.append(Step(label=method.method, detail=detail, adds=adds, start=at, end=_within(at + (adds or 0.0))))
        at = steps[-1].end
    if told.boost:
        end = _within(at + told.boost)
        steps.append(Step(label="bundle", detail="columns beside it", adds=told.boost, start=at, end=end))
        at = end
    if abs(told.composite - at) > 0.006:
        rest = told.composite - at
        steps.append(Step(label="set", detail="limits and decisions", adds=rest, start=at, end=_within(told.composite)))
    return Waterfall(steps=tuple(steps), total=told.composite)


def _samples(connection: Connection, item: QueueItem) -> Iterable[Sample]:
    subject = item.question.subject
    found = lookups.findings_of(connection, subject.resource, limit=_SAMPLES, identifier=subject.identifier)
    for finding in found:
        yield sample_of(finding)


def sample_of(finding: Finding) -> Sample:
    """A finding as it is shown."""
    steps, at = [], 0.0
    for each in finding.evidence:
        end = at + each.weight
        label = "most it can be" if each.detail == CERTAIN else _SIGNALS.get(each.signal, each.signal)
        # The sum goes on beyond 1, where what is drawn ends: what is taken after that is taken from the sum.
        steps.append(Step(label=label, detail=each.detail, adds=each.weight, start=_within(at), end=_within(end)))
        at = end
    return Sample(
        redacted=finding.redacted,
        place=place_of(finding),
        fingerprint=finding.fingerprint,
        waterfall=Waterfall(steps=tuple(steps), total=finding.confidence),
    )


def place_of(finding: Finding) -> str:
    """Where in its resource a finding stands, in words."""
    at = finding.location
    parts = (
        ("", at.member),
        ("page ", at.page),
        ("sheet ", at.sheet),
        ("table ", at.table),
        ("row ", at.row),
        ("", at.field),
        ("", at.json_path if at.field is None else None),
        ("line ", at.line),
        ("column ", at.column if at.line is not None else None),
    )
    return ", ".join(f"{name}{value}" for name, value in parts if value is not None)


def _within(share: float) -> float:
    return min(1.0, max(0.0, share))
