"""Rows of the catalog as JSON Lines, CSV or Parquet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any, BinaryIO, cast

import orjson

from assay.errors import UsageError
from assay.sinks.output import Output

FORMATS = ("jsonl", "csv", "parquet")
_AT_ONCE = 5_000
# A spreadsheet takes a cell that begins so for a formula, and names in a scanned database are not ours.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_rows(rows: Iterable[Mapping[str, Any]], output: Output, file_format: str, kinds: Mapping[str, type]) -> int:
    """Writes the rows and returns how many. `kinds` gives the columns with their types, for CSV and Parquet.

    In these, lists and objects are JSON texts. Raises `UsageError` where Parquet's library is missing.
    """
    return _WRITERS[file_format](rows, output, kinds)


def kinds_of(noun: type) -> dict[str, type]:
    """The fields of a record with the types that they have in a flat row; what is no number or truth is text."""
    return {field.name: _kind(str(field.type)) for field in fields(noun)}


def flat(record: Any) -> dict[str, Any]:
    """A record as a flat row of text, numbers and truths; lists and objects are JSON texts."""
    return {field.name: _plain(getattr(record, field.name)) for field in fields(record)}


def _kind(annotation: str) -> type:
    return next((kind for kind in (float, int, bool) if annotation.split(" |", maxsplit=1)[0] == kind.__name__), str)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple | Mapping):
        return orjson.dumps(value if isinstance(value, tuple) else dict(value)).decode()
    return str(value) if isinstance(value, str) else value


def _jsonl(rows: Iterable[Mapping[str, Any]], output: Output, _kinds: Mapping[str, type]) -> int:
    number = 0
    for row in rows:
        output.write(orjson.dumps(dict(row), option=orjson.OPT_APPEND_NEWLINE))
        number += 1
    return number


def _csv(rows: Iterable[Mapping[str, Any]], output: Output, kinds: Mapping[str, type]) -> int:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(kinds)
    number = 0
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in kinds])
        number += 1
        if number % 1_000 == 0:
            _move(text, output)
    _move(text, output)
    return number


def _move(text: io.StringIO, output: Output) -> None:
    output.write(text.getvalue().encode())
    text.seek(0)
    text.truncate()


def _cell(value: Any) -> Any:
    flat = _flat(value)
    if isinstance(flat, bool):
        return "true" if flat else "false"
    return f"'{flat}" if isinstance(flat, str) and flat.startswith(_FORMULA) else flat


def _flat(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, list | dict) else value


def _parquet(rows: Iterable[Mapping[str, Any]], output: Output, kinds: Mapping[str, type]) -> int:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise UsageError("--format parquet needs pyarrow: pip install 'assay[tables]'") from None
    types = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    schema = pa.schema([(name, types[kind]) for name, kind in kinds.items()])
    number = 0
    with pq.ParquetWriter(cast(BinaryIO, _Stream(output)), schema, compression="zstd") as writer:
        for some in _pieces(rows):
            flat = [{name: _flat(row.get(name)) for name in kinds} for row in some]
            writer.write_table(pa.Table.from_pylist(flat, schema=schema))
            number += len(some)
    return number


def _pieces(rows: Iterable[Mapping[str, Any]]) -> Iterator[list[Mapping[str, Any]]]:
    piece: list[Mapping[str, Any]] = []
    for row in rows:
        piece.append(row)
        if len(piece) == _AT_ONCE:
            yield piece
            piece = []
    if piece:
        yield piece


class _Stream(io.RawIOBase):
    """An output as the file that Parquet's library writes to."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, data: Any) -> int:
        view = memoryview(data)
        self._output.write(view)
        self._position += view.nbytes
        return view.nbytes


_WRITERS = {"jsonl": _jsonl, "csv": _csv, "parquet": _parquet}
