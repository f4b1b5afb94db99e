"""A masked copy of a file of columns (Parquet, ORC, Arrow and Feather, Avro): the same schema, rows and columns; what a sensitive column
holds is replaced."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from assay.errors import ReadError
from assay.formats import Kind
from assay.scanning.masked import Columns
from assay.scanning.maskedplaces import places

_ROWS = 65_536
_KEPT_METADATA = frozenset({b"pandas", b"ARROW:schema"})
_ERRORS = (pa.ArrowException, ValueError, TypeError, KeyError, EOFError)
_STREAM = b"\xff\xff\xff\xff"
_FEATHER = b"FEA1"

Write = Callable[[pa.RecordBatch], None]


def copy_columnar(kind: Kind, source: IO[bytes], target: str, columns: Columns) -> None:
    """Copies `source` to the file at the path `target`. Text is shown as `columns` have it; of all else a value becomes
    null. Raises `ReadError` where that may not be."""
    try:
        source.seek(0)
        if kind is Kind.AVRO:
            from assay.scanning.maskedavro import copy_avro  # only where there is such a file

            copy_avro(source, target, columns)
            return
        schema, batches, written = _OPENED[kind](source)
        metadata = {key: value for key, value in (schema.metadata or {}).items() if key in _KEPT_METADATA}
        schema = schema.with_metadata(metadata or None)
        sensitive = places(schema.names, columns)
        with written(target, schema) as write:
            for batch in batches:
                arrays = [
                    _masked(array, schema.field(at), sensitive[at], columns.value) if at in sensitive else array
                    for at, array in enumerate(batch.columns)
                ]
                write(pa.record_batch(arrays, schema=schema))
    except ReadError:
        raise
    except OSError as error:
        if error.errno is not None:
            raise
        raise ReadError("not copied", "its columns could not be read again") from None
    except _ERRORS as error:
        raise ReadError("not copied", f"its columns could not be written again: {type(error).__name__}") from None


Opened = tuple[pa.Schema, Iterable[pa.RecordBatch], Callable[[str, pa.Schema], Any]]
"""A file's schema, its rows, and what writes a file of the same kind, compressed likewise where that can be told."""


def _parquet(source: IO[bytes]) -> Opened:
    file = pq.ParquetFile(source)

    @contextmanager
    def written(target: str, schema: pa.Schema) -> Iterator[Write]:
        with pq.ParquetWriter(target, schema, compression=_compression(file)) as writer:
            yield writer.write_batch

    return file.schema_arrow, file.iter_batches(batch_size=_ROWS), written


def _orc(source: IO[bytes]) -> Opened:
    from pyarrow import orc

    file = orc.ORCFile(source)

    @contextmanager
    def written(target: str, schema: pa.Schema) -> Iterator[Write]:
        with orc.ORCWriter(target, compression=str(file.compression).lower()) as writer:
            # A file without rows has a schema, too.
            writer.write(schema.empty_table())
            yield lambda batch: writer.write(pa.Table.from_batches([batch]))

    return file.schema, (file.read_stripe(number) for number in range(file.nstripes)), written


def _arrow(source: IO[bytes]) -> Opened:
    head = source.read(4)
    source.seek(0)
    if head == _FEATHER:
        from pyarrow import feather

        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            table = feather.read_table(source)
        return table.schema, table.to_batches(max_chunksize=_ROWS), _arrow_file
    if head == _STREAM:
        stream = pa.ipc.open_stream(source)
        return stream.schema, stream, _arrow_stream
    file = pa.ipc.open_file(source)
    return file.schema, (file.get_batch(number) for number in range(file.num_record_batches)), _arrow_file


@contextmanager
def _arrow_file(target: str, schema: pa.Schema) -> Iterator[Write]:
    with pa.OSFile(target, "wb") as sink, pa.ipc.new_file(sink, schema, options=_ipc()) as writer:
        yield writer.write_batch


@contextmanager
def _arrow_stream(target: str, schema: pa.Schema) -> Iterator[Write]:
    with pa.OSFile(target, "wb") as sink, pa.ipc.new_stream(sink, schema, options=_ipc()) as writer:
        yield writer.write_batch


def _ipc() -> pa.ipc.IpcWriteOptions:
    # Dictionaries are made anew for each batch, which a file may only do by replacing one as a whole.
    return pa.ipc.IpcWriteOptions(unify_dictionaries=True)


_OPENED: Mapping[Kind, Callable[[IO[bytes]], Opened]] = {Kind.PARQUET: _parquet, Kind.ORC: _orc, Kind.ARROW: _arrow}


def _compression(file: pq.ParquetFile) -> str:
    if not file.metadata.num_row_groups or not file.metadata.num_columns:
        return "snappy"
    name = str(file.metadata.row_group(0).column(0).compression).lower()
    return "none" if name == "uncompressed" else name


def _masked(array: Any, field: pa.Field, identifier: str, shown: Callable[[str, str], str]) -> Any:
    kind = array.type
    if pa.types.is_dictionary(kind) and _is_text(kind.value_type):
        return _dictionary(array, identifier, shown)
    if _is_text(kind):
        return pa.array(texts(array.to_pylist(), identifier, shown), type=kind)
    if not field.nullable:
        raise ReadError("not copied", f"has a sensitive column of {kind} that may not be null")
    return pa.nulls(len(array), type=kind)


def _dictionary(array: Any, identifier: str, shown: Callable[[str, str], str]) -> Any:
    """The same of texts that are kept once each: where batches share what they are kept in, so do their copies."""
    masked = texts(array.dictionary.to_pylist(), identifier, shown)
    unlike = {text: place for place, text in enumerate(dict.fromkeys(masked))}
    places = pa.array([unlike[text] for text in masked], type=array.type.index_type)
    kept = pa.array(unlike, type=array.type.value_type)
    return pa.DictionaryArray.from_arrays(places.take(array.indices), kept, ordered=array.type.ordered)


def texts(values: Iterable[str | None], identifier: str, shown: Callable[[str, str], str]) -> list[str | None]:
    """What is shown of the texts of a sensitive column; equal ones are shown alike."""
    known: dict[str, str] = {}
    found: list[str | None] = []
    for value in values:
        if not value:
            found.append(value)
            continue
        if value not in known:
            known[value] = shown(identifier, value)
        found.append(known[value])
    return found


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
