"""`scan_split`: the one function that every engine runs. Opens, detects, tallies."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import IO, TYPE_CHECKING, NamedTuple

from assay.detect.allow import Allowed, AllowList
from assay.detect.engine import Detector
from assay.errors import ReadError
from assay.formats import Kind, Limits, detect, sniff
from assay.formats.kinds import is_readable_picture
from assay.formats.sniff import ends_as_zip
from assay.model import AssetRef, Gap, Skip, Split
from assay.ports import AddedLines, Learned, ObjectOpener, PictureReader, TableOpener
from assay.scanning.classes import Counting
from assay.scanning.document import TABLES, Document, Origin, Searched, scan_document, scan_searched, search
from assay.scanning.known import NotKnown
from assay.scanning.opened import Objects, open_asset
from assay.scanning.parts import margin, read, region
from assay.scanning.pictures import NO_TEXT, picture, scanned_page
from assay.scanning.report import Piece, SplitReport
from assay.scanning.sampling import regions
from assay.tables.judges import Judges

if TYPE_CHECKING:
    from assay.detect.baseline import Held, KnownColumns

HEAD = 64 * 1024
WHOLE = 4 * 1024 * 1024
SMALL = 256 * 1024
_ZIP_END = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanSetup:
    """What scanning needs besides the detector. Paths of allow lists are relative to `root`, of objects they are keys.

    `openers` open the tables of the scan's sources, by `AssetRef.source`, `objects` their objects; of a table about `rows`
    random rows are read, or all (`None`). Rows that are alike are counted of small tables, of all where `k_anonymity` is
    true, of none where it is false.
    What `held` has of a baseline is passed over. Of resources in `added` only findings on these lines are told.
    The text of pictures, and of scans of one page, is had of `pictures`.
    What kind of document a text is, `learned` models tell.
    `decided` names of a resource the identifiers whose candidates people have decided on; it is picklable.
    """

    openers: tuple[TableOpener | None, ...] = ()
    objects: tuple[ObjectOpener | None, ...] = ()
    rows: int | None = None
    seed: int = 0
    k_anonymity: bool | None = None
    decided: Callable[[str], frozenset[str]] | None = None
    added: AddedLines = field(default_factory=dict)
    held: Held | None = None
    learned: Learned | None = None
    pictures: PictureReader | None = None
    judges: Judges = field(default_factory=Judges)
    allow: AllowList | None = None
    limits: Limits = field(default_factory=Limits)
    root: str = "/"

    def allowed(self, uri: str, here: str) -> Allowed | None:
        """What is passed over in a resource that is called `here`, by the allow list and the baseline."""
        listed = self.allow.for_path(here) if self.allow else None
        if self.held is None:
            return listed
        from assay.detect.baseline import both  # only where there is one

        return both(listed, self.held.of(uri))

    def known_columns(self, uri: str) -> KnownColumns:
        """What the baseline knows of the tables of a resource."""
        return frozenset() if self.held is None else self.held.columns_of(uri)

    def counting(self, detector: Detector) -> Counting | None:
        """How rows that are alike are counted; `None`: not at all."""
        if self.k_anonymity is False:
            return None
        return Counting(self.k_anonymity is True, self.rows is None, self.openers, detector.safe_name, self.objects)


class Ahead(NamedTuple):
    """A small file that was read whole before its turn, and searched if it is text."""

    document: Document
    searched: Searched | None


def look_ahead(split: Split, detector: Detector, objects: Objects = ()) -> Ahead | None:
    """Reads and searches a small file or object, so that many are searched one after the other and judged after that.

    Both go faster so: the automaton's tables and what judges its matches displace each other from the processor's cache.
    `None` for what is not small, and for what goes wrong: `scan_split` meets it again and tells it.
    """
    asset = split.asset
    size = asset.size
    if size is None or size > SMALL or asset.is_table or split.start or split.end is not None or split.sampled:
        return None
    try:
        head = _whole(asset, size, objects)
        if len(head) != size:
            return None
        document = _document(head, split)
        if document.kind.is_container:
            return None
        return Ahead(document, search(document, detector) if document.kind.is_text else None)
    except Exception:  # noqa: BLE001  # see above: nothing is lost
        return None


def _whole(asset: AssetRef, size: int, objects: Objects) -> bytes:
    if asset.path is None:
        with open_asset(asset, objects) as stream:
            return stream.read(size + 1)
    # A file object would ask the system about the file three times more, which is most of the cost of a small one.
    descriptor = os.open(asset.path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        return os.read(descriptor, size + 1)
    finally:
        os.close(descriptor)


def scan_split(
    split: Split, detector: Detector, setup: ScanSetup, ahead: Ahead | None = None
) -> Iterator[Piece | SplitReport]:
    """Findings of the split, window by window, then its report. What cannot be read becomes a gap of the report."""
    asset = split.asset
    report = SplitReport(
        resource=asset.uri, part=split.part, parts=split.parts, bytes_total=asset.size or 0, sampled=split.sampled
    )
    if asset.is_table:
        yield from guarded(_table(asset, detector, setup, report), report)
        yield _of(asset, report)
        return
    before = detector.suppressed
    detector.decided = frozenset() if setup.decided is None else setup.decided(asset.uri)
    # Only some lines of it, or a part from its middle, tell nothing of the whole.
    begins = asset.uri not in setup.added and split.start == 0 and split.sampled is None
    detector.reading = setup.learned.reading() if setup.learned is not None and begins else None
    here = os.path.relpath(asset.path, setup.root) if asset.path is not None and setup.allow else asset.label
    allowed = setup.allowed(asset.uri, here)
    report.only = setup.added.get(asset.uri)
    if ahead is None:
        pieces = _opened(split, detector, setup, report, allowed)
    elif ahead.searched is None or detector.recogniser is not None:
        pieces = _scan(io.BytesIO(), ahead.document, split, detector, setup, report, allowed)
    else:
        pieces = scan_searched(ahead.searched, detector, report, allowed=allowed)
        report.bytes_read = len(ahead.document.head)
    known = setup.known_columns(asset.uri)
    dropped = NotKnown(known, asset.uri) if known else None
    yield from guarded(pieces, report) if dropped is None else dropped.of(guarded(pieces, report), report)
    if detector.reading is not None:
        report.document = detector.reading.done({name: number for name, (number, _) in report.counts.items()})
        detector.reading = None
    report.suppressed = detector.suppressed - before + (0 if dropped is None else dropped.number)
    if report.only is not None:
        # What a column holds is not told by some of its rows.
        report.tables.clear()
        report.sampled = "only lines that were added"
    yield _of(asset, report)


def _of(asset: AssetRef, report: SplitReport) -> SplitReport:
    report.tables.of(asset)
    return report


def _table(asset: AssetRef, detector: Detector, setup: ScanSetup, report: SplitReport) -> Iterator[Piece]:
    """A table of a database: its columns are judged, single values are not told."""
    from assay.scanning.tabular import scan_columns  # loads numpy: only for tables

    opener = setup.openers[asset.source]
    if opener is None:
        raise ValueError("a table's source has an opener")
    judge = setup.judges.of(detector.rules)
    try:
        with opener.open(asset) as reader:
            scan_columns(reader, detector, report, judge, rows=setup.rows, seed=setup.seed)
    except ReadError as error:
        if not asset.is_part or not asset.name[-1]:
            raise
        # All tables of a file are one resource: only its name tells which one it is.
        raise ReadError(error.reason, f"table {detector.safe_name(asset.name[-1])}: {error.detail}") from None
    report.bytes_total = report.bytes_read
    yield from ()


def _opened(
    split: Split, detector: Detector, setup: ScanSetup, report: SplitReport, allowed: Allowed | None
) -> Iterator[Piece]:
    with open_asset(split.asset, setup.objects) as stream:
        yield from scan_stream(stream, split, detector, setup, report, allowed)


def guarded(pieces: Iterator[Piece], report: SplitReport) -> Iterator[Piece]:
    """The pieces as far as they come; what ends them early becomes a gap of the report, the other resources go on."""
    try:
        yield from pieces
    except ReadError as error:
        report.gaps.append(Gap(resource=report.resource, reason=error.reason, detail=error.detail))
    except PermissionError:
        report.gaps.append(Gap(resource=report.resource, reason="unreadable", detail="permission denied"))
    except FileNotFoundError:
        report.gaps.append(
            Gap(resource=report.resource, reason="vanished", detail="was there when the folder was listed")
        )
    except OSError as error:
        detail = error.strerror or "input/output error"
        report.gaps.append(Gap(resource=report.resource, reason="unreadable", detail=detail))
    except Exception as error:  # noqa: BLE001  # the per-asset loop: a mistake of ours in one file must not end the rest
        report.gaps.append(Gap(resource=report.resource, reason="internal error", detail=_where(error)))


def _where(error: Exception) -> str:
    """Kind and place of an error. Its message stays out: it may quote what was being read."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}" if trace is not None else ""
    return f"{type(error).__name__}{place}; not all of it was read: please report this"


def scan_stream(
    stream: IO[bytes],
    split: Split,
    detector: Detector,
    setup: ScanSetup,
    report: SplitReport,
    allowed: Allowed | None = None,
) -> Iterator[Piece]:
    """The same of an open stream, seekable unless it is read from its beginning to its end."""
    size = split.asset.size
    # One byte more than the size, so that one read tells that this is all.
    head = read(stream, size + 1 if size is not None and size <= WHOLE else HEAD)
    document = _document(head, split)
    if len(head) != size and unpacks_itself(stream, head, size):
        document = replace(document, kind=Kind.ZIP)
    yield from _scan(stream, document, split, detector, setup, report, allowed)


def unpacks_itself(stream: IO[bytes] | io.RawIOBase, head: bytes, size: int | None) -> bool:
    """Whether a script too long for the zip behind it to show in its head ends with one. The place read at is kept."""
    if size is None or size <= HEAD or not head.startswith(b"#!") or not stream.seekable():
        return False
    here = stream.tell()
    stream.seek(max(0, size - HEAD - _ZIP_END))
    tail = stream.read(HEAD + _ZIP_END) or b""
    stream.seek(here)
    return ends_as_zip(tail)


def _document(head: bytes, split: Split) -> Document:
    name = split.asset.label
    kind = sniff(head[:HEAD], name)
    if HEAD < len(head) == split.asset.size and unpacks_itself(io.BytesIO(head), head, len(head)):
        kind = Kind.ZIP
    return Document(name=name, resource=split.asset.uri, member=None, kind=kind, head=head)


def _scan(
    stream: IO[bytes],
    document: Document,
    split: Split,
    detector: Detector,
    setup: ScanSetup,
    report: SplitReport,
    allowed: Allowed | None,
) -> Iterator[Piece]:
    size = split.asset.size
    kind, head = document.kind, document.head
    judge = setup.judges.of(detector.rules) if kind in TABLES else None
    if kind.is_container and not kind.is_document:
        # An archive holds many documents.
        detector.reading = None
    if kind is Kind.IMAGE and setup.pictures is not None and setup.pictures.reads(head):
        yield from picture(setup.pictures, stream, document, split, detector, report, allowed)
    elif kind is Kind.IMAGE and setup.limits.ocr and is_readable_picture(head):
        from assay.scanning.members import scan_container  # only where pictures are read

        # A small one was read whole ahead of its turn.
        small = io.BytesIO(head) if len(head) == size else stream
        yield from scan_container(small, document, detector, report, setup.limits, allowed)
        report.bytes_read += size or len(head)
    elif kind.skip_reason is not None:
        report.skips.append(Skip(resource=report.resource, reason=kind.skip_reason))
    elif kind.gap_reason is not None:
        report.gaps.append(Gap(resource=report.resource, reason=kind.gap_reason, detail=kind.gap_detail))
    elif kind.is_tabular:
        yield from _tables(stream, document, split, detector, setup, report, allowed)
    elif kind.is_container:
        from assay.scanning.members import scan_container  # only where there is an archive

        report.sampled = None
        yield from scan_container(stream, document, detector, report, setup.limits, allowed, setup.judges)
        if kind is Kind.PDF and setup.pictures is not None and any(gap.reason == NO_TEXT for gap in report.gaps):
            yield from scanned_page(setup.pictures, stream, document, split, detector, report, allowed)
        report.bytes_read += size or len(head)
    elif split.sampled is not None and size is not None:
        encoding = detect(head[:HEAD])
        for start, length in regions(size):
            origin, part = region(stream, start, length, size, encoding)
            yield from scan_document(part, document, detector, report, allowed=allowed, origin=origin, judge=judge)
            report.bytes_read += length
    elif split.start or split.end is not None:
        skip = margin(stream, split.start)
        wanted = None if split.end is None else split.end - split.start
        byte = split.start - len(skip)
        origin = Origin(
            byte=byte,
            char=split.char - len(skip.decode("utf-8", "replace")) if byte else 0,
            line=split.line - skip.count(b"\n"),
            line_char=split.line_char,
            row=split.row,
            skip=len(skip),
            length=wanted,
        )
        stream.seek(split.start - len(skip))
        yield from scan_document(stream, document, detector, report, allowed=allowed, origin=origin, judge=judge)
        report.bytes_read += wanted if wanted is not None else max(0, (size or 0) - split.start)
    else:
        counted = _Counting(io.BytesIO() if len(head) == size else stream)
        yield from scan_document(counted, document, detector, report, allowed=allowed, judge=judge)
        report.bytes_read += len(head) + counted.bytes
        report.bytes_total = max(report.bytes_total, report.bytes_read)


def _tables(
    stream: IO[bytes],
    document: Document,
    split: Split,
    detector: Detector,
    setup: ScanSetup,
    report: SplitReport,
    allowed: Allowed | None,
) -> Iterator[Piece]:
    """The tables of a file, and of a stream that has to be kept first: they are read at random."""
    from assay.formats.content import Content, spooled
    from assay.scanning.files import SAMPLED_ROWS, scan_tables

    path, size = split.asset.path, split.asset.size
    with contextlib.ExitStack() as stack:
        if path is not None and os.path.isfile(path):
            content = Content(path=path)
        elif len(document.head) == size:
            content = Content(data=document.head)
        elif stream.seekable():
            content = Content(file=stream)
        else:
            content = stack.enter_context(spooled(document.head, stream))
        rows = SAMPLED_ROWS if split.sampled is not None else None
        report.sampled = None
        yield from scan_tables(
            document.kind,
            content,
            detector,
            report,
            judge=setup.judges.of(detector.rules),
            name=document.name,
            rows=rows,
            allowed=allowed,
        )
        if document.kind is Kind.SPREADSHEET:
            from assay.scanning.members import scan_container

            with content.open() as file:
                yield from scan_container(file, document, detector, report, setup.limits, allowed, setup.judges)
    report.bytes_read += size or len(document.head)


class _Counting:
    """Counts the bytes that pass, for streams of unknown size."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.bytes = 0

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(size) or b""
        self.bytes += len(data)
        return data
