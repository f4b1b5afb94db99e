"""Pictures (PNG, JPEG, TIFF, GIF, BMP, WebP) whose text tesseract reads, where that is asked for: pages, lines of words.

A process of its own runs it (`assay.confined.ocr`). What tesseract takes for text is told; that it read all there is, is not known.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import IO

from assay.confined.frames import FAILED, TEXT
from assay.confined.process import read
from assay.errors import LimitError, ReadError
from assay.formats.kinds import Kind
from assay.formats.parts import Member, Unread, Within, extracted


def opened(source: IO[bytes], within: Within) -> Iterator[Member | Unread]:
    """The texts of the picture, a page each. One in which no text is found is left out like any other picture."""
    found = False
    try:
        for page, text in texts(source, within.budget.limits.ocr):
            found = True
            within.budget.made_bytes(len(text), within.path or within.name, whole=len(text))
            yield extracted(within.path, text, page=page)
    except LimitError as error:
        if within.budget.broken is not None:
            raise
        yield Unread(within.path, error)
    except ReadError as error:
        yield Unread(within.path, error)
    else:
        if not found:
            yield Member(within.path, Kind.IMAGE, b"", io.BytesIO())


def texts(source: IO[bytes], languages: str) -> Iterator[tuple[int, bytes]]:
    """Numbers of pages and what they say. Raises `ReadError`."""
    for frame in read("ocr", source, {"languages": languages}):
        if frame.letter == TEXT:
            yield int.from_bytes(frame.data[:4], "big"), frame.data[4:]
        elif frame.letter == FAILED:
            raise _failure(json.loads(frame.data)["reason"])


def _failure(reason: str) -> ReadError:
    if reason == "program":
        return ReadError("unsupported format", "tesseract is not on the PATH any more; apt-get install tesseract-ocr")
    if reason == "time":
        return LimitError("too slow", "tesseract takes more time for the picture than it may")
    return ReadError("corrupt", "it is no picture that tesseract can read: damaged, too large, or another format")
