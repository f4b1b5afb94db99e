"""What a person has to look at, why, and what first: priority is risk × uncertainty × reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import log10
from typing import Any

from assay.model import Classification, ColumnRecord, Finding, Level, TableRecord
from assay.model.candidates import EXAMPLES, MOST, Candidates
from assay.model.review import Question, Subject, content_id
from assay.tables.standing import CANDIDATE, is_meant_otherwise

HIGH = 0.9
APART = 0.5
RISK = {
    Level.RESTRICTED: 1.0,
    Level.CONFIDENTIAL: 0.6,
    Level.UNCLASSIFIED: 0.4,
    Level.INTERNAL: 0.3,
    Level.PUBLIC: 0.1,
}


class Exposure(StrEnum):
    """Who can reach a resource. What is not known counts as shared."""

    PUBLIC = "public"
    SHARED = "shared"
    PRIVATE = "private"
    UNKNOWN = "unknown"


_EXPOSURE = {Exposure.PUBLIC: 1.0, Exposure.SHARED: 0.7, Exposure.UNKNOWN: 0.7, Exposure.PRIVATE: 0.4}
_LARGE = 8.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is known of a resource besides its records. `tag` is the level that its owner has given it, `imported` says
    that its results come from another detector (Macie), `review_below` gives a category's REVIEW threshold (0–1).
    `suspected` is what a description of it names as missed, a sentence each; `awaited` says that a workflow waits for what a
    person says of it."""

    review_below: Callable[[str], float]
    exposure: Exposure = Exposure.UNKNOWN
    tag: Level | None = None
    imported: bool = False
    suspected: tuple[str, ...] = ()
    awaited: bool = False


@dataclass(slots=True, kw_only=True)
class Group:
    """Findings of one identifier in one resource, as far as a question about them asks. `examples` are redacted."""

    resource: str
    identifier: str
    level: Level
    category: str
    count: int = 0
    lowest: float = 1.0
    highest: float = 0.0
    fields: set[str] = field(default_factory=set)
    patterns: set[str] = field(default_factory=set)
    examples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, finding: Finding) -> None:
        """One more of them."""
        self.count += 1
        self.lowest = min(self.lowest, finding.confidence)
        self.highest = max(self.highest, finding.confidence)
        if finding.location.field is not None:
            self.fields.add(finding.location.field)
        for evidence in finding.evidence:
            if evidence.signal == "pattern" and "#" in evidence.detail:
                self.patterns.add(evidence.detail)
        shown = {"redacted": finding.redacted, "fingerprint": finding.fingerprint, "line": finding.location.line}
        if len(self.examples) < EXAMPLES and finding.fingerprint not in {each["fingerprint"] for each in self.examples}:
            self.examples.append({**shown, "confidence": round(finding.confidence, 4)})


SPOT_CHECK = "spot_check"
"""In the details of a question that nobody would have to look at, and that is asked so that something is learned."""


def of_column(
    column: ColumnRecord, table: TableRecord, around: Surroundings, *, check: str | None = None
) -> Question | None:
    """What is asked of a column; `None` where nobody has to look. `check` is why it is asked all the same."""
    share = column.confidence / 100
    spread, apart = _conflict(column)
    reasons = [column.detection_reason] if column.is_opinion else []
    if column.level is Level.RESTRICTED and column.confidence_level != "HIGH":
        reasons.append(f"restricted with {column.confidence_level.lower()} confidence")
    if column.detected_type is not None:
        reasons += _below(share, column.categories, around)
        if around.imported and share < HIGH:
            reasons.append(f"imported with confidence below {HIGH}")
    elif column.confidence >= CANDIDATE:
        reasons.append(column.detection_reason or "its confidence is below that of a sensitive column")
    # Where all is sure, one method that sees nothing is no conflict.
    if (
        apart
        and column.confidence_level != "HIGH"
        and (column.detected_type is not None or column.confidence >= CANDIDATE)
    ):
        reasons.append(apart)
    if is_meant_otherwise(column):
        surely = column.semantic_top_confidence or 0.0
        reasons.append(f"its name means {column.semantic_top_category} data more than what was detected ({surely:.2f})")
    if column.need_review and not reasons:
        reasons.append(_why_else(column))
    is_check = check is not None and not reasons
    if check is not None:
        reasons.append(check)
    if not reasons:
        return None
    details = {
        "reason": column.detection_reason,
        "methods": list(column.detection_methods),
        "scores": {
            "rule": column.rule_score,
            "pattern": column.pattern_score,
            "semantic": column.semantic_top_confidence,
            "ml": column.ml_score,
        },
        "composite": column.composite_score,
        "patterns": list(column.pattern_ids),
        "tokens": list(column.token_hits),
        "bundles": list(column.bundles_detected),
        "confidence_level": column.confidence_level,
        **({SPOT_CHECK: True} if is_check else {}),
    }
    evidence = content_id(
        column.detected_type,
        ",".join(sorted(column.categories)),
        str(column.level),
        column.confidence_level,
        ",".join(sorted(column.detection_methods)),
        ",".join(sorted(column.pattern_ids)),
        ",".join(sorted(column.token_hits)),
    )
    subject = Subject(
        kind="column",
        resource=column.resource,
        table=column.table,
        column=column.column,
        identifier=column.detected_type,
    )
    # A column that may be sensitive and is not called so is a risk of what it may be.
    risk_level = column.level if column.detected_type is not None else Level.CONFIDENTIAL
    return _question(
        subject,
        level=column.level,
        risk_level=risk_level,
        categories=column.categories,
        confidence=share,
        spread=spread,
        evidence=evidence[:32],
        reasons=reasons,
        rows=table.rows_read,
        columns=max(1, len(table.sensitive_columns)),
        around=around,
        details=details,
    )


def _why_else(column: ColumnRecord) -> str:
    if column.detected_type is not None and column.pattern_score is None:
        return "it has no values: its name alone speaks for it"
    if column.confidence_level in ("MEDIUM", "LOW"):
        return f"its confidence is {column.confidence_level.lower()}"
    return column.detection_reason or "detection asks for it"


def of_table(table: TableRecord, around: Surroundings) -> Question | None:
    """What is asked of a table as a whole: its owner's tag says something else. Its columns have questions of their own."""
    if around.tag is None or around.tag is table.level:
        return None
    subject = Subject(kind="table", resource=table.resource, table=table.table_name)
    categories = ",".join(sorted(table.table_categories))
    return _question(
        subject,
        level=table.level,
        risk_level=max(table.level, around.tag, key=lambda level: level.rank),
        categories=table.table_categories,
        confidence=table.max_column_score / 100,
        spread=1.0,
        evidence=content_id(str(table.level), categories, str(around.tag))[:32],
        reasons=[f"its owner tagged it {around.tag}, detection says {table.level}"],
        rows=table.rows_read,
        columns=max(1, len(table.sensitive_columns)),
        around=around,
        details={"tag": str(around.tag), "sensitive_columns": list(table.sensitive_columns)},
    )


def of_group(group: Group, around: Surroundings) -> Question | None:
    """What is asked of one identifier's findings in a resource."""
    reasons = []
    if group.level is Level.RESTRICTED and group.highest < HIGH:
        reasons.append(f"restricted, and its confidence is not high ({group.highest:.2f})")
    reasons += _below(group.highest, (group.category,), around)
    if around.imported and group.highest < HIGH:
        reasons.append(f"imported with confidence below {HIGH}")
    if not reasons:
        return None
    band = "medium" if group.highest >= 0.7 else "low" if group.highest >= 0.5 else "candidate"
    return _question(
        Subject(kind="finding", resource=group.resource, identifier=group.identifier),
        level=group.level,
        risk_level=group.level,
        categories=(group.category,),
        confidence=group.highest,
        spread=0.0,
        evidence=content_id(
            group.identifier,
            str(group.level),
            band,
            ",".join(sorted(group.patterns)),
        )[:32],
        reasons=reasons,
        rows=group.count,
        columns=1,
        around=around,
        details={"count": group.count, "examples": list(group.examples), "patterns": sorted(group.patterns)},
    )


def of_candidates(candidates: Sequence[Candidates], around: Surroundings) -> Question:
    """What is asked of one identifier's candidates in a resource, by pattern, where none of its findings are told."""
    first = candidates[0]
    count = sum(each.count for each in candidates)
    highest = max(each.highest for each in candidates)
    examples = [example for each in candidates for example in each.examples]
    examples.sort(key=lambda example: -float(example["confidence"]))
    number = f"{MOST:,} or more" if count >= MOST else f"{count:,}"
    noun = "candidate" if count == 1 else "candidates"
    patterns = sorted(each.pattern for each in candidates)
    return _question(
        Subject(kind="finding", resource=first.resource, identifier=first.identifier, below=first.below),
        level=first.level,
        # As for a column that is not called sensitive.
        risk_level=min(first.level, Level.CONFIDENTIAL, key=lambda level: level.rank),
        categories=(first.category,),
        confidence=highest,
        spread=0.0,
        evidence=content_id("candidates", first.identifier, str(first.level), ",".join(patterns))[:32],
        reasons=[f"{number} {noun} below the confidence of findings ({first.below:.2f}), the surest {highest:.2f}"],
        rows=count,
        columns=1,
        around=around,
        details={"count": count, "examples": examples[:EXAMPLES], "patterns": patterns},
    )


def of_resource(classification: Classification, around: Surroundings, *, check: str | None = None) -> Question | None:
    """What is asked of a resource as a whole: what could not be read, its owner's tag that says something else, what a
    description of it says was missed, and whether it is so at all, where a workflow waits for that.

    What was found in it has questions of its own. `check` is why it is asked all the same.
    """
    reasons = []
    suspects = classification.learned_level if classification.is_suspected else None
    is_unread = suspects is None or not classification.coverage.complete
    if classification.needs_review and not classification.identifiers and is_unread:
        reasons.append("not everything could be read, and nothing was found")
    if around.tag is not None and around.tag is not classification.level:
        reasons.append(f"its owner tagged it {around.tag}, detection says {classification.level}")
    if suspects is not None:
        reasons.append(suspects.said)
    reasons += around.suspected
    if around.awaited:
        reasons.append("a workflow waits for what a person says of it")
    is_check = check is not None and not reasons
    if check is not None:
        reasons.append(check)
    if not reasons:
        return None
    evidence = [
        str(classification.level),
        ",".join(sorted(classification.identifiers)),
        str(classification.coverage.complete),
        None if around.tag is None else str(around.tag),
        *(() if suspects is None else (f"learned {suspects.level}",)),
    ]
    risks = [classification.level, around.tag, None if suspects is None else suspects.level]
    return _question(
        Subject(kind="resource", resource=classification.resource),
        level=classification.level,
        risk_level=max((level for level in risks if level is not None), key=lambda level: level.rank),
        categories=classification.categories,
        confidence=classification.confidence,
        spread=1.0,
        evidence=content_id(*evidence, *around.suspected)[:32],
        reasons=reasons,
        rows=classification.coverage.rows_read or 1,
        columns=1,
        around=around,
        details={
            "because": classification.because,
            "identifiers": dict(classification.identifiers),
            **({SPOT_CHECK: True} if is_check else {}),
        },
    )


def _below(share: float, categories: Sequence[str], around: Surroundings) -> list[str]:
    for category in categories:
        limit = around.review_below(str(category))
        if share < limit:
            return [f"confidence {share:.2f} is below the review threshold of {category} ({limit:.2f})"]
    return []


def _conflict(column: ColumnRecord) -> tuple[float, str]:
    """How far the methods are apart (0–1), and in words which of them, where it is far."""
    scores: Mapping[str, float | None] = {
        "name": column.rule_score,
        "values": column.pattern_score,
        "meaning": column.semantic_top_confidence,
        "model": column.ml_score,
    }
    told = {name: score for name, score in scores.items() if score is not None}
    if len(told) < 2:
        return 0.0, ""
    high = max(told, key=lambda name: told[name])
    low = min(told, key=lambda name: told[name])
    spread = told[high] - told[low]
    if spread < APART:
        return spread, ""
    return spread, f"methods disagree: {high} {told[high]:.2f}, {low} {told[low]:.2f}"


def _question(
    subject: Subject,
    *,
    level: Level,
    risk_level: Level,
    categories: Sequence[str],
    confidence: float,
    spread: float,
    evidence: str,
    reasons: Sequence[str],
    rows: int,
    columns: int,
    around: Surroundings,
    details: Mapping[str, Any],
) -> Question:
    risk = RISK[risk_level]
    # Half is as uncertain as can be; nothing that is asked is quite certain.
    doubt = max(0.05, min(1.0, max(1 - abs(2 * confidence - 1), spread)))
    size = min(1.0, log10(max(1, rows) * max(1, columns) + 9) / _LARGE)
    reach = size * _EXPOSURE[around.exposure]
    priority = risk * doubt * reach
    noun = "candidate" if subject.is_candidate else "finding" if subject.kind == "finding" else "row"
    many = f"{rows:,} {noun}{'' if rows == 1 else 's'}"
    if subject.kind in ("column", "table"):
        many += f", {columns} sensitive column{'' if columns == 1 else 's'}"
    because = (
        f"risk {risk:.2f} ({risk_level}) × uncertainty {doubt:.2f} (confidence {confidence:.2f}"
        + (f", methods {spread:.2f} apart" if spread else "")
        + f") × reach {reach:.2f} ({many}, exposure {around.exposure})"
    )
    return Question(
        subject=subject,
        level=level,
        categories=tuple(categories),
        confidence=round(confidence, 4),
        evidence=evidence,
        reasons=tuple(reasons),
        risk=risk,
        uncertainty=round(doubt, 4),
        reach=round(reach, 4),
        priority=round(priority, 4),
        because=because,
        details=details,
    )
