"""Tally of a resource → its classification; classifications → the totals of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from assay.classify.bound import upper_bound
from assay.classify.held import Held, all_held, of_column, of_table
from assay.model import Category, Classification, ColumnRecord, Coverage, Gap, Identifier, Level, TableRecord
from assay.scanning.report import SplitReport

if TYPE_CHECKING:
    from assay.model.learning import DocumentType, LearnedLevel

CATEGORY_ORDER = (Category.PHI, Category.PCI, Category.SECRETS, Category.PII, Category.CUSTOM)
HIGH_CONFIDENCE = 0.9
_FEW = 3


@dataclass(slots=True, kw_only=True)
class Tally:
    """What was counted in one resource over all its splits. `counts` maps identifier to (findings, highest confidence).

    `levels` and `categories` are those of the findings where these were seen one by one, `columns` what columns are held to be,
    by name; `late_gaps` are those of `gaps` that were met after everything was read. What was `suppressed`, and `known_columns`,
    count no more.
    """

    resource: str
    counts: dict[str, tuple[int, float]] = field(default_factory=dict)
    test_values: int = 0
    suppressed: int = 0
    known_columns: int = 0
    bytes_read: int = 0
    bytes_total: int = 0
    rows_read: int | None = None
    rows_total: int | None = None
    gaps: list[str] = field(default_factory=list)
    skips: list[str] = field(default_factory=list)
    sampled: str | None = None
    sampled_parts: int = 0
    shortened: list[str] = field(default_factory=list)
    levels: dict[str, Level] = field(default_factory=dict)
    categories: dict[str, set[str]] = field(default_factory=dict)
    columns: dict[str, Held] = field(default_factory=dict)
    columns_read: int = 0
    sensitive_columns: int = 0
    late_gaps: int = 0
    document: DocumentType | None = None
    learned_level: LearnedLevel | None = None

    def add_table(self, columns: Sequence[ColumnRecord], table: TableRecord) -> None:
        """What a table and its columns are held to be."""
        self.columns_read += len(columns)
        self.sensitive_columns += sum(record.detected_type is not None for record in columns)
        for held in (*map(of_column, columns), of_table(table, columns)):
            if held is not None:
                before = self.columns.get(held.name)
                self.columns[held.name] = held if before is None else before.and_also(held)

    def note_gap(self, gap: Gap) -> None:
        """What failed after everything was read."""
        self.gaps.append(gap.reason)
        self.late_gaps += 1

    @property
    def incomplete(self) -> str:
        """Why not everything was read, in words; empty where it was."""
        return _incomplete(self)

    def note_levels(self, levels: Mapping[str, Level]) -> None:
        """The levels of findings, by identifier, which may be others than those of the identifiers."""
        for name, level in levels.items():
            self.levels[name] = max(self.levels.get(name, level), level, key=lambda item: item.rank)

    def note_categories(self, categories: Mapping[str, Iterable[str]]) -> None:
        """The categories of findings, by identifier, which may be others than those of the identifiers."""
        for name, given in categories.items():
            self.categories.setdefault(name, set()).update(given)

    def add(self, counts: Mapping[str, tuple[int, float]]) -> None:
        """Merge another split's counts; the order of merging changes nothing."""
        for name, (number, confidence) in counts.items():
            before, best = self.counts.get(name, (0, 0.0))
            self.counts[name] = (before + number, max(best, confidence))

    def settle(self, counts: Mapping[str, tuple[int, float]], test_values: int, bytes_total: int) -> None:
        """What was found in a split, or in as much of it as was read."""
        self.add(counts)
        self.test_values += test_values
        self.bytes_total = max(self.bytes_total, bytes_total)

    def read(self, report: SplitReport) -> None:
        """What was read of a split, and what was not."""
        self.suppressed += report.suppressed
        self.bytes_read += report.bytes_read
        if report.rows is not None:
            self.rows_read = (self.rows_read or 0) + report.rows
        if report.rows_total is not None:
            self.rows_total = (self.rows_total or 0) + report.rows_total
        self.sampled = self.sampled or report.sampled
        self.sampled_parts += report.sampled is not None
        self.shortened += report.shortened
        # Tables of one file tell no size beforehand: what was read of one is what is known of it.
        self.bytes_total = max(self.bytes_total, self.bytes_read)
        self.gaps += [gap.reason for gap in report.gaps]
        self.skips += [skip.reason for skip in report.skips]
        if report.document is not None:
            self.document = report.document.type
            self.learned_level = report.document.level


@dataclass(slots=True, kw_only=True)
class Totals:
    """What was counted over many resources."""

    resources: int = 0
    findings: int = 0
    gaps: int = 0
    skips: int = 0
    columns: int = 0
    sensitive_columns: int = 0
    test_values: int = 0
    suppressed: int = 0
    known_columns: int = 0
    bytes_read: int = 0
    bytes_total: int = 0
    bytes_done: int = 0
    by_level: Counter[str] = field(default_factory=Counter)
    by_identifier: Counter[str] = field(default_factory=Counter)
    sampled_before: int = 0
    rows_drawn: bool = False
    again: int = 0
    tables_again: int = 0
    columns_again: int = 0

    def read(self, report: SplitReport) -> None:
        """What was read of a split, and what was not."""
        self.rows_drawn |= report.rows_drawn
        self.bytes_read += report.bytes_read
        self.gaps += len(report.gaps)
        self.skips += len(report.skips)

    def count(self, classification: Classification, tally: Tally) -> None:
        """A resource that is classified."""
        self.resources += 1
        self.gaps += tally.late_gaps
        self.by_level[classification.level] += 1
        for name, number in classification.identifiers.items():
            self.by_identifier[name] += number
        self.findings += sum(number for number, _ in tally.counts.values())
        self.columns += tally.columns_read
        self.sensitive_columns += tally.sensitive_columns
        self.test_values += tally.test_values
        self.suppressed += tally.suppressed
        self.known_columns += tally.known_columns
        self.bytes_total += tally.bytes_total

    def count_again(self, classification: Classification, *, skips: int) -> None:
        """A resource of which an earlier reading holds. One with gaps never does, so what is not complete was sampled."""
        self.resources += 1
        self.again += 1
        self.skips += skips
        self.sampled_before += not (classification.coverage.complete or skips)
        self.by_level[classification.level] += 1
        for name, number in classification.identifiers.items():
            self.by_identifier[name] += number

    def count_column_again(self, *, sensitive: bool) -> None:
        """A column of such a resource."""
        self.columns += 1
        self.columns_again += 1
        self.sensitive_columns += sensitive

    def leave_out(self, report: SplitReport) -> None:
        """A table that is judged by what was read of it before: that is no part of what this run reads."""
        self.bytes_read -= report.bytes_read
        self.bytes_total -= report.bytes_total

    def count_clean(self, report: SplitReport) -> None:
        """A resource that was read to its end, and in which nothing was found."""
        self.resources += 1
        self.by_level[Level.PUBLIC] += 1
        self.bytes_read += report.bytes_read
        self.bytes_total += report.bytes_total
        self.bytes_done += report.bytes_total

    def merge(self, other: Totals) -> None:
        """Add what was counted elsewhere; the order of merging changes nothing."""
        self.resources += other.resources
        self.findings += other.findings
        self.gaps += other.gaps
        self.skips += other.skips
        self.columns += other.columns
        self.sensitive_columns += other.sensitive_columns
        self.test_values += other.test_values
        self.suppressed += other.suppressed
        self.known_columns += other.known_columns
        self.bytes_read += other.bytes_read
        self.bytes_total += other.bytes_total
        self.bytes_done += other.bytes_done
        self.sampled_before += other.sampled_before
        self.rows_drawn |= other.rows_drawn
        self.again += other.again
        self.tables_again += other.tables_again
        self.columns_again += other.columns_again
        self.by_level.update(other.by_level)
        self.by_identifier.update(other.by_identifier)


NOT_LOADED = "identifier not loaded"
"""The reason of a gap, and of every resource of its scan, where a file of an identifier could not be used."""


def classify(tally: Tally, identifiers: Mapping[str, Identifier], missed: float | None = None) -> Classification:
    """The level of one resource: the highest among its identifiers.

    No findings mean `public` only when everything was read; otherwise the resource is unclassified. What a learned model takes it
    for is told beside that and changes no level; where it is more, a person is to look.
    """
    found = _found(tally, identifiers, missed)
    if tally.learned_level is None:
        return found
    held = replace(found, learned_level=tally.learned_level)
    if not held.is_suspected:
        return held
    return replace(
        held, needs_review=True, because=f"{held.because}; {suspected(tally.learned_level)}, which is for people to say"
    )


def suspected(told: LearnedLevel) -> str:
    """What a learned model takes a resource for, in words."""
    return f"the learned model takes it for {told.level} ({told.confidence:.0%})"


def _found(tally: Tally, identifiers: Mapping[str, Identifier], missed: float | None) -> Classification:
    complete = not tally.gaps and not tally.skips and tally.sampled is None
    read, total = tally.rows_read or 0, tally.rows_total or 0
    if missed is None and tally.sampled is not None and 0 < read < total:
        # Of what was not seen at all in rows drawn at random, no more can be there.
        missed = upper_bound(0, read, total)
    coverage = Coverage(
        bytes_read=tally.bytes_read,
        bytes_total=tally.bytes_total,
        rows_read=tally.rows_read,
        rows_total=tally.rows_total if tally.rows_total is not None else (tally.rows_read if complete else None),
        complete=complete,
        missed_upper_bound=missed,
    )
    found = all_held(tally.counts, tally.levels, tally.columns, identifiers, tally.categories)
    if not found:
        level = Level.PUBLIC if complete else Level.UNCLASSIFIED
        return Classification(
            resource=tally.resource,
            level=level,
            confidence=1.0 if complete else 0.0,
            needs_review=bool(tally.gaps),
            coverage=coverage,
            because=_nothing_because(tally),
            document_type=tally.document,
        )
    level = max((held.level for held in found), key=lambda item: item.rank)
    deciding = [held for held in found if held.level is level]
    decisive = max(deciding, key=lambda held: (held.confidence, held.count, held.name))
    present = {category for held in found for category in held.categories}
    categories = tuple(sorted(present, key=_order))
    # What was counted of rows is said whole, and is no kind of data.
    kinds = [held for held in found if not held.because]
    rest = (
        ""
        if decisive.because
        else f" and {len(kinds) - 1} other kinds"
        if len(kinds) > 2
        else " and another kind"
        if len(kinds) == 2
        else ""
    )
    because = f"{level} because {decisive.said}{rest}"
    if not complete:
        because += f"; not everything was read: {_incomplete(tally)}"
    policies = [
        policy for category in categories for held in found if category in held.categories for policy in held.policies
    ]
    return Classification(
        resource=tally.resource,
        level=level,
        categories=categories,
        identifiers={held.name: held.count for held in kinds},
        frameworks=tuple(dict.fromkeys(name for held in found for name in held.frameworks)),
        confidence=decisive.confidence,
        needs_review=bool(tally.gaps)
        or decisive.is_opinion
        or (level is Level.RESTRICTED and decisive.confidence < HIGH_CONFIDENCE),
        coverage=coverage,
        recommended_policies=tuple(dict.fromkeys(policies)),
        because=because,
        document_type=tally.document,
    )


def _order(category: str) -> tuple[int, str]:
    """Users' own categories come last, by name."""
    return (CATEGORY_ORDER.index(Category(category)) if category in CATEGORY_ORDER else len(CATEGORY_ORDER), category)


def _nothing_because(tally: Tally) -> str:
    if tally.gaps or tally.skips or tally.sampled:
        return f"unclassified because nothing was found but not everything was read: {_incomplete(tally)}"
    if tally.suppressed or tally.known_columns:
        said = [
            f"{number:,} {noun}{'' if number == 1 else 's'}"
            for number, noun in ((tally.suppressed, "finding"), (tally.known_columns, "column"))
            if number
        ]
        return f"public because nothing was found but what is accepted or known ({' and '.join(said)})"
    if tally.test_values:
        return f"public because only test values were found ({tally.test_values:,})"
    return "public because everything was read and nothing was found"


def _incomplete(tally: Tally) -> str:
    reasons = list(dict.fromkeys((*tally.gaps, *tally.skips)))
    if tally.sampled and tally.sampled_parts > 1 and tally.rows_total is not None:
        said = [
            f"{tally.rows_read:,} of {tally.rows_total:,} rows, of {tally.sampled_parts} tables not all",
            *sorted(tally.shortened)[:_FEW],
        ]
        if len(tally.shortened) > _FEW:
            said.append(f"and of {len(tally.shortened) - _FEW:,} other tables")
        reasons.append(f"sampled ({', '.join(said)})")
    elif tally.sampled:
        reasons.append(f"sampled ({tally.sampled})")
    return ", ".join(reasons[:3])
