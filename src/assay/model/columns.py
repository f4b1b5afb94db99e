"""Columns and tables: mergeable sketches and the records made of them (SPEC section 4)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assay.model.identifier import Level
from assay.model.table import ValueKind

if TYPE_CHECKING:
    from assay.model.anonymity import KAnonymity

DISTINCT = 256
"""How many of the smallest hashes a sketch keeps; with fewer different values the count is exact."""


@dataclass(slots=True, kw_only=True)
class Features:
    """What values of a column look like, counted over some rows of it; no value can be told from it.

    `rows` is how many were looked at, `cells` how many of their values are not empty. `shapes` counts these by shape
    (`integer`, `date`, `words` …), `signs` by what they are signs of (`given_name`, `date_of_adult` …; one may be of
    several). `hits` counts, per identifier, the cells that it fills, `alike` the cells with the masks of these (digits, capitals and small letters made alike), `by_chance` how many
    of these would pass if they were random, and `pure` the cells of one kind by their check digits, without any context; the latter three are told within each part, and
    so depend a little on how a table is cut.
    `tests` counts cells with documented test values. `length` and `squares` are the sums of their lengths in characters and of the squares of these, `longest` the longest.
    `distinct` holds the smallest keyed hashes of different values (a k-minimum-values sketch, Bar-Yossef et al. 2002); it
    is left out of what is stored, where `different` is its estimate.
    """

    rows: int = 0
    cells: int = 0
    shapes: dict[str, int] = field(default_factory=dict)
    signs: dict[str, int] = field(default_factory=dict)
    hits: dict[str, int] = field(default_factory=dict)
    alike: dict[str, int] = field(default_factory=dict)
    by_chance: dict[str, float] = field(default_factory=dict)
    pure: dict[str, int] = field(default_factory=dict)
    tests: dict[str, int] = field(default_factory=dict)
    length: int = 0
    squares: int = 0
    longest: int = 0
    distinct: tuple[int, ...] = ()
    different: int | None = None

    @property
    def distinct_values(self) -> int:
        """How many different values there are among `cells`, estimated where they are more than `DISTINCT`."""
        if self.different is not None:
            return self.different
        if len(self.distinct) < DISTINCT:
            return len(self.distinct)
        return min(self.cells, round((DISTINCT - 1) * 2**32 / (self.distinct[-1] + 1)))

    def merge(self, other: Features) -> Features:
        """The features of both parts together."""
        return Features(
            rows=self.rows + other.rows,
            cells=self.cells + other.cells,
            shapes=_sum(self.shapes, other.shapes),
            signs=_sum(self.signs, other.signs),
            hits=_sum(self.hits, other.hits),
            alike=_sum(self.alike, other.alike),
            by_chance={
                key: self.by_chance.get(key, 0.0) + other.by_chance.get(key, 0.0)
                for key in sorted({*self.by_chance, *other.by_chance})
            },
            pure=_sum(self.pure, other.pure),
            tests=_sum(self.tests, other.tests),
            length=self.length + other.length,
            squares=self.squares + other.squares,
            longest=max(self.longest, other.longest),
            distinct=_smallest(self.distinct, other.distinct),
        )


@dataclass(slots=True, kw_only=True)
class ColumnSketch:
    """What was counted in one column of one split. `merge` is associative and commutative over disjoint parts.

    `hits` counts cells per identifier name, `whole` those that fill their cell, `confidence` the highest score per
    identifier; `rows` is how many rows were read, `filled` how many were not empty. `kind`, `declared`, `comment` and
    `unique` are as in `ColumnInfo`; `fields` is how many columns its documents' keys make besides.
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
    fields: int = 0
    features: Features = field(default_factory=Features)

    @property
    def is_empty(self) -> bool:
        """Whether it holds no values, nor documents whose keys are columns of their own."""
        return not self.filled and not self.fields

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
            kind=self.kind,
            declared=self.declared,
            comment=self.comment,
            unique=self.unique,
            fields=max(self.fields, other.fields),
            features=self.features.merge(other.features),
        )


def _smallest(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    """The smallest of both, each once and in order, as each of the two has its own."""
    if len(left) >= DISTINCT:
        # Of many parts few bring anything new.
        right = right[: bisect_left(right, left[-1])]
    if not left or not right:
        return left or right
    return tuple(dict.fromkeys(sorted(left + right)))[:DISTINCT]


def _sum(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    if not left and not right:
        return {}
    return {key: left.get(key, 0) + right.get(key, 0) for key in sorted({*left, *right})}


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnRecord:
    """What is concluded of one column. `confidence` is 0–100; scores are 0–1 or `None` where a method abstained.

    `semantic_score` is what the meaning said of `detected_type`, or of what came nearest to it; the other semantic fields are
    of categories, whichever was detected.
    """

    resource: str
    table: str
    column: str
    level: Level
    categories: tuple[str, ...] = ()
    dominant_category: str | None = None
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
    semantic_score: float | None = None
    ml_score: float | None = None
    composite_score: float = 0.0
    detection_methods: tuple[str, ...] = ()
    detection_reason: str = ""
    compliance_frameworks: tuple[str, ...] = ()
    recommended_policies: tuple[str, ...] = ()
    need_review: bool = False

    @property
    def is_opinion(self) -> bool:
        """Whether only a learned model takes it for what it is told as, and nobody has decided on that."""
        return self.detected_type is not None and self.need_review and self.detection_methods == ("ML_BASED",)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRecord:
    """What is concluded of one table. `table_sensitivity_score` is 0–100; `k_anonymity` is of tables with quasi-identifiers."""

    resource: str
    table_name: str
    level: Level
    table_sensitivity_score: float = 0.0
    max_column_score: float = 0.0
    sensitive_share: float = 0.0
    dominant_table_category: str | None = None
    table_categories: tuple[str, ...] = ()
    sensitive_columns: tuple[str, ...] = ()
    compliance_frameworks: tuple[str, ...] = ()
    recommended_policies: tuple[str, ...] = ()
    need_review: bool = False
    rows_read: int = 0
    k_anonymity: KAnonymity | None = None
