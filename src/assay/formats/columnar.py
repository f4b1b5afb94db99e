"""Parquet, ORC, Arrow IPC (file and stream) and Feather as tables, read by row groups, stripes and record batches.

Partitioned folders are just files. A row group that cannot be read leaves the others readable; the error comes last.
"""

from __future__ import annotations

import contextlib
import random
import warnings
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Protocol

import pyarrow as pa

from assay.errors import ReadError
from assay.formats.arrowtext import batches, columns_of, rows_for, rows_of, texts_of
from assay.formats.content import Content
from assay.formats.kinds import Kind
from assay.formats.sampled import Reservoir, pick, spread
from assay.model import TableInfo
from assay.ports import TableBatch

_ERRORS = (
    pa.ArrowException,
    OSError,
    ValueError,
    TypeError,
    KeyError,
    IndexError,
    OverflowError,
    MemoryError,
    EOFError,
)
_BUFFER = 1024 * 1024
_MOST_COLUMNS = 20_000
# About what a sample decodes, unless that would be fewer groups.
_SAMPLED_BYTES = 1024 * 1024 * 1024
_LEAST_GROUPS, _MOST_GROUPS = 2, 8
# What follows a footer in clear of a file with encrypted columns: https://parquet.apache.org/docs/file-format/data-pages/encryption/.
_SIGNATURE = 28
_DICTIONARY = 2 * 1024 * 1024
_CODED = frozenset(("PLAIN_DICTIONARY", "RLE_DICTIONARY"))


class Group(Protocol):
    """Rows that can be read by themselves: a row group, a stripe, a record batch; about `rows` of them, -1 if unknown."""

    rows: int
    size: int

    def batches(self) -> Iterator[pa.RecordBatch]: ...


class Columnar:
    """A columnar file that is open: a `TableReader`."""

    def __init__(self, info: TableInfo, groups: Sequence[Group], noun: str) -> None:
        self.info = info
        self._groups = groups
        self._noun = noun

    def read(self) -> Iterator[TableBatch]:
        row = 1
        failed: list[Exception] = []
        for group in self._groups:
            first = row
            try:
                for batch in batches(group.batches(), first):
                    row += batch.rows
                    yield batch
            except _ERRORS as error:
                failed.append(error)
                row = first + max(group.rows, row - first)
        if failed:
            raise broken(failed[0], f"{len(failed)} of {len(self._groups)} {self._noun}")

    def sample(self, rows: int, seed: int) -> TableBatch:
        draw = random.Random(seed)
        if any(group.rows < 0 for group in self._groups):
            return self._reservoir(rows, draw)
        small = sum(group.rows for group in self._groups) <= rows
        chosen = [(group, None) for group in self._groups] if small else self._drawn(rows, draw)
        columns: list[list[str | None]] = [[] for _ in self.info.columns]
        count = 0
        failed: list[Exception] = []
        for group, wanted in chosen:
            try:
                for batch in batches(_taken(group, wanted)):
                    for column, values in zip(columns, batch.columns, strict=True):
                        column.extend(values)
                    count += batch.rows
            except _ERRORS as error:
                failed.append(error)
        if failed and not count:
            raise broken(failed[0], f"{len(failed)} of {len(self._groups)} {self._noun}")
        return TableBatch(columns, count)

    def _reservoir(self, rows: int, draw: random.Random) -> TableBatch:
        kept = Reservoir(rows, draw)
        slots: list[Sequence[str | None]] = [()] * rows
        filled = 0
        try:
            for group in self._groups:
                for batch in group.batches():
                    places = {slot: index for index, slot in kept.of(batch.num_rows)}
                    if places:
                        rows_found = (
                            row
                            for taken in rows_of(batch, list(places.values()))
                            for row in zip(*texts_of(taken), strict=True)
                        )
                        for slot, row in zip(places, rows_found, strict=False):
                            slots[slot] = row
                            filled = max(filled, slot + 1)
        except _ERRORS as error:
            if not filled:
                raise broken(error, f"{self._noun}") from None
        return TableBatch(list(zip(*slots[:filled], strict=True)) or [[] for _ in self.info.columns], filled)

    def _drawn(self, rows: int, draw: random.Random) -> list[tuple[Group, Sequence[int] | None]]:
        """Rows from all over some groups: these are read to their last row that is drawn, as nothing tells where one lies."""
        filled = [group for group in self._groups if group.rows]
        size = sum(group.size for group in filled) // len(filled)
        few = spread(filled, max(_LEAST_GROUPS, min(_MOST_GROUPS, _SAMPLED_BYTES // max(1, size))), draw)
        return list(zip(few, pick([group.rows for group in few], rows, draw), strict=True))


def _taken(group: Group, wanted: Sequence[int] | None) -> Iterator[pa.RecordBatch]:
    """The rows of `group` with the (ascending) numbers `wanted` (`None`: all); reading ends with the last of them."""
    if wanted is None:
        yield from group.batches()
        return
    start = at = 0
    for batch in group.batches():
        end = start + batch.num_rows
        upto = at
        while upto < len(wanted) and wanted[upto] < end:
            upto += 1
        if upto > at:
            yield from rows_of(batch, [index - start for index in wanted[at:upto]])
        at, start = upto, end
        if at >= len(wanted):
            return


def broken(error: Exception, what: str) -> ReadError:
    """The error of a file that a library refused. What the library says may quote the file and stays out."""
    if isinstance(error, ReadError):
        return error
    kind = type(error).__name__
    if isinstance(error, pa.ArrowNotImplementedError):
        return ReadError("unsupported format", f"{what} in a variant that cannot be read ({kind}); rewrite it plainly")
    if isinstance(error, MemoryError):
        return ReadError("too large", f"{what} would not fit into memory; write it in smaller groups of rows")
    return ReadError("corrupt", f"{what} damaged or cut short ({kind}); restore it from a copy")


@contextlib.contextmanager
def open_columnar(kind: Kind, content: Content, resource: str, name: str) -> Iterator[Columnar]:
    """The table in a columnar file. Raises `ReadError`."""
    opened: Callable[[Any], tuple[pa.Schema, Sequence[Group], str]]
    opened = {Kind.PARQUET: _parquet, Kind.ORC: _orc, Kind.ARROW: _arrow}[kind]
    with contextlib.ExitStack() as stack:
        source = stack.enter_context(_source(content))
        try:
            schema, groups, noun = opened(source)
            columns = columns_of(schema)
        except (*_ERRORS, RecursionError) as error:
            if kind is Kind.PARQUET and _is_encrypted(source):
                detail = "its footer is encrypted; decrypt it and scan the result"
                raise ReadError("encrypted", detail) from None
            raise broken(error, f"the {kind} file is") from None
        if len(columns) > _MOST_COLUMNS:
            raise ReadError("too many columns", f"{len(columns):,} columns; more than {_MOST_COLUMNS:,} are not read")
        known = all(group.rows >= 0 for group in groups)
        rows = sum(group.rows for group in groups) if known else None
        info = TableInfo(resource=resource, table=name, columns=columns, rows=rows, rows_exact=known)
        yield Columnar(info, groups, noun)


@contextlib.contextmanager
def _source(content: Content) -> Iterator[Any]:
    # Not mapped: a file that shrinks while it is read would end the process.
    if content.data is not None:
        yield pa.BufferReader(content.data)
        return
    with content.open() as stream, pa.PythonFile(stream, mode="r") as source:
        yield source


def _is_encrypted(source: Any) -> bool:
    try:
        source.seek(max(0, source.size() - 4))
        return bool(source.read(4) == b"PARE")
    except _ERRORS:
        return False


class _RowGroup:
    def __init__(self, file: Any, index: int) -> None:
        group = file.metadata.row_group(index)
        self._file = file
        self._index = index
        self.rows: int = max(0, group.num_rows)
        self.size: int = max(0, group.total_byte_size)
        self._columns: int = group.num_columns

    def batches(self) -> Iterator[pa.RecordBatch]:
        step = rows_for(self.rows, self.size, self._columns)
        seen = 0
        for batch in self._file.iter_batches(batch_size=step, row_groups=[self._index], use_threads=False):
            seen += batch.num_rows
            yield batch
        if seen != self.rows:
            raise pa.ArrowInvalid("fewer rows than declared")


def _parquet(source: Any) -> tuple[pa.Schema, Sequence[Group], str]:
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(source)
    if _footer_size(source) - metadata.serialized_size == _SIGNATURE:
        # To touch what is encrypted would end the process.
        raise ReadError("encrypted", "columns of it are encrypted; decrypt it and scan the result")
    # Values of a dictionary stay one object each: a large value that is repeated takes its memory once.
    repeated = _dictionaries(metadata)
    source.seek(0)
    file = pq.ParquetFile(source, metadata=metadata, read_dictionary=repeated, buffer_size=_BUFFER, pre_buffer=False)
    return (
        metadata.schema.to_arrow_schema(),
        [_RowGroup(file, index) for index in range(metadata.num_row_groups)],
        "row groups are",
    )


def _footer_size(source: Any) -> int:
    source.seek(max(0, source.size() - 8))
    return int.from_bytes(source.read(4), "little")


def _dictionaries(metadata: Any) -> list[str]:
    """Columns of text that are nothing but a dictionary (of 1 MiB, as writers make them) and numbers in it."""
    found: dict[str, bool] = {}
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        for index in range(group.num_columns):
            column = group.column(index)
            if column.physical_type == "BYTE_ARRAY":
                short = column.total_uncompressed_size <= _DICTIONARY + 3 * column.num_values
                path = column.path_in_schema
                # Not all writers say where its page is.
                coded = column.has_dictionary_page or not _CODED.isdisjoint(column.encodings)
                found[path] = found.get(path, True) and coded and short
    return [path for path, repeated in found.items() if repeated]


def _evenly(rows: int, groups: int) -> list[int]:
    return [rows // groups + (index < rows % groups) for index in range(groups)]


class _Stripe:
    def __init__(self, file: Any, index: int, rows: int, size: int) -> None:
        self._file = file
        self._index = index
        self.rows = rows
        self.size = size

    def batches(self) -> Iterator[pa.RecordBatch]:
        yield self._file.read_stripe(self._index)


def _orc(source: Any) -> tuple[pa.Schema, Sequence[Group], str]:
    from pyarrow import orc

    file = orc.ORCFile(source)
    count = file.nstripes
    size = max(0, file.content_length) // max(1, count)
    rows = file.nrows
    # How many rows a stripe has is told only by reading it.
    each = _evenly(rows, count)
    return file.schema, [_Stripe(file, index, each[index], size) for index in range(count)], "stripes are"


class _Batch:
    """A record batch of an IPC file, whose offsets are believed only after they were checked."""

    def __init__(self, get: Callable[[], pa.RecordBatch], rows: int, size: int) -> None:
        self._get = get
        self.rows = rows
        self.size = size

    def batches(self) -> Iterator[pa.RecordBatch]:
        yield checked(self._get())


class _Stream:
    """All batches of an IPC stream or of a Feather file of the first version."""

    def __init__(self, make: Callable[[], Iterator[pa.RecordBatch]], rows: int, size: int) -> None:
        self._make = make
        self.rows = rows
        self.size = size

    def batches(self) -> Iterator[pa.RecordBatch]:
        return map(checked, self._make())


def _arrow(source: Any) -> tuple[pa.Schema, Sequence[Group], str]:
    magic = source.read(6)
    source.seek(0)
    if magic[:4] == b"FEA1":
        return _feather(source)
    if magic == b"ARROW1":
        file = pa.ipc.open_file(source)
        count = file.num_record_batches
        rows = file.count_rows()
        size = source.size() // max(1, count)
        first = file.get_batch(0).num_rows if count > 1 else rows
        each = [first] * (count - 1) + [rows - first * (count - 1)] if count else []
        if count and not 0 <= each[-1] <= first:
            each = _evenly(rows, count)
        groups = [_Batch(partial(file.get_batch, index), each[index], size) for index in range(count)]
        return file.schema, groups, "record batches are"

    def stream() -> Iterator[pa.RecordBatch]:
        source.seek(0)
        return iter(pa.ipc.open_stream(source))

    return pa.ipc.open_stream(source).schema, [_Stream(stream, -1, source.size())], "record batches are"


def _feather(source: Any) -> tuple[pa.Schema, Sequence[Group], str]:
    from pyarrow import feather

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        table = feather.read_table(source, memory_map=False, use_threads=False)
    rows = table.num_rows
    return table.schema, [_Stream(lambda: iter(table.to_batches()), rows, table.nbytes)], "columns are"


def checked(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch if its buffers hold what they claim. Raises `pa.ArrowInvalid`. Text that is no UTF-8 becomes bytes."""
    try:
        batch.validate(full=True)
        return batch
    except pa.ArrowInvalid:
        arrays = [_lenient(array) for array in batch.columns]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)


def _lenient(array: pa.Array) -> pa.Array:
    try:
        array.validate(full=True)
        return array
    except pa.ArrowInvalid:
        large = pa.types.is_large_string(array.type)
        if not large and not pa.types.is_string(array.type):
            raise
        array.validate()
        raw = pa.Array.from_buffers(
            pa.large_binary() if large else pa.binary(), len(array), array.buffers(), offset=array.offset
        )
        raw.validate(full=True)
        return raw
