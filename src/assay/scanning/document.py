"""One document of text, whole or in part: windows → hits → findings and column sketches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from assay.detect.allow import Allowed
from assay.detect.candidate import Hit
from assay.detect.engine import Detector, Matches
from assay.errors import ReadError
from assay.formats import Kind, structure_for
from assay.formats.delimited import DelimitedText, sniff_dialect
from assay.formats.encoding import UTF8, Encoding, Transcoder, detect
from assay.formats.structure import PlainText, Structure, Window
from assay.formats.windows import CORE, Readable, windows
from assay.model import Finding, Gap
from assay.scanning import delimited
from assay.scanning.findings import findings_of
from assay.scanning.keeping import kept_of, together
from assay.scanning.locate import Positions
from assay.scanning.recognising import asking_of, besides
from assay.scanning.report import Piece, SplitReport, TableSketch

if TYPE_CHECKING:
    from assay.detect.bulk import CellGroup
    from assay.scanning.jsonlines import DocumentTable
    from assay.tables.judge import TableJudge

PROSE = frozenset((Kind.TEXT, Kind.MARKDOWN, Kind.HTML))
TABLES = frozenset((Kind.DELIMITED, Kind.JSONL))
DELIMITED_NAMES = (".csv", ".tsv", ".tab", ".psv")
# A dense table has a finding every few dozen bytes, each many times as long in the output.
TABLE_CORE = 512 * 1024
_MAIL = re.compile(rb"From |[A-Za-z][A-Za-z-]*:[ \t]")
_ENCODED_MAIL = re.compile(rb"(?:\A|\n)Content-Transfer-Encoding:[ \t]*base64[ \t]*\r?\n", re.IGNORECASE)
_SNIFF = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A text as it is opened: the file or the member of an archive that it is, its kind and first bytes.

    `encoding` and `structure` are set where they are known and need not be guessed.
    """

    name: str
    resource: str
    member: str | None
    kind: Kind
    head: bytes
    encoding: Encoding | None = None
    structure: Structure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a part of a document begins. `skip` bytes before it are margin; `length` bytes belong to it (`None`: all).

    `known` is false where lines and code points before it were not counted (sampled regions).
    """

    byte: int = 0
    char: int = 0
    line: int = 0
    line_char: int = 0
    row: int = 0
    skip: int = 0
    length: int | None = None
    known: bool = True


_START = Origin()
AddedLines = Sequence[tuple[int, int]] | None


class Searched(NamedTuple):
    """A small document of one window, in which the automaton has searched already, but nothing was judged yet."""

    document: Document
    structure: Structure
    transcoder: Transcoder
    window: Window
    view: bytes
    matches: Matches


def search(document: Document, detector: Detector) -> Searched | None:
    """Searches in a document whose head is all of it. `None` for tables, and for what is too long for one window."""
    encoding = detect(document.head[:_SNIFF])
    structure = _structure(document, encoding, _START)
    if isinstance(structure, DelimitedText) or document.kind is Kind.JSONL:
        return None
    transcoder = Transcoder(encoding)
    text = transcoder.feed(document.head, final=True)
    if len(text) > CORE:
        return None
    window = Window(text, 0, len(text), 0, 0, 0, True)
    view = structure.view(window)
    return Searched(document, structure, transcoder, window, view, detector.matches(view).copy())


def scan_searched(
    searched: Searched, detector: Detector, report: SplitReport, *, allowed: Allowed | None = None
) -> Iterator[Piece]:
    """What `scan_document` finds in the same document."""
    window, structure = searched.window, searched.structure
    positions = Positions(searched.transcoder, line_start=0, known=True)
    positions.enter(window)
    kept = kept_of(detector, report, searched.document, positions)
    hits = _on_lines(
        detector.judged(searched.matches, searched.view, window, structure, allowed),
        window,
        _only(report, searched.document, searched.transcoder.encoding),
    )
    told = kept.told(searched.view, window, structure, hits, allowed) if kept is not None else []
    if detector.reading is not None and searched.document.kind in PROSE:
        detector.reading.add(window.data, [(hit.start, hit.end) for hit in hits])
    if hits or told:
        _count(hits, (), report)
        yield Piece(single=together(findings_of(hits, window, positions, searched.document, detector), told))
    report.decoded += window.core_end
    _note_encoded_part(searched.document, report)


def scan_document(
    stream: Readable,
    document: Document,
    detector: Detector,
    report: SplitReport,
    *,
    allowed: Allowed | None = None,
    origin: Origin = _START,
    judge: TableJudge | None = None,
) -> Iterator[Piece]:
    """Findings window by window; what was counted is added to `report`. Without a `judge` no values are looked at for
    what lists and check digits say of their column.

    An error of the stream passes through after all that came before it was scanned.
    """
    encoding = document.encoding or detect(document.head[:_SNIFF])
    first = origin is _START
    at_mark = 0 if origin.byte else encoding.bom
    transcoder = Transcoder(encoding._replace(bom=at_mark), byte=origin.byte)
    structure = _structure(document, encoding, origin)
    positions = Positions(transcoder, line_start=origin.line_char, known=origin.known)
    table = (
        TableSketch(table=_table_name(document, detector), columns=[]) if isinstance(structure, DelimitedText) else None
    )
    meant = (
        delimited.call(structure, table, judge, _head(document, encoding))
        if table is not None and isinstance(structure, DelimitedText)
        else []
    )
    rows = _documents(document, detector, judge)
    # Values of tables are looked at as columns.
    kept = kept_of(detector, report, document, positions) if table is None and rows is None else None
    only = _only(report, document, encoding)
    asking = asking_of(detector, report) if table is None and rows is None else None
    source = _UntilError(stream)
    for window in windows(
        source,
        transcoder,
        head=document.head if first else b"",
        byte=origin.byte,
        char=origin.char,
        line=origin.line,
        # The byte order mark is no text.
        skip=max(0, origin.skip - at_mark),
        length=None if origin.length is None else origin.length - max(0, at_mark - origin.skip),
        core=CORE if table is None else TABLE_CORE,
    ):
        positions.enter(window)
        groups: list[CellGroup] = []
        told: list[Finding] = []
        if isinstance(structure, DelimitedText) and origin.known and only is None:
            hits, groups = detector.detect_cells(window, structure, allowed)
        elif kept is None:
            hits = detector.detect(window, structure, allowed)
        else:
            view = structure.view(window)
            hits = detector.judged(detector.matches(view), view, window, structure, allowed)
            told = kept.told(view, window, structure, hits, allowed)
        if detector.reading is not None and document.kind in PROSE and table is None and not origin.byte:
            detector.reading.add(window.data, [(hit.start, hit.end) for hit in hits])
        if asking is not None:
            hits = besides(asking, hits, window, structure, allowed, report)
        if only is not None:
            hits = _on_lines(hits, window, only)
        if hits or groups or told:
            _count(hits, groups, report)
            yield Piece(
                single=together(findings_of(hits, window, positions, document, detector), told),
                dense=delimited.dense(groups, window, positions, document, detector, structure),
            )
        if table is not None and isinstance(structure, DelimitedText):
            delimited.tally(table, structure, window, hits, groups, detector, report)
            if judge is not None:
                delimited.look(table, structure, window, groups, judge, detector, meant)
        if rows is not None:
            rows.add(window)
        report.decoded += window.core_end - window.core_start
    if rows is not None and rows.columns:
        report.tables.append(TableSketch(table=_table_name(document, detector), columns=rows.columns, kind="documents"))
    if table is not None and table.columns:
        report.tables.append(table)
    _note_encoded_part(document, report)
    if source.error is not None:
        raise source.error


def _only(report: SplitReport, document: Document, encoding: Encoding) -> AddedLines:
    """The lines that alone are told; `None` where all are, and where lines are not counted as who told them counts."""
    return None if report.only is None or document.member is not None or encoding.returns else report.only


def _on_lines(hits: list[Hit], window: Window, only: AddedLines) -> list[Hit]:
    """The hits that lie on one of the lines, or reach into one."""
    if only is None:
        return hits
    found = []
    at, line = 0, window.line + 1
    for hit in hits:
        line += window.data.count(b"\n", at, hit.start)
        at = hit.start
        last = line + window.data.count(b"\n", hit.start, hit.end)
        if any(first <= last and line <= end for first, end in only):
            found.append(hit)
    return found


def _documents(document: Document, detector: Detector, judge: TableJudge | None) -> DocumentTable | None:
    if judge is None or document.kind is not Kind.JSONL:
        return None
    from assay.scanning.jsonlines import DocumentTable  # loads numpy: only for tables

    return DocumentTable(_table_name(document, detector), judge, detector)


def _note_encoded_part(document: Document, report: SplitReport) -> None:
    # Parts of mail say their encoding, and are decoded; this is what looks like mail and is none.
    if document.kind is Kind.TEXT and document.encoding is None and _has_encoded_part(document.head):
        detail = "what looks like a part of a mail message is encoded in base64 and was not decoded"
        report.gaps.append(Gap(resource=document.resource, reason="encoded content", detail=detail))


def _has_encoded_part(head: bytes) -> bool:
    # Mail begins with a header or, in a mailbox, with its separator. A search of every text would cost a tenth of its scan.
    if _MAIL.match(head) is None or b"content-transfer-encoding:" not in head[:_SNIFF].lower():
        return False
    return _ENCODED_MAIL.search(head, 0, _SNIFF) is not None


class _UntilError:
    """A stream that ends where it cannot be read further, and remembers why."""

    def __init__(self, stream: Readable) -> None:
        self._stream = stream
        self.error: ReadError | OSError | None = None

    def read(self, size: int = -1, /) -> bytes:
        if self.error is not None:
            return b""
        try:
            return self._stream.read(size)
        except (ReadError, OSError) as error:
            self.error = error
            return b""


def _structure(document: Document, encoding: Encoding, origin: Origin) -> Structure:
    if document.structure is not None:
        return document.structure
    if document.kind is Kind.DELIMITED:
        dialect = sniff_dialect(_head(document, encoding), named=document.name.lower().endswith(DELIMITED_NAMES))
        if dialect is not None:
            # A region's rows are counted from its own beginning, which has the lines before the header only at the file's.
            before = dialect.preamble if origin.known or not origin.byte else 0
            return DelimitedText(dialect, first_row=origin.row - before)
        return PlainText()
    if not origin.known:
        return PlainText()
    return structure_for(document.kind)


def _head(document: Document, encoding: Encoding) -> bytes:
    """The beginning of a document in UTF-8."""
    head = document.head[:_SNIFF]
    return head if encoding == UTF8 else Transcoder(encoding).feed(head)


def _table_name(document: Document, detector: Detector) -> str:
    name = document.name.rsplit("/", 1)[-1]
    return detector.safe_name(name.rsplit(".", 1)[0] or name)


def _count(hits: Iterable[Hit], groups: Iterable[CellGroup], report: SplitReport) -> None:
    counts = report.counts
    for group in groups:
        number, best = counts.get(group.identifier.name, (0, 0.0))
        counts[group.identifier.name] = (number + len(group.starts), max(best, group.confidence))
        report.findings += len(group.starts)
    for hit in hits:
        if hit.test:
            report.test_values += 1
            continue
        number, best = counts.get(hit.rule.name, (0, 0.0))
        counts[hit.rule.name] = (number + 1, max(best, hit.confidence))
        report.findings += 1
