"""What a page for people needs of a scan, counted as results come, in memory that does not grow with their number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from assay.model import (
    Classification,
    ColumnRecord,
    Coverage,
    Evidence,
    Finding,
    Gap,
    Level,
    Locator,
    Skip,
    Summary,
    TableRecord,
)
from assay.ports import Result

KEPT_RESOURCES = 400
"""Resources kept with their details; when twice as many have come, the least sensitive half is only counted."""

NOT_COPIED = "not copied"
"""The reason of what a masked copy was not made of, or not wholly. It is listed: whoever copies has to know what is not there."""

_PLACES = 3
_LISTED_GAPS = 200


@dataclass(slots=True, kw_only=True)
class Hits:
    """Findings of one identifier in one resource: how many, why the surest of them is one, and where the first ones stand."""

    identifier: str
    level: Level
    category: str
    count: int = 0
    confidence: float = 0.0
    test_values: int = 0
    evidence: tuple[Evidence, ...] = ()
    places: list[tuple[Locator, str]] = field(default_factory=list)

    def add(self, finding: Finding, places: int) -> None:
        """Counts a finding, and keeps its place if fewer than `places` are kept."""
        self.count += 1
        self.test_values += finding.test_value
        if finding.confidence > self.confidence:
            self.confidence = finding.confidence
            self.evidence = finding.evidence
        if len(self.places) < places:
            self.places.append((finding.location, finding.redacted))


@dataclass(slots=True, kw_only=True)
class ResourceTally:
    """One resource: its hits by identifier, its sensitive columns, its tables with quasi-identifiers, and what was concluded
    of it."""

    resource: str
    hits: dict[str, Hits] = field(default_factory=dict)
    columns: list[ColumnRecord] = field(default_factory=list)
    tables: list[TableRecord] = field(default_factory=list)
    level: Level = Level.PUBLIC
    because: str = ""
    frameworks: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    needs_review: bool = False
    coverage: Coverage = field(default_factory=Coverage)

    @property
    def count(self) -> int:
        return sum(hits.count for hits in self.hits.values())

    @property
    def is_interesting(self) -> bool:
        return bool(self.hits or self.columns or self.tables)

    @property
    def order(self) -> tuple[int, int, str]:
        """Sorts the worst first."""
        return (-self.level.rank, -self.count, self.resource)

    def worst_first(self) -> list[Hits]:
        return sorted(self.hits.values(), key=lambda hits: (-hits.level.rank, -hits.count, hits.identifier))


class Tally:
    """Counts results. `kept` are the resources with details, `dropped` is how many more had findings.

    `resources` is how many are kept with details, each with the first `places` of every identifier. `columns` counts
    sensitive columns by type.
    """

    def __init__(self, *, resources: int = KEPT_RESOURCES, places: int = _PLACES) -> None:
        self._resources = resources
        self._places = places
        self._open: dict[str, ResourceTally] = {}
        self._done: list[ResourceTally] = []
        self.dropped = 0
        self.gaps: list[Gap] = []
        self.gap_count = 0
        self.gap_reasons: Counter[str] = Counter()
        self.columns: Counter[str] = Counter()
        self.skips: Counter[str] = Counter()
        self.not_copied: list[Skip] = []
        self.summary: Summary | None = None

    def add(self, result: Result) -> None:
        if isinstance(result, Finding):
            resource = self._resource(result.resource)
            hits = resource.hits.get(result.identifier)
            if hits is None:
                hits = Hits(identifier=result.identifier, level=result.level, category=result.category)
                resource.hits[result.identifier] = hits
            hits.add(result, self._places)
            if result.level.rank > resource.level.rank:
                resource.level = result.level
        elif isinstance(result, ColumnRecord):
            if result.detected_type is not None:
                self.columns[result.detected_type] += 1
                self._resource(result.resource).columns.append(result)
        elif isinstance(result, TableRecord):
            if result.k_anonymity is not None:
                self._resource(result.resource).tables.append(result)
        elif isinstance(result, Classification):
            self._classify(result)
        elif isinstance(result, Gap):
            self.gap_count += 1
            self.gap_reasons[result.reason] += 1
            if len(self.gaps) < _LISTED_GAPS:
                self.gaps.append(result)
        elif isinstance(result, Skip):
            self.skips[result.reason] += 1
            if result.reason == NOT_COPIED and len(self.not_copied) < _LISTED_GAPS:
                self.not_copied.append(result)
        elif isinstance(result, Summary):
            self.summary = result

    def kept(self) -> Iterator[ResourceTally]:
        """The resources that hold something, the worst first."""
        yield from sorted((*self._done, *self._open.values()), key=lambda resource: resource.order)

    def _resource(self, uri: str) -> ResourceTally:
        found = self._open.get(uri)
        if found is None:
            found = self._open[uri] = ResourceTally(resource=uri)
        return found

    def _classify(self, result: Classification) -> None:
        resource = self._open.pop(result.resource, None)
        if resource is None or not resource.is_interesting:
            return
        resource.level = result.level
        resource.because = result.because
        resource.frameworks = result.frameworks
        resource.policies = result.recommended_policies
        resource.needs_review = result.needs_review
        resource.coverage = result.coverage
        self._done.append(resource)
        if len(self._done) >= 2 * self._resources:
            self._done.sort(key=lambda kept: kept.order)
            self.dropped += len(self._done) - self._resources
            del self._done[self._resources :]
