"""Tables as delimited text, window by window: what their columns are called, sketches of them, findings of dense columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assay.detect.candidate import Hit
from assay.detect.engine import Detector
from assay.formats.delimited import DelimitedText, first_rows
from assay.formats.structure import Structure, Window
from assay.scanning.locate import Positions
from assay.scanning.report import SplitReport, TableSketch

if TYPE_CHECKING:
    from assay.detect.bulk import CellGroup
    from assay.scanning.dense import DenseFindings
    from assay.scanning.document import Document
    from assay.tables.judge import TableJudge


def call(structure: DelimitedText, table: TableSketch, judge: TableJudge | None, head: bytes) -> list[dict[int, str]]:
    """Has columns called by what says most of them; for each the identifiers that its name only means."""
    if judge is None or structure.dialect.header is None:
        return []
    structure.called = judge.called(structure.names, table.table, first_rows(head, structure.dialect))
    return judge.meant(judge.meanings([(name, "") for name in structure.names], table.table))


def look(
    table: TableSketch,
    structure: DelimitedText,
    window: Window,
    groups: Sequence[CellGroup],
    judge: TableJudge,
    detector: Detector,
    meant: Sequence[dict[int, str]],
) -> None:
    """Counts in the table's columns what their values look like."""
    from assay.scanning.lookedat import look  # loads numpy: only for tables

    grid = structure.grid(window)
    core = grid.starts < window.core_end
    body = core & (grid.rows > 0) if structure.dialect.header is not None else core
    if grid.resumed and len(body):
        body[0] = False
    for column, counts in zip(
        table.columns, look(judge.scanner(detector), window, structure, grid, body, groups, meant), strict=False
    ):
        column.features = column.features.merge(counts.features)


def tally(
    table: TableSketch,
    structure: DelimitedText,
    window: Window,
    hits: Sequence[Hit],
    groups: Sequence[CellGroup],
    detector: Detector,
    report: SplitReport,
) -> None:
    """Adds a window's rows and findings to the table's sketch and the report."""
    from assay.tables.sketch import CellHit, add_whole, merge, sketch  # loads numpy: only for tables

    grid = structure.grid(window)
    has_header = structure.dialect.header is not None
    core = grid.starts < window.core_end
    body = core & (grid.rows > 0) if has_header else core
    if grid.resumed and len(body):
        body[0] = False  # the rest of a cell that was counted where it began
    rows = grid.new_rows - (1 if has_header and len(grid.rows) and int(grid.rows[0]) == 0 and grid.new_rows else 0)
    cells = structure.cell_indexes(window, [hit.start for hit in hits])
    found = [
        CellHit(
            int(grid.columns[cell]),
            hit.rule.name,
            f"{hit.rule.identifier.path}#{hit.pattern}",
            hit.confidence,
            hit.whole,
            hit.test,
        )
        for hit, cell in zip(hits, cells, strict=True)
        if cell >= 0 and not (has_header and grid.rows[cell] == 0)
    ]
    names = [detector.safe_name(name) for name in structure.names]
    part = sketch(names, grid.columns[body], grid.filled(window.data)[body], rows, found)
    for group in groups:
        pattern = f"{group.identifier.path}#{group.compiled.pattern.id}"
        add_whole(part[group.column], group.identifier.name, pattern, group.confidence, len(group.starts))
    table.columns = merge(table.columns, part) if table.columns else part
    report.rows = (report.rows or 0) + rows


def dense(
    groups: Sequence[CellGroup],
    window: Window,
    positions: Positions,
    document: Document,
    detector: Detector,
    structure: Structure,
) -> list[DenseFindings]:
    """The findings of groups of cells, as arrays."""
    if not groups or not isinstance(structure, DelimitedText):
        return []
    from assay.scanning.dense import DenseFindings, Rulers  # loads numpy: only for tables

    rulers = Rulers(window, positions.transcoder, positions.line_start)
    found = []
    for group in groups:
        starts, ends, byte_starts, byte_ends, lines, columns = rulers.of(group)
        found.append(
            DenseFindings(
                resource=document.resource,
                member=document.member,
                identifier=group.identifier,
                confidence=group.confidence,
                evidence=group.evidence,
                ruleset=detector.rules.digest,
                field=detector.safe_name(structure.name(group.column)),
                starts=starts,
                ends=ends,
                byte_starts=byte_starts,
                byte_ends=byte_ends,
                lines=lines,
                columns=columns,
                rows=group.rows,
                redacted=group.redacted,
                fingerprints=group.fingerprints,
            )
        )
    return found
