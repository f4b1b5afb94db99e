"""A table that is open: rows drawn from files all over it, or every row of every file."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Protocol

from assay.errors import ReadError
from assay.model import ColumnInfo, TableInfo
from assay.ports import TableBatch
from assay.sources.glue.described import Described
from assay.sources.glue.lines import OTHERS
from assay.sources.glue.places import File, Missing
from assay.sources.glue.tables import open_file
from assay.sources.s3.opener import S3Opener

_AT_FIRST = 16
"""Files that a sample is drawn from, as long as they have rows enough."""


class Files(Protocol):
    """The files of a table, listed anew each time they are asked for."""

    def listed(self, draw: random.Random | None) -> Iterator[File | Missing]:
        """All of them, in their order or, with `draw`, in a random one. Raises `ReadError` where none can be listed."""
        ...


class GlueTable:
    """A `TableReader` over files. What could not be read of them is in `info` when they were read."""

    def __init__(self, table: Described, resource: str, files: Files, objects: S3Opener) -> None:
        self._table = table
        self._files = files
        self._objects = objects
        self._gone = Gone()
        self.info = TableInfo(
            resource=resource,
            table=f"{table.database}.{table.name}",
            columns=(*table.columns, *table.keys),
            comment=table.comment,
            rows=table.rows,
        )

    def read(self) -> Iterator[TableBatch]:
        """Every row. Raises `ReadError` where there are some and none could be read."""
        rows = 0
        for file in self._there(None):
            try:
                with open_file(self._objects, file, self._table) as opened:
                    for batch in opened.read():
                        rows += batch.rows
                        yield batch
            except ReadError as error:
                self._gone.add(Missing(file.asset.uri, error))
        self._tell(rows)
        self._gone.raise_if(nothing=not rows)

    def sample(self, rows: int, seed: int) -> TableBatch:
        """Rows of random files; all rows where there are no more. Raises `ReadError` where none could be read."""
        draw = random.Random(seed)
        files = self._there(draw)
        first = list(islice(files, _AT_FIRST))
        each = -(-rows // max(1, len(first)))
        drawn: list[tuple[File, TableBatch]] = []
        count = 0
        for file in first:
            batch = self._drawn(file, each, draw)
            if batch is not None:
                drawn.append((file, batch))
                count += batch.rows
        # Files that gave all that was asked for may have more.
        for index, (file, batch) in enumerate(drawn):
            if count < rows and batch.rows >= each:
                more = self._drawn(file, each + rows - count, draw)
                if more is not None:
                    count += more.rows - batch.rows
                    drawn[index] = file, more
        for file in files:
            if count >= rows:
                break
            batch = self._drawn(file, rows - count, draw)
            if batch is not None:
                drawn.append((file, batch))
                count += batch.rows
        self._tell(count if count < rows else None)
        self._gone.raise_if(nothing=not count)
        return _together([batch for _, batch in drawn], self.info.columns, rows, draw)

    def _drawn(self, file: File, rows: int, draw: random.Random) -> TableBatch | None:
        try:
            with open_file(self._objects, file, self._table) as opened:
                return opened.sample(rows, draw.getrandbits(31))
        except ReadError as error:
            self._gone.add(Missing(file.asset.uri, error))
            return None

    def _there(self, draw: random.Random | None) -> Iterator[File]:
        for item in self._files.listed(draw):
            if isinstance(item, Missing):
                self._gone.add(item)
            else:
                yield item

    def _tell(self, rows: int | None) -> None:
        """Notes what reading has shown: how many rows there are where all were read, and what could not be."""
        gone = self._gone
        known = self.info.rows if rows is None else None if gone.errors else rows
        exact = rows is not None and not gone.errors
        self.info = replace(self.info, rows=known, rows_exact=exact, missed=gone.told())


class Gone:
    """What of a table could not be read, each once."""

    def __init__(self) -> None:
        self.errors: dict[str, ReadError] = {}

    def add(self, missing: Missing) -> None:
        self.errors.setdefault(missing.uri, missing.error)

    def told(self) -> tuple[tuple[str, str], ...]:
        """A reason and a sentence for each kind of failure."""
        alike: dict[tuple[str, str], list[str]] = {}
        for uri, error in self.errors.items():
            alike.setdefault((error.reason, error.detail), []).append(uri)
        return tuple(
            (reason, f"{uris[0]}{f' and {len(uris) - 1:,} others' if len(uris) > 1 else ''}: {detail}")
            for (reason, detail), uris in alike.items()
        )

    def raise_if(self, *, nothing: bool) -> None:
        """Raises the first failure where there was nothing else."""
        if nothing and self.errors:
            [(reason, detail), *_] = self.told()
            raise ReadError(reason, detail)


def _together(
    batches: Sequence[TableBatch], declared: Sequence[ColumnInfo], rows: int, draw: random.Random
) -> TableBatch:
    """Batches of several files as one, of at most `rows` rows: columns go by their names."""
    infos: dict[str, ColumnInfo] = {}
    columns: dict[str, list[str | None]] = {}
    cut: dict[str, int] = {}
    count = 0
    for batch in batches:
        given = declared if batch.infos is None else batch.infos
        for index, (info, values) in enumerate(zip(given, batch.columns, strict=True)):
            infos.setdefault(info.name, info)
            column = columns.setdefault(info.name, [])
            column += [None] * (0 if info.name == OTHERS else count - len(column))
            column += values
            if index in batch.cut:
                cut[info.name] = batch.cut[index]
        count += batch.rows
    if not infos:
        return TableBatch([[] for _ in declared], 0, infos=list(declared))
    kept = sorted(draw.sample(range(count), rows)) if count > rows else None
    found = [_kept(column, name, count, kept) for name, column in columns.items()]
    places = {name: index for index, name in enumerate(infos)}
    return TableBatch(
        found, min(count, rows), cut={places[name]: most for name, most in cut.items()}, infos=list(infos.values())
    )


def _kept(column: list[str | None], name: str, count: int, kept: Sequence[int] | None) -> list[str | None]:
    """The values of the rows that are kept (`None`: of all `count`)."""
    if name == OTHERS:
        return column
    whole = column + [None] * (count - len(column))
    return whole if kept is None else [whole[index] for index in kept]
