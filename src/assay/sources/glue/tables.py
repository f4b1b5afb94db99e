"""One file of a table, open: its batches, with the columns called as the catalog calls them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import IO, Any

from assay.errors import ReadError
from assay.formats.content import Content
from assay.formats.kinds import Kind
from assay.formats.tabular import BrokenTable, open_tables
from assay.model import ColumnInfo
from assay.ports import TableBatch, TableReader
from assay.sources.glue.described import Described, Json, Text
from assay.sources.glue.lines import Lines
from assay.sources.glue.places import File
from assay.sources.s3.opener import S3Opener

DROPPED = " (dropped)"
"""Stands behind the name of a column that files of Iceberg have still, and the table has no more."""


class FileTable:
    """A file's batches, each with the columns that the catalog has, those of its partition, and others that it holds.

    A column that the catalog has and the file has not is empty in it.
    """

    def __init__(
        self, opened: TableReader | Lines, infos: Sequence[ColumnInfo] | None, file: File, table: Described
    ) -> None:
        self._opened = opened
        self._infos = infos
        self._file = file
        self._table = table

    def sample(self, rows: int, seed: int) -> TableBatch:
        return self._whole(self._opened.sample(rows, seed))

    def read(self) -> Iterator[TableBatch]:
        for batch in self._opened.read():
            yield self._whole(batch)

    def _whole(self, batch: TableBatch) -> TableBatch:
        infos = list(self._infos or batch.infos or ())
        columns: list[Sequence[str | None]] = list(batch.columns)
        held = {info.name.lower() for info in infos} | {info.name.partition(".")[0].lower() for info in infos}
        nothing: list[str | None] = [None] * batch.rows
        for info in self._table.columns:
            if info.name.lower() not in held:
                infos.append(info)
                # Files of tables that Iceberg took over may leave out what their partition says.
                value = self._file.values.get(info.name)
                columns.append(nothing if value is None else [value] * batch.rows)
        for info in self._table.keys:
            if info.name.lower() not in held:
                infos.append(info)
                columns.append([self._file.values.get(info.name)] * batch.rows)
        return TableBatch(columns, batch.rows, cut=batch.cut, infos=infos)


@contextlib.contextmanager
def open_file(objects: S3Opener, file: File, table: Described) -> Iterator[FileTable]:
    """Raises `ReadError` where it is not what the catalog says it is, or cannot be read at all."""
    layout, asset = file.layout, file.asset
    with objects.open(asset, ahead=False) as stream:
        if isinstance(layout, Text | Json):
            lines = Lines(
                stream,
                key=asset.name[1],
                size=asset.size or 0,
                layout=layout,
                columns=table.columns,
                skip=file.skip,
            )
            yield FileTable(lines, None, file, table)
            return
        if not isinstance(layout, Kind):
            raise TypeError("a file of Iceberg has the layout of its own format")
        names = _numbered(stream, file.names) if file.names and layout is Kind.PARQUET else {}
        content = Content(file=stream)
        with open_tables(layout, content, resource=asset.uri, name=asset.name[1]) as found:
            first = next(found, None)
            if first is None:
                raise ReadError("corrupt", "it holds no table")
            if isinstance(first, BrokenTable):
                raise first.error
            yield FileTable(first, _called(first.info.columns, table, names), file, table)


def _called(held: Sequence[ColumnInfo], table: Described, names: Mapping[str, str]) -> list[ColumnInfo]:
    """The columns of a file under the names of the catalog, with its types and comments."""
    known = {column.name.lower(): column for column in (*table.columns, *table.keys)}
    # Files of ORC that Hive wrote number their columns.
    by_place = bool(held) and all(info.name.partition(".")[0].startswith("_col") for info in held)
    found = []
    for info in held:
        top, dot, rest = info.name.partition(".")
        if by_place and top[4:].isdigit() and int(top[4:]) < len(table.columns):
            top = table.columns[int(top[4:])].name
        top = names.get(top, top)
        column = known.get(top.lower())
        if column is None:
            found.append(replace(info, name=f"{top}{dot}{rest}"))
        elif dot:
            found.append(replace(info, name=f"{column.name}.{rest}"))
        else:
            # How a value was written says more of it than what the catalog calls it.
            found.append(replace(info, name=column.name, declared=column.declared, comment=column.comment))
    return list(_apart(found))


def _apart(infos: Sequence[ColumnInfo]) -> Iterator[ColumnInfo]:
    """The columns, no two of one name: a file may have several that the catalog does not tell apart."""
    seen: set[str] = set()
    for info in infos:
        name, number = info.name, 2
        while name in seen:
            name, number = f"{info.name} ({number})", number + 1
        seen.add(name)
        yield info if name == info.name else replace(info, name=name)


def _numbered(stream: IO[bytes], names: Mapping[int, str]) -> dict[str, str]:
    """What columns of a Parquet file are called now, by the numbers that it has of them.

    https://iceberg.apache.org/spec/#parquet
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema: Any = pq.read_schema(pa.PythonFile(stream, mode="r"))
    except (pa.ArrowException, OSError, ValueError):
        return {}  # opening it tells what is wrong
    finally:
        stream.seek(0)
    found: dict[str, str] = {}
    for each in schema:
        number = (each.metadata or {}).get(b"PARQUET:field_id", b"")
        if number.isdigit():
            found[each.name] = names.get(int(number), f"{each.name}{DROPPED}")
    return found
