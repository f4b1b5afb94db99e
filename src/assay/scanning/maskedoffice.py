"""A masked copy of a document that is a zip package (docx, pptx, xlsx, odt, odp and their like): the same parts, each masked.

Previews are left out and pictures become grey ones: what they show was not read. What a part cannot be masked in is no copy.
"""

from __future__ import annotations

import base64
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO

from assay.errors import ReadError
from assay.formats import Kind, sniff
from assay.formats.bookparts import sheet_parts
from assay.formats.package import ERRORS
from assay.scanning import maskedsheets as sheets
from assay.scanning.masked import ShownOf
from assay.scanning.maskedopensheets import mask_open_sheets
from assay.scanning.maskedsheets import SheetMask, Strings
from assay.scanning.maskedvalues import Values
from assay.scanning.maskedxml import decoded, looks_like_xml, mask_text_of_xml, mask_xml

LEFT_OUT = frozenset({"image", "font"})
"""Reasons of skips that are no hindrance: pictures are made grey, fonts say nothing."""

_HEAD = 64 * 1024
_MOST = 256 * 1024 * 1024
_MOST_PARTS = 20_000
_DEEPEST = 3
_PREVIEW = re.compile(r"Thumbnails/.*|docProps/thumbnail\.\w+|(?:.*/)?thumbnail\.(?:png|jpe?g|wmf|emf)", re.IGNORECASE)
_LINES = re.compile(r"docProps/.*\.xml|(?:.*/)?meta\.xml|(?:.*/)?_rels/.*|.*\.rels|\[Content_Types\]\.xml")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*?/>|<(?:\w+:)?Override\b[^>]*?/>|<manifest:file-entry\b[^>]*?/>")
_LISTS = re.compile(r"(?:.*/)?_rels/[^/]*\.rels|\[Content_Types\]\.xml|META-INF/manifest\.xml")
_SIGNED = re.compile(r"_xmlsignatures/.*|META-INF/(?:document|macro)?signatures\.xml")
_INLINE = re.compile(r"data:image/[\w.+-]+(?:;[\w=.+-]+)*;base64,[A-Za-z0-9+/=\s%]+?(?=[\"')>]|\Z)")
_PAGE = re.compile(r".*\.x?html?", re.IGNORECASE)
_OPEN_SHEETS = (
    b"application/vnd.oasis.opendocument.spreadsheet",
    b"application/vnd.oasis.opendocument.spreadsheet-template",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """What is masked of a workbook's cells: by the name of the sheet."""

    sheets: Mapping[str, SheetMask] = field(default_factory=dict)


BookOf = Callable[[bytes, str], Book]
"""What is masked of the workbook that is these bytes and lies at a path within the document."""


def grey() -> bytes:
    """A picture (PNG, ISO/IEC 15948) of one grey point."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack("!I", len(data)) + name + data + struct.pack("!I", zlib.crc32(name + data))

    header = struct.pack("!IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\xc0")) + chunk(b"IEND", b"")
    )


def greyed(text: str) -> str:
    """A page, or another text, in which pictures stand as `data:` URLs (RFC 2397): each is a grey point."""
    if "data:image/" not in text:
        return text
    return _INLINE.sub("data:image/png;base64," + base64.b64encode(grey()).decode("ascii"), text)


def copy_package(
    source: IO[bytes], target: IO[bytes], values: Values, book_of: BookOf, shown: ShownOf, path: str = ""
) -> None:
    """Copies the package that lies at a path within a document. Raises `ReadError` where something in it cannot be masked."""
    try:
        _copy(source, target, _Package(values, book_of, shown, path, 1))
    except (*ERRORS, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise ReadError("not copied", f"its parts could not be read again: {type(error).__name__}") from None


def is_clean(source: IO[bytes], values: Values, depth: int = 1) -> bool:
    """Whether none of the values that are known by themselves stands in any part, as it is unpacked."""
    with zipfile.ZipFile(source) as archive:
        for info in archive.infolist():
            data = archive.read(info)
            if values.is_in(info.filename) or values.is_in_bytes(data):
                return False
            if (
                data.startswith(b"PK\x03\x04")
                and depth < _DEEPEST
                and not is_clean(io.BytesIO(data), values, depth + 1)
            ):
                return False
    return True


@dataclass(slots=True)
class _Package:
    values: Values
    book_of: BookOf
    shown: ShownOf
    path: str
    depth: int
    masked_cells: bool = False

    def part(self, name: str) -> str:
        return f"{self.path}!/{name}" if self.path else name


def _copy(source: IO[bytes], target: IO[bytes], package: _Package) -> None:
    source.seek(0)
    whole = source.read(_MOST + 1)
    if len(whole) > _MOST:
        raise ReadError("not copied", "it is too large to be masked in memory")
    with zipfile.ZipFile(io.BytesIO(whole)) as archive, zipfile.ZipFile(target, "w") as copy:
        listed = [info for info in archive.infolist() if not info.filename.endswith("/")]
        if len(listed) > _MOST_PARTS or sum(info.file_size for info in listed) > _MOST:
            raise ReadError("not copied", "its parts are too large to be masked in memory")
        names = [info.filename for info in listed]
        if len(set(names)) < len(names):
            raise ReadError("not copied", "has parts of one name")
        for name in names:
            if package.values.is_in(name):
                raise ReadError("not copied", "has a part whose name is a value")
        if any(_SIGNED.fullmatch(name) for name in names):
            raise ReadError("not copied", "is signed; its copy would not be what was signed")
        book: _Workbook | _OpenSheets | None = None
        if sheets.BOOK in names:
            book = _Workbook(archive, names, whole, package)
        elif "mimetype" in names and archive.read("mimetype").strip() in _OPEN_SHEETS:
            book = _OpenSheets(whole, package)
        gone = {name for name in names if _PREVIEW.fullmatch(name)}
        if book is not None and book.is_masked and sheets.CHAIN in names:
            # In which order formulas are calculated; some of them may be gone.
            gone.add(sheets.CHAIN)
        for info in archive.infolist():
            if info.filename in gone or _PREVIEW.fullmatch(info.filename):
                continue
            if info.filename.endswith("/"):
                copy.writestr(info, b"")
                continue
            data = _masked(archive.read(info), info.filename, package, book)
            if gone and _LISTS.fullmatch(info.filename):
                data = _without(data, gone)
            made = zipfile.ZipInfo(info.filename, info.date_time)
            made.compress_type = (
                info.compress_type if info.compress_type == zipfile.ZIP_STORED else zipfile.ZIP_DEFLATED
            )
            made.external_attr = info.external_attr
            copy.writestr(made, data)


def _without(data: bytes, gone: set[str]) -> bytes:
    """A list of parts without those that are left out."""
    # Parts of a workbook are listed by their names within its folder.
    ends = [each.encode() for name in gone for each in (name, name.removeprefix("xl/"))]

    def kept(match: re.Match[bytes]) -> bytes:
        told = match[0]
        return b"" if any(b'"' + end + b'"' in told or b"/" + end + b'"' in told for end in ends) else told

    return _RELATION.sub(kept, data)


def _masked(data: bytes, name: str, package: _Package, book: _Workbook | _OpenSheets | None) -> bytes:
    """A part as it is in the copy."""
    part, values = package.part(name), package.values
    if book is not None and book.is_masked:
        masked = book.part(data, name, part)
        if masked is not None:
            return masked
    if sheets.CHARTS.fullmatch(name) and values.count:
        data = sheets.emptied_chart(data)
    if _PAGE.fullmatch(name):
        page, codec = decoded(data)
        hidden = greyed(mask_text_of_xml(page, values, part))
        return data if hidden == page else hidden.encode(codec, "xmlcharrefreplace")
    if looks_like_xml(data):
        return mask_xml(data, values, part, lines=_LINES.fullmatch(name) is not None)
    kind = sniff(data[:_HEAD], name)
    if kind is Kind.IMAGE:
        return grey()
    if data.startswith(b"PK\x03\x04") and kind in (Kind.OFFICE, Kind.SPREADSHEET):
        if package.depth >= _DEEPEST:
            raise ReadError("not copied", "has documents within documents, too deep")
        inner = io.BytesIO()
        _copy(io.BytesIO(data), inner, _Package(values, package.book_of, package.shown, part, package.depth + 1))
        return inner.getvalue()
    if kind is Kind.FONT or not data:
        return data
    text = data.decode("utf-8", "replace")
    if kind.is_text and "\ufffd" not in text:
        return values.masked(text, part).encode()
    if kind.is_container or kind.is_tabular:
        raise ReadError("not copied", f"holds a file of a kind ({kind}) that cannot be masked within it")
    # What is left is looked through by whoever asks for the copy: what holds a value is none.
    return data


class _Workbook:
    """The parts of a workbook whose cells are masked."""

    def __init__(self, archive: zipfile.ZipFile, names: list[str], whole: bytes, package: _Package) -> None:
        self._package = package
        book = package.book_of(whole, package.path)
        self.is_masked = bool(package.values.count or book.sheets)
        self._strings = sheets.shared(archive.read(sheets.STRINGS)) if sheets.STRINGS in names else Strings()
        self._done: dict[str, bytes] = {}
        if not self.is_masked:
            return
        named = sheet_parts(archive)
        left = set(book.sheets) - set(named.values())
        if left:
            raise ReadError("not copied", "has a sheet that cannot be told from others")
        # Which strings are needed is only known when all sheets were seen.
        for name in names:
            if sheets.SHEET.fullmatch(name):
                mask = book.sheets.get(named.get(name, ""), SheetMask())
                self._done[name] = sheets.mask_sheet(
                    archive.read(name), package.part(name), mask, self._strings, package.values, shown=package.shown
                )

    def part(self, data: bytes, name: str, part: str) -> bytes | None:
        """What is known of the part, if it is one of cells."""
        if name in self._done:
            return self._done.pop(name)
        if name == sheets.STRINGS:
            return sheets.mask_strings(data, self._strings.needed, self._package.values)
        if name == sheets.BOOK:
            return sheets.recalculated(mask_xml(data, self._package.values, part))
        if sheets.CACHES.fullmatch(name):
            return mask_xml(sheets.emptied_cache(data), self._package.values, part)
        return None


class _OpenSheets:
    """The content of a workbook of OpenDocument, whose cells are masked."""

    def __init__(self, whole: bytes, package: _Package) -> None:
        self._package = package
        self._book = package.book_of(whole, package.path)
        self.is_masked = bool(package.values.count or self._book.sheets)

    def part(self, data: bytes, name: str, part: str) -> bytes | None:
        """What is known of the part, if it is the one of cells."""
        if name != "content.xml":
            return None
        return mask_open_sheets(data, part, self._book.sheets, self._package.values, shown=self._package.shown)
