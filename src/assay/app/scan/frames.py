"""Data frames through the column path: what they hold is read in pieces, so that a copy of a frame is never made whole."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from assay.app.config.settings import Settings
from assay.app.learning.models import learner_of
from assay.app.scan.recipe import recipe_of
from assay.classify.resource import Tally
from assay.classify.tables import table_records
from assay.errors import UsageError
from assay.formats.rows import reservoir
from assay.formats.values import as_text
from assay.model import ColumnInfo, ColumnRecord, TableInfo, TableRecord, ValueKind
from assay.model.options import ScanOptions
from assay.ports import TableBatch
from assay.scanning.classes import Classes, count_again, count_drawn
from assay.scanning.report import SplitReport, TableSketch
from assay.scanning.tabular import scan_columns
from assay.tables.judges import Judges

if TYPE_CHECKING:
    import pyarrow as pa

URI = "memory:table"
_VALUES = 250_000
_WIDE = "\0"

Texts = Sequence[str | None]


def table_of(
    frame: Any, name: str, options: ScanOptions, settings: Settings, *, rows: int | None = None
) -> tuple[list[ColumnRecord], TableRecord]:
    """Column records and the table record of a frame, from all of its values, or from about `rows` random rows.

    Raises `UsageError` for what is no frame, or cannot be read to its end.
    """
    reader = _Frame(opened(frame), name)
    detector = recipe_of(options, settings).make()
    report = SplitReport(resource=URI)
    judge = Judges(learned=learner_of(settings)).of(detector.rules)
    scan_columns(reader, detector, report, judge, rows=rows, seed=options.seed)
    count = None if options.k_anonymity is False else partial(_counted, reader=reader, always=bool(options.k_anonymity))
    *columns, table = table_records(report.tables, Tally(resource=URI), judge, count=count)
    assert isinstance(table, TableRecord)
    return [column for column in columns if isinstance(column, ColumnRecord)], table


def _counted(
    table: TableSketch, places: Sequence[int], below: int, _incomplete: str, *, reader: _Frame, always: bool
) -> Classes:
    """Rows of a frame that are alike in some columns, read once more; of a sample those that were drawn."""
    if table.drawn is not None:
        return count_drawn(table, places, below, "")
    if max(places) >= len(reader.info.columns):
        return Classes(why="some of these columns lie within documents")
    return count_again(
        table, below, lambda: ([batch.columns[at] for at in places] for batch in reader.read()), always=always
    )


class _Opened(Protocol):
    """A frame that can be read: what its columns are, and their values as text."""

    columns: tuple[ColumnInfo, ...]

    def batches(self) -> Iterator[TableBatch]: ...


class _Frame:
    """A frame as a table that is open."""

    def __init__(self, opened: _Opened, name: str) -> None:
        self._opened = opened
        self.info = TableInfo(resource=URI, table=name, columns=opened.columns)

    def read(self) -> Iterator[TableBatch]:
        return self._opened.batches()

    def sample(self, rows: int, seed: int) -> TableBatch:
        every = (row for batch in self.read() for row in zip(*batch.columns, strict=True))
        found = reservoir(every, rows, random.Random(seed))
        columns = [list(values) for values in zip(*found, strict=True)] or [[] for _ in self.info.columns]
        return TableBatch(columns, len(found))


def opened(frame: Any) -> _Opened:
    """The frame, to be read. Raises `UsageError` for what is none."""
    name = type(frame).__name__
    kind = "None" if frame is None else f"{'an' if name[:1] in 'aeiouAEIO' else 'a'} {name}"
    if hasattr(type(frame), "columns") and hasattr(frame, "collect"):
        raise UsageError(f"{kind} has no values yet; call its collect() and give what that returns")
    if hasattr(frame, "columns") and hasattr(frame, "iloc"):
        return _Pandas(frame)
    # Polars gives its values without pyarrow, too.
    if hasattr(frame, "__arrow_c_stream__") and (_has_arrow() or not hasattr(frame, "get_columns")):
        return _Arrow(frame, kind)
    if hasattr(frame, "columns") and hasattr(frame, "__getitem__"):
        return _Columns(frame)
    raise UsageError(f"{kind} is no table; give a pandas or Polars DataFrame, a pyarrow Table or a DuckDB relation")


class _Arrow:
    """What gives its rows as a stream of Arrow record batches: Arrow's own tables, Polars, relations of DuckDB."""

    def __init__(self, frame: Any, kind: str) -> None:
        if not _has_arrow():
            raise UsageError(f"{kind} is read with pyarrow: pip install 'assay[frames]'")
        from assay.formats.arrowtext import columns_of

        self._frame = frame
        self._kind = kind
        self._schema: pa.Schema = self._stream().schema
        self.columns = columns_of(self._schema)

    def batches(self) -> Iterator[TableBatch]:
        from assay.formats.arrowtext import batches

        try:
            yield from batches(self._stream())
        except Exception as error:  # noqa: BLE001  # of the library that it is of; what it says may quote a value
            raise self._broken(error) from None

    def _stream(self) -> pa.RecordBatchReader:
        import pyarrow as pa

        try:
            return pa.RecordBatchReader.from_stream(self._frame)
        except Exception as error:  # noqa: BLE001  # of the library that it is of; what it says may quote a value
            raise self._broken(error) from None

    def _broken(self, error: BaseException) -> UsageError:
        hint = "give its to_frame()" if hasattr(self._frame, "to_frame") else "is it one, and still there?"
        return UsageError(f"{self._kind} cannot be read as a table ({type(error).__name__}); {hint}")


def _has_arrow() -> bool:
    try:
        import pyarrow as pa  # noqa: F401  # only to know whether it is there
    except ImportError:
        return False
    return True


class _Pandas:
    """A pandas frame, column by column: those of Arrow's and numpy's types as Arrow writes them, all others by Python.

    An index that says something (it has a name, or is no mere number of rows) is read as columns before the others.
    """

    def __init__(self, frame: Any) -> None:
        self._rows = len(frame)
        # By position: several columns may have one name.
        parts = [frame.index.to_frame(index=False), frame] if _says_something(frame.index) else [frame]
        self._columns = [(part, index) for part in parts for index in range(len(part.columns))]
        self._typed = [_arrow_type(part.iloc[:, index]) for part, index in self._columns]
        self.columns = tuple(
            ColumnInfo(name=str(part.columns[index]), kind=_kind(kind), declared=str(part.dtypes.iloc[index]))
            for (part, index), kind in zip(self._columns, self._typed, strict=True)
        )

    def batches(self) -> Iterator[TableBatch]:
        step = max(1, _VALUES // max(1, len(self._columns)))
        for start in range(0, self._rows, step):
            stop = min(start + step, self._rows)
            columns = [
                self._texts(part.iloc[start:stop, index], place) for place, (part, index) in enumerate(self._columns)
            ]
            yield TableBatch(columns, stop - start, start + 1)

    def _texts(self, values: Any, index: int) -> Texts:
        if self._typed[index] is not None:
            import pyarrow as pa

            from assay.formats.arrowtext import texts

            try:
                return texts(pa.array(values, type=self._typed[index], from_pandas=True))
            except (pa.ArrowException, ValueError, TypeError):
                pass  # a value that Arrow cannot write, Python may
        return [_text(value) for value in values.tolist()]


def _says_something(index: Any) -> bool:
    if any(name is not None for name in index.names):
        return True
    return index.nlevels > 1 or getattr(index.dtype, "kind", "O") not in "iu"


def _arrow_type(values: Any) -> pa.DataType | None:
    """The type that Arrow gives a column; `None` for Python's own objects, and where Arrow is not installed."""
    if values.dtype == object or not _has_arrow():
        return None
    import pyarrow as pa

    try:
        found = pa.array(values.iloc[:0], from_pandas=True).type
    except (pa.ArrowException, ValueError, TypeError):
        return None
    # A struct is several columns, which a column of pandas is not.
    return None if pa.types.is_struct(found) or pa.types.is_null(found) else found


def _kind(found: pa.DataType | None) -> ValueKind:
    if found is None:
        return ValueKind.UNKNOWN
    from assay.formats.arrowtext import kind_of

    return kind_of(found)


class _Columns:
    """Anything else with `columns` whose values it gives by name."""

    def __init__(self, frame: Any) -> None:
        names = list(frame.columns)
        self._values = [_listed(frame[name]) for name in names]
        if len({len(values) for values in self._values}) > 1:
            raise UsageError(
                "the table's columns are not of one length; give each row a value in every column, or None"
            )
        self.columns = tuple(ColumnInfo(name=str(name)) for name in names)

    def batches(self) -> Iterator[TableBatch]:
        rows = len(self._values[0]) if self._values else 0
        step = max(1, _VALUES // max(1, len(self._values)))
        for start in range(0, rows, step):
            columns = [[_text(value) for value in values[start : start + step]] for values in self._values]
            yield TableBatch(columns, len(columns[0]), start + 1)


def _listed(column: Any) -> Sequence[Any]:
    for method in ("to_list", "tolist"):
        if hasattr(column, method):
            return list(getattr(column, method)())
    return list(column)


def _text(value: Any) -> str | None:
    """A cell as text; missing values (None, NaN, NaT, pandas' NA) are null."""
    if type(value) is str:
        text = as_text(value)
    elif value is None or _missing(value):
        return None
    else:
        if hasattr(value, "tolist"):
            value = value.tolist()  # an array in a cell: as text of its own it leaves out its middle
        _refuse_unwritable(value)
        text = as_text(value)
    # Text of two bytes a character that was read as one byte a character.
    return text.replace(_WIDE, "") if text is not None and _WIDE in text else text


def _refuse_unwritable(value: Any) -> None:
    """Raises `UsageError` for an object that has no text; what it says may quote the value."""
    try:
        str(value)
        return
    except Exception as error:  # noqa: BLE001  # of a foreign type
        kind = type(error).__name__
    raise UsageError(f"a value of type {type(value).__name__} cannot be written as text: {kind} in its __str__")


def _missing(value: Any) -> bool:
    """NaN and NaT are the values that differ from themselves."""
    try:
        return bool(value != value)
    except (TypeError, ValueError, ArithmeticError):
        # pandas' NA will not be compared; nor will an array, or a decimal's signalling NaN, but these hold something.
        return type(value).__name__ == "NAType"
