"""Data frames: pandas, Polars and Arrow tables through the column path."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from assay.app.recipe import recipe_of
from assay.app.settings import Settings
from assay.errors import UsageError
from assay.formats import UTF8, Kind
from assay.model import ColumnRecord, TableRecord
from assay.model.options import ScanOptions
from assay.scanning.document import Document, scan_document
from assay.scanning.report import SplitReport
from assay.tables.judge import Judges, named

URI = "memory:table"


def table_of(frame: Any, name: str, options: ScanOptions, settings: Settings) -> tuple[list[ColumnRecord], TableRecord]:
    """Column records and the table record of a frame, all its values read. Raises `UsageError`."""
    names, columns = _columns(frame)
    rules = recipe_of(options, settings)
    detector = rules.make()
    report = SplitReport(resource=URI)
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(zip(*columns, strict=True))
    data = text.getvalue().encode("utf-8", "replace")
    document = Document(
        name=f"{name}.csv",
        resource=URI,
        member=None,
        kind=Kind.DELIMITED,
        head=data,
        header=True,
        encoding=UTF8,
    )
    judge = Judges().of(detector.rules)
    for _ in scan_document(io.BytesIO(), document, detector, report, judge=judge):
        pass
    sketches = report.tables[0].columns if report.tables else []
    return judge.records(sketches, resource=URI, table=name, meanings=judge.meanings(named(sketches), name))


def _columns(frame: Any) -> tuple[list[str], list[list[str]]]:
    names: Sequence[Any]
    if hasattr(frame, "column_names") and hasattr(frame, "column"):
        names = list(frame.column_names)
        raw = [_arrow_values(frame.column(index)) for index in range(len(names))]
    elif hasattr(type(frame), "columns") and hasattr(frame, "collect"):
        raise UsageError(f"a {type(frame).__name__} has no values yet; call its collect() and give what that returns")
    elif hasattr(frame, "columns") and hasattr(frame, "__getitem__"):
        names = list(frame.columns)
        # By position where a frame can: several columns may have one name.
        if hasattr(frame, "iloc"):
            raw = [_values(frame.iloc[:, index]) for index in range(len(names))]
        else:
            raw = [_values(frame[name]) for name in names]
    else:
        kind = "None" if frame is None else f"a {type(frame).__name__}"
        raise UsageError(f"{kind} is no table; give a pandas or Polars DataFrame or a pyarrow Table")
    if len({len(column) for column in raw}) > 1:
        raise UsageError("the table's columns are not of one length; give each row a value in every column, or None")
    return [str(name) for name in names], [[_text(value) for value in column] for column in raw]


def _values(column: Any) -> list[Any]:
    for method in ("to_list", "tolist"):
        if hasattr(column, method):
            return list(getattr(column, method)())
    return list(column)


def _arrow_values(column: Any) -> list[Any]:
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError):
        # Times beyond the years that Python's own types hold; Arrow can write them all the same.
        return list(column.cast("string").to_pylist())


def _text(value: Any) -> str:
    """A cell as text; missing values (None, NaN, NaT, pandas' NA) are empty."""
    if value is None or _missing(value):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if hasattr(value, "tolist"):
        value = value.tolist()  # an array in a cell: as text of its own it leaves out its middle
    try:
        return str(value)
    except Exception as error:  # noqa: BLE001  # of a foreign type; what it says may quote the value
        kind = type(error).__name__
    raise UsageError(f"a value of type {type(value).__name__} cannot be written as text: {kind} in its __str__")


def _missing(value: Any) -> bool:
    """NaN and NaT are the values that differ from themselves."""
    try:
        return bool(value != value)
    except (TypeError, ValueError, ArithmeticError):
        # pandas' NA will not be compared; nor will an array, or a decimal's signalling NaN, but these hold something.
        return type(value).__name__ == "NAType"
