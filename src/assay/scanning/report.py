"""What comes out of a split: pieces with findings as they are found, and at the end the report."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assay.model import AssetRef, ColumnSketch, Finding, Gap, Skip
from assay.model.candidates import Candidates
from assay.ports import DocumentReport
from assay.scanning.sketches import Sketches

if TYPE_CHECKING:
    from assay.model import KAnonymity
    from assay.scanning.dense import DenseFindings


@dataclass(slots=True, kw_only=True)
class Piece:
    """Findings of one window: `single` ones by start, and those of `dense` columns, each column by start; by row where
    they have no offsets."""

    single: Sequence[Finding]
    dense: Sequence[DenseFindings] = ()

    @property
    def findings(self) -> Sequence[Finding]:
        """All of them, by start."""
        if not self.dense:
            return self.single
        found = [*self.single, *(finding for group in self.dense for finding in group.findings())]
        return sorted(found, key=place_of)


def place_of(finding: Finding) -> int:
    """What findings of a piece are sorted by: where they start, or their rows."""
    at = finding.location
    return (at.row if at.start is None else at.start) or 0


@dataclass(slots=True, kw_only=True)
class DrawnRows:
    """Rows that were drawn of a table, without their values: of each column, numbers that are alike where its values are."""

    rows: int
    codes: Sequence[array[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much of a table of a database was read, in so many `draws` (1: the first sample was enough, or all was read).

    `rows`, `rows_total`, `bytes_read` and `sampled` are as in `SplitReport`; `may_grow` says that a larger sample would
    have had more rows, `shortened` of which columns of a sample only the beginnings of values were read.
    """

    rows: int
    rows_total: int | None
    bytes_read: int
    sampled: str | None
    draws: int = 1
    may_grow: bool = False
    shortened: str | None = None


@dataclass(slots=True, kw_only=True)
class TableSketch:
    """The columns of one table: a delimited document (a file, or a member of an archive), a sheet, a table of a database.

    `kind` is that of `TableInfo`; `change` its token of change; `drawn` are the rows of a sample, where they may be
    counted, `asset` is what it was read of where that can be read again. `extent` is of tables of databases. `counted` is
    what an earlier reading counted of its rows, where the sketch is that reading's.
    """

    table: str
    columns: list[ColumnSketch]
    kind: str = "table"
    change: str | None = None
    drawn: DrawnRows | None = None
    asset: AssetRef | None = None
    extent: Extent | None = None
    counted: KAnonymity | None = None


@dataclass(slots=True, kw_only=True)
class SplitReport:
    """Totals of one split; small and picklable, without any value.

    `counts` maps an identifier to (findings, highest confidence). `parts` is how many splits the resource has.
    `rows_drawn` says that of a table some rows were drawn, `shortened` of each table of which columns only the beginnings of values were read.
    Of a resource of which only some lines are told, `only` has the first and the last of each piece of them.
    `sent` is how many bytes of its text a recogniser was given, -1 once that has failed.
    `candidates` are by identifier and pattern, `candidate_values` how many they are. `document` is what a learned model tells of the text.
    """

    resource: str
    part: int = 0
    parts: int | None = 1
    bytes_read: int = 0
    bytes_total: int = 0
    decoded: int = 0
    rows: int | None = None
    rows_total: int | None = None
    findings: int = 0
    counts: dict[str, tuple[int, float]] = field(default_factory=dict)
    test_values: int = 0
    candidates: dict[tuple[str, str], Candidates] = field(default_factory=dict)
    candidate_values: int = 0
    suppressed: int = 0
    sampled: str | None = None
    rows_drawn: bool = False
    shortened: list[str] = field(default_factory=list)
    tables: Sketches = field(default_factory=Sketches)
    gaps: list[Gap] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    only: Sequence[tuple[int, int]] | None = None
    sent: int = 0
    document: DocumentReport | None = None

    def take_table(self, sketch: TableSketch, extent: Extent) -> None:
        """Takes a table of a database, and how much of it was read."""
        self.tables.append(sketch)
        self.rows = (self.rows or 0) + extent.rows
        self.rows_total = extent.rows_total
        self.bytes_read += extent.bytes_read
        # An earlier sample is one still where all of this table was read.
        self.sampled = extent.sampled or self.sampled
        self.rows_drawn |= extent.sampled is not None
        if extent.shortened is not None:
            self.shortened.append(f"{extent.shortened} in {sketch.table}")
