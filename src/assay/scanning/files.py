"""Tables in files → pieces: each table on its own, so that a broken one leaves the others."""

from __future__ import annotations

from collections.abc import Iterator

from assay.detect.allow import Allowed
from assay.detect.engine import Detector
from assay.errors import ReadError
from assay.formats import Kind
from assay.formats.content import Content
from assay.formats.tabular import BrokenTable, open_tables
from assay.model import Gap
from assay.scanning.report import Piece, SplitReport
from assay.scanning.tablefile import scan_table
from assay.scanning.tabular import note_unreadable, scan_columns
from assay.tables.judge import TableJudge

SAMPLED_ROWS = 10_000
"""Rows drawn of each table of a file that is sampled because it is large."""


def scan_tables(
    kind: Kind,
    content: Content,
    detector: Detector,
    report: SplitReport,
    *,
    judge: TableJudge,
    name: str,
    rows: int | None = None,
    member: str | None = None,
    allowed: Allowed | None = None,
) -> Iterator[Piece]:
    """Findings of all tables of a file of a tabular kind; what cannot be read of it is a gap of the report.

    `name` is the file's own, `member` its path in an archive as it may be shown, `rows` how many rows to draw of each
    table (`None`: all are read); of drawn rows columns are judged, and single values are not told.
    """
    inside = f"member {member}: " if member else ""
    try:
        with open_tables(kind, content, resource=report.resource, name=name) as tables:
            for table in tables:
                if isinstance(table, BrokenTable):
                    of = f"table {detector.safe_name(table.table)}: " if table.table else ""
                    _gap(report, table.error, inside + of)
                    continue
                try:
                    if rows is None:
                        yield from scan_table(table, detector, report, judge=judge, allowed=allowed, member=member)
                    else:
                        scan_columns(table, detector, report, judge, rows=rows)
                except ReadError as error:
                    _gap(report, error, f"{inside}table {detector.safe_name(table.info.table)}: ")
                if rows is None:
                    note_unreadable(table.info, detector, report, inside)
    except ReadError as error:
        _gap(report, error, inside)


def _gap(report: SplitReport, error: ReadError, where: str) -> None:
    report.gaps.append(Gap(resource=report.resource, reason=error.reason, detail=where + error.detail))
