"""Tables of a resource → their records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from assay.classify.resource import Tally
from assay.model import ColumnRecord, Gap, Measure, TableRecord
from assay.scanning.classes import Classes
from assay.scanning.report import TableSketch
from assay.tables.anonymity import again, counted, holds_for, not_counted, raised
from assay.tables.judge import TableJudge, named
from assay.tables.known import is_column_known, is_known_as_alike, without_known

if TYPE_CHECKING:
    from assay.detect.baseline import KnownColumns

Finish: TypeAlias = Callable[[Sequence[ColumnRecord], TableRecord], TableRecord]
"""The table's record of columns that nobody changes any more, with what is only then known."""

Settle: TypeAlias = Callable[
    [TableSketch, Sequence[ColumnRecord], TableRecord, Finish], tuple[list[ColumnRecord], TableRecord]
]

Count: TypeAlias = Callable[[TableSketch, Sequence[int], int, str], Classes]
"""Counts rows that are alike in the columns at some places: of which table, at which, below how many a class is small, and
why not all of its resource was read."""


def table_records(
    tables: Iterable[TableSketch],
    tally: Tally,
    judge: TableJudge,
    settle: Settle | None = None,
    count: Count | None = None,
    known: KnownColumns = frozenset(),
) -> list[ColumnRecord | TableRecord | Gap]:
    """The records of every table: each of its columns, then the table. What columns hold is counted in the tally, too.

    `settle` is given what was concluded of each table, and returns what counts of it. Without `count` no rows are counted;
    where counting fails, a gap comes before the table. What is `known` does not count.
    """
    found: list[ColumnRecord | TableRecord | Gap] = []
    for table in tables:
        columns, record = judge.records(
            table.columns,
            resource=tally.resource,
            table=table.table,
            meanings=judge.meanings(named(table.columns), table.table),
        )
        finishing = _Finishing(table, tally, judge, count)
        if known:
            finishing.known = known
            finishing.judged = columns
            columns, record, number = without_known(columns, record, known, judge.governance)
            tally.known_columns += number
        if settle is not None:
            columns, record = settle(table, columns, record, finishing)
        else:
            record = finishing(columns, record)
        tally.add_table(columns, record)
        found += [*finishing.gaps, *columns, record]
    return found


class _Finishing:
    """Counts the rows of a table by what its columns are held to be."""

    def __init__(self, table: TableSketch, tally: Tally, judge: TableJudge, count: Count | None) -> None:
        self._table = table
        self._tally = tally
        self._judge = judge
        self._count = count
        self.gaps: list[Gap] = []
        self.known: KnownColumns = frozenset()
        self.judged: Sequence[ColumnRecord] = ()

    def __call__(self, columns: Sequence[ColumnRecord], record: TableRecord) -> TableRecord:
        if not self.known:
            return self._counted(columns, record)
        # Columns that are known tell who somebody is as they did before.
        held = [
            judged if column.detected_type is None and is_column_known(judged, self.known) else column
            for judged, column in zip(self.judged, columns, strict=True)
        ]
        counted = self._counted(held, record)
        if counted.k_anonymity is None or not is_known_as_alike(record, self.known):
            return counted
        return replace(record, k_anonymity=replace(counted.k_anonymity, raised_from=None))

    def _counted(self, columns: Sequence[ColumnRecord], record: TableRecord) -> TableRecord:
        quasi, governance = self._judge.quasi, self._judge.governance
        places = quasi.places(columns) if self._count is not None else ()
        if self._count is None or not places:
            return record
        names = [columns[place].column for place in places]
        before = self._table.counted
        if before is not None and holds_for(before, names, quasi.below):
            return again(record, before, governance)
        classes = self._count(self._table, places, quasi.below, self._tally.incomplete)
        if classes.gap is not None:
            self.gaps.append(classes.gap)
            self._tally.note_gap(classes.gap)
        if classes.sizes is None:
            return raised(record, not_counted(names, quasi.below, classes.why), governance)
        measure = Measure.EXACT if classes.is_exact else Measure.SAMPLE
        return raised(record, counted(names, classes.sizes, measure, classes.why), governance)
