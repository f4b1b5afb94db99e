"""Archives and compressed files: every member is a document of the same resource."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import IO

from assay.detect.allow import Allowed
from assay.detect.engine import Detector
from assay.errors import ReadError
from assay.formats import Kind, Limits
from assay.formats.archive import members
from assay.formats.parts import Member, Unread
from assay.model import Gap, Locator, Skip
from assay.ports import TableReader
from assay.scanning.document import TABLES, Document, scan_document
from assay.scanning.report import Piece, SplitReport
from assay.tables.judges import Judges

_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


def scan_container(
    stream: IO[bytes],
    document: Document,
    detector: Detector,
    report: SplitReport,
    limits: Limits,
    allowed: Allowed | None,
    judges: Judges | None = None,
) -> Iterator[Piece]:
    """Findings of all members. A member that cannot be read is a gap; kinds left out are one skip each."""
    # Lines of its parts are not those of the file, of which some were added: it counts as a whole.
    report.only = None
    source = _Rewound(document.head, stream)
    skipped: Counter[str] = Counter()
    unread: set[Kind] = set()
    size = report.bytes_total or None
    for member in members(source, document.kind, os.path.basename(document.name), limits=limits, size=size):
        if isinstance(member, Unread):
            _gap(report, member.error, member.path, detector)
            continue
        kind = member.kind
        if member.table is not None:
            yield from _table(member, member.table, detector, report, allowed, judges or Judges())
            continue
        if kind.skip_reason is not None:
            skipped[kind.skip_reason] += 1
            continue
        if kind.gap_reason is not None:
            if kind is Kind.IWORK and kind in unread:
                continue  # one document has dozens of them
            unread.add(kind)
            detail = f"member {safe_path(member.path, detector)}: {kind.gap_detail}"
            report.gaps.append(Gap(resource=report.resource, reason=kind.gap_reason, detail=detail))
            continue
        if kind.is_tabular:
            yield from _tables(member, detector, report, allowed, judges or Judges())
            continue
        inner = Document(
            name=member.path or document.name,
            resource=report.resource,
            member=safe_path(member.path, detector) if member.path else document.member,
            kind=kind,
            head=member.head,
            encoding=member.encoding,
            structure=member.structure,
        )
        judge = judges.of(detector.rules) if judges is not None and kind in TABLES else None
        try:
            pieces = scan_document(member.stream, inner, detector, report, allowed=allowed, judge=judge)
            yield from pieces if member.located is None else _located(pieces, member.located, detector)
        except ReadError as error:
            _gap(report, error, member.path, detector)
    for reason, number in sorted(skipped.items()):
        report.skips.append(
            Skip(
                resource=report.resource, reason=reason, detail=f"{number:,} member{'s' * (number != 1)} of the archive"
            )
        )


def _located(pieces: Iterator[Piece], located: Callable[[Locator], Locator], detector: Detector) -> Iterator[Piece]:
    """The findings where they stand in the document that their text was taken out of."""
    for piece in pieces:
        found = [replace(finding, location=located(finding.location)) for finding in piece.findings]
        # A path may go through names that are values.
        yield Piece(
            single=[
                replace(finding, location=replace(at, json_path=detector.safe_name(at.json_path)))
                if (at := finding.location).json_path is not None
                else finding
                for finding in found
            ]
        )


def _table(
    member: Member, table: TableReader, detector: Detector, report: SplitReport, allowed: Allowed | None, judges: Judges
) -> Iterator[Piece]:
    from assay.scanning.tablefile import scan_table

    shown = safe_path(member.path, detector) if member.path else None
    judge = judges.of(detector.rules)
    try:
        pieces = scan_table(table, detector, report, judge=judge, allowed=allowed, member=shown)
        yield from pieces if member.located is None else _located(pieces, member.located, detector)
    except ReadError as error:
        _gap(report, error, member.path, detector)


def _tables(
    member: Member, detector: Detector, report: SplitReport, allowed: Allowed | None, judges: Judges
) -> Iterator[Piece]:
    from assay.formats.content import spooled
    from assay.scanning.files import scan_tables

    shown = safe_path(member.path, detector)
    try:
        with spooled(member.head, member.stream) as content:
            yield from scan_tables(
                member.kind,
                content,
                detector,
                report,
                judge=judges.of(detector.rules),
                name=member.path,
                member=shown,
                allowed=allowed,
            )
    except ReadError as error:
        _gap(report, error, member.path, detector)


def _gap(report: SplitReport, error: ReadError, path: str, detector: Detector) -> None:
    detail = error.detail
    if path:
        shown = safe_path(path, detector)
        detail = detail.replace(repr(path)[1:-1], repr(shown)[1:-1]).replace(path, shown)
    # What ends the whole file names the member that it was at.
    detail = _QUOTED.sub(lambda name: name[0][0] + safe_path(name[0][1:-1], detector) + name[0][-1], detail)
    report.gaps.append(Gap(resource=report.resource, reason=error.reason, detail=detector.safe_text(detail)))


def safe_path(path: str, detector: Detector) -> str:
    """A member's path as it may be shown: each name on the way may be a value, with or without its extension."""
    return detector.safe_name("/".join(_safe_step(name, detector) for name in path.split("/")))


def _safe_step(name: str, detector: Detector) -> str:
    stem, _, extension = name.rpartition(".")
    shown = f"{detector.safe_name(stem)}.{extension}"
    return shown if stem and detector.safe_text(shown) == shown else detector.safe_name(name)


class _Rewound:
    """The stream from its beginning: by seeking where that is possible, else the head that was read goes first."""

    def __init__(self, head: bytes, stream: IO[bytes]) -> None:
        self._stream = stream
        self._seekable = stream.seekable()
        self._head = b"" if self._seekable else head
        if self._seekable:
            stream.seek(0)

    def seekable(self) -> bool:
        return self._seekable

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def fileno(self) -> int:
        if not self._seekable:
            raise OSError("read from its beginning to its end")
        return self._stream.fileno()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if not self._head:
            return self._stream.read(size) or b""
        if size is None or size < 0:
            size = len(self._head)
        data, self._head = self._head[:size], self._head[size:]
        return data
