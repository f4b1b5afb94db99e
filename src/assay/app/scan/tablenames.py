"""Names by which the catalog tells the tables of one resource apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from assay.model import ColumnRecord, TableRecord


@dataclass(slots=True)
class TableNames:
    """Gives each table of a resource a name of its own.

    A table in a member of an archive is called as the member is, and a sheet as its workbook calls it: `2025/staff.csv` and
    `2026/staff.csv` of one archive are both `staff`. What is kept and asked of the second is of `staff (2)`, as otherwise it
    would take the place of the first. Tables of a resource come one behind the other, in an order that is the archive's.
    """

    _taken: set[str] = field(default_factory=set)
    _given: Counter[str] = field(default_factory=Counter)

    def end(self) -> None:
        """The resource is through; what comes next is of another."""
        self._taken.clear()
        self._given.clear()

    def apart(self, columns: Sequence[ColumnRecord], table: TableRecord) -> tuple[Sequence[ColumnRecord], TableRecord]:
        """The columns and their table, by a name that no table of the resource had before."""
        name = table.table_name
        while name in self._taken:
            self._given[table.table_name] += 1
            name = f"{table.table_name} ({self._given[table.table_name] + 1})"
        self._taken.add(name)
        if name == table.table_name:
            return columns, table
        return [replace(each, table=name) for each in columns], replace(table, table_name=name)
