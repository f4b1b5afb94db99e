"""What a PDF holds behind what it shows, for which PDFium has no function: metadata as XMP, and the file as it was before it was changed.

A program that changes a PDF may write what is new behind the end of what was there (ISO 32000-2, 7.5.6): nothing shows any more what was
replaced, and all of it is still in the file. Up to each such end the file is a PDF of its own.
"""

from __future__ import annotations

import contextlib
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any
from xml.parsers import expat

from assay.confined.frames import NAMED, TEXT, Outlet

EARLIER = 200
"""So many earlier states of a file are looked at."""

_END = re.compile(rb"startxref\s{1,4}([0-9]{1,12})\s{1,4}%%EOF(?:\r\n|\r|\n)?")
_TABLE = re.compile(rb"\s{0,8}(?:xref\b|[0-9]{1,10}\s+[0-9]{1,5}\s+obj\b)")
_METADATA = re.compile(rb"/Type\s*/Metadata\b")
_AROUND = 2000
_FLATE = re.compile(rb"/(?:FlateDecode|Fl)\b")
_PACKETS = 200
_MOST = 4 * 1024 * 1024
_LONGEST = 64 * 1024
_RDF = ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "adobe:ns:meta/", "http://www.w3.org/XML/1998/namespace")
# Pictures in base64 (XMP Specification Part 2, 1.2.2.3).
_PICTURES = "http://ns.adobe.com/xap/1.0/g/img/"


def ends(data: bytes) -> list[int]:
    """How long the file was at each of its earlier states, the latest first."""
    begins = max(0, data.find(b"%PDF-", 0, 1024))
    found = list(_END.finditer(data))[:-1]
    # A file that is laid out for the web has an end of another sort near its beginning, behind which no table is named.
    return [each.end() for each in reversed(found) if _TABLE.match(data, begins + int(each[1]), each.start())]


def metadata(data: bytes) -> list[list[str]]:
    """Names and values of all metadata in the file that is written as XMP (ISO 16684-1), each value once."""
    said: dict[tuple[str, str], None] = {}
    for packet in _packets(data):
        said.update(dict.fromkeys(_said(packet)))
    return [list(each) for each in said]


def _packets(data: bytes) -> Iterator[bytes]:
    for count, found in enumerate(_METADATA.finditer(data)):
        if count == _PACKETS:
            return
        opens = data.rfind(b"obj", max(0, found.start() - _AROUND), found.start())
        begins = data.find(b"stream", found.end(), found.end() + _AROUND)
        closes = data.find(b"endstream", begins)
        if opens < 0 or begins < 0 or closes < 0:
            continue
        described = data[opens:begins]
        held = data[begins + len(b"stream") : closes].lstrip(b"\r\n")
        if _FLATE.search(described):
            try:
                yield zlib.decompressobj().decompress(held, _MOST)
            except zlib.error:
                continue
        elif b"/Filter" not in described:
            yield held[:_MOST]


def _said(packet: bytes) -> Iterator[tuple[str, str]]:
    said = _Said()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = said.refuse
    parser.StartElementHandler = said.begin
    parser.EndElementHandler = said.end
    parser.CharacterDataHandler = said.text
    # What was read before a mistake counts.
    with contextlib.suppress(expat.ExpatError, ValueError, UnicodeError):
        parser.Parse(packet.strip(b"\0 \t\r\n"), True)
    yield from said.values


class _Said:
    """Names and values of one packet."""

    def __init__(self) -> None:
        self.values: list[tuple[str, str]] = []
        self._open: list[tuple[str, str]] = []
        self._text: list[str] = []

    def refuse(self, *_: Any) -> None:
        """Metadata has no document type, with which entities would come."""
        raise ValueError

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self._text = []
        self._open.append(_parted(name))
        for called, value in attributes.items():
            space, local = _parted(called)
            if space and space not in _RDF:
                self._add(space, local, value)

    def text(self, text: str) -> None:
        self._text.append(text)

    def end(self, _name: str) -> None:
        # Of a list (`dc:creator/rdf:Seq/rdf:li`) the name is that of what it is a list of.
        space, local = next((each for each in reversed(self._open) if each[0] not in _RDF), ("", ""))
        self._add(space, local, "".join(self._text))
        self._text = []
        self._open.pop()

    def _add(self, space: str, local: str, value: str) -> None:
        value = " ".join(value.split())
        if value and space != _PICTURES and len(value) <= _LONGEST:
            self.values.append((local, value))


def _parted(name: str) -> tuple[str, str]:
    space, _, local = name.rpartition(" ")
    return space, local


class Once(Outlet):
    """Passes on what the file says, and of its earlier states what it does not say any more."""

    def __init__(self, outlet: Outlet, *, remembers: bool) -> None:
        self._outlet = outlet
        self._remembers = remembers
        self._told: set[int] = set()
        self.earlier = False

    def put(self, letter: bytes, data: bytes = b"") -> None:
        """Sends one frame; of an earlier state the lines of a page that are new, each with those beside it."""
        if letter != TEXT or not self._remembers:
            self._outlet.put(letter, data)
            return
        lines = data[4:].decode("utf-8", "replace").splitlines()
        new = [self._is_new(line) for line in lines]
        if not self.earlier:
            self._outlet.put(letter, data)
        elif any(new):
            page = int.from_bytes(data[:4], "big")
            shown = [[" ", line] for at, line in enumerate(lines) if any(new[max(0, at - 1) : at + 2])]
            self._outlet.tell(NAMED, page=page, what="earlier", values=shown)

    def tell(self, letter: bytes, **facts: Any) -> None:
        """Sends facts as one frame; of an earlier state the values that are new."""
        if letter == NAMED and self._remembers:
            new = [self._is_new(value) for _, value in facts["values"]]
            if self.earlier:
                facts["values"] = [value for value, is_new in zip(facts["values"], new, strict=True) if is_new]
                if not facts["values"]:
                    return
        self._outlet.tell(letter, **facts)

    def go_on(self) -> None:
        """Gives the reader its time again."""
        self._outlet.go_on()

    def is_new(self, data: bytes) -> bool:
        """Whether an attached file was not told yet."""
        return not self._remembers or self._is_new(data)

    def _is_new(self, said: str | bytes) -> bool:
        """Keeps what was said, by its hash."""
        key = hash(said.strip())
        is_new = key not in self._told
        self._told.add(key)
        return is_new


def besides(values: Iterable[list[str]], known: Iterable[str]) -> list[list[str]]:
    """The values without those that are known."""
    told = {" ".join(each.split()) for each in known}
    return [each for each in values if each[1] not in told]
