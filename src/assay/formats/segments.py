"""Coded messages: segments whose fields a standard tells by their number, a qualifier or a short tag.

HL7 v2.x in its usual encoding (chapter 2), ASC X12 (X12.5 and X12.6), vCard (RFC 6350) and GEDCOM 5.5.1. A field of which the
standard says what it holds is a value under that name; all others are free text. The parts of a name or of an address are shown with
blanks between them, as people write them.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from assay.formats.segmentnames import CONTENT, DIAGNOSES, GEDCOM, GEDCOM_BIRTH, HL7, IDS, PHONES, PROCEDURES
from assay.formats.structure import Decoded, Place, Window

_MESSAGE = re.compile(rb"(?:MSH|FHS|BHS)([^\w\s])([^\w\s])([^\w\s])")
_LINE = re.compile(rb"(?:\A|(?<=[\r\n\x0b]))[ \t]{0,8}([A-Z][A-Z0-9]{2})(?=[^\w\s])([^\r\n\x1c]*)")
# The head has 106 characters, and the last ends segments; where somebody made it shorter, what stands before the next segment does.
_INTERCHANGE = re.compile(rb"ISA([^\w\s])(?:[^\0]{101}([^\w ])\s{0,4}GS\1|[^\0]{60,140}?([^\w\s]|[\r\n])\s{0,4}GS\1)")
_PROPERTY = re.compile(
    rb"^(?:[\w-]{1,40}\.)?([A-Za-z-]{1,20})"
    rb"((?:;[^:;\r\n\"]{0,200}+(?:\"[^\"\r\n]{0,200}+\"[^:;\r\n\"]{0,200}+){0,4}+){0,12}+):([^\r\n]+)",
    re.MULTILINE,
)
_TAGGED = re.compile(rb"^[ \t]{0,16}(\d{1,2}) (?:@[^@\s]{1,22}@ )?(_?[A-Z0-9]{3,15})(?: ([^\r\n]*))?", re.MULTILINE)
_DATE = re.compile(rb"\d{8}")
_BLANK = b" \t"
# What stands before a value, and reads as a part of it: shown as the border of a cell.
_BEFORE = frozenset(b":*^&>+")
_BAR = ord("|")
# What follows are codes: the kind of a name, its degree, the country, the county.
_OF_NAME = 5
_OF_ADDRESS = 5


class Field(NamedTuple):
    """A value, what it is called, and what parts it (empty: nothing)."""

    start: int
    end: int
    name: str
    parted: bytes = b""


class Segments(ABC):
    """A structure of segments, each read by itself."""

    def __init__(self) -> None:
        self._window: Window | None = None
        self._fields: list[Field] = []

    @abstractmethod
    def _read(self, data: bytes) -> Iterator[Field]:
        """The fields with a name, by their start."""

    def standard(self) -> str:
        """`Declared.standard`."""
        return type(self).__name__

    def view(self, window: Window) -> bytes:
        text = bytearray(window.data)
        for start, end, _, parted in self._of(window):
            if start and text[start - 1] in _BEFORE:
                text[start - 1] = _BAR
            if parted:
                text[start:end] = text[start:end].translate(bytes.maketrans(parted, b" " * len(parted)))
        return self._shown(bytes(text))

    def places(self, window: Window, offsets: Sequence[int]) -> Sequence[Place | None]:
        fields = self._of(window)
        found: list[Place | None] = []
        for offset in offsets:
            at = bisect_right(fields, offset, key=lambda field: field.start) - 1
            found.append(_place(fields[at]) if at >= 0 and offset < fields[at].end else None)
        return found

    def decoded(self, window: Window) -> Iterator[Decoded]:
        del window
        return iter(())

    def values(self, window: Window, wanted: Callable[[str], bool]) -> Iterator[Place]:
        """`Columned.values`."""
        for field in self._of(window):
            if field.end > window.core_start and field.start < window.core_end and wanted(field.name):
                yield _place(field)

    def _of(self, window: Window) -> list[Field]:
        if self._window is not window:
            self._window = window
            self._fields = list(self._read(window.data))
        return self._fields

    def _shown(self, data: bytes) -> bytes:
        return data


def _place(field: Field) -> Place:
    return Place(field.start, field.end, (field.name,), field.name)


class Hl7(Segments):
    """Messages of HL7 v2.x, also within the frames of MLLP and in batches; the signs that part fields are told by their heads."""

    def __init__(self) -> None:
        super().__init__()
        self._signs = (b"|", b"^", b"~")

    def _read(self, data: bytes) -> Iterator[Field]:
        for segment in _LINE.finditer(data):
            if head := _MESSAGE.match(data, segment.start(1)):
                self._signs = (head[1], head[2], head[3])
                continue
            known = HL7.get(segment[1])
            if known is None or not segment[2].startswith(self._signs[0]):
                continue
            spans = list(_parted(data, *segment.span(2), self._signs[0]))
            for number, kind, name in known:
                if number < len(spans):
                    for span in _parted(data, *spans[number], self._signs[2]):
                        yield from self._field(data, span, kind, name)

    def _shown(self, data: bytes) -> bytes:
        return data if self._signs[0] == b"|" else data.replace(self._signs[0], b"|")

    def _field(self, data: bytes, span: tuple[int, int], kind: str, name: str) -> Iterator[Field]:
        parts = list(_parted(data, *span, self._signs[1]))
        if kind == "person":
            yield from self._joined(data, parts[:_OF_NAME], name)
        elif kind == "provider":
            # Who: the number, and then the name.
            yield from self._joined(data, parts[1 : _OF_NAME + 1], name)
        elif kind == "address":
            yield from self._joined(data, parts[:_OF_ADDRESS], name)
        elif kind == "phone":
            yield from _filled(data, parts[0], name)
            yield from self._joined(data, parts[5:7], name)
        elif kind == "coded":
            code = f"{name}_code"
            yield from _filled(data, parts[0], code if name in ("diagnosis", "procedure") else name)
            if len(parts) > 1:
                yield from _filled(data, parts[1], name)
        elif kind == "date":
            start, end = parts[0]
            day = _DATE.match(data, start, end)
            yield from _filled(data, day.span() if day else (start, end), name)
        else:
            yield from _filled(data, parts[0], name)

    def _joined(self, data: bytes, parts: Sequence[tuple[int, int]], name: str) -> Iterator[Field]:
        if parts:
            yield from _filled(data, (parts[0][0], parts[-1][1]), name, self._signs[1])


class X12(Segments):
    """Interchanges of ASC X12; the signs that part elements and end segments are told by the head."""

    def __init__(self) -> None:
        super().__init__()
        self._signs = (b"*", b"~")

    def _read(self, data: bytes) -> Iterator[Field]:
        if head := _INTERCHANGE.search(data):
            end = head[2] or head[3]
            self._signs = (head[1], b"\n" if end in b"\r\n" else end)
        element, stop = self._signs
        for start, end in _parted(data, 0, len(data), stop):
            begin = start + len(data[start:end]) - len(data[start:end].lstrip())
            elements = list(_parted(data, begin, end, element))
            yield from sorted(_elements(data, elements, element), key=lambda field: field.start)

    def _shown(self, data: bytes) -> bytes:
        # As lines of cells: a star before a value reads as a part of it.
        element, stop = self._signs
        return data.translate(bytes.maketrans(element + stop, b"|\n"))


def _elements(data: bytes, spans: Sequence[tuple[int, int]], sign: bytes) -> Iterator[Field]:
    texts = [data[start:end].strip() for start, end in spans[:20]]
    tag, count = texts[0], len(texts)
    named: list[tuple[int, str]] = []
    if tag == b"NM1":
        if count > 3 and texts[2] == b"1":
            yield from _filled(data, (spans[3][0], spans[min(count - 1, 5)][1]), "full_name", sign)
        named.append((9, IDS.get(texts[8], "") if count > 9 else ""))
    elif tag == b"N1":
        named.append((4, IDS.get(texts[3], "") if count > 4 else ""))
    elif tag == b"REF":
        named.append((2, IDS.get(texts[1], "") if count > 1 else ""))
    elif tag == b"N3":
        named += [(1, "street_address"), (2, "address")]
    elif tag == b"N4":
        named += [(1, "city"), (3, "postal_code")]
    elif tag == b"PER":
        named.append((2, "contact_name"))
        named += [(at + 1, "phone") for at in range(3, count - 1, 2) if texts[at] in PHONES]
    elif tag == b"DMG":
        named += [(2, "birth_date"), (3, "sex")]
    elif tag in (b"CLM", b"CLP"):
        named.append((1, "hospital_account_id"))
    elif tag == b"SBR":
        named.append((3, "policy_number"))
    elif tag == b"LIN":
        named += [(at + 1, "ndc") for at in range(2, count - 1, 2) if texts[at] == b"N4"]
    elif tag == b"BPR":
        named += [(7, "routing_number"), (9, "account_number"), (13, "routing_number"), (15, "account_number")]
    elif tag in (b"HI", b"SV1", b"SV2", b"SV3", b"SVC", b"SVD"):
        for start, end in spans[1:14]:
            yield from _coded(data, start, end)
    for number, name in named:
        if name and number < count:
            yield from _filled(data, spans[number], name)


def _coded(data: bytes, start: int, end: int) -> Iterator[Field]:
    """`BK:4779`: the list that a code is of, and the code."""
    for sign in (b":", b">", b"^", b"<"):
        parts = list(_parted(data, start, end, sign))
        if len(parts) > 1:
            of = data[slice(*parts[0])]
            if of in DIAGNOSES or of in PROCEDURES:
                yield from _filled(data, parts[1], "diagnosis_code" if of in DIAGNOSES else "procedure_code")
            return


class VCard(Segments):
    """Lines of vCard; those of a calendar beside it are free text."""

    def _read(self, data: bytes) -> Iterator[Field]:
        for line in _PROPERTY.finditer(data):
            name = CONTENT.get(line[1].upper())
            if name is None or b"ENCODING" in line[2].upper():
                continue
            start, end = line.span(3)
            if line[1].upper() == b"TEL" and data[start : start + 4].lower() == b"tel:":
                start += 4
            yield from _filled(data, (start, end), name, b";" if line[1].upper() in (b"N", b"ADR") else b"")


class Gedcom(Segments):
    """Lines of GEDCOM: a level, a tag, a value."""

    def _read(self, data: bytes) -> Iterator[Field]:
        above: dict[int, bytes] = {}
        for line in _TAGGED.finditer(data):
            level, tag = int(line[1]), line[2]
            above[level] = tag
            name = GEDCOM_BIRTH.get(tag) if above.get(level - 1) == b"BIRT" else GEDCOM.get(tag)
            # The name of a file's maker, or of a program.
            if name and line[3] and not (tag == b"NAME" and above.get(level - 1) in (b"SOUR", b"REPO")):
                yield from _filled(data, line.span(3), name, b"/" if tag == b"NAME" else b"")


def _filled(data: bytes, span: tuple[int, int], name: str, parted: bytes = b"") -> Iterator[Field]:
    """The field without the blanks and signs around it; none where nothing else is in it."""
    start, end = span
    sides = _BLANK + parted
    while start < end and data[start] in sides:
        start += 1
    while end > start and data[end - 1] in sides:
        end -= 1
    if start < end and data[start:end] != b'""':
        yield Field(start, end, name, parted)


def _parted(data: bytes, start: int, end: int, sign: bytes) -> Iterator[tuple[int, int]]:
    while True:
        at = data.find(sign, start, end)
        yield start, end if at < 0 else at
        if at < 0:
            return
        start = at + 1
