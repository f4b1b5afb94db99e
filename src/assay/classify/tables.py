"""Tables of a resource → their records."""

from __future__ import annotations

from collections.abc import Iterable

from assay.detect.ruleset import RuleSet
from assay.model import ColumnRecord, TableRecord
from assay.scanning.report import TableSketch
from assay.tables.records import records_of


def table_records(tables: Iterable[TableSketch], resource: str, rules: RuleSet) -> list[ColumnRecord | TableRecord]:
    """The records of every table: each of its columns, then the table."""
    found: list[ColumnRecord | TableRecord] = []
    for table in tables:
        columns, record = records_of(
            table.columns, resource=resource, table=table.table, identifiers=rules.identifiers, names=rules.names
        )
        found += [*columns, record]
    return found
