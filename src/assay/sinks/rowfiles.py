"""Flat rows as JSON Lines, CSV or Parquet, written as they come."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any, BinaryIO, Protocol, cast

import orjson

from assay.errors import OutputError, UsageError
from assay.report.cells import guarded
from assay.sinks.output import Output

FORMATS = ("jsonl", "csv", "parquet")
_AT_ONCE = 5_000
_CONTROLS = {code: chr(code).encode("unicode_escape").decode() for code in (*range(0x20), *range(0x7F, 0xA0))}

Row = Mapping[str, Any]


class RowWriter(Protocol):
    """Takes rows one at a time. Both methods raise `OutputError` where the output cannot be written."""

    def write(self, row: Row) -> None: ...

    def close(self) -> None:
        """Writes what is left, and a header or schema if there was no row; the output is the caller's to commit."""
        ...


def row_writer(output: Output, file_format: str, kinds: Mapping[str, type]) -> RowWriter:
    """A writer of rows to `output`; `kinds` gives the columns with their types, for CSV and Parquet.

    In these, lists and objects are JSON texts, but for columns of Parquet whose kind is nested: `tuple` (texts), `dict`
    (whole numbers by name), `list` (evidence). Raises `UsageError` where Parquet's library is missing, and for Parquet
    on a terminal.
    """
    return _WRITERS[file_format](output, kinds)


def write_rows(rows: Iterable[Row], output: Output, file_format: str, kinds: Mapping[str, type]) -> int:
    """Writes the rows as `row_writer` does, and returns how many."""
    writer = row_writer(output, file_format, kinds)
    number = 0
    for row in rows:
        writer.write(row)
        number += 1
    writer.close()
    return number


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


class _JsonLines:
    def __init__(self, output: Output, _kinds: Mapping[str, type]) -> None:
        self._output = output

    def write(self, row: Row) -> None:
        self._output.write(orjson.dumps(dict(row), option=orjson.OPT_APPEND_NEWLINE))

    def close(self) -> None:
        return


class _Csv:
    """RFC 4180 but for its line ends: UTF-8, a header, one record a line whatever a cell holds."""

    def __init__(self, output: Output, kinds: Mapping[str, type]) -> None:
        self._writer = csv.writer(_Text(output), lineterminator="\n")
        self._kinds = kinds
        self._begun = False

    def write(self, row: Row) -> None:
        self._begin()
        self._writer.writerow([_cell(row.get(name)) for name in self._kinds])

    def close(self) -> None:
        self._begin()

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            self._writer.writerow(self._kinds)


class _Text:
    """An output as the file of text that `csv` writes to."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def write(self, text: str) -> int:
        self._output.write(text.encode("utf-8", "backslashreplace"))
        return len(text)


def _cell(value: Any) -> Any:
    if value is None or type(value) in (int, float):
        return value
    flat = _flat(value)
    if isinstance(flat, bool):
        return "true" if flat else "false"
    if not isinstance(flat, str):
        return flat
    if not flat.isprintable():
        flat = flat.translate(_CONTROLS)
    return guarded(flat)


def _flat(value: Any) -> Any:
    return orjson.dumps(value).decode() if isinstance(value, list | dict) else value


class _Parquet:
    """Row groups of `_AT_ONCE` rows, so that no more than these are in memory."""

    def __init__(self, output: Output, kinds: Mapping[str, type]) -> None:
        if output.is_terminal:
            raise UsageError("--format parquet is nothing to read on a terminal; name a file with --output FILE")
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            raise UsageError("--format parquet needs pyarrow: pip install 'assay[tables]'") from None
        evidence = pa.struct([("signal", pa.string()), ("detail", pa.string()), ("weight", pa.float64())])
        types = {
            str: pa.string(),
            int: pa.int64(),
            float: pa.float64(),
            bool: pa.bool_(),
            tuple: pa.list_(pa.string()),
            dict: pa.map_(pa.string(), pa.int64()),
            list: pa.list_(evidence),
        }
        self._nested = frozenset(name for name, kind in kinds.items() if kind in (tuple, dict, list))
        self._schema = pa.schema([(name, types[kind]) for name, kind in kinds.items()])
        self._stream = _Stream(output)
        self._open = pq.ParquetWriter
        self._table = pa.Table.from_pydict
        self._file: Any = None
        self._columns: dict[str, list[Any]] = {name: [] for name in kinds}
        self._rows = 0

    def write(self, row: Row) -> None:
        for name, values in self._columns.items():
            value = row.get(name)
            values.append(_nested(value) if name in self._nested and value is not None else _storable(value))
        self._rows += 1
        if self._rows == _AT_ONCE:
            self._move()

    def close(self) -> None:
        self._move()
        self._file.close()
        self._stream.tell_failure()

    def _move(self) -> None:
        # Nothing is written before the first rows: a scan that cannot begin leaves no half of a file.
        if self._file is None:
            self._file = self._open(cast(BinaryIO, self._stream), self._schema, compression="zstd")
        self._file.write_table(self._table(self._columns, schema=self._schema))
        for values in self._columns.values():
            values.clear()
        self._rows = 0
        self._stream.tell_failure()


@lru_cache(4096)
def _nested(text: str) -> Any:
    """What a JSON text says; an object as its pairs. Findings of one column share their evidence."""
    found = orjson.loads(text)
    return list(found.items()) if isinstance(found, dict) else found


def _storable(value: Any) -> Any:
    flat = _flat(value)
    if isinstance(flat, str) and not flat.isascii():
        # Names may hold bytes that are no UTF-8 (lone surrogates in Python), which Arrow does not take.
        return flat.encode("utf-8", "backslashreplace").decode()
    return flat


class _Stream(io.RawIOBase):
    """An output as the file that Parquet's library writes to.

    A failure is kept and told by `tell_failure`: the library writes its footer even when it is thrown away, where an
    error could only be printed.
    """

    def __init__(self, output: Output) -> None:
        self._output = output
        self._position = 0
        self._failure: OutputError | None = None

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, data: Any) -> int:
        view = memoryview(data)
        if self._failure is None:
            try:
                self._output.write(view)
            except OutputError as error:
                self._failure = error
        self._position += view.nbytes
        return view.nbytes

    def tell_failure(self) -> None:
        """Raises the `OutputError` of a write that failed."""
        if self._failure is not None:
            raise self._failure


_WRITERS: dict[str, type[_JsonLines | _Csv | _Parquet]] = {"jsonl": _JsonLines, "csv": _Csv, "parquet": _Parquet}
