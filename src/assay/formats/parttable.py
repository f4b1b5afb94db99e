"""A table within a document, in memory, as all tables are read."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from assay.formats.delimited import header_of
from assay.formats.rows import RowBatches
from assay.model import ColumnInfo, TableInfo
from assay.ports import TableBatch


class PartTable:
    """A table whose first row names its columns; rows are numbered as they stand in the document, from 1."""

    def __init__(self, rows: Sequence[Sequence[str]], name: str, resource: str) -> None:
        width = max(map(len, rows))
        first = [*rows[0], *[""] * (width - len(rows[0]))]
        names = header_of([first, *rows[1:200]]) or first
        self._width = width
        self._rows = [[*(cell or None for cell in row), *[None] * (width - len(row))] for row in rows[1:]]
        self.info = TableInfo(
            resource=resource,
            table=name,
            columns=tuple(ColumnInfo(name=" ".join(name.split()) or f"column_{n + 1}") for n, name in enumerate(names)),
            rows=len(self._rows),
            rows_exact=True,
        )

    def read(self) -> Iterator[TableBatch]:
        """All rows."""
        yield from RowBatches(self._width, 2).of(self._rows)

    def sample(self, rows: int, seed: int) -> TableBatch:
        """Rows drawn at random, in their order."""
        drawn = self._rows
        if len(drawn) > rows:
            drawn = [drawn[n] for n in sorted(random.Random(seed).sample(range(len(drawn)), rows))]
        return RowBatches(self._width, 2).one(drawn, 2)
