"""Why a column was flagged, or why it was not: each method's part, the thresholds, and what people decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assay.model import ColumnRecord, ColumnSketch, Governance
from assay.model.review import Override, QueueItem, Scope
from assay.review.overrides import in_effect, meets_column, said
from assay.tables.composite import METHODS, PRESENT

ALL = "*"
"""Where no category has been found, the thresholds for all hold."""

_BY_MEANING = METHODS["semantic"]
_ROUNDED = 0.006
_MEANING = {
    "rule": "the column's name",
    "pattern": "its values",
    "semantic": "the meaning of name and comment, of what was detected",
    "ml": "the learned model",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The thresholds of a column's category, 0–1: from where it is sensitive, from where its confidence is HIGH, and
    below where a person must look."""

    detection: float
    classification: float
    review: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MethodShare:
    """One method's part. `score` is `None` where it abstained; `weight` is its share among those that spoke, and
    `adds` what it added to the composite (0–1)."""

    method: str
    score: float | None
    weight: float | None
    adds: float | None
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything that led to one column's record. `why_not` says of what was considered why it does not count."""

    resource: str
    table: str
    column: str
    verdict: str
    level: str
    detected_type: str | None
    confidence: float
    confidence_level: str
    methods: tuple[MethodShare, ...]
    composite: float
    boost: float
    thresholds: tuple[tuple[str, float, bool], ...]
    evidence: tuple[str, ...]
    why_not: tuple[str, ...]
    overrides: tuple[str, ...]
    question: str | None


def explain_column(
    record: ColumnRecord,
    *,
    governance: Governance,
    sketch: ColumnSketch | None = None,
    overrides: Iterable[Override] = (),
    item: QueueItem | None = None,
    today: date | None = None,
) -> Explanation:
    """Why a column is called what it is. With its `sketch`, also what else was seen in its values."""
    category = record.dominant_category or ALL
    limits = Limits(
        detection=governance.threshold(category, "DETECTION"),
        classification=governance.threshold(category, "CLASSIFICATION"),
        review=governance.threshold(category, "REVIEW"),
    )
    share = record.confidence / 100
    verdict = (
        f"{record.detected_type}, {record.level}, confidence {record.confidence:.1f} of 100 ({record.confidence_level})"
        if record.detected_type is not None
        else f"not called sensitive, {record.level}; what comes nearest has {record.confidence:.1f} of 100"
        if record.confidence
        else f"not called sensitive, {record.level}; nothing speaks for anything sensitive"
    )
    methods = _methods(record, governance.weights)
    return Explanation(
        resource=record.resource,
        table=record.table,
        column=record.column,
        verdict=verdict,
        level=str(record.level),
        detected_type=record.detected_type,
        confidence=record.confidence,
        confidence_level=record.confidence_level,
        methods=methods,
        composite=record.composite_score,
        boost=record.bundle_boost,
        thresholds=(
            ("DETECTION", limits.detection, share > limits.detection),
            ("CLASSIFICATION", limits.classification, share >= limits.classification),
            ("REVIEW", limits.review, share >= limits.review),
        ),
        evidence=(*_evidence(record), *_set_otherwise(record, methods)),
        why_not=_why_not(record, limits, sketch),
        overrides=_overrides(record, tuple(overrides), today),
        question=None if item is None else asked_of(item),
    )


def _methods(record: ColumnRecord, weights: Mapping[str, float]) -> tuple[MethodShare, ...]:
    scores = {
        "rule": record.rule_score,
        "pattern": record.pattern_score,
        "semantic": _semantic(record),
        "ml": record.ml_score,
    }
    spoke = {name: score for name, score in scores.items() if score is not None and weights.get(name, 0.0) > 0}
    total = sum(weights[name] for name in spoke)
    shares = []
    for name, score in scores.items():
        if name not in spoke or score is None:
            off = score is not None or weights.get(name, 0.0) <= 0
            says = "switched off: its weight is 0" if off else "abstained: nothing to judge by"
            shares.append(MethodShare(method=name, score=score, weight=None, adds=None, says=says))
            continue
        weight = weights[name] / total
        shares.append(
            MethodShare(
                method=name, score=score, weight=round(weight, 4), adds=round(weight * score, 4), says=_MEANING[name]
            )
        )
    return tuple(shares)


def _semantic(record: ColumnRecord) -> float | None:
    """What the meaning said of what was detected; a record of an older version holds the category's alone."""
    if record.semantic_score is None and _BY_MEANING in record.detection_methods:
        return record.semantic_top_confidence
    return record.semantic_score


def _set_otherwise(record: ColumnRecord, methods: Sequence[MethodShare]) -> Iterable[str]:
    """Why the composite is not what the methods add up to."""
    if not any(method.adds for method in methods):
        return
    added = sum(method.adds or 0.0 for method in methods)
    rest = record.composite_score - record.bundle_boost
    if abs(rest - added) <= _ROUNDED:
        return
    if record.detected_type is None and added > rest:
        yield f"the methods add up to {added:.2f}; it is held at the threshold, since no value speaks for it"
    elif record.is_opinion and abs(rest - PRESENT) <= _ROUNDED:
        yield f"the methods add up to {added:.2f}; it is raised to {PRESENT:.2f}, since the learned model takes it for that"
    elif abs(rest - PRESENT) <= _ROUNDED:
        yield f"the methods add up to {added:.2f}; it is raised to {PRESENT:.2f}, since a value of it proves itself"
    else:
        yield f"the methods add up to {added:.2f}; what people decided sets it to {rest:.2f}"


def _evidence(record: ColumnRecord) -> tuple[str, ...]:
    lines = [record.detection_reason] if record.detection_reason else []
    if record.token_hits:
        lines.append(f"words of the name: {', '.join(record.token_hits)}")
    if record.pattern_ids:
        lines.append(
            f"patterns: {', '.join(record.pattern_ids)} ({record.regex_hits:,} hit{'' if record.regex_hits == 1 else 's'})"
        )
    if record.bundles_detected:
        together = ", ".join(record.related_columns)
        more = f", +{record.bundle_boost:.2f}" if record.bundle_boost else ""
        lines.append(f"together with {together}: {', '.join(record.bundles_detected)}{more}")
    if record.semantic_top_category is not None and record.semantic_top_confidence is not None:
        nearest = f"{record.semantic_top_category} data ({record.semantic_top_confidence:.2f})"
        lines.append(f"of all categories its name means {nearest} most")
    return tuple(lines)


def _why_not(record: ColumnRecord, limits: Limits, sketch: ColumnSketch | None) -> tuple[str, ...]:
    lines: list[str] = []
    share = record.confidence / 100
    if record.detected_type is None:
        if share <= limits.detection:
            lines.append(f"its confidence {share:.2f} does not exceed the DETECTION threshold {limits.detection:.2f}")
        elif record.pattern_score:
            lines.append(f"its confidence {share:.2f} does not exceed the DETECTION threshold of its category")
        if record.rule_score and record.pattern_score == 0.0:
            lines.append("the name suggests something, and no value agrees")
        if record.rule_score is None and record.pattern_score in (None, 0.0):
            lines.append("neither its name nor its values speak of anything sensitive")
    elif share < limits.classification:
        lines.append(f"not HIGH: {share:.2f} is below the CLASSIFICATION threshold {limits.classification:.2f}")
    for category, score in sorted(record.semantic_scores.items(), key=lambda each: -each[1]):
        if category not in record.categories:
            lines.append(f"its name means {category} data, too ({score:.2f}), which is not enough by itself")
    if sketch is not None:
        lines += _other_values(record, sketch)
    return tuple(lines)


def _other_values(record: ColumnRecord, sketch: ColumnSketch) -> Iterable[str]:
    if sketch.fields and not sketch.filled:
        yield f"no values of its own: its {sketch.fields:,} fields are columns, which are judged each"
        return
    if not sketch.filled:
        yield f"no values: {sketch.rows:,} rows read, all empty"
        return
    others = [(count, name) for name, count in sketch.hits.items() if name != record.detected_type and count]
    for count, name in sorted(others, key=lambda each: (-each[0], each[1])):
        best = sketch.confidence.get(name, 0.0)
        part = count / sketch.filled
        than = f"{record.detected_type} leads" if record.detected_type is not None else "that is not enough"
        yield f"{name}: {count:,} of {sketch.filled:,} values ({part:.1%}), the surest with {best:.2f}; {than}"
    if sketch.test_values:
        yield f"{sketch.test_values:,} documentation or test values do not count"


def _overrides(record: ColumnRecord, overrides: Sequence[Override], today: date | None) -> tuple[str, ...]:
    # What was suppressed has no type any more, so what was done to it is known by the words that it left.
    unguarded = [
        each
        for each in overrides
        if meets_column(each, record, guarded=each.scope not in (Scope.COLUMN, Scope.TABLE))
        or said(each) in record.detection_reason
    ]
    living = in_effect(unguarded, today) if today is not None else tuple(unguarded)
    lines = [f"{each.scope}: {said(each)}" for each in living]
    lines += [f"{each.scope}: {said(each)} (expired)" for each in unguarded if each not in living]
    return tuple(dict.fromkeys(lines))


def asked_of(item: QueueItem) -> str:
    """What is asked of people, and how far that is."""
    state = item.state.replace("_", " ")
    return f"{item.id} {state}, priority {item.question.priority:.2f}: {'; '.join(item.question.reasons)}"
