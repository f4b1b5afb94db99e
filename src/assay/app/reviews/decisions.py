"""What reviewers decided, applied to a run's results before levels are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby

from assay.model import (
    Category,
    Classification,
    ColumnRecord,
    Finding,
    Governance,
    Identifier,
    Level,
    Sensitivity,
    TableRecord,
)
from assay.model.candidates import Candidates
from assay.model.review import Action, Applied, Override, Scope, content_id, storable
from assay.review.findings import settle_classification, settle_findings, suppresses
from assay.review.overrides import Aggregate, Means, in_effect, settle_columns
from assay.review.scopes import matches
from assay.review.workflow import ONE_VALUE, literal
from assay.tables import governed
from assay.tables.aggregate import table_record
from assay.tables.standing import confidence_level

Describe = Callable[[ColumnRecord], ColumnRecord]
_MOST_NOTES = 10_000


def _as_it_is(column: ColumnRecord) -> ColumnRecord:
    return column


def _unchanged(_columns: Sequence[ColumnRecord], table: TableRecord) -> TableRecord:
    return table


@dataclass(slots=True, kw_only=True)
class Decisions:
    """The overrides in effect on a day, for one run. Picklable as long as its functions are.

    `aggregate` makes a table's record anew from its columns, `describe` a column's CIA, frameworks, policies and
    confidence level from its type, categories and confidence. What is below `floor` is a candidate. `applied` collects what the overrides did, for reports;
    `counts` how often each was met.
    """

    overrides: tuple[Override, ...] = ()
    today: date
    levels: Mapping[str, Level] = field(default_factory=dict)
    kinds: Mapping[str, tuple[str, Sensitivity]] = field(default_factory=dict)
    floor: float = 0.0
    aggregate: Aggregate = _unchanged
    describe: Describe = _as_it_is
    applied: list[Applied] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    _answered: set[tuple[str, str | None, str | None, str | None]] = field(default_factory=set)
    _notes: dict[str, list[Applied]] = field(default_factory=dict)
    _by_resource: dict[str, list[Override]] = field(default_factory=dict)
    _by_path: list[Override] = field(default_factory=list)
    _by_value: list[Override] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.overrides = in_effect(self.overrides, self.today)
        for override in self.overrides:
            if override.scope is Scope.VALUE:
                self._by_value.append(override)
            elif override.resource is not None:
                self._by_resource.setdefault(override.resource, []).append(override)
            elif override.path is not None:
                self._by_path.append(override)

    def concerns(self, resource: str) -> bool:
        """Whether any override may speak of what is in a resource; where none does, nothing needs to be asked of it."""
        return bool(self._by_value) or bool(self._of(resource))

    def _of(self, resource: str) -> list[Override]:
        """The overrides that may speak of a resource, but for those of single values anywhere."""
        wide = [
            override for override in self._by_path if override.path is not None and matches(override.path, resource)
        ]
        return [*self._by_resource.get(storable(resource), ()), *wide]

    def digest(self, resource: str, table: str | None = None) -> str:
        """Changes when an override that may speak of this resource (and table) comes or goes: results that were kept
        under another digest have to be made again."""
        ids = [
            override.id
            for override in (*self._of(resource), *self._by_value)
            if table is None or override.table is None or override.table == storable(table)
        ]
        return content_id(*ids)[:32] if ids else ""

    def on_columns(
        self, columns: Sequence[ColumnRecord], table: TableRecord, finish: Aggregate = _unchanged
    ) -> tuple[Sequence[ColumnRecord], TableRecord]:
        """The records of one table under the overrides. `finish` is given its columns as they are under them, and what it
        returns is under those of the table as a whole."""
        living = self._of(table.resource) if self.overrides else []
        if not living:
            return columns, finish(columns, table)
        settled, whole, applied = settle_columns(
            columns, table, living, today=self.today, means=self._means(), finish=finish
        )
        self._keep(applied)
        return settled, whole

    def would_be(self, columns: Sequence[ColumnRecord], table: TableRecord) -> Sequence[ColumnRecord]:
        """The columns as `on_columns` would give them; nothing is noted."""
        living = self._of(table.resource) if self.overrides else []
        if not living:
            return columns
        means = self._means()
        settled, _, _ = settle_columns(columns, table, living, today=self.today, means=means, finish=_unchanged)
        return settled

    def on_findings(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that still count, as they count."""
        if not self.overrides:
            return list(findings)
        kept: list[Finding] = []
        for resource, found in groupby(findings, key=lambda finding: finding.resource):
            living = [*self._by_value, *self._of(resource)]
            settled, applied = settle_findings(found, living, today=self.today, means=self._means())
            kept += settled
            self._keep(applied)
        return kept

    def on_candidates(self, candidates: Iterable[Candidates]) -> list[Candidates]:
        """Those that a person still has to look at."""
        return [
            each for each in candidates if not any(suppresses(override, each) for override in self._of(each.resource))
        ]

    def decided(self) -> Decided | None:
        """Which candidates have to be told to `on_findings` one by one; `None` where none."""
        asked = tuple(
            (override.identifier, override.path or (override.resource and literal(override.resource)))
            for override in self.overrides
            if override.identifier is not None
            and (override.scope in ONE_VALUE or (override.below is not None and override.action is not Action.SUPPRESS))
        )
        return Decided(asked=asked) if asked else None

    def on_classification(self, classification: Classification) -> Classification:
        """A resource's classification, drawn from what `on_findings` and `on_columns` left of it. To be called last of it."""
        notes = self._notes.pop(classification.resource, [])
        living = self._of(classification.resource)
        if not notes and not living:
            return classification
        settled, applied = settle_classification(classification, living, notes, today=self.today)
        self._keep(applied)
        self._notes.pop(classification.resource, None)
        return settled

    def answered(self, resource: str, table: str | None, column: str | None, identifier: str | None) -> bool:
        """Whether an override has settled this column, these findings (no table and column), or this whole resource."""
        return (resource, table, column, None if column is not None else identifier) in self._answered

    def _means(self) -> Means:
        return Means(
            aggregate=self.aggregate,
            describe=self.describe,
            level_of=self.levels.get,
            kind_of=self.kinds.get,
            floor=self.floor,
        )

    def _keep(self, applied: Iterable[Applied]) -> None:
        for note in applied:
            self.counts[note.override] = self.counts.get(note.override, 0) + note.count
            if note.outcome == "applied" and note.scope not in ONE_VALUE:
                for name in (None,) if note.column is not None else (note.identifier, note.becomes or note.identifier):
                    self._answered.add((note.resource, note.table, note.column, name))
            self._notes.setdefault(note.resource, []).append(note)
            if len(self.applied) < _MOST_NOTES:
                self.applied.append(note)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Identifiers on whose candidates people have decided, each with a glob of resources (`None`: all)."""

    asked: tuple[tuple[str, str | None], ...]

    def __call__(self, resource: str) -> frozenset[str]:
        """Those in a resource."""
        return frozenset(name for name, path in self.asked if path is None or matches(path, resource))


@dataclass(frozen=True, slots=True, kw_only=True)
class Describing:
    """What follows from a column's type, categories and confidence under a configuration. `aggregate` and `describe` are
    those that `Decisions` wants."""

    governance: Governance
    identifiers: Mapping[str, Identifier]

    def aggregate(self, columns: Sequence[ColumnRecord], before: TableRecord) -> TableRecord:
        """The table's record of these columns."""
        return table_record(
            columns, resource=before.resource, table=before.table_name, rows=before.rows_read, policies=self._policies
        )

    def describe(self, column: ColumnRecord) -> ColumnRecord:
        """The column with all that follows. One of an identifier without categories gets the identifier's."""
        if column.detected_type is None:
            return column
        identifier = self.identifiers.get(column.detected_type)
        own = str(Category.CUSTOM) if identifier is None else str(identifier.category)
        categories = column.categories or (own,)
        dominant = column.dominant_category if column.dominant_category in categories else next(iter(categories), None)
        limit = self.governance.threshold(dominant or "*", "CLASSIFICATION")
        share = column.confidence / 100
        return replace(
            column,
            categories=categories,
            dominant_category=dominant,
            confidence_level=confidence_level(share, limit),
            suggested_cia=governed.cia(categories, self.governance),
            compliance_frameworks=governed.frameworks(
                [] if identifier is None else [identifier], categories, self.governance
            ),
            recommended_policies=self._policies(categories),
        )

    def _policies(self, categories: Iterable[str]) -> tuple[str, ...]:
        return governed.policies(categories, self.governance)


def decisions_of(
    overrides: Iterable[Override],
    identifiers: Sequence[Identifier],
    governance: Governance,
    today: date,
    floor: float = 0.0,
) -> Decisions:
    """The overrides, ready for a run under these identifiers and this configuration, where findings begin at `floor`."""
    describing = Describing(governance=governance, identifiers={each.name: each for each in identifiers})
    return Decisions(
        overrides=tuple(overrides),
        today=today,
        floor=floor,
        levels=levels_of(identifiers),
        kinds={identifier.name: (identifier.category, identifier.sensitivity) for identifier in identifiers},
        aggregate=describing.aggregate,
        describe=describing.describe,
    )


def levels_of(identifiers: Iterable[Identifier]) -> dict[str, Level]:
    """The level of each identifier by NAME."""
    return {identifier.name: identifier.level for identifier in identifiers}
