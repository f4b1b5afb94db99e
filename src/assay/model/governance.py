"""What a data-governance team configures of detection (SPEC section 5), as rows. The defaults are `assay.tables.defaults`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from assay.model.identifier import Level

SOURCES = ("rule", "pattern", "semantic", "ml")
"""The methods that a column is judged by."""

APPLIES = ("DETECTION", "CLASSIFICATION", "REVIEW")
"""DETECTION: from which share of 100 a column is sensitive. CLASSIFICATION: from which confidence it is HIGH. REVIEW: below which a person must look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyword:
    """A word, or words, of column names. EXACT: as whole tokens. FUZZY: also abbreviated, as a prefix, or with a typing error.

    `identifier` is the NAME of what it speaks of; without one it speaks of its category only. `weight` is 0 to 1.
    """

    id: str
    category: str
    keyword: str
    match: str = "EXACT"
    weight: float = 1.0
    priority: int = 100
    identifier: str | None = None
    description: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernedPattern:
    """A regular expression for values. Those of shipped identifiers have `identifier` and keep their validators."""

    id: str
    category: str
    name: str
    regex: str
    weight: float = 1.0
    priority: int = 100
    identifier: str | None = None
    description: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernedBundle:
    """Columns that are more together than alone. Each part is met by a column whose detected type, or a token of whose
    name, is among its members (`PERSON_NAME`, `name:zip`). `boost` is 0 to 0.15."""

    id: str
    name: str
    category: str
    parts: tuple[tuple[str, ...], ...]
    boost: float = 0.15
    description: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernedCategory:
    """A category with its confidentiality, integrity and availability, 0 to 3 each, and recommended policies."""

    id: str
    name: str
    confidentiality: int
    integrity: int
    availability: int
    policies: tuple[str, ...] = ()
    description: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplianceMapping:
    """A category's data falls under a standard; `identifier` narrows it to one."""

    id: str
    category: str
    standard: str
    policy: str = ""
    priority: int = 100
    identifier: str | None = None
    description: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class QuasiIdentifier:
    """One thing that helps to single a person out: where they live, when they were born. A column is of it whose detected
    type, or the end of whose name, is among `members` (`POSTAL_CODE`, `name:marital status`)."""

    id: str
    name: str
    members: tuple[str, ...]
    description: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class AnonymityPolicy:
    """A table whose smallest class by its quasi-identifiers has fewer than `k` rows is raised to `level`."""

    id: str
    k: int
    level: Level
    description: str = ""
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Governance:
    """The configuration in effect: active rows only. `digest` is of all of it.

    `inactive` holds the ids of keywords and patterns that are switched off: an identifier's own of them do not count.
    `thresholds` maps (category, one of `APPLIES`) to 0–1; the category `*` holds for those that have none of their own, and
    (identifier, DETECTION) for that identifier instead of its category's.
    `models` maps a model's setting to its value (`semantic.model` → `wordllama`).
    """

    weights: Mapping[str, float]
    thresholds: Mapping[tuple[str, str], float]
    categories: Mapping[str, GovernedCategory]
    keywords: Sequence[Keyword]
    patterns: Sequence[GovernedPattern] = ()
    bundles: tuple[GovernedBundle, ...] = ()
    compliance: tuple[ComplianceMapping, ...] = ()
    models: Mapping[str, str] = field(default_factory=dict)
    quasi_identifiers: tuple[QuasiIdentifier, ...] = ()
    anonymity: tuple[AnonymityPolicy, ...] = ()
    inactive: frozenset[str] = frozenset()
    digest: str = ""

    def threshold(self, category: str, applies: str) -> float:
        """The threshold of a category, or the one for all."""
        return self.thresholds.get((category, applies), self.thresholds[("*", applies)])

    def detection(self, identifier: str, category: str) -> float:
        """Above which score a column is said to hold an identifier of a category."""
        own = self.thresholds.get((identifier, "DETECTION"))
        return own if own is not None else self.threshold(category, "DETECTION")
