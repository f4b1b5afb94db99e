"""Files of lines: of values with something between them, or of JSON objects, one a line; plain or compressed.

Hive's text tables have a row on each line, whatever quotation marks say: a line's end never lies within a value.
"""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, cast

import orjson

from assay.errors import ReadError
from assay.formats.decompress import decompressed
from assay.formats.kinds import Kind
from assay.formats.nested import MOST_FIELDS
from assay.formats.rows import RowBatches, reservoir, sampled_cell
from assay.model import ColumnInfo
from assay.ports import TableBatch
from assay.sources.glue.described import Json, Text
from assay.sources.s3.opener import SMALL

MORE = "(more fields)"
"""The column of values behind the last column that the catalog has."""
BROKEN = "(lines that are no JSON)"
"""The column of what stands where an object should."""
OTHERS = "(other keys)"
"""The column of all values whose keys are more than can be told apart. They do not stand beside those of other columns."""

_COMPRESSED = {".gz": Kind.GZIP, ".bz2": Kind.BZIP2, ".zst": Kind.ZSTD, ".xz": Kind.XZ}
_UNREAD = (".snappy", ".lz4", ".lzo", ".deflate", ".zlib", ".br")
_LONGEST = 1024 * 1024
_REGIONS = 8
_REGION = 256 * 1024
_MOST_SAMPLED = 64 * 1024 * 1024
_LINES = 5_000
_BYTES = 4 * 1024 * 1024

Row = Sequence[str | None]


class Lines:
    """One file of lines, open. Its batches have the columns of `infos`, or their own."""

    def __init__(
        self, stream: IO[bytes], *, key: str, size: int, layout: Text | Json, columns: Sequence[ColumnInfo], skip: int
    ) -> None:
        self._stream = stream
        self._size = size
        self._skip = skip
        self._kind = next((kind for end, kind in _COMPRESSED.items() if key.lower().endswith(end)), None)
        if key.lower().endswith(_UNREAD):
            raise ReadError("unsupported format", "it is compressed in a way that is not read; write it anew with gzip")
        self._rows: _Values | _Objects
        self._rows = _Values(layout, columns) if isinstance(layout, Text) else _Objects(layout, columns)

    def read(self) -> Iterator[TableBatch]:
        """Every row."""
        yield from self._rows.batches(self._lines(self._plain(), self._skip))

    def sample(self, rows: int, seed: int) -> TableBatch:
        """Random rows: of a small file from all of it, of a large one from regions of it, of one that is compressed from its
        first 64 MiB."""
        draw = random.Random(seed)
        found: list[bytes] = []
        if self._kind is not None:
            found = reservoir(_until(self._lines(self._plain(), self._skip), _MOST_SAMPLED), rows, draw)
        elif self._size > SMALL:
            found = reservoir(self._regions(draw), rows, draw)
        if len(found) < rows:
            # Fewer than asked for would mean that there are no more.
            found = reservoir(self._lines(self._plain(), self._skip), rows, draw)
        return self._rows.one(found, sampled_cell(rows))

    def _plain(self) -> IO[bytes]:
        self._stream.seek(0)
        if self._kind is None:
            return self._stream
        return io.BufferedReader(decompressed(cast("Any", self._stream), self._kind), 256 * 1024)

    def _lines(self, stream: IO[bytes], skip: int) -> Iterator[bytes]:
        number = 0
        while line := stream.readline(_LONGEST):
            number += 1
            if number > skip and line.strip(b"\r\n"):
                yield line

    def _regions(self, draw: random.Random) -> Iterator[bytes]:
        step = (self._size - _REGION) // _REGIONS
        for number in range(_REGIONS):
            start = number * step + draw.randrange(step)
            self._stream.seek(start)
            data = self._stream.read(_REGION)
            whole = data[data.find(b"\n") + 1 : data.rfind(b"\n") + 1] if start else data[: data.rfind(b"\n") + 1]
            yield from (line for line in whole.split(b"\n") if line.strip(b"\r"))


def _until(lines: Iterator[bytes], most: int) -> Iterator[bytes]:
    for line in lines:
        yield line
        most -= len(line)
        if most < 0:
            return


class _Values:
    """Lines of values, by the places of their columns."""

    def __init__(self, layout: Text, columns: Sequence[ColumnInfo]) -> None:
        self._layout = layout
        self._columns = tuple(columns)
        self._separator = None
        if layout.escape and not layout.quote:
            escape = re.escape(layout.escape)
            self._separator = re.compile(f"(?<!{escape}){re.escape(layout.delimiter)}")

    def batches(self, lines: Iterator[bytes]) -> Iterator[TableBatch]:
        infos = self._infos()
        for batch in RowBatches(len(infos)).of(map(self._row, lines)):
            yield self._told(batch)

    def one(self, lines: Sequence[bytes], cell: int) -> TableBatch:
        return self._told(RowBatches(len(self._infos()), cell=cell).one([self._row(line) for line in lines]))

    def _infos(self) -> list[ColumnInfo]:
        return [*self._columns, ColumnInfo(name=MORE)]

    def _told(self, batch: TableBatch) -> TableBatch:
        """The batch, without the column of what no column is for where nothing is in it."""
        infos, columns = self._infos(), list(batch.columns)
        if not any(value is not None for value in columns[-1]):
            infos, columns = infos[:-1], columns[:-1]
        return TableBatch(columns, batch.rows, cut=batch.cut, infos=infos)

    def _row(self, line: bytes) -> Row:
        fields = self._fields(_decoded(line, self._layout.encoding).rstrip("\r\n"))
        width = len(self._columns)
        more = self._layout.delimiter.join(fields[width:]) or None
        row: list[str | None] = [None if field == self._layout.null else field for field in fields[:width]]
        row += [None] * (width - len(row))
        row.append(more)
        return row

    def _fields(self, text: str) -> list[str]:
        layout = self._layout
        if layout.quote and len(layout.delimiter) == 1:
            try:
                reader = csv.reader(
                    [text], delimiter=layout.delimiter, quotechar=layout.quote, escapechar=layout.escape or None
                )
                return next(reader, [])
            except csv.Error:
                return text.split(layout.delimiter)
        if self._separator is not None:
            return [field.replace(layout.escape, "") for field in self._separator.split(text)]
        # Whoever reads without quotation marks what was written with them has them in the values: these are judged bare.
        return [_bare(field) for field in text.split(layout.delimiter)]


class _Objects:
    """Lines of JSON objects. Nested values are JSON text, whose fields become columns later."""

    def __init__(self, layout: Json, columns: Sequence[ColumnInfo]) -> None:
        self._aliases = layout.aliases
        self._known = {column.name.lower(): column for column in columns}
        self._more: set[str] = set()

    def batches(self, lines: Iterator[bytes]) -> Iterator[TableBatch]:
        waiting: list[bytes] = []
        size = 0
        for line in lines:
            waiting.append(line)
            size += len(line)
            if len(waiting) >= _LINES or size >= _BYTES:
                yield self.one(waiting, _LONGEST)
                waiting, size = [], 0
        if waiting:
            yield self.one(waiting, _LONGEST)

    def one(self, lines: Sequence[bytes], cell: int) -> TableBatch:
        found: dict[str, list[str | None]] = {}
        cut: set[str] = set()
        others: list[str] = []
        for number, line in enumerate(lines):
            for name, value in self._of(line, others):
                column = found.setdefault(name, [])
                column += [None] * (number - len(column))
                column[number:] = [None if value is None else value[:cell]]
                if value is not None and len(value) > cell:
                    cut.add(name)
        columns = [column + [None] * (len(lines) - len(column)) for column in found.values()]
        if others:
            found[OTHERS] = []
            columns.append([value[:cell] for value in others])
            cut |= {OTHERS} if any(len(value) > cell for value in others) else set()
        infos = [self._known.get(name) or ColumnInfo(name=name) for name in found]
        places = {name: index for index, name in enumerate(found)}
        return TableBatch(columns, len(lines), cut={places[name]: cell for name in cut}, infos=infos)

    def _of(self, line: bytes, others: list[str]) -> Iterator[tuple[str, str | None]]:
        try:
            told = orjson.loads(line)
        except orjson.JSONDecodeError:
            told = None
        if not isinstance(told, Mapping):
            yield BROKEN, _decoded(line, "utf-8").strip()
            return
        for key, given in told.items():
            name, value = self._named(key), _text(given)
            if name is not None:
                yield name, value
            elif value is not None:
                others.append(value)

    def _named(self, key: str) -> str | None:
        """The column of a key: the catalog's, or one of the key's own name; `None` where there are too many of these."""
        name = self._aliases.get(key.lower(), key.lower())
        if name in self._known or key in self._more:
            return name if name in self._known else key
        if len(self._more) >= MOST_FIELDS:
            return None
        self._more.add(key)
        return key


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return orjson.dumps(value).decode()


def _bare(field: str) -> str:
    return field[1:-1] if len(field) > 1 and field[0] == field[-1] == '"' else field


def _decoded(line: bytes, encoding: str) -> str:
    try:
        return line.decode(encoding, "replace")
    except LookupError:
        return line.decode("utf-8", "replace")
