"""A scan's results as a table: CSV, or Parquet."""

from __future__ import annotations

from assay.ports import Result
from assay.report.rows import KINDS, row
from assay.sinks.output import Output
from assay.sinks.rowfiles import row_writer


class RowsSink:
    """Writes each result as one row, as it comes. Raises `UsageError` where `file_format` cannot be written."""

    def __init__(self, output: Output, file_format: str) -> None:
        self._output = output
        self._rows = row_writer(output, file_format, KINDS)

    def write(self, result: Result) -> None:
        self._rows.write(row(result))

    def close(self) -> None:
        self._rows.close()
        self._output.commit()
