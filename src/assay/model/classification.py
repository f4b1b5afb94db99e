"""Classification: what is concluded of a resource, and the summary of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assay.model.identifier import Level

if TYPE_CHECKING:
    from assay.model.learning import DocumentType, LearnedLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How much was read. `missed_upper_bound` is the 95 % bound on the share of unread units that hold a finding."""

    bytes_read: int = 0
    bytes_total: int = 0
    rows_read: int | None = None
    rows_total: int | None = None
    complete: bool = True
    missed_upper_bound: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Classification:
    """Level of one resource, and why. `document_type` is what a learned model takes its text for, `learned_level` the level
    that another one does; `None` where it is not sure, or not used."""

    resource: str
    level: Level
    categories: tuple[str, ...] = ()
    identifiers: Mapping[str, int] = field(default_factory=dict)
    frameworks: tuple[str, ...] = ()
    confidence: float = 0.0
    needs_review: bool = False
    coverage: Coverage = field(default_factory=Coverage)
    recommended_policies: tuple[str, ...] = ()
    because: str = ""
    document_type: DocumentType | None = None
    learned_level: LearnedLevel | None = None

    @property
    def is_suspected(self) -> bool:
        """Whether a learned model takes it for something more sensitive than what was found says."""
        return self.learned_level is not None and self.learned_level.level.rank > self.level.rank


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """What a run found unchanged `since` the run `run` saw it, and told again; where that were several `runs`, the last."""

    resources: int
    tables: int
    columns: int
    run: str
    since: str
    runs: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedAgain:
    """What a run judged under another configuration by what was stored of it, without reading it again."""

    tables: int
    columns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Totals of a run. `seconds` is wall-clock time, `bytes_read` decoded input bytes, without those of resources that were
    `unchanged` or `judged_again`."""

    target: str
    level: Level
    resources: int
    findings: int
    gaps: int
    skips: int
    seconds: float
    bytes_read: int
    by_level: Mapping[str, int]
    by_identifier: Mapping[str, int]
    test_values_ignored: int
    suppressed: int
    coverage: Coverage
    because: str
    columns: int = 0
    sensitive_columns: int = 0
    known_columns: int = 0
    interrupted: bool = False
    sampling: str | None = None
    unchanged: Unchanged | None = None
    judged_again: JudgedAgain | None = None
