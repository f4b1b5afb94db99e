"""Columns and tables: mergeable sketches and the records made of them (SPEC section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from assay.model.identifier import Category, Level
from assay.model.table import ValueKind


@dataclass(slots=True, kw_only=True)
class Features:
    """What values of a column look like, counted over up to some hundred of them; no value can be told from it.

    `cells` is how many were looked at. `shapes` counts them by shape (`integer`, `date`, `words` …), `signs` by what they
    are sure signs of (`given_name`, `street` …; one value may be several). `length` and `squares` are the sums of their
    lengths in characters and of the squares of these, `longest` the longest. `distinct` holds the smallest keyed hashes
    of different values (a k-minimum-values sketch); it is left out of what is stored, where `different` is its estimate.
    """

    cells: int = 0
    shapes: dict[str, int] = field(default_factory=dict)
    signs: dict[str, int] = field(default_factory=dict)
    length: int = 0
    squares: int = 0
    longest: int = 0
    distinct: tuple[int, ...] = ()
    different: int | None = None


@dataclass(slots=True, kw_only=True)
class ColumnSketch:
    """What was counted in one column of one split. `merge` is associative and commutative over disjoint parts.

    `hits` counts cells per identifier name, `whole` those that fill their cell, `confidence` the highest score per
    identifier; `rows` is how many rows were read, `filled` how many were not empty. `kind`, `declared` and `comment` are
    as in `ColumnInfo`.
    """

    name: str
    index: int
    rows: int = 0
    filled: int = 0
    hits: dict[str, int] = field(default_factory=dict)
    whole: dict[str, int] = field(default_factory=dict)
    confidence: dict[str, float] = field(default_factory=dict)
    patterns: dict[str, int] = field(default_factory=dict)
    test_values: int = 0
    kind: ValueKind = ValueKind.UNKNOWN
    declared: str = ""
    comment: str = ""
    unique: bool = False
    features: Features = field(default_factory=Features)

    def merge(self, other: ColumnSketch) -> ColumnSketch:
        """The sketch of both parts together."""
        return ColumnSketch(
            name=self.name,
            index=self.index,
            rows=self.rows + other.rows,
            filled=self.filled + other.filled,
            hits=_sum(self.hits, other.hits),
            whole=_sum(self.whole, other.whole),
            confidence={
                key: max(self.confidence.get(key, 0.0), other.confidence.get(key, 0.0))
                for key in sorted({*self.confidence, *other.confidence})
            },
            patterns=_sum(self.patterns, other.patterns),
            test_values=self.test_values + other.test_values,
        )


def _sum(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    return {key: left.get(key, 0) + right.get(key, 0) for key in sorted({*left, *right})}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRecord:
    """What is concluded of one column. `confidence` is 0–100; scores are 0–1 or `None` where a method abstained."""

    resource: str
    table: str
    column: str
    level: Level
    categories: tuple[Category, ...] = ()
    dominant_category: Category | None = None
    detected_type: str | None = None
    confidence: float = 0.0
    confidence_level: str = "NONE"
    suggested_cia: str = "C:0/I:0/A:0"
    bundle_boost: float = 0.0
    related_columns: tuple[str, ...] = ()
    bundles_detected: tuple[str, ...] = ()
    regex_hits: int = 0
    pattern_ids: tuple[str, ...] = ()
    token_hits: tuple[str, ...] = ()
    rule_score: float | None = None
    pattern_score: float | None = None
    semantic_scores: Mapping[str, float] = field(default_factory=dict)
    semantic_top_category: str | None = None
    semantic_top_confidence: float | None = None
    ml_score: float | None = None
    composite_score: float = 0.0
    detection_methods: tuple[str, ...] = ()
    detection_reason: str = ""
    compliance_frameworks: tuple[str, ...] = ()
    recommended_policies: tuple[str, ...] = ()
    need_review: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRecord:
    """What is concluded of one table. `table_sensitivity_score` is 0–100."""

    resource: str
    table_name: str
    level: Level
    table_sensitivity_score: float = 0.0
    max_column_score: float = 0.0
    sensitive_share: float = 0.0
    dominant_table_category: Category | None = None
    table_categories: tuple[Category, ...] = ()
    sensitive_columns: tuple[str, ...] = ()
    compliance_frameworks: tuple[str, ...] = ()
    recommended_policies: tuple[str, ...] = ()
    need_review: bool = False
    rows_read: int = 0
