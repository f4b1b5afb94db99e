"""Sketches of a table's columns → column records and a table record (SPEC section 4).

Rule and pattern methods judge here; a method that cannot judge abstains and does not vote 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import fsum

from assay.detect.names import NameIndex
from assay.model import Category, ColumnRecord, ColumnSketch, Identifier, Level, TableRecord
from assay.tables.bundles import BOOST, bundles_of
from assay.tables.policies import recommended

RULE_WEIGHT = 0.3
PATTERN_WEIGHT = 0.4
SENSITIVE_ABOVE = 50.0
SURE = 0.9
_THRESHOLDS = ((500, 0.05), (2_000, 0.10))
_THRESHOLD_ABOVE = 0.15
_CATEGORY_THRESHOLD = {Category.PII: 0.7, Category.PHI: 0.9, Category.PCI: 0.8}
_DEFAULT_THRESHOLD = 0.7
_CIA = {
    Category.PHI: (3, 3, 2),
    Category.PCI: (3, 3, 1),
    Category.SECRETS: (3, 3, 2),
    Category.PII: (3, 2, 1),
    Category.CUSTOM: (2, 2, 1),
}


def threshold(rows: int) -> float:
    """The share of matching values from which a pattern is certain: 5 % below 500 rows, 10 % below 2,000, 15 % above."""
    return next((share for limit, share in _THRESHOLDS if rows < limit), _THRESHOLD_ABOVE)


def records_of(
    sketches: Sequence[ColumnSketch],
    *,
    resource: str,
    table: str,
    identifiers: Sequence[Identifier],
    names: NameIndex,
) -> tuple[list[ColumnRecord], TableRecord]:
    """A record for every column, harmless ones included, and one for the table."""
    by_name = {identifier.name: identifier for identifier in identifiers}
    columns = [_column(sketch, resource, table, identifiers, by_name, names) for sketch in sketches]
    types = {record.column: record.detected_type for record in columns}
    for name, members in bundles_of(types):
        columns = [_boosted(record, name, members) if record.column in members else record for record in columns]
    rows = max((sketch.rows for sketch in sketches), default=0)
    return columns, _table(columns, resource, table, rows)


def _column(
    sketch: ColumnSketch,
    resource: str,
    table: str,
    identifiers: Sequence[Identifier],
    by_name: Mapping[str, Identifier],
    names: NameIndex,
) -> ColumnRecord:
    named = {identifiers[index].name: hint for index, hint in names.match(sketch.name).items()}
    scored = []
    for name in sorted({*named, *sketch.hits}):
        rule = 1.0 if name in named else None
        share = sketch.hits.get(name, 0) / sketch.filled if sketch.filled else 0.0
        pattern = min(1.0, share / threshold(sketch.rows)) if sketch.filled else None
        sure = sketch.confidence.get(name, 0.0) >= SURE
        score = _composite(rule, pattern)
        if sure:
            # Presence: one surely validated value makes the column reported, however rare it is.
            score = max(score, (SENSITIVE_ABOVE + 1) / 100)
        scored.append((score, share, name, rule, pattern, sure))
    scored.sort(key=lambda item: (-item[0], -item[1], item[2]))
    sensitive = [item for item in scored if item[0] * 100 > SENSITIVE_ABOVE and sketch.hits.get(item[2])]
    base = ColumnRecord(resource=resource, table=table, column=sketch.name, level=Level.PUBLIC)
    if not sensitive:
        reason = _harmless_reason(sketch, named)
        best = scored[0] if scored else None
        return replace(
            base,
            confidence=round(best[0] * 100, 2) if best else 0.0,
            confidence_level="LOW" if best and best[0] > 0 else "NONE",
            token_hits=tuple(sorted(set(named.values()))),
            rule_score=best[3] if best else None,
            pattern_score=best[4] if best else (0.0 if sketch.filled else None),
            composite_score=round(best[0], 4) if best else 0.0,
            regex_hits=sum(sketch.hits.values()),
            detection_reason=reason,
        )
    score, share, name, rule, pattern, _ = sensitive[0]
    chosen = by_name[name]
    found = [by_name[item[2]] for item in sensitive]
    categories = tuple(dict.fromkeys(identifier.category for identifier in found))
    limit = _CATEGORY_THRESHOLD.get(chosen.category, _DEFAULT_THRESHOLD)
    level = max((identifier.level for identifier in found), key=lambda item: item.rank)
    confidence_level = "HIGH" if score >= limit else "MEDIUM" if score >= 0.6 * limit else "LOW"
    return replace(
        base,
        level=level,
        categories=categories,
        dominant_category=chosen.category,
        detected_type=name,
        confidence=round(score * 100, 2),
        confidence_level=confidence_level,
        suggested_cia=_cia(categories),
        regex_hits=sketch.hits.get(name, 0),
        pattern_ids=tuple(
            sorted(pattern_id for pattern_id in sketch.patterns if pattern_id.startswith(chosen.path + "#"))
        ),
        token_hits=tuple(sorted(set(named.values()))),
        rule_score=rule,
        pattern_score=round(pattern, 4) if pattern is not None else None,
        composite_score=round(score, 4),
        detection_methods=tuple(
            method for method, value in (("RULE_BASED", rule), ("PATTERN_BASED", pattern)) if value
        ),
        detection_reason=_reason(sketch, name, share, named),
        compliance_frameworks=tuple(dict.fromkeys(item for identifier in found for item in identifier.frameworks)),
        recommended_policies=recommended(categories),
        need_review=confidence_level != "HIGH",
    )


def _composite(rule: float | None, pattern: float | None) -> float:
    votes = [(score, weight) for score, weight in ((rule, RULE_WEIGHT), (pattern, PATTERN_WEIGHT)) if score is not None]
    total = sum(weight for _, weight in votes)
    return sum(score * weight for score, weight in votes) / total if total else 0.0


def _cia(categories: Sequence[Category]) -> str:
    ratings = [_CIA[category] for category in categories]
    c, i, a = (max(rating[axis] for rating in ratings) for axis in range(3))
    return f"C:{c}/I:{i}/A:{a}"


def _reason(sketch: ColumnSketch, name: str, share: float, named: Mapping[str, str]) -> str:
    hits = sketch.hits.get(name, 0)
    text = f"{hits:,} of {sketch.filled:,} values ({share:.1%}) are {name}"
    if name in named:
        text += f" and the column's name says '{named[name]}'"
    return text


def _harmless_reason(sketch: ColumnSketch, named: Mapping[str, str]) -> str:
    if not sketch.filled:
        return "no values"
    if sketch.test_values:
        return f"only test values ({sketch.test_values:,}) among {sketch.filled:,} values"
    if named:
        return f"the name suggests {', '.join(sorted(named))}, but no value of {sketch.filled:,} agrees"
    return f"no identifier matches its name or enough of its {sketch.filled:,} values"


def _boosted(record: ColumnRecord, bundle: str, members: Sequence[str]) -> ColumnRecord:
    if record.detected_type is None:
        return replace(
            record,
            bundles_detected=(*record.bundles_detected, bundle),
            related_columns=tuple(name for name in members if name != record.column),
        )
    score = min(1.0, record.composite_score + BOOST)
    return replace(
        record,
        bundle_boost=round(score - record.composite_score + record.bundle_boost, 4),
        composite_score=round(score, 4),
        confidence=round(score * 100, 2),
        bundles_detected=(*record.bundles_detected, bundle),
        related_columns=tuple(dict.fromkeys((*record.related_columns, *(n for n in members if n != record.column)))),
    )


def _table(columns: Sequence[ColumnRecord], resource: str, table: str, rows: int) -> TableRecord:
    sensitive = [record for record in columns if record.detected_type is not None]
    if not sensitive:
        return TableRecord(resource=resource, table_name=table, level=Level.PUBLIC, rows_read=rows)
    sums: dict[Category, tuple[float, int]] = {}
    for record in sensitive:
        for category in record.categories:
            total, count = sums.get(category, (0.0, 0))
            sums[category] = (total + record.confidence, count + 1)
    order = sorted(sums, key=lambda category: (-sums[category][0], -sums[category][1], str(category)))
    return TableRecord(
        resource=resource,
        table_name=table,
        level=max((record.level for record in sensitive), key=lambda item: item.rank),
        table_sensitivity_score=round(fsum(record.confidence for record in sensitive) / len(sensitive), 2),
        max_column_score=max(record.confidence for record in sensitive),
        sensitive_share=round(len(sensitive) / len(columns), 4),
        dominant_table_category=order[0],
        table_categories=tuple(order),
        sensitive_columns=tuple(record.column for record in sensitive),
        compliance_frameworks=tuple(
            dict.fromkeys(item for record in sensitive for item in record.compliance_frameworks)
        ),
        recommended_policies=recommended(order),
        need_review=any(record.need_review for record in sensitive),
        rows_read=rows,
    )
