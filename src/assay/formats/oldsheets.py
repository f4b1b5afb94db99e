"""What workbooks of Excel until 2003 hold besides their cells: comments, text boxes, headers, links, metadata.

Records are those of MS-XLS (BIFF8), and of Excel 5 and 95 (BIFF5). Macros are never run, links are never followed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from assay.formats.compound import Compound
from assay.formats.olddocuments import besides
from assay.formats.parts import Member, Unread, Within, extracted

_HEADER, _FOOTER, _NOTE, _FILEPASS, _CONTINUE, _CODEPAGE = 0x14, 0x15, 0x1C, 0x2F, 0x3C, 0x42
_OBJECT, _TEXT, _LINK, _BEGIN = 0x5D, 0x1B6, 0x1B8, 0x809
_OF_COMMENT = 0x19
_EIGHT = 0x0600
_URL = bytes.fromhex("e0c9ea79f9bace118c8200aa004ba90b")
_MOST = 16 * 1024 * 1024
# Codes of headers: left, middle and right; fonts; page numbers, dates and styles.
_PARTED = re.compile(r"&[LCR]")
_CODES = re.compile(r"&\"[^\"]*\"|&[A-Z]")
_PLACES = ("headers", "comments", "text boxes", "links")


class _Record(NamedTuple):
    kind: int
    data: bytes


def read_workbook(book: Compound, within: Within) -> Iterator[Member | Unread]:
    """The texts of each kind as one member."""
    for name in ("Workbook", "Book"):
        for stream in book.read(name):
            said = _Texts()
            said.read(stream)
            for place in _PLACES:
                text = "\n".join(said.texts[place])
                if text.strip():
                    data = text.encode("utf-8", "replace")
                    within.budget.made_bytes(len(data), within.path or within.name, whole=len(data))
                    yield extracted(within.join(place), data)
    yield from besides(book, within)


def _records(stream: bytes) -> Iterator[_Record]:
    at = 0
    while at + 4 <= len(stream):
        size = _number(stream, at + 2)
        yield _Record(_number(stream, at), stream[at + 4 : at + 4 + size])
        at += 4 + size


class _Texts:
    """Texts of the stream of a workbook, by what they are."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = {place: [] for place in _PLACES}
        self._is_old = False
        self._codec = "cp1252"
        self._object = 0
        self._missing = 0
        self._pieces: list[str] = []
        self._place = ""
        self._size = 0

    def read(self, stream: bytes) -> None:
        for kind, data in _records(stream):
            if kind == _FILEPASS or self._size > _MOST:
                break  # what follows is encrypted; the reader of the cells tells it
            if kind == _CONTINUE:
                self._go_on(data)
                continue
            self._end()
            self._one(kind, data)
        self._end()

    def _one(self, kind: int, data: bytes) -> None:
        if kind == _BEGIN:
            self._is_old = _number(data, 0) < _EIGHT
        elif kind == _CODEPAGE and self._is_old:
            page = _number(data, 0)
            self._codec = {0x8000: "mac_roman", 0x8001: "cp1252"}.get(page, f"cp{page}")
        elif kind in (_HEADER, _FOOTER):
            self._add("headers", _CODES.sub(" ", _PARTED.sub("\n", self._string(data))))
        elif kind == _NOTE:
            self._note(data)
        elif kind == _OBJECT:
            self._object = _number(data, 4)
        elif kind == _TEXT:
            self._missing = _number(data, 10)
            self._place = "comments" if self._object == _OF_COMMENT else "text boxes"
        elif kind == _LINK and (at := data.find(_URL)) >= 0:
            at += len(_URL)
            size = int.from_bytes(data[at : at + 4], "little")
            self._add("links", data[at + 4 : at + 4 + size].decode("utf-16-le", "replace").split("\0", 1)[0])

    def _note(self, data: bytes) -> None:
        if not self._is_old:
            # Who wrote it; the text is that of an object.
            self._add("comments", self._string(data[8:]))
            return
        # A long one has more records of the same kind, in which no row is told.
        goes_on = _number(data, 0) == 0xFFFF
        text = self._decoded(data[6:])
        if goes_on and self.texts["comments"]:
            self.texts["comments"][-1] += text
        else:
            self._add("comments", text)

    def _go_on(self, data: bytes) -> None:
        """The text of an object: each record of it says anew how wide its characters are."""
        if not self._missing or not data:
            return
        text = data[1:].decode("utf-16-le" if data[0] & 1 else "latin-1", "replace")[: self._missing]
        self._missing -= len(text)
        self._pieces.append(text)

    def _end(self) -> None:
        if self._pieces:
            self._add(self._place, "".join(self._pieces))
        self._pieces, self._missing = [], 0

    def _add(self, place: str, text: str) -> None:
        self._size += len(text)
        if text:
            self.texts[place].append(text.replace("\r", "\n").replace("\0", " "))

    def _string(self, data: bytes) -> str:
        if self._is_old:
            return self._decoded(data[1 : 1 + data[0]]) if data else ""
        if len(data) < 3:
            return ""
        count, is_wide = _number(data, 0), data[2] & 1
        return data[3 : 3 + count * (1 + is_wide)].decode("utf-16-le" if is_wide else "latin-1", "replace")

    def _decoded(self, data: bytes) -> str:
        try:
            return data.decode(self._codec, "replace")
        except LookupError:
            return data.decode("cp1252", "replace")


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")
