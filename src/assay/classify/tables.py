"""Tables of a resource → their records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from assay.classify.resource import Tally
from assay.model import ColumnRecord, ColumnSketch, TableRecord
from assay.scanning.report import TableSketch
from assay.tables.judge import TableJudge, named

Settle = Callable[
    [str | None, Sequence[ColumnSketch], Sequence[ColumnRecord], TableRecord], tuple[list[ColumnRecord], TableRecord]
]


def table_records(
    tables: Iterable[TableSketch], tally: Tally, judge: TableJudge, settle: Settle | None = None
) -> list[ColumnRecord | TableRecord]:
    """The records of every table: each of its columns, then the table. What columns hold is counted in the tally, too.

    `settle` is given what was concluded of each table, and returns what counts of it.
    """
    found: list[ColumnRecord | TableRecord] = []
    for table in tables:
        columns, record = judge.records(
            table.columns,
            resource=tally.resource,
            table=table.table,
            meanings=judge.meanings(named(table.columns), table.table),
        )
        if settle is not None:
            columns, record = settle(table.change, table.columns, columns, record)
        tally.add_table(columns, record)
        found += [*columns, record]
    return found
