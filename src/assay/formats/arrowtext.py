"""Arrow arrays → lists of text, column by column and not value by value where Arrow can do it.

Fields of structs become columns of their own (`a.b`); lists, maps and unions become JSON text.
"""

from __future__ import annotations

import struct
from array import array as packed
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

import pyarrow as pa
from pyarrow import types

from assay.formats import arrowcalls as pc
from assay.formats.codedcolumn import CodedColumn, Dictionaries
from assay.formats.textcolumn import TextColumn
from assay.formats.unwritten import Unwritten
from assay.formats.values import as_text, bytes_text
from assay.model import ColumnInfo, ValueKind
from assay.ports import TableBatch

Texts = Sequence["str | None"]

BATCH_BYTES = 16 * 1024 * 1024
BATCH_VALUES = 250_000
_DEPTH = 32
_UUID_BYTES = 16
# Fewer are written at once: a call for each thing that is asked of them takes longer.
_FEW = 2_000
_KINDS = (
    (types.is_boolean, ValueKind.BOOLEAN),
    (types.is_integer, ValueKind.INTEGER),
    (types.is_floating, ValueKind.FLOAT),
    (types.is_decimal, ValueKind.DECIMAL),
    (types.is_date, ValueKind.DATE),
    (types.is_time, ValueKind.TIME),
    (types.is_timestamp, ValueKind.TIMESTAMP),
    (types.is_duration, ValueKind.INTERVAL),
    (types.is_interval, ValueKind.INTERVAL),
    (types.is_string, ValueKind.TEXT),
    (types.is_large_string, ValueKind.TEXT),
    (types.is_string_view, ValueKind.TEXT),
    (types.is_binary, ValueKind.BINARY),
    (types.is_large_binary, ValueKind.BINARY),
    (types.is_fixed_size_binary, ValueKind.BINARY),
    (types.is_binary_view, ValueKind.BINARY),
    (types.is_map, ValueKind.JSON),
    (types.is_list, ValueKind.ARRAY),
    (types.is_large_list, ValueKind.ARRAY),
    (types.is_fixed_size_list, ValueKind.ARRAY),
    (types.is_list_view, ValueKind.ARRAY),
    (types.is_large_list_view, ValueKind.ARRAY),
    (types.is_struct, ValueKind.JSON),
    (types.is_union, ValueKind.JSON),
)


def columns_of(schema: pa.Schema) -> tuple[ColumnInfo, ...]:
    """The columns of a schema, structs flattened. A field's metadata `comment` or `description` is its comment."""
    return tuple(info for field in schema for info in _columns(field, "", 0))


def _columns(field: pa.Field, prefix: str, depth: int) -> Iterator[ColumnInfo]:
    name = f"{prefix}{field.name}"
    plain = _storage(field.type)
    if _flattens(plain, depth):
        for index in range(plain.num_fields):
            yield from _columns(plain.field(index), f"{name}.", depth + 1)
        return
    yield ColumnInfo(name=name, kind=kind_of(field.type), declared=_declared(field.type), comment=_comment(field))


def _declared(kind: pa.DataType) -> str:
    # A long one is that of a deep structure: it would be repeated in every record.
    text = str(kind)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _comment(field: pa.Field) -> str:
    found = field.metadata or {}
    return (found.get(b"comment") or found.get(b"description") or b"").decode("utf-8", "replace")


def kind_of(kind: pa.DataType) -> ValueKind:
    """What kind of values an Arrow type holds."""
    if isinstance(kind, pa.BaseExtensionType):
        name = getattr(kind, "extension_name", "")
        return {"arrow.uuid": ValueKind.UUID, "arrow.json": ValueKind.JSON}.get(name) or kind_of(kind.storage_type)
    if types.is_dictionary(kind) or types.is_run_end_encoded(kind):
        inner = kind_of(kind.value_type)
        return ValueKind.ENUM if inner is ValueKind.TEXT and types.is_dictionary(kind) else inner
    return next((found for test, found in _KINDS if test(kind)), ValueKind.OTHER)


def _storage(kind: pa.DataType) -> pa.DataType:
    while isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    return kind


def _flattens(kind: pa.DataType, depth: int) -> bool:
    return types.is_struct(kind) and kind.num_fields > 0 and depth < _DEPTH


def batches(record_batches: Iterator[pa.RecordBatch], first_row: int = 1) -> Iterator[TableBatch]:
    """The rows of some record batches as text, in pieces of a bounded number of values and bytes."""
    row = first_row
    known = Dictionaries()
    for batch in record_batches:
        step = rows_for(batch.num_rows, batch.nbytes, batch.num_columns)
        for start in range(0, batch.num_rows, step):
            piece = batch.slice(start, step)
            columns = texts_of(piece, known)
            yield from _bounded(columns, piece.num_rows, row, trusted=_plain_size(piece))
            row += piece.num_rows


def rows_for(rows: int, size: int, columns: int) -> int:
    """How many rows to take at a time, of `rows` that have `size` bytes in `columns` columns."""
    return max(1, min(BATCH_VALUES // max(1, columns), BATCH_BYTES * max(1, rows) // max(1, size)))


def _plain_size(batch: pa.RecordBatch) -> bool:
    """Whether its text is surely short: values of dictionaries and runs are there once, and written often."""
    return all(_short_values(values) for values in batch.columns)


def _short_values(values: pa.Array) -> bool:
    if types.is_dictionary(values.type):
        if not types.is_string(values.type.value_type):
            return False
        longest = pc.call("max", pc.call("binary_length", values.dictionary)).as_py() or 0
        return longest * len(values) <= BATCH_BYTES // 4
    return not types.is_run_end_encoded(values.type)


def _bounded(columns: list[Texts], rows: int, row: int, *, trusted: bool) -> Iterator[TableBatch]:
    if trusted or rows <= 1 or _length(columns) <= BATCH_BYTES:
        yield TableBatch(columns, rows, row)
        return
    half = rows // 2
    yield from _bounded([column[:half] for column in columns], half, row, trusted=False)
    yield from _bounded([column[half:] for column in columns], rows - half, row + half, trusted=False)


def _length(columns: Sequence[Texts]) -> int:
    return sum(len(value) for column in columns for value in column if value is not None)


def texts_of(batch: pa.RecordBatch, known: Dictionaries | None = None) -> list[Texts]:
    """The values of each column of `columns_of` its schema, as text; `known` are the dictionaries of the rows before."""
    held = Dictionaries() if known is None else known
    held.begin()
    return [texts for array in batch.columns for texts in _flat(array, 0, held)]


def _flat(array: pa.Array, depth: int, known: Dictionaries) -> Iterator[Texts]:
    while isinstance(array.type, pa.BaseExtensionType):
        if array.type.extension_name == "arrow.uuid":
            break
        array = array.storage
    if _flattens(array.type, depth):
        for child in array.flatten():
            yield from _flat(child, depth + 1, known)
        return
    yield _looked_up(array, known) if types.is_dictionary(array.type) else texts(array)


def texts(array: pa.Array) -> Texts:
    """An array as a list of text, `None` where it is null. Raises `pa.ArrowException` for a type that has no text."""
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        inner = array.storage
        return _uuids(inner) if kind.extension_name == "arrow.uuid" else texts(inner)
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return _list(array)
    if types.is_dictionary(kind):
        return _looked_up(array, Dictionaries())
    if types.is_null(kind):
        return [None] * len(array)
    if _is_unwritten(kind):
        return Unwritten(array, _written) if len(array) >= _FEW else _list(_written(array))
    if _is_binary(kind):
        return _binaries(array)
    if types.is_run_end_encoded(kind):
        return texts(pc.call("run_end_decode", array))
    if types.is_nested(kind) or types.is_union(kind):
        return [None if value is None else as_text(value) for value in _plain(array)]
    if types.is_interval(kind):
        return [as_text(value) for value in array.to_pylist()]
    return _list(_cast(array))


def _is_unwritten(kind: pa.DataType) -> bool:
    """Whether every value of the type has a text that takes no more than itself to be known, and none fails."""
    tests = (types.is_integer, types.is_floating, types.is_boolean, types.is_date, types.is_timestamp, types.is_time)
    return any(test(kind) for test in tests)


def _written(array: pa.Array) -> pa.Array:
    kind = array.type
    if types.is_floating(kind):
        return _floats(array)
    if types.is_timestamp(kind):
        return _timestamps(array)
    if types.is_time(kind):
        return _short(_cast(array)) if kind.unit != "s" else _cast(array)
    return _cast(array)


def _looked_up(array: pa.DictionaryArray, known: Dictionaries) -> Texts:
    dictionary, places = array.dictionary, array.indices
    if len(dictionary) > len(array):
        # Of a slice: what the other rows look up is left alone.
        encoded = pc.dictionary_encode(places)
        dictionary, places = pc.take(dictionary, encoded.dictionary), encoded.indices
    least, most = pc.call("min_max", places).values()
    if places.null_count < len(places) and not 0 <= least.as_py() <= most.as_py() < len(dictionary):
        raise pa.ArrowIndexError("a place that the dictionary has not")
    return CodedColumn(known.of(dictionary, texts), places)


def _cast(array: pa.Array) -> pa.Array:
    return pc.cast(array, pa.string())


def _list(array: pa.Array) -> Texts:
    return TextColumn(array)


def _is_binary(kind: pa.DataType) -> bool:
    tests = (types.is_binary, types.is_large_binary, types.is_fixed_size_binary, types.is_binary_view)
    return any(test(kind) for test in tests)


def _binaries(array: pa.Array) -> Texts:
    """Old writers leave text in columns of bytes."""
    return [None if value is None else bytes_text(value) for value in array.to_pylist()]


def _uuids(array: pa.Array) -> Texts:
    if not types.is_fixed_size_binary(array.type) or array.type.byte_width != _UUID_BYTES:
        return texts(array)
    return [None if value is None else str(UUID(bytes=value)) for value in array.to_pylist()]


def _floats(array: pa.Array) -> pa.Array:
    """As `as_text` writes them: whole ones without a point or an exponent, NaN as null."""
    if types.is_float16(array.type):
        array = pc.cast(array, pa.float32())
    numbers = pc.cast(array, pa.float64())
    is_short = pc.call("less", pc.call("abs", numbers), _double(1e18))
    whole = pc.call("and", pc.call("equal", pc.call("floor", numbers), numbers), is_short)
    integers = _cast(pc.cast(pc.call("if_else", whole, numbers, _double(0.0)), pa.int64()))
    # A float of 32 bits is written with its own digits, not with those of its double.
    written = pc.call("if_else", whole, integers, _cast(array))
    return pc.call("if_else", pc.call("is_nan", numbers), pa.nulls(1, pa.string())[0], written)


def _double(value: float) -> pa.Scalar:
    # `pa.scalar` and `pa.array` load pandas where it is installed, which takes longer than most files.
    return pa.Array.from_buffers(pa.float64(), 1, [None, pa.py_buffer(struct.pack("=d", value))])[0]


def rows_of(batch: pa.RecordBatch, numbers: Sequence[int]) -> Iterator[pa.RecordBatch]:
    """The rows with these 0-based numbers, in their order."""
    wanted = pa.Array.from_buffers(pa.int64(), len(numbers), [None, pa.py_buffer(packed("q", numbers))])
    try:
        yield batch.take(wanted)
    except pa.ArrowNotImplementedError:
        # Views cannot be taken from, only cut.
        yield from (batch.slice(number, 1) for number in numbers)


def _short(texts: pa.Array) -> pa.Array:
    """Times with a fraction of a second, without the zeros that end it."""
    texts = pc.replace_substring_regex(texts, r"\.0+([Z+-]|$)", r"\1")
    return pc.replace_substring_regex(texts, r"(\.\d*[1-9])0+([Z+-]|$)", r"\1\2")


def _timestamps(array: pa.Array) -> pa.Array:
    kind = array.type
    if kind.unit != "s":
        try:
            array = pc.cast(array, pa.timestamp("s", kind.tz))
        except pa.ArrowInvalid:
            return _short(_zoned(array))
    return _zoned(array)


def _zoned(array: pa.Array) -> pa.Array:
    try:
        return _cast(array)
    except pa.ArrowInvalid:
        # A zone that this machine does not know: the time is kept in UTC.
        text = _cast(pc.cast(array, pa.timestamp(array.type.unit)))
        return pc.replace_substring_regex(text, "$", "Z")


def _plain(array: pa.Array) -> list[Any]:
    """A nested array as lists and mappings whose leaves are text."""
    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        return _plain(array.storage)
    if types.is_map(kind):
        return [None if pairs is None else dict(pairs) for pairs in _lists(array, _pairs)]
    if types.is_list(kind) or types.is_large_list(kind):
        return _lists(array, _plain)
    if types.is_fixed_size_list(kind):
        return _plain(pc.cast(array, pa.large_list(kind.value_type)))
    if types.is_list_view(kind) or types.is_large_list_view(kind):
        spans = zip(
            array.offsets.to_pylist(), array.sizes.to_pylist(), pc.call("is_valid", array).to_pylist(), strict=True
        )
        return [_plain(array.values.slice(start, size)) if ok else None for start, size, ok in spans]
    if types.is_struct(kind):
        names = [kind.field(index).name for index in range(kind.num_fields)]
        children = [_plain(child) for child in array.flatten()]
        valid = pc.call("is_valid", array).to_pylist()
        rows = zip(*children, strict=True) if children else iter([()] * len(array))
        return [dict(zip(names, row, strict=True)) if ok else None for row, ok in zip(rows, valid, strict=True)]
    if types.is_union(kind):
        return list(array.to_pylist())
    return list(texts(array))


def _pairs(entries: pa.StructArray) -> list[tuple[str, Any]]:
    keys = _plain(entries.field(0))
    return [(str(as_text(key)), value) for key, value in zip(keys, _plain(entries.field(1)), strict=True)]


def _lists(array: pa.Array, inner: Any) -> list[Any]:
    offsets = array.offsets.to_pylist()
    if not len(array):
        return []
    items = inner(array.values.slice(offsets[0], offsets[-1] - offsets[0]))
    first = offsets[0]
    valid = pc.call("is_valid", array).to_pylist()
    return [
        items[start - first : end - first] if ok else None
        for start, end, ok in zip(offsets, offsets[1:], valid, strict=False)
    ]
