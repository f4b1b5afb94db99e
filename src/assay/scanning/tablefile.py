"""Tables of files → findings and sketches: their rows pass as quoted CSV, so that they take the path of all tables."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence

from assay.detect.allow import Allowed
from assay.detect.engine import Detector
from assay.errors import ReadError
from assay.formats import Kind
from assay.formats.encoding import UTF8
from assay.formats.nested import documents, fields, holds_documents
from assay.model import ColumnInfo, ColumnSketch, Finding, Locator
from assay.ports import TableBatch, TableReader
from assay.scanning.document import Document, scan_document
from assay.scanning.report import Piece, SplitReport
from assay.tables.judge import TableJudge
from assay.tables.sketch import counted

_CHUNK = 1024 * 1024


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
    info = reader.info
    rows = _Rows(reader)
    document = Document(
        name=f"{info.table}.csv",
        resource=report.resource,
        member=member,
        kind=Kind.DELIMITED,
        head=rows.read(_CHUNK),
        header=True,
        encoding=UTF8,
    )
    before = len(report.tables)
    sheet = detector.safe_name(info.table) if info.kind == "sheet" else None
    table = detector.safe_name(info.table) if info.kind != "sheet" else None
    try:
        for piece in scan_document(rows, document, detector, report, allowed=allowed, judge=judge):
            yield Piece(single=[_placed(finding, sheet, table, rows.number) for finding in piece.findings])
    finally:
        for sketches in report.tables[before:]:
            sketches.table, sketches.kind, sketches.change = detector.safe_name(info.table), info.kind, info.change
            for sketch, column in zip(sketches.columns, info.columns, strict=False):
                sketch.kind, sketch.declared = column.kind, column.declared
                sketch.comment, sketch.unique = detector.safe_text(column.comment), column.unique
            for sketch, found in zip(list(sketches.columns), rows.documents, strict=False):
                if found:
                    _add_fields(sketches.columns, sketch.index, found, rows.looked_at, info.table, judge, detector)


def _placed(finding: Finding, sheet: str | None, table: str | None, number: Callable[[int], int]) -> Finding:
    """A finding where it stands in the table: the text that it was found in is ours."""
    at = finding.location
    row = None if at.row is None else number(at.row)
    # `dataclasses.replace` would take three times as long, of which a dense table has very much.
    return Finding(
        resource=finding.resource,
        identifier=finding.identifier,
        category=finding.category,
        sensitivity=finding.sensitivity,
        level=finding.level,
        confidence=finding.confidence,
        redacted=finding.redacted,
        fingerprint=finding.fingerprint,
        location=Locator(sheet=sheet, table=table, row=row, field=at.field, member=at.member),
        evidence=finding.evidence,
        ruleset=finding.ruleset,
        test_value=finding.test_value,
    )


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


class _Rows:
    """The rows of a reader as a stream of quoted CSV, the header first."""

    def __init__(self, reader: TableReader) -> None:
        self._columns = reader.info.columns
        self._batches = reader.read()
        self._left = b""
        self._ended = False
        self._error: ReadError | None = None
        self._starts: list[int] = []
        self._numbers: list[int] = []
        self._given = 0
        self.looked_at = 0
        self.documents: list[dict[str, list[str | None]]] = []
        self._started = False

    def number(self, row: int) -> int:
        """The table's number of the `row`-th row (1-based) that was given out."""
        at = max(0, bisect_right(self._starts, row) - 1)
        return self._numbers[at] + row - self._starts[at] if self._starts else row

    def read(self, size: int = -1, /) -> bytes:
        parts = [self._left]
        have = len(self._left)
        while (size < 0 or have < size) and not self._ended:
            part = self._more()
            parts.append(part)
            have += len(part)
        data = b"".join(parts)
        if not data and self._error is not None:
            error, self._error = self._error, None
            raise error
        if size < 0:
            self._left = b""
            return data
        self._left = data[size:]
        return data[:size]

    def _more(self) -> bytes:
        if not self._started:
            self._started = True
            return _csv([[column.name or f"column_{n + 1}"] for n, column in enumerate(self._columns)], 1)
        try:
            batch = next(self._batches, None)
        except ReadError as error:
            # Told when all that was read before is through.
            self._error = error
            batch = None
        if batch is None:
            self._ended = True
            return b""
        if batch.rows:
            # Rows that could not be read lie between some batches.
            self._starts.append(self._given + 1)
            self._numbers.append(batch.first_row or self._given + 1)
            self._given += batch.rows
            if not self.looked_at:
                self._look(batch)
        return _csv(batch.columns, batch.rows)

    def _look(self, batch: TableBatch) -> None:
        """Opens the documents of the first batch."""
        self.looked_at = batch.rows
        for values in batch.columns:
            held = holds_documents(values)
            parsed = (document for document in documents(values) if document is not None) if held else ()
            self.documents.append(fields(parsed)[0] if held else {})
        for found, column in zip(self.documents, self._columns, strict=True):
            for path in list(found):
                found[f"{column.name}.{path}" if not path.startswith("[") else column.name + path] = found.pop(path)


def _csv(columns: Sequence[Sequence[str | None]], rows: int) -> bytes:
    """The rows with every cell in quotes. Joining takes a third of the time that a writer of CSV takes."""
    if not columns:
        return b"\n" * rows
    text = '"\n"'.join(map('","'.join, zip(*map(_quoted, columns), strict=True)))
    return f'"{text}"\n'.encode("utf-8", "replace") if len(columns[0]) else b""


def _quoted(column: Sequence[str | None]) -> Sequence[str]:
    """The values as they stand between quotes."""
    filled = ["" if value is None else value for value in column]
    if '"' in "".join(filled):
        return [value.replace('"', '""') for value in filled]
    return filled
