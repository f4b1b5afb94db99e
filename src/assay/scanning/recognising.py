"""Has texts looked at by a recogniser, and pictures read, where that is asked for; what fails there is a gap of its own."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import IO

from assay.detect.allow import Allowed
from assay.detect.candidate import Hit
from assay.detect.engine import Detector
from assay.detect.recognised import Asking
from assay.errors import ReadError
from assay.formats.structure import Structure, Window
from assay.model import Gap, Skip
from assay.ports import PictureReader
from assay.scanning.report import SplitReport

NOT_SENT = "not sent"
UNKNOWN = "unknown kind"
FAILED = -1


def asking_of(detector: Detector, report: SplitReport) -> Asking | None:
    """Who is asked about a document; `None`: nobody, or nobody any more as it has failed on this resource.

    Of a file in parts only the first is sent: what lies behind it is more than is sent of a resource.
    """
    if detector.recogniser is None or report.sent == FAILED or report.part:
        return None
    return Asking(recogniser=detector.recogniser, detector=detector, sent=report.sent)


def besides(
    asking: Asking,
    hits: list[Hit],
    window: Window,
    structure: Structure,
    allowed: Allowed | None,
    report: SplitReport,
) -> list[Hit]:
    """The hits of a window, and those that the recogniser adds; what it was not asked about is told in the report."""
    if report.sent == FAILED:
        return hits
    was_cut, knew = asking.is_cut, set(asking.unknown)
    try:
        hits = asking.besides(hits, structure.view(window), window, structure, allowed)
        report.sent = asking.sent
    except ReadError as error:
        report.sent = FAILED
        report.gaps.append(Gap(resource=report.resource, reason=error.reason, detail=error.detail))
    name = asking.recogniser.name
    if asking.is_cut and not was_cut and not any(skip.reason == NOT_SENT for skip in report.skips):
        detail = f"{asking.recogniser.most:,} bytes of it were sent to {name}, and no more"
        report.skips.append(Skip(resource=report.resource, reason=NOT_SENT, detail=detail))
    for kind in sorted(asking.unknown - knew):
        detail = f"{name} tells of {kind}, for which there is no identifier"
        report.gaps.append(Gap(resource=report.resource, reason=UNKNOWN, detail=detail))
    return hits


def picture_text(reader: PictureReader, head: bytes, stream: IO[bytes], size: int | None) -> IO[bytes]:
    """The text of a picture, its lines one below the other. Raises `ReadError`."""
    data = head if size == len(head) else head + _rest(stream, reader.largest + 1 - len(head))
    if len(data) > reader.largest:
        raise ReadError("too large", f"{reader.name} reads pictures of at most {reader.largest:,} bytes")
    return io.BytesIO("".join(f"{line}\n" for line in _single(reader.lines(data))).encode())


def _rest(stream: IO[bytes], most: int) -> bytes:
    pieces = []
    while most > 0 and (piece := stream.read(most)):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def _single(lines: Sequence[str]) -> Iterator[str]:
    return (" ".join(line.split()) for line in lines)
