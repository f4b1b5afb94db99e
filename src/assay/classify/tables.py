"""Tables of a resource → their records."""

from __future__ import annotations

from collections.abc import Iterable

from assay.classify.resource import Tally
from assay.model import ColumnRecord, TableRecord
from assay.scanning.report import TableSketch
from assay.tables.judge import TableJudge, named


def table_records(tables: Iterable[TableSketch], tally: Tally, judge: TableJudge) -> list[ColumnRecord | TableRecord]:
    """The records of every table: each of its columns, then the table. What columns hold is counted in the tally, too."""
    found: list[ColumnRecord | TableRecord] = []
    for table in tables:
        columns, record = judge.records(
            table.columns,
            resource=tally.resource,
            table=table.table,
            meanings=judge.meanings(named(table.columns), table.table),
        )
        tally.add_columns(columns)
        found += [*columns, record]
    return found
