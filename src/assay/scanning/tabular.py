"""Tables whose values come from a reader: rows → sketches of columns, and for tables in files the findings, too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from assay.detect.engine import Detector
from assay.errors import LostError, ReadError
from assay.formats.nested import documents, fields, holds_documents, is_whole
from assay.model import ColumnInfo, ColumnSketch, Gap, Skip, TableInfo, ValueKind
from assay.ports import TableBatch, TableReader
from assay.scanning.classes import drawn_rows
from assay.scanning.report import DrawnRows, Extent, SplitReport, TableSketch
from assay.tables.judge import TableJudge
from assay.tables.meaning import Meaning
from assay.tables.sketch import counted, merge

_GROWTH = 4
_MOST_ROWS = 12_800
_NAMES = 3
_TEXTS = frozenset((ValueKind.TEXT, ValueKind.JSON, ValueKind.UNKNOWN, ValueKind.OTHER, ValueKind.ARRAY))


def scan_columns(
    reader: TableReader, detector: Detector, report: SplitReport, judge: TableJudge, *, rows: int | None, seed: int = 0
) -> None:
    """Adds the sketches of a table's columns to `report`, from about `rows` random rows, or from all (`None`).

    Where a sample leaves a column undecided, four times as many rows are drawn, and again, up to 12,800. Raises
    `ReadError` where the table cannot be read on, after what came before that was added.
    """
    info = reader.info
    table = _Table(info, detector, judge)
    drawn: _Drawn | None = None
    if rows is None:
        failed = _read(reader, table)
        if failed is None and not table.rows:
            # A table without rows has columns, too.
            table.add(TableBatch([[] for _ in info.columns], 0), parts=True)
    else:
        drawn = _draw(reader, table, rows, seed)
        failed = drawn.failed
    if failed is not None and not table.rows:
        raise failed
    info = reader.info
    name = detector.safe_name(info.table)
    note_unreadable(info, detector, report)
    for reason, detail in info.missed:
        report.gaps.append(Gap(resource=report.resource, reason=reason, detail=detector.safe_text(detail)))
    for reason, number in info.left_out.items():
        report.skips.append(
            Skip(resource=report.resource, reason=reason, detail=f"{number:,} value{'s' * (number != 1)} of {name}")
        )
    if info.narrowed:
        report.skips.append(Skip(resource=report.resource, reason="not asked for", detail=info.narrowed))
    cut = [(detector.safe_name(column), most) for column, most in table.cut.items()]
    if drawn is None:
        for column, most in cut:
            detail = f"column {column} of {name}: values longer than {most:,} characters were read to there"
            report.gaps.append(Gap(resource=report.resource, reason="too large", detail=detail))
    shortened = f"the first {cut[0][1]:,} characters of longer values of {_listed(cut)}" if cut and drawn else None
    parts = [shortened] if shortened else []
    total = table.rows if failed is None else info.rows
    is_part = info.cut_short or (rows is not None and table.rows >= rows)
    if drawn is not None and is_part and (info.rows is None or info.rows > table.rows):
        about = "" if info.rows_exact else "about "
        of = f" of {about}{info.rows:,}" if info.rows is not None else ""
        parts.insert(0, f"{table.rows:,}{of} rows drawn at random (seed {drawn.seed})")
        total = info.rows
    extent = Extent(
        rows=table.rows,
        rows_total=total,
        bytes_read=table.size,
        sampled=", ".join(parts) if drawn is not None and parts else None,
        draws=1 if drawn is None else drawn.draws,
        may_grow=drawn is not None and drawn.may_grow,
        shortened=shortened,
    )
    sketch = TableSketch(table=name, columns=table.sketches, kind=info.kind, change=info.change, extent=extent)
    if drawn is not None:
        sketch.drawn = table.drawn()
    report.take_table(sketch, extent)
    if failed is not None:
        raise failed


def note_unreadable(info: TableInfo, detector: Detector, report: SplitReport, where: str = "") -> None:
    """A gap for each column that could not be read; `where` comes before."""
    name = detector.safe_name(info.table)
    for column, why in info.unreadable.items():
        detail = f"{where}column {detector.safe_name(column)} of {name}: {why}"
        report.gaps.append(Gap(resource=report.resource, reason="unreadable", detail=detail))


def _read(reader: TableReader, table: _Table) -> ReadError | None:
    """Adds every row, from the beginning again where the connection was lost in the middle, once. Gives what ended it."""
    for is_last in (False, True):
        try:
            for batch in reader.read():
                table.add(batch, parts=True)
        except LostError as error:
            if is_last:
                return error
            # Rows come in no order that would tell which of them were counted already.
            table.restart()
            table.size = 0
        except ReadError as error:
            return error
        else:
            return None
    raise AssertionError("the last try returns")


class _Drawn(NamedTuple):
    """How a sample was drawn: by which seed, after how many, whether a larger one had more, what kept one from being drawn."""

    seed: int
    draws: int
    may_grow: bool
    failed: ReadError | None


def _draw(reader: TableReader, table: _Table, rows: int, seed: int) -> _Drawn:
    """Adds a sample, a larger one as long as a column is undecided."""
    wanted, by, draws, may_grow = rows, seed, 0, False
    while True:
        try:
            batch = reader.sample(wanted, by)
        except ReadError as error:
            return _Drawn(seed, max(1, draws), may_grow, error)
        seed = by
        draws += 1
        table.restart()
        table.add(batch, parts=False)
        may_grow = batch.rows >= wanted and wanted < _MOST_ROWS
        if not may_grow or not table.is_undecided():
            return _Drawn(seed, draws, may_grow, None)
        wanted *= _GROWTH
        by += 1


def _listed(cut: Sequence[tuple[str, int]]) -> str:
    names = ", ".join(name for name, _ in cut[:_NAMES])
    return f"{names} and {len(cut) - _NAMES} other columns" if len(cut) > _NAMES else names


class _Table:
    """A table on its way: what its columns are called, and what was counted in them so far."""

    def __init__(self, info: TableInfo, detector: Detector, judge: TableJudge) -> None:
        self._info = info
        self._detector = detector
        self._judge = judge
        self._known: dict[str, tuple[str, dict[int, str], Meaning | None]] = {}
        self.sketches: list[ColumnSketch] = []
        self._last: Sequence[Sequence[str | None]] = ()
        self.rows = 0
        self.size = 0
        self.cut: dict[str, int] = {}

    def restart(self) -> None:
        """Forgets what was counted: a larger sample takes its place, or the same rows are read again."""
        self.sketches = []
        self.rows = 0
        self.cut = {}

    def add(self, batch: TableBatch, *, parts: bool) -> None:
        given = self._info.columns if batch.infos is None else batch.infos
        infos, columns, opened = _opened(given, batch.columns)
        self._name(infos)
        known = [self._known[info.name] for info in infos]
        counts = self._judge.scanner(self._detector).scan(
            [called for called, _, _ in known],
            columns,
            batch.rows,
            [meant for _, meant, _ in known],
            parts=parts,
        )
        part = [
            counted(self._safe(info), index, batch.rows, each)
            for index, (info, each) in enumerate(zip(infos, counts, strict=True))
        ]
        for index, number in opened.items():
            part[index].fields = number
        self.sketches = merge(self.sketches, part) if self.sketches else part
        self._last = () if parts else columns
        self.rows += batch.rows
        self.cut.update((given[index].name, most) for index, most in sorted(batch.cut.items()))
        self.size += sum(each.features.length for each in counts)

    def drawn(self) -> DrawnRows | None:
        """The rows of the sample, where its columns may turn out to be quasi-identifiers."""
        return drawn_rows(self._last, self.rows) if self._judge.quasi.may_be_in(self.sketches) else None

    def _safe(self, info: ColumnInfo) -> ColumnInfo:
        """Names and comments may hold values."""
        name, comment = self._detector.safe_name(info.name), self._detector.safe_text(info.comment)
        return replace(info, name=name, comment=comment)

    def _name(self, infos: Sequence[ColumnInfo]) -> None:
        new = [info for info in infos if info.name not in self._known]
        if not new:
            return
        table = self._info.table
        called = self._judge.called([info.name for info in new], table)
        meanings = self._judge.meanings([(info.name, info.comment) for info in new], table)
        meant = self._judge.meant(meanings) or [{} for _ in new]
        for number, info in enumerate(new):
            self._known[info.name] = (called[number], meant[number], meanings[number] if meanings else None)

    def is_undecided(self) -> bool:
        table = self._info.table
        return any(self._judge.is_undecided(sketch, table) for sketch in self.sketches)


def _opened(
    infos: Sequence[ColumnInfo], columns: Sequence[Sequence[str | None]]
) -> tuple[list[ColumnInfo], list[Sequence[str | None]], dict[int, int]]:
    """The columns, those of documents followed by their fields; and of these columns, how many fields they have."""
    out_infos: list[ColumnInfo] = []
    out: list[Sequence[str | None]] = []
    opened: dict[int, int] = {}
    for info, values in zip(infos, columns, strict=True):
        out_infos.append(info)
        if info.kind not in _TEXTS or not holds_documents(values):
            out.append(values)
            continue
        parsed = list(documents(values))
        found, _ = fields((document for document in parsed if document is not None), info.name)
        # What is no document, or one of which not all becomes fields, is looked at as it is.
        out.append(
            [
                None if document is not None and is_whole(document) else value
                for value, document in zip(values, parsed, strict=True)
            ]
        )
        opened[len(out) - 1] = len(found)
        for path, inner in found.items():
            out_infos.append(ColumnInfo(name=path))
            out.append(inner)
    return out_infos, out, opened
