"""What a PDF says, page by page, read by PDFium: text, form fields, notes, links, metadata, outline, attached files, and what of that it
said before it was changed.

Nothing of it is run, followed or drawn: PDFium's forms are opened without scripts. Frames: `TEXT` (number of the page in
four bytes, text), `NAMED` (page or null, what it is, names and values), `FILE` and `DATA` (an attached file), `NOTE`
(what could not be read), `FAILED`.
"""

from __future__ import annotations

import contextlib
import ctypes
import itertools
import struct
import time
from collections.abc import Callable, Iterator
from typing import IO, Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from assay.confined.frames import DATA, FAILED, FILE, NAMED, NOTE, TEXT, Outlet, serve
from assay.confined.pdfbehind import EARLIER, Once, besides, ends, metadata

MEMORY = 1536
SECONDS = 30.0
# Of all pages together: a small file whose every page takes long is made for that.
_AT_LEAST = 120.0
_FOR_MEGABYTE = 120.0
_IN_MEMORY = 64 * 1024 * 1024
_CHUNK = 1024 * 1024
_VALUE = 1024 * 1024
_NOTES = 20_000
_TITLES = 20_000
_OPTIONS = 1000
_SAID = 1000
_DRAW_NOTHING = frozenset(
    {
        raw.FPDF_ANNOT_LINK,
        raw.FPDF_ANNOT_POPUP,
        raw.FPDF_ANNOT_HIGHLIGHT,
        raw.FPDF_ANNOT_UNDERLINE,
        raw.FPDF_ANNOT_STRIKEOUT,
    }
)
_ERRORS = (
    pdfium.PdfiumError,
    ValueError,
    TypeError,
    OSError,
    IndexError,
    OverflowError,
    UnicodeError,
    ctypes.ArgumentError,
)
# Where a note says something: text, who wrote it, what it is about; rich text stands for text that lacks.
_NOTE_KEYS = (("Contents", "text"), ("T", "author"), ("Subj", "subject"), ("OverlayText", "text"))


def main() -> None:
    """Runs in a process of its own."""
    serve(read, MEMORY, SECONDS)


def read(source: IO[bytes], request: dict[str, Any], connection: Outlet) -> None:
    """Tells all of the file, from the page `request['first']` (0-based) on."""
    size = source.seek(0, 2)
    source.seek(0)
    given: Any = source.read() if size <= _IN_MEMORY else source
    whole = given if isinstance(given, bytes) else b""
    before = ends(whole)
    outlet = Once(connection, remembers=bool(before))
    try:
        document = pdfium.PdfDocument(given)
    except pdfium.PdfiumError as error:
        locked = error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY)
        outlet.tell(FAILED, reason="encrypted" if locked else "corrupt")
        return
    first = int(request["first"])
    until = time.process_time() + _AT_LEAST + _FOR_MEGABYTE * size / (1024 * 1024)
    try:
        with contextlib.suppress(*_ERRORS):
            document.init_forms()
        if first == 0:
            _about(document, outlet, metadata(whole))
        if not _pages(document, first, until, outlet):
            return
    finally:
        document.close()
    outlet.earlier = True
    for length in before[:EARLIER]:
        if not _earlier(whole, length, until, outlet):
            return
    if len(before) > EARLIER:
        outlet.tell(NOTE, reason="states", count=len(before) - EARLIER)


def _pages(document: Any, first: int, until: float, outlet: Once) -> bool:
    """Tells pages and attached files; whether there was time for all."""
    in_time = True
    for number in range(first, len(document)):
        if time.process_time() > until:
            outlet.tell(FAILED, reason="time", page=number + 1)
            in_time = False
            break
        _page(document, number, outlet)
    _files(document, outlet)
    return in_time


def _earlier(whole: bytes, length: int, until: float, outlet: Once) -> bool:
    """Tells what the file said that was no longer than that; whether there was time for it."""
    opened = raw.FPDF_LoadMemDocument64(whole, length, None)
    if not opened:
        outlet.tell(NOTE, reason="earlier")
        return True
    document = pdfium.PdfDocument(opened)
    try:
        with contextlib.suppress(*_ERRORS):
            document.init_forms()
        _about(document, outlet, [])
        return _pages(document, 0, until, outlet)
    finally:
        document.close()


def _about(document: Any, outlet: Once, behind: list[list[str]]) -> None:
    """Metadata, `behind` it what else is said of that kind, titles of the outline, scripts and data of forms: what no page has."""
    known: list[Any] = []
    with contextlib.suppress(*_ERRORS):
        known = list(document.get_metadata_dict(skip_empty=True).items())
    _named(outlet, None, "metadata", known)
    _named(outlet, None, "metadata", besides(behind, (value for _, value in known)))
    with contextlib.suppress(*_ERRORS):
        titles = itertools.islice(document.get_toc(), _TITLES)
        _named(outlet, None, "outline", [["title", title] for mark in titles if (title := mark.get_title())])
    for index in range(max(0, raw.FPDFDoc_GetJavaScriptActionCount(document))):
        action = raw.FPDFDoc_GetJavaScriptAction(document, index)
        if action:
            _file(
                outlet,
                f"script{index + 1}.js",
                _wide(raw.FPDFJavaScriptAction_GetScript, action).encode("utf-8", "replace"),
            )
            raw.FPDFDoc_CloseJavaScriptAction(action)
    for index in range(max(0, raw.FPDF_GetXFAPacketCount(document))):
        size = ctypes.c_ulong()
        if raw.FPDF_GetXFAPacketContent(document, index, None, 0, size) and size.value > 0:
            packet = ctypes.create_string_buffer(size.value)
            raw.FPDF_GetXFAPacketContent(document, index, packet, size.value, size)
            _file(outlet, f"form{index + 1}.xml", packet.raw)


def _page(document: Any, number: int, outlet: Once) -> None:
    try:
        page = document.get_page(number)
    except _ERRORS:
        outlet.tell(NOTE, reason="page", page=number + 1)
        return
    try:
        try:
            words = page.get_textpage()
            text = words.get_text_range(errors="replace")
            words.close()
        except (*_ERRORS, AssertionError):
            outlet.tell(NOTE, reason="page", page=number + 1)
            text = ""
        if text.strip():
            outlet.put(TEXT, struct.pack("!I", number + 1) + text.encode("utf-8", "replace"))
        elif _is_picture(page):
            outlet.tell(NOTE, reason="picture", page=number + 1)
        said = _notes(document, page, number + 1, text, outlet)
    finally:
        page.close()
    if said is not None:
        _looks(document, number, text.splitlines(), said, outlet)
    outlet.go_on()


def _looks(document: Any, number: int, text: list[str], said: list[str], outlet: Once) -> None:
    """Lines that notes and fields of forms show, and that neither the page's text nor what they have `said` tells: a look is drawn by
    itself, and may say something else than the value that it is of."""
    try:
        page = document.get_page(number)
        raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
        page.close()
        page = document.get_page(number)
    except _ERRORS:
        outlet.tell(NOTE, reason="page", page=number + 1)
        return
    try:
        words = page.get_textpage()
        shown = [line.strip() for line in words.get_text_range(errors="replace").splitlines()]
        words.close()
        told = {line.strip() for line in (*text, *said)}
        new = [line for line in shown if line and line not in told]
        _named(outlet, number + 1, "looks", [["", line] for line in new if not _is_of(line, said)])
    except (*_ERRORS, AssertionError):
        outlet.tell(NOTE, reason="page", page=number + 1)
    finally:
        page.close()


def _is_of(line: str, said: list[str]) -> bool:
    """Whether a line is nothing but what was said: fields that stand apart may be drawn as one line."""
    left = f" {line} "
    for each in sorted({each.strip() for each in said[:_SAID]}, key=len, reverse=True):
        left = left.replace(f" {each} ", "  ")
    return left.isspace()


def _is_picture(page: Any) -> bool:
    """Whether a page without text shows a picture, in which there may be some."""
    try:
        return any(True for _ in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3))
    except _ERRORS:
        return False


def _notes(document: Any, page: Any, number: int, text: str, outlet: Once) -> list[str] | None:
    """Tells what notes and fields say; it returns the lines of that where any of them may draw something."""
    fields: list[list[str]] = []
    notes: list[list[str]] = []
    drawn = False
    for index in range(min(_NOTES, raw.FPDFPage_GetAnnotCount(page))):
        note = raw.FPDFPage_GetAnnot(page, index)
        if not note:
            continue
        try:
            kind = raw.FPDFAnnot_GetSubtype(note)
            drawn = drawn or kind not in _DRAW_NOTHING
            if kind == raw.FPDF_ANNOT_WIDGET:
                fields += _field(document, note)
                continue
            if kind == raw.FPDF_ANNOT_POPUP:
                continue  # shows the text of another one
            said = [[shown, value] for key, shown in _NOTE_KEYS if (value := _string(note, key))]
            if not any(shown == "text" for shown, _ in said) and (rich := _string(note, "RC")):
                said.append(["text", rich])
            target = _target(document, note) if kind == raw.FPDF_ANNOT_LINK else ""
            if target.removeprefix("mailto:") not in text:
                said.append(["link", target])
            notes += said
            if kind == raw.FPDF_ANNOT_FILEATTACHMENT:
                held = raw.FPDFAnnot_GetFileAttachment(note)
                if held:
                    _attached(pdfium.PdfAttachment(held, document), outlet)
        finally:
            raw.FPDFPage_CloseAnnot(note)
    _named(outlet, number, "form", fields)
    _named(outlet, number, "notes", notes)
    return [line for _, value in (*fields, *notes) for line in value.splitlines()] if drawn else None


def _field(document: Any, note: Any) -> Iterator[list[str]]:
    """The name of a form's field, as people see it where there is one, and its value; then what it was at first, and what else may be
    chosen, which is nobody's yet."""
    form = document.formenv
    if not form:
        return
    name = _wide(raw.FPDFAnnot_GetFormFieldName, form, note)
    shown = _wide(raw.FPDFAnnot_GetFormFieldAlternateName, form, note)
    value = _wide(raw.FPDFAnnot_GetFormFieldValue, form, note)
    # What people see may say nothing of the value ("enter it here"), and neither may its name (`page1[0].f1_02[0]`).
    last = name.rpartition(".")[2].partition("[")[0]
    called = f"{shown} ({last})" if shown and last and last not in shown else shown or name
    first, rich = _string(note, "DV"), _string(note, "RV")
    yield from ([called, each] for each in dict.fromkeys((value, first, rich)) if each)
    for index in range(min(_OPTIONS, raw.FPDFAnnot_GetOptionCount(form, note))):
        option = _wide(raw.FPDFAnnot_GetOptionLabel, form, note, index)
        if option and option != value:
            yield ["", option]


def _target(document: Any, note: Any) -> str:
    link = raw.FPDFAnnot_GetLink(note)
    action = raw.FPDFLink_GetAction(link) if link else None
    if not action:
        return ""
    size = raw.FPDFAction_GetURIPath(document, action, None, 0)
    if not 1 < size <= _VALUE:
        return ""
    buffer = ctypes.create_string_buffer(size)
    raw.FPDFAction_GetURIPath(document, action, buffer, size)
    return buffer.value.decode("utf-8", "replace")


def _string(note: Any, key: str) -> str:
    return _wide(lambda *rest: raw.FPDFAnnot_GetStringValue(note, key.encode(), *rest))


def _wide(call: Callable[..., int], *arguments: Any) -> str:
    """What a function writes as UTF-16 into a buffer, after it was asked how long that is."""
    size = int(call(*arguments, None, 0))
    if not 2 < size <= _VALUE:
        return ""
    buffer = (ctypes.c_ushort * ((size + 1) // 2))()
    call(*arguments, buffer, size)
    return bytes(buffer)[: size - 2].decode("utf-16-le", "replace")


def _files(document: Any, outlet: Once) -> None:
    for index in range(max(0, raw.FPDFDoc_GetAttachmentCount(document))):
        try:
            attachment = document.get_attachment(index)
        except _ERRORS:
            outlet.tell(NOTE, reason="attachment", page=None)
            continue
        _attached(attachment, outlet)


def _attached(attachment: Any, outlet: Once) -> None:
    size = ctypes.c_ulong()
    raw.FPDFAttachment_GetFile(attachment, None, 0, size)
    try:
        name = attachment.get_name()
        data = attachment.get_data() if size.value else b""
    except _ERRORS:
        outlet.tell(NOTE, reason="attachment", page=None)
        return
    _file(outlet, name, bytes(data))


def _file(outlet: Once, name: str, data: bytes) -> None:
    if not outlet.is_new(data):
        return
    outlet.tell(FILE, name=name, size=len(data))
    for start in range(0, len(data), _CHUNK):
        outlet.put(DATA, data[start : start + _CHUNK])


def _named(outlet: Once, page: int | None, what: str, values: list[Any]) -> None:
    if values:
        outlet.tell(NAMED, page=page, what=what, values=values)
