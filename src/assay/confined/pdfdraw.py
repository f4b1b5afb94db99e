"""Pages of a PDF as they look, drawn by PDFium, and where each of their characters stands in that picture.

Notes and fields of forms are drawn as part of the page. Frames, for each page: `GLYPHS` (the size of the page in points, then
of each character its code point and its box in pixels: left, top, right, bottom) and `PIXELS` (width and height in pixels, then
three bytes a pixel); `FAILED`.
"""

from __future__ import annotations

import contextlib
import ctypes
import struct
import time
from typing import IO, Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from assay.confined.frames import FAILED, GLYPHS, PIXELS, Outlet, serve

MEMORY = 1536
SECONDS = 60.0
_DOTS = 150
_POINTS = 72
_LONGEST = 4000
_AT_LEAST = 300.0
_FOR_MEGABYTE = 120.0
_IN_MEMORY = 64 * 1024 * 1024
_MOST_GLYPHS = 1_000_000
_ERRORS = (pdfium.PdfiumError, ValueError, TypeError, OSError, IndexError, OverflowError, ctypes.ArgumentError)


def main() -> None:
    """Runs in a process of its own."""
    serve(read, MEMORY, SECONDS)


def read(source: IO[bytes], request: dict[str, Any], outlet: Outlet) -> None:
    """Draws the pages `request['pages']` (0-based), without that all, with so many `dots` an inch. One that cannot be drawn ends it."""
    size = source.seek(0, 2)
    source.seek(0)
    given: Any = source.read() if size <= _IN_MEMORY else source
    until = time.process_time() + _AT_LEAST + _FOR_MEGABYTE * size / (1024 * 1024)
    try:
        document = pdfium.PdfDocument(given)
    except pdfium.PdfiumError:
        outlet.tell(FAILED, reason="corrupt")
        return
    try:
        with contextlib.suppress(*_ERRORS):
            document.init_forms()
        pages = request.get("pages")
        for number in range(len(document)) if pages is None else pages:
            if time.process_time() > until:
                outlet.tell(FAILED, reason="time")
                return
            _page(document, number, request.get("dots", _DOTS) / _POINTS, outlet)
    except (*_ERRORS, AssertionError):
        outlet.tell(FAILED, reason="corrupt")
    finally:
        document.close()


def _page(document: Any, number: int, scale: float, outlet: Outlet) -> None:
    page = document.get_page(number)
    # What lies over the page becomes a part of it, so that its characters have places, too.
    raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
    page.close()
    page = document.get_page(number)
    try:
        points = page.get_size()
        scale = min(scale, _LONGEST / max(*points, 1.0))
        bitmap = page.render(
            scale=scale, draw_annots=False, may_draw_forms=False, rev_byteorder=True, prefer_bgrx=False
        )
        try:
            width, height = bitmap.width, bitmap.height
            glyphs = _glyphs(page, width, height)
            outlet.put(GLYPHS, struct.pack("!ff", *points) + glyphs)
            outlet.put(PIXELS, struct.pack("!II", width, height) + _pixels(bitmap))
        finally:
            bitmap.close()
    finally:
        page.close()


def _pixels(bitmap: Any) -> bytes:
    """Three bytes a pixel, line after line, without what fills lines up."""
    channels, stride, width = bitmap.n_channels, bitmap.stride, bitmap.width
    data = bytes(bitmap.buffer)
    lines = (data[at : at + width * channels] for at in range(0, stride * bitmap.height, stride))
    if channels == 3:
        return b"".join(lines)
    whole = b"".join(lines)
    out = bytearray(len(whole) // channels * 3)
    for place in range(3):
        out[place::3] = whole[place if channels == 4 else 0 :: channels]
    return bytes(out)


def _glyphs(page: Any, width: int, height: int) -> bytes:
    words = page.get_textpage()
    try:
        count = words.count_chars()
        if count > _MOST_GLYPHS:
            raise ValueError("more characters than a page has")
        out = []
        for index in range(count):
            code = raw.FPDFText_GetUnicode(words, index)
            out.append(struct.pack("!Iiiii", code, *_box(page, words, index, width, height)))
        return b"".join(out)
    finally:
        words.close()


def _box(page: Any, words: Any, index: int, width: int, height: int) -> tuple[int, int, int, int]:
    """Where a character stands, at its largest: as it is drawn, and as its font says."""
    tight = [ctypes.c_double() for _ in range(4)]
    corners = []
    if raw.FPDFText_GetCharBox(words, index, *tight):
        left, right, bottom, top = (each.value for each in tight)
        corners += [(left, bottom), (right, top), (left, top), (right, bottom)]
    loose = raw.FS_RECTF()
    if raw.FPDFText_GetLooseCharBox(words, index, loose):
        corners += [
            (loose.left, loose.bottom), (loose.right, loose.top), (loose.left, loose.top), (loose.right, loose.bottom),
        ]  # fmt: skip
    if not corners:
        return (0, 0, 0, 0)
    x, y = ctypes.c_int(), ctypes.c_int()
    places = []
    for across, up in corners:
        raw.FPDF_PageToDevice(page, 0, 0, width, height, 0, across, up, x, y)
        places.append((x.value, y.value))
    return (
        min(place[0] for place in places),
        min(place[1] for place in places),
        max(place[0] for place in places),
        max(place[1] for place in places),
    )
