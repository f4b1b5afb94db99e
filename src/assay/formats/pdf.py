"""PDF (ISO 32000): text of each page, fields of forms, notes, links, metadata, outline, scripts, attached files, and earlier states of those.

A process of its own reads it (`assay.confined.pdf`): what ends that process ends one page. Pages that are pictures
without text are told as not read.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Iterator, Sequence
from typing import IO, Any

from assay.confined.frames import DATA, FAILED, FILE, NAMED, NOTE, PIXELS, TEXT, Frame
from assay.confined.process import read
from assay.errors import LimitError, ReadError
from assay.formats.parts import Member, Unread, Within, extracted, labelled
from assay.formats.picture import texts
from assay.formats.windows import Readable
from assay.formats.wrapped import Wrapped

_TAIL = 4096
_ENDED_PAGES = 3
_UNNAMED = frozenset({"text", "title", "link", "subject"})
_SHOWN = 20
_DOTS = 300


def opened(source: IO[bytes], within: Within) -> Iterator[Member | Unread]:
    """Pages and files of the PDF; what ends its reader at one page leaves the pages behind it."""
    told = _Told(within)
    first = ended = 0
    while True:
        try:
            yield from told.of(_Frames(read("pdf", source, {"first": first})))
            break
        except LimitError as error:
            if within.budget.broken is not None:
                raise
            failure: ReadError = error
        except ReadError as error:
            failure = error
        yield Unread(within.path, ReadError(failure.reason, f"at page {told.page + 1}: {failure.detail}"))
        first = told.page + 1
        ended += 1
        if ended == _ENDED_PAGES:
            break
    yield from told.drawn(source)
    yield from told.rest()
    if not told.failed and not _ends(source):
        detail = "it ends without its end mark; pages may be missing: restore it from a copy"
        yield Unread(within.path, ReadError("corrupt", detail))


class _Frames:
    """Frames, of which a file that is attached takes its own."""

    def __init__(self, frames: Iterator[Frame]) -> None:
        self._frames = frames
        self._waiting: Frame | None = None

    def __iter__(self) -> Iterator[Frame]:
        return self

    def __next__(self) -> Frame:
        frame, self._waiting = self._waiting, None
        return next(self._frames) if frame is None else frame

    def back(self, frame: Frame) -> None:
        self._waiting = frame


class _Attached:
    """The bytes of an attached file."""

    def __init__(self, frames: _Frames, size: int) -> None:
        self._frames = frames
        self._left = size
        self._data = b""

    def read(self, size: int = -1, /) -> bytes:
        if not self._data and self._left > 0:
            frame = next(self._frames, None)
            if frame is None or frame.letter != DATA:
                self._left = 0
                if frame is not None:
                    self._frames.back(frame)
                return b""
            self._data = frame.data
            self._left -= len(frame.data)
        if size is None or size < 0:
            size = len(self._data)
        data, self._data = self._data[:size], self._data[size:]
        return data


class _Told:
    """What the reader has told so far. `page` is the last one that it began to tell of."""

    def __init__(self, within: Within) -> None:
        self._within = within
        self.page = 0
        self.failed = False
        self._pictures: list[int] = []
        self._lost: list[int] = []
        self._files = 0

    def of(self, frames: _Frames) -> Iterator[Member | Unread]:
        within = self._within
        for frame in frames:
            if frame.letter == TEXT:
                self.page = int.from_bytes(frame.data[:4], "big")
                text = _lines(frame.data[4:])
                self._made(len(text))
                yield extracted(within.path, text, page=self.page, structure=Wrapped())
            elif frame.letter == DATA:
                continue  # of a file that was not read to its end
            else:
                facts = json.loads(frame.data)
                if frame.letter == NAMED:
                    yield from self._named(facts, len(frame.data))
                elif frame.letter == FILE:
                    yield from self._file(facts, _Attached(frames, int(facts["size"])))
                elif frame.letter == NOTE:
                    yield from self._note(facts)
                elif frame.letter == FAILED:
                    self.failed = True
                    yield Unread(within.path, _failure(facts))

    def _made(self, size: int) -> None:
        self._within.budget.made_bytes(size, self._within.path or self._within.name, whole=size)

    def _named(self, facts: dict[str, Any], size: int) -> Iterator[Member]:
        self._made(size)
        if facts["what"] == "earlier":
            lines = "\n".join(str(line) for _, line in facts["values"]).encode("utf-8", "replace")
            yield extracted(self._within.path, _lines(lines), page=facts["page"], structure=Wrapped())
            return
        values = [("" if name in _UNNAMED else name, str(value)) for name, value in facts["values"]]
        yield labelled(self._within.path, values, page=facts["page"])

    def _file(self, facts: dict[str, Any], data: Readable) -> Iterator[Member | Unread]:
        self._files += 1
        name = str(facts["name"]).replace("\\", "/").rsplit("/", 1)[-1]
        yield from self._within.entry(data, name or f"attachment{self._files}")

    def _note(self, facts: dict[str, Any]) -> Iterator[Unread]:
        if facts["reason"] == "picture":
            self.page = int(facts["page"])
            self._pictures.append(self.page)
        elif facts["reason"] == "page":
            self.page = int(facts["page"])
            self._lost.append(self.page)
        elif facts["reason"] == "earlier":
            detail = "an earlier state of it, which it still holds, cannot be read; save it as a new file and scan that"
            yield Unread(self._within.path, ReadError("corrupt", detail))
        elif facts["reason"] == "states":
            detail = f"of its earlier states, which it still holds, {facts['count']:,} were not read; save it as a new file and scan that"
            yield Unread(self._within.path, LimitError("too large", detail))
        else:
            detail = "a file that is attached cannot be taken out; it is damaged"
            yield Unread(self._within.path, ReadError("corrupt", detail))

    def drawn(self, source: IO[bytes]) -> Iterator[Member | Unread]:
        """Pages that are pictures, read by tesseract where that is asked for. What cannot be drawn or read stays untold."""
        languages = self._within.budget.limits.ocr
        if not languages:
            return
        numbers, self._pictures = sorted(set(self._pictures)), []
        for number in numbers:
            try:
                picture = _drawn(source, number)
                if picture is None:
                    self._pictures.append(number)
                    continue
                for _, text in texts(picture, languages):
                    self._made(len(text))
                    yield extracted(self._within.path, text, page=number, structure=Wrapped())
            except LimitError as error:
                if self._within.budget.broken is not None:
                    raise
                yield Unread(self._within.path, ReadError(error.reason, f"at page {number}: {error.detail}"))
            except ReadError as error:
                yield Unread(self._within.path, ReadError(error.reason, f"at page {number}: {error.detail}"))

    def rest(self) -> Iterator[Unread]:
        if self._lost:
            detail = f"{_pages(self._lost)} cannot be read; the file is damaged"
            yield Unread(self._within.path, ReadError("corrupt", detail))
        if self._pictures:
            show = "show pictures" if len(set(self._pictures)) > 1 else "shows a picture"
            detail = f"{_pages(self._pictures)} {show} and no text; read it with OCR and scan the result"
            yield Unread(self._within.path, ReadError("no text layer", detail))


def _drawn(source: IO[bytes], number: int) -> IO[bytes] | None:
    """A page as a picture (PNM): grey, 300 dots an inch."""
    for frame in read("pdfdraw", source, {"pages": [number - 1], "dots": _DOTS}):
        if frame.letter == PIXELS:
            width, height = struct.unpack_from("!II", frame.data)
            green = bytes(memoryview(frame.data)[9::3])
            return io.BytesIO(b"P5 %d %d 255\n" % (width, height) + green)
    return None


def _failure(facts: dict[str, Any]) -> ReadError:
    reason = facts["reason"]
    if reason == "time":
        detail = f"its pages take more processor time than those of a file of its size may; not read from page {facts['page']} on"
        return LimitError("too slow", detail)
    if reason == "encrypted":
        return ReadError("encrypted", "it needs a password; save it without and scan that")
    if reason == "memory":
        return LimitError("too large", "it needs more memory than a document may")
    return ReadError("corrupt", "it is no PDF that can be read: damaged, cut short, or another format")


def _lines(text: bytes) -> bytes:
    """Lines as they are elsewhere. A hyphen at the end of a line has a character of its own there, or none."""
    text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    for hyphen in (b"\x02", b"\xef\xbf\xbe"):
        if hyphen in text:
            text = text.replace(hyphen + b"\n", b"-").replace(hyphen, b"-")
    return text.replace(b"\0", b" ")


def _pages(pages: Sequence[int]) -> str:
    """Numbers of pages as people write them."""
    runs: list[list[int]] = []
    for page in sorted(set(pages)):
        if runs and page == runs[-1][1] + 1:
            runs[-1][1] = page
        else:
            runs.append([page, page])
    shown = [f"{first}" if first == last else f"{first}-{last}" for first, last in runs[:_SHOWN]]
    more = ", …" if len(runs) > _SHOWN else ""
    return f"{'pages' if len(set(pages)) > 1 else 'page'} {', '.join(shown)}{more}"


def _ends(source: IO[bytes]) -> bool:
    size = source.seek(0, 2)
    source.seek(max(0, size - _TAIL))
    _, mark, behind = source.read(_TAIL).rpartition(b"%%EOF")
    # Objects behind the last mark are those of a change that was not written to its end.
    return bool(mark) and b" obj" not in behind
