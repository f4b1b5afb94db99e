"""Pictures that a service reads: their text is scanned as a member of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import IO

from assay.detect.allow import Allowed
from assay.detect.engine import Detector
from assay.errors import ReadError
from assay.formats import Kind
from assay.formats.encoding import UTF8
from assay.model import Gap, Split
from assay.ports import PictureReader
from assay.scanning.document import Document, scan_document
from assay.scanning.recognising import picture_text
from assay.scanning.report import Piece, SplitReport

NO_TEXT = "no text layer"
PICTURE = "(text of the picture)"
_HEAD = 64 * 1024


def picture(
    reader: PictureReader,
    stream: IO[bytes],
    document: Document,
    split: Split,
    detector: Detector,
    report: SplitReport,
    allowed: Allowed | None,
) -> Iterator[Piece]:
    """The text of a picture, which is a member of it: what is found has its place in that text, not in the file."""
    text = picture_text(reader, document.head, stream, split.asset.size)
    inner = replace(document, member=PICTURE, kind=Kind.TEXT, head=text.read(_HEAD), encoding=UTF8)
    report.sampled = None
    yield from scan_document(text, inner, detector, report, allowed=allowed)
    report.bytes_read += split.asset.size or len(document.head)


def scanned_page(
    reader: PictureReader,
    stream: IO[bytes],
    document: Document,
    split: Split,
    detector: Detector,
    report: SplitReport,
    allowed: Allowed | None,
) -> Iterator[Piece]:
    """The text of a PDF whose page is a picture. What the reader refuses (more pages than one) stays the gap that it was."""
    read = report.bytes_read
    try:
        if not stream.seekable():
            return
        stream.seek(0)
        head = stream.read(_HEAD)
        yield from picture(reader, stream, replace(document, head=head), split, detector, report, allowed)
    except ReadError as error:
        report.gaps.append(Gap(resource=report.resource, reason=error.reason, detail=error.detail))
    else:
        report.gaps = [gap for gap in report.gaps if gap.reason != NO_TEXT]
    finally:
        report.bytes_read = read
