"""Tables of files → findings and sketches, batch by batch: columns as quoted cells, repeated values once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assay.detect.allow import Allowed
from assay.detect.engine import Detector
from assay.formats.nested import documents, fields, holds_documents
from assay.model import ColumnInfo, ColumnSketch
from assay.ports import TableBatch, TableReader
from assay.scanning.report import Piece, SplitReport
from assay.tables.judge import TableJudge
from assay.tables.sketch import counted


def scan_table(
    reader: TableReader,
    detector: Detector,
    report: SplitReport,
    *,
    judge: TableJudge,
    allowed: Allowed | None = None,
    member: str | None = None,
) -> Iterator[Piece]:
    """Findings of all rows of one table, batch by batch; its sketches are added to `report`.

    Raises `ReadError`, after all that came before it was scanned, where the table cannot be read on.
    """
    from assay.scanning.tablescan import TableScan  # loads numpy: only for tables

    info = reader.info
    scan = TableScan(reader.info, detector, report, judge=judge, allowed=allowed, member=member)
    opened: list[dict[str, list[str | None]]] = []
    looked_at = 0
    try:
        for batch in reader.read():
            if batch.rows and not looked_at:
                looked_at, opened = batch.rows, _documents(batch, info.columns)
            yield from scan.batch(batch)
        yield from scan.names()
    finally:
        sketches = scan.done()
        if sketches is not None:
            for sketch, column in zip(sketches.columns, info.columns, strict=False):
                sketch.kind, sketch.declared = column.kind, column.declared
                sketch.comment, sketch.unique = detector.safe_text(column.comment), column.unique
            for sketch, found in zip(list(sketches.columns), opened, strict=False):
                if found:
                    _add_fields(sketches.columns, sketch.index, found, looked_at, info.table, judge, detector)
            report.tables.append(sketches)


def _documents(batch: TableBatch, columns: Sequence[ColumnInfo]) -> list[dict[str, list[str | None]]]:
    """The fields of the documents that the columns of the first batch hold."""
    opened = []
    for values, column in zip(batch.columns, columns, strict=False):
        held = holds_documents(values)
        parsed = (document for document in documents(values) if document is not None) if held else ()
        found = fields(parsed)[0] if held else {}
        for path in list(found):
            found[f"{column.name}.{path}" if not path.startswith("[") else column.name + path] = found.pop(path)
        opened.append(found)
    return opened


def _add_fields(
    columns: list[ColumnSketch],
    index: int,
    found: dict[str, list[str | None]],
    rows: int,
    table: str,
    judge: TableJudge,
    detector: Detector,
) -> None:
    names = list(found)
    meanings = judge.meanings([(name, "") for name in names], table)
    counts = judge.scanner(detector).scan(
        judge.called(names, table), [found[name] for name in names], rows, judge.meant(meanings)
    )
    columns[index].fields = len(names)
    for name, each in zip(names, counts, strict=True):
        columns.append(counted(ColumnInfo(name=detector.safe_name(name)), len(columns), rows, each))
