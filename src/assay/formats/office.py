"""Documents of Office and of ODF: paragraphs, tables, notes, comments, what was deleted, slides with notes, metadata.

A text is that of one part (`word/comments.xml`); parts that hold no text of people are left out, all others are read as
they are. Macros, links and pictures are never run or followed. Formats: ECMA-376 (docx, pptx, xlsx), ODF 1.3.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import IO

from assay.errors import LimitError, ReadError
from assay.formats.compound import SIGNATURE
from assay.formats.kinds import Kind
from assay.formats.markup import Block, Grid, Part
from assay.formats.metadata import values
from assay.formats.package import Entry, entries, first_of
from assay.formats.parts import Member, Unread, Within, extracted, labelled
from assay.formats.parttable import PartTable
from assay.formats.streams import Limited
from assay.model import Locator

_FOLDERS = ("word/", "ppt/", "xl/", "visio/")
# How a document looks, and what other parts tell better.
_LOOKS = re.compile(
    r"(?:word|ppt|xl)/(?:.*/)?(?:styles|stylesWithEffects|fontTable|webSettings|numbering|tableStyles|presProps|viewProps"
    r"|calcChain|theme\d*|themeOverride\d*|colors\d+|style\d+|printerSettings\d+)\.(?:xml|bin)"
    r"|\[Content_Types\]\.xml|mimetype|META-INF/(?:manifest|documentsignatures|macrosignatures)\.xml"
    r"|Thumbnails/thumbnail\.png|docProps/thumbnail\.(?:png|jpe?g|wmf|emf)|Configurations2/(?:.*/)?(?:[a-z]+\.xml)?|layout-cache"
)
_CELLS = re.compile(
    r"xl/(?:worksheets/sheet[^/]*\.(?:xml|bin)|sharedStrings\.(?:xml|bin)|workbook\.bin|chartsheets/.*)"
)
_SHEET = re.compile(r"xl/worksheets/[^/]*\.xml")
_PROSE = re.compile(
    r"(?:word|ppt)/(?!_rels/|customXml/|people\.xml|commentAuthors\.xml|commentsExt|commentsIds|embeddings/|activeX/)(?:[^/]+/)*"
    r"(?!_rels/)[^/]+\.xml"
    r"|xl/(?:comments[^/]*|threadedComments/.*|drawings/[^/]*|charts/[^/]*|diagrams/[^/]*)\.xml|xl/drawings/[^/]*\.vml"
)
_ODF_PROSE = re.compile(r"(?:.*/)?(?:content|styles)\.xml")
_METADATA = re.compile(r"docProps/(?:core|app|custom)\.xml|(?:.*/)?meta\.xml")
_RELATED = re.compile(rb'Target="([^"]{1,500})"')
_SLIDE_ID = re.compile(rb"<p:sldId\b[^>]*\br:id=\"([^\"]{1,80})\"")
_RELATION = re.compile(rb"<Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(rb"\b(Id|Target)=\"([^\"]{1,500})\"")
_MARGIN_TEXT = re.compile(rb"<(?:\w+:)?(?:odd|even|first)(?:Header|Footer)>([^<]{1,4000})<")
_MARGIN_CODE = re.compile(r'&(?:"[^"]*"|[0-9]+|K[0-9A-F]{6}|[LCRDPNFATZGBIUSEXYHO])')
_TAIL = 256 * 1024
_LISTED = 4 * 1024 * 1024
_CHUNK = 256 * 1024
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


def opened(source: IO[bytes], within: Within) -> Iterator[Member | Unread]:
    """Texts, tables and files of a document."""
    source.seek(0)
    if source.read(len(SIGNATURE)) == SIGNATURE:
        from assay.formats.compounds import opened as opened_compound  # only where there is one

        yield from opened_compound(source, within)
        return
    yield from parts(source, within, sheets=False)


def parts(source: IO[bytes], within: Within, *, sheets: bool) -> Iterator[Member | Unread]:
    """Parts of a package; of workbooks (`sheets`) what their cells are not, which are read as tables."""
    if b"encryption-data" in first_of(source, "META-INF/manifest.xml", _LISTED):
        if not sheets:
            yield Unread(within.path, ReadError("encrypted", "it needs a password; save it without and scan that"))
        return
    pages = _slides(source)
    for entry in entries(source, within):
        if isinstance(entry, Unread):
            if not sheets:
                yield entry
            continue
        if _LOOKS.fullmatch(entry.name) or (
            sheets and _CELLS.fullmatch(entry.name) and not _SHEET.fullmatch(entry.name)
        ):
            continue
        yield from _part(entry, within, pages, sheets=sheets)


def _part(entry: Entry, within: Within, pages: dict[str, int], *, sheets: bool) -> Iterator[Member | Unread]:
    path = within.join(entry.name)
    office = entry.name.startswith(_FOLDERS)
    try:
        if _METADATA.fullmatch(entry.name):
            yield from _metadata(entry.stream, path)
        elif sheets and _SHEET.fullmatch(entry.name):
            yield from _margins(entry.stream, path)
        elif _PROSE.fullmatch(entry.name) or (not office and _ODF_PROSE.fullmatch(entry.name)):
            part = Part(entry.stream, pages=not office and not sheets, cells=not sheets)
            yield from _read(part, path, pages.get(entry.name))
        else:
            yield from within.entry(entry.stream, entry.name)
    except LimitError as error:
        if within.budget.broken is not None:
            raise
        yield Unread(path, error)
    except ReadError as error:
        detail = error.detail if path in error.detail else f"{path!r}: {error.detail}"
        yield Unread(path, ReadError(error.reason, detail))


def _read(part: Part, path: str, page: int | None) -> Iterator[Member]:
    tables = 0
    for found in part.read():
        if isinstance(found, Block):
            yield _text(found, path, found.page or page)
        else:
            tables += 1
            yield _table(found, tables, path, found.page or page)


def _text(block: Block, path: str, page: int | None) -> Member:
    member = extracted(path, block.text, page=page)
    if not block.char:
        return member

    def located(at: Locator) -> Locator:
        return replace(
            at,
            start=None if at.start is None else at.start + block.char,
            end=None if at.end is None else at.end + block.char,
            line=None if at.line is None else at.line + block.line,
            byte_start=None,
            byte_end=None,
            page=page,
        )

    return member._replace(located=located)


def _table(grid: Grid, number: int, path: str, page: int | None) -> Member:
    table = PartTable(grid.rows, f"table {number}", "")
    return Member(path, Kind.DELIMITED, b"", _Nothing(), None, lambda at: replace(at, page=page), table)


class _Nothing:
    def read(self, _size: int = -1, /) -> bytes:
        return b""


def _metadata(stream: Limited, path: str) -> Iterator[Member]:
    found: list[tuple[str, str]] = []
    error: ReadError | None = None
    try:
        found.extend(values(stream))
    except LimitError:
        raise
    except ReadError as damage:
        error = damage
    if found:
        yield labelled(path, found)
    if error is not None:
        raise error


def _margins(stream: Limited, path: str) -> Iterator[Member]:
    """Headers and footers of a sheet, which stand behind its cells."""
    before = last = b""
    while piece := stream.read(_CHUNK):
        before, last = last, piece
        if len(last) < _TAIL:
            before, last = b"", before + last
    tail = (before + last)[-_TAIL:]
    lines = []
    for text in _MARGIN_TEXT.findall(tail):
        shown = text.decode("utf-8", "replace")
        for entity, character in _ENTITIES:
            shown = shown.replace(entity, character)
        lines += [line.strip() for line in _MARGIN_CODE.sub("\n", shown).split("\n")]
    said = "".join(f"{line}\n" for line in lines if line)
    if said:
        yield extracted(path, said.encode("utf-8", "replace"))


def _slides(source: IO[bytes]) -> dict[str, int]:
    """Parts of a presentation by the number of the slide that they belong to: slides, their notes, comments and charts."""
    show = first_of(source, "ppt/presentation.xml", _LISTED)
    if not show:
        return {}
    named = {}
    for relation in _RELATION.findall(first_of(source, "ppt/_rels/presentation.xml.rels", _LISTED)):
        told = dict(_ATTRIBUTE.findall(relation))
        if b"Id" in told and b"Target" in told:
            named[told[b"Id"]] = told[b"Target"].decode("utf-8", "replace")
    pages: dict[str, int] = {}
    order = [named[key] for key in _SLIDE_ID.findall(show) if key in named]
    for number, target in enumerate(order[:2000], 1):
        slide = (
            posixpath.normpath(posixpath.join("ppt", target)).lstrip("/") if not target.startswith("/") else target[1:]
        )
        pages[slide] = number
        folder, name = posixpath.split(slide)
        for related in _RELATED.findall(first_of(source, f"{folder}/_rels/{name}.rels", _LISTED)):
            part = related.decode("utf-8", "replace")
            part = part[1:] if part.startswith("/") else posixpath.normpath(posixpath.join(folder, part))
            if not part.startswith(("ppt/slideLayouts", "ppt/slides/")):
                pages.setdefault(part, number)
    return pages
