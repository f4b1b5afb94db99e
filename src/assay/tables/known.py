"""What a baseline knows of a table counts no more: its columns, and that few of its rows are alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.model import ColumnRecord, Governance, Level, TableRecord
from assay.tables.aggregate import table_record
from assay.tables.governed import policies
from assay.tables.standing import emptied

if TYPE_CHECKING:
    from assay.detect.baseline import KnownColumns


def without_known(
    columns: Sequence[ColumnRecord], table: TableRecord, known: KnownColumns, governance: Governance
) -> tuple[list[ColumnRecord], TableRecord, int]:
    """The columns, of which those that are known hold nothing of note, the record of such a table, and how many are known.

    A column that is held to be something else than before is not known.
    """
    settled = []
    number = 0
    for column in columns:
        if is_column_known(column, known):
            reason = f"{column.detected_type} ({column.level}) is known by the baseline; {column.detection_reason}"
            settled.append(emptied(column, Level.PUBLIC, reason))
            number += 1
        else:
            settled.append(column)
    if not number:
        return settled, table, 0
    whole = table_record(
        settled,
        resource=table.resource,
        table=table.table_name,
        rows=table.rows_read,
        policies=lambda categories: policies(categories, governance),
    )
    return settled, whole, number


def is_column_known(column: ColumnRecord, known: KnownColumns) -> bool:
    """Whether a column is known to hold what it holds."""
    return column.detected_type is not None and (column.table, column.column, column.detected_type) in known


def is_known_as_alike(table: TableRecord, known: KnownColumns) -> bool:
    """Whether it is known that few of the table's rows are alike."""
    if not known:
        return False
    from assay.detect.baseline import K_ANONYMITY  # only where there is one

    return (table.table_name, "", K_ANONYMITY) in known
