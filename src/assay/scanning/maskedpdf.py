"""A masked copy of a PDF: each page drawn anew as a picture in which values are black, with the masked text behind it.

Nothing of the file itself is in the copy: no text, font, form, note, link, script, attached file or metadata. What the copy
says is written here (ISO 32000-1), so that nothing lives on under the black.
"""

from __future__ import annotations

import itertools
import json
import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, NamedTuple

from assay.confined.frames import FAILED, GLYPHS, PIXELS
from assay.confined.process import read
from assay.errors import ReadError
from assay.scanning.covers import STARS, Writable
from assay.scanning.maskedvalues import Span, Values

_GLYPH = struct.Struct("!Iiiii")
_HYPHENS = (0x02, 0xFFFE)
_BREAKS = (0x0A, 0x0D)
_WIDTH = 0.5
_AROUND = 0.15
_TOLD = {"time": "its pages take more processor time than those of a file of its size may"}
# Codes of the text are UTF-16: what they mean is said for each block of 256 codes, as the format wants it.
_MEANING = (
    "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CIDSystemInfo << /Registry (Adobe) /Ordering (UCS)"
    " /Supplement 0 >> def /CMapName /Adobe-Identity-UCS def /CMapType 2 def 1 begincodespacerange <0000> <FFFF>"
    " endcodespacerange {ranges} endcmap CMapName currentdict /CMap defineresource pop end end"
)


class Glyph(NamedTuple):
    """A character and its box in the picture of its page."""

    char: str
    left: int
    top: int
    right: int
    bottom: int


def page_part(page: int) -> str:
    """How a page (from 1) is called among the parts of a document."""
    return f"page {page}"


def copy_pdf(source: IO[bytes], target: Writable, values: Values) -> None:
    """Draws the pages of `source` into `target`. Raises `ReadError`."""
    copy = _Copy(target)
    number = 0
    points, glyphs = (0.0, 0.0), list[Glyph]()
    for frame in read("pdfdraw", source, {}):
        if frame.letter == FAILED:
            why = _TOLD.get(json.loads(frame.data)["reason"], "its pages could not be drawn")
            raise ReadError("not copied", why)
        if frame.letter == GLYPHS:
            points = struct.unpack_from("!ff", frame.data)
            glyphs = [_glyph(*each) for each in _GLYPH.iter_unpack(frame.data[8:])]
        elif frame.letter == PIXELS:
            number += 1
            width, height = struct.unpack_from("!II", frame.data)
            picture = bytearray(memoryview(frame.data)[8:])
            if len(picture) != width * height * 3:
                raise ReadError("not copied", "its pages could not be drawn")
            text = "".join(glyph.char for glyph in glyphs)
            spans = _spans(text, values, page_part(number))
            for span in spans:
                _blacken(picture, width, height, glyphs[span.start : span.end])
            lines = _lines(glyphs, spans)
            copy.page(points, picture, (width, height), lines)
    if not number:
        raise ReadError("not copied", "it has no pages")
    copy.end()


def _spans(text: str, values: Values, part: str) -> list[Span]:
    """Where values stand; a hyphen at the end of a line may be the value's own, or the typesetter's."""
    spans = values.find(text, part)
    unbroken = text.replace("-\n", "\u00ad\n")
    if unbroken == text:
        return spans
    kept: list[Span] = []
    for span in sorted({*spans, *values.find(unbroken, part)}, key=lambda span: (span.start, -span.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
        elif span.end > kept[-1].end:
            kept[-1] = Span(kept[-1].start, span.end, STARS)
    return kept


def _glyph(code: int, left: int, top: int, right: int, bottom: int) -> Glyph:
    if code in _HYPHENS:
        char = "-"
    elif code in _BREAKS:
        char = "\n"
    else:
        char = chr(code) if 0x20 <= code <= 0xFFFF and not 0xD800 <= code < 0xE000 else " "
    return Glyph(char, left, top, right, bottom)


def _blacken(picture: bytearray, width: int, height: int, glyphs: Sequence[Glyph]) -> None:
    """Paints over the characters, and over what lies between two of a line."""
    boxes: list[tuple[int, int, int, int]] = []
    for glyph in glyphs:
        if glyph.right <= glyph.left and glyph.bottom <= glyph.top:
            continue
        around = 2 + int(max(glyph.bottom - glyph.top, glyph.right - glyph.left) * _AROUND)
        boxes.append((glyph.left - around, glyph.top - around, glyph.right + around, glyph.bottom + around))
    between = [
        (min(a[0], b[0]), min(a[1], b[1]), max(a[2], b[2]), max(a[3], b[3]))
        for a, b in itertools.pairwise(boxes)
        if a[1] < b[3] and b[1] < a[3] and abs(b[0] - a[2]) < 3 * (a[3] - a[1])
    ]
    for left, top, right, bottom in boxes + between:
        first = max(0, left)
        black = bytes(3 * max(0, min(width, right) - first))
        for line in range(max(0, top), min(height, bottom)):
            at = 3 * (line * width + first)
            picture[at : at + len(black)] = black


class _Line(NamedTuple):
    text: str
    left: int
    top: int
    right: int
    bottom: int


def _lines(glyphs: Sequence[Glyph], spans: Iterable[Span]) -> Iterator[_Line]:
    """The text of a page line by line, masked, and where each line stands."""
    instead: dict[int, str] = {}
    for span in spans:
        instead.update(dict.fromkeys(range(span.start, span.end), ""))
        instead[span.start] = span.shown
    begun: list[tuple[str, Glyph]] = []
    for index, glyph in enumerate(glyphs):
        if glyph.char == "\n":
            yield from _line(begun)
            begun = []
            continue
        if begun and _is_back(begun[-1][1], glyph):
            yield from _line(begun)
            begun = []
        begun.append((instead.get(index, glyph.char), glyph))
    yield from _line(begun)


def _is_back(before: Glyph, glyph: Glyph) -> bool:
    """Whether a character stands on another line, though no break is told: fields of a form have none between them."""
    return glyph.right < before.left and (glyph.top > before.bottom or glyph.bottom < before.top)


def _line(parts: Sequence[tuple[str, Glyph]]) -> Iterator[_Line]:
    text = "".join(said for said, _ in parts)
    boxes = [glyph for _, glyph in parts if glyph.right > glyph.left]
    if text.strip() and boxes:
        yield _Line(
            text,
            min(box.left for box in boxes),
            min(box.top for box in boxes),
            max(box.right for box in boxes),
            max(box.bottom for box in boxes),
        )


class _Copy:
    """A PDF that is written page by page."""

    def __init__(self, target: Writable) -> None:
        self._target = target
        self._at = 0
        self._places: dict[int, int] = {}
        self._pages: list[int] = []
        self._next = 3
        self._put(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        self._font = self._text_font()

    def _put(self, data: bytes) -> None:
        self._target.write(data)
        self._at += len(data)

    def _object(self, head: str, stream: bytes | None = None, number: int | None = None) -> int:
        if number is None:
            number, self._next = self._next, self._next + 1
        self._places[number] = self._at
        if stream is None:
            self._put(f"{number} 0 obj\n{head}\nendobj\n".encode())
        else:
            packed = zlib.compress(stream)
            head = head.replace("<<", f"<< /Filter /FlateDecode /Length {len(packed)}", 1)
            self._put(f"{number} 0 obj\n{head}\nstream\n".encode() + packed + b"\nendstream\nendobj\n")
        return number

    def _text_font(self) -> int:
        """A font for text that is not drawn."""
        blocks = [f"<{high:02X}00> <{high:02X}FF> <{high:02X}00>" for high in range(256)]
        ranges = " ".join(
            f"{len(part)} beginbfrange {' '.join(part)} endbfrange"
            for part in (blocks[at : at + 100] for at in range(0, 256, 100))
        )
        meaning = self._object("<< >>", _MEANING.replace("{ranges}", ranges).encode())
        described = self._object(
            "<< /Type /FontDescriptor /FontName /Unseen /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 900"
            " /Descent -100 /CapHeight 900 /StemV 80 >>"
        )
        below = self._object(
            "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Unseen /CIDToGIDMap /Identity /DW 500"
            " /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
            f" /FontDescriptor {described} 0 R >>"
        )
        return self._object(
            "<< /Type /Font /Subtype /Type0 /BaseFont /Unseen /Encoding /Identity-H"
            f" /DescendantFonts [{below} 0 R] /ToUnicode {meaning} 0 R >>"
        )

    def page(
        self, points: tuple[float, ...], picture: bytearray, pixels: tuple[int, int], lines: Iterable[_Line]
    ) -> None:
        """Adds a page."""
        red, green, blue = picture[0::3], picture[1::3], picture[2::3]
        is_grey = red == green == blue
        width, height = pixels
        drawn = self._object(
            f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /BitsPerComponent 8"
            f" /ColorSpace /{'DeviceGray' if is_grey else 'DeviceRGB'} >>",
            bytes(red if is_grey else picture),
        )
        across, up = points[0] / width, points[1] / height
        said = [f"q {points[0]:.2f} 0 0 {points[1]:.2f} 0 0 cm /P Do Q BT 3 Tr"]
        for line in lines:
            size = max(1.0, (line.bottom - line.top) * up)
            codes = line.text.encode("utf-16-be", "replace")
            wide = max(0.1, 100 * (line.right - line.left) * across / (_WIDTH * size * len(codes) / 2))
            base = points[1] - line.bottom * up + 0.1 * size
            said.append(
                f"/T {size:.2f} Tf {wide:.2f} Tz 1 0 0 1 {line.left * across:.2f} {base:.2f} Tm <{codes.hex()}> Tj"
            )
        said.append("ET")
        content = self._object("<< >>", "\n".join(said).encode())
        self._pages.append(
            self._object(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {points[0]:.2f} {points[1]:.2f}] /Contents {content} 0 R"
                f" /Resources << /XObject << /P {drawn} 0 R >> /Font << /T {self._font} 0 R >> >> >>"
            )
        )

    def end(self) -> None:
        """Writes what a PDF ends with."""
        self._object("<< /Type /Catalog /Pages 2 0 R >>", number=1)
        listed = " ".join(f"{page} 0 R" for page in self._pages)
        self._object(f"<< /Type /Pages /Kids [{listed}] /Count {len(self._pages)} >>", number=2)
        start = self._at
        rows = [f"{self._places[number]:010d} 00000 n \n" for number in range(1, self._next)]
        self._put(
            f"xref\n0 {self._next}\n0000000000 65535 f \n{''.join(rows)}trailer\n"
            f"<< /Size {self._next} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
        )
