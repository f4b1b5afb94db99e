"""Masked copies of documents: what is found is searched for once more, and taken out wherever it stands.

Places in documents are those of texts that were made of them, so that a copy needs the values themselves. They are found again
in this process, kept as `Sensitive`, and forgotten with the copy.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import IO

from assay.app.scan.copies import Copies, Part
from assay.app.scan.redactingheld import STILL_THERE, Thing
from assay.detect.engine import Detector
from assay.detect.witness import Witness
from assay.errors import ReadError
from assay.formats import Kind, Limits, sniff
from assay.formats.archive import members
from assay.formats.content import Content
from assay.formats.package import first_of
from assay.formats.parts import Unread
from assay.formats.streams import Budget
from assay.formats.windows import Readable
from assay.model import Finding
from assay.model.sensitive import Sensitive
from assay.scanning.covers import STARS
from assay.scanning.masked import HEAD, Columns, ShownOf, copy_masked, shape_of
from assay.scanning.maskedarchive import ARCHIVES, Rewriting, copy_archive
from assay.scanning.maskedmail import mask_mail, mask_mailbox
from assay.scanning.maskednotebook import mask_notebook
from assay.scanning.maskedoffice import Book, BookOf, copy_package, grey, is_clean
from assay.scanning.maskedpdf import copy_pdf, page_part
from assay.scanning.maskedrtf import mask_rtf
from assay.scanning.maskedsheets import SheetMask
from assay.scanning.maskedvalues import Secret, Values
from assay.scanning.maskedxml import mask_text_of_xml
from assay.scanning.recoded import from_utf8, to_utf8

_ROUNDS = 3
_PIECE = 1024 * 1024
_MOST = 256 * 1024 * 1024
_ZIP = b"PK\x03\x04"

FoundIn = Callable[[Detector, IO[bytes], Thing, str | None], Iterator[Finding]]
"""What a detector finds in an open file: the thing itself, or a copy of it that lies at a path."""

Named = Mapping[tuple[str, str], str]
"""Sensitive columns: table and column, as they are shown, to the identifier."""


_DOCUMENTS = frozenset({Kind.PDF, Kind.EPUB, Kind.NOTEBOOK, Kind.RTF, Kind.MAIL, Kind.MAILBOX})


def is_maskable(kind: Kind, source: IO[bytes], head: bytes) -> bool:
    """Whether copies of the document can be made: of packages those of Office and OpenDocument."""
    if kind in _DOCUMENTS:
        return True
    if kind not in (Kind.OFFICE, Kind.SPREADSHEET) or not head.startswith(_ZIP):
        return False
    # A binary workbook (xlsb) is a package as well.
    return (
        kind is Kind.OFFICE or bool(first_of(source, "xl/workbook.xml", 1)) or bool(first_of(source, "content.xml", 1))
    )


@dataclass(slots=True)
class _Known:
    """What is known of the values of one document."""

    values: Values = field(default_factory=Values)
    # By the path of the workbook and the name of the sheet.
    cells: dict[tuple[str, str], dict[tuple[int, str], tuple[str, bool]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document of which a copy is made."""

    thing: Thing
    kind: Kind
    columns: Named
    is_as_it_was: bool


class Documents:
    """Makes copies of documents."""

    def __init__(
        self,
        copies: Copies,
        detector: Detector,
        *,
        found: FoundIn,
        finding: Callable[[Finding], str],
        value: ShownOf,
    ) -> None:
        self._copies = copies
        self._detector = detector
        self._found = found
        self._finding = finding
        self._value = value

    def copy(self, document: Document, stack: ExitStack) -> Part:
        """A copy in which nothing is found any more. Raises `ReadError`."""
        if document.is_as_it_was:
            part = stack.enter_context(self._copies.part())
            document.thing.source.seek(0)
            while piece := document.thing.source.read(1024 * 1024):
                part.write(piece)
            return part
        witness = Witness(self._detector)
        known = _Known()
        document.thing.source.seek(0)
        for finding in self._found(witness, document.thing.source, document.thing, None):
            self._take(known, finding, witness.spellings(finding.fingerprint), self._finding(finding))
        if document.kind is Kind.OFFICE:
            known.values.add(self._cells(document))
        for _ in range(_ROUNDS):
            part = stack.enter_context(self._copies.part())
            self._write(document, known, part)
            witness = Witness(self._detector)
            left = False
            with part.opened() as stream:
                for finding in self._found(witness, stream, document.thing, part.path):
                    spellings = [each for each in witness.spellings(finding.fingerprint) if not is_stars(each)]
                    if spellings or not witness.spellings(finding.fingerprint):
                        left = True
                        self._take(known, finding, spellings, STARS, again=True)
            if not left:
                return part
        raise ReadError("not copied", STILL_THERE)

    def _take(
        self, known: _Known, finding: Finding, spellings: Iterable[Sensitive[str]], shown: str, *, again: bool = False
    ) -> None:
        at = finding.location
        part = page_part(at.page) if at.page is not None and at.member is None else at.member or ""
        if at.sheet is None:
            known.values.add(Secret(value, shown, part) for value in spellings)
            return
        # A short value is known by its cell alone.
        known.values.add(Secret(value, shown, f"{part}!sheet") for value in spellings)
        if at.row is not None and at.field is not None:
            cells = known.cells.setdefault((at.member or "", at.sheet), {})
            cells[at.row, at.field] = (finding.identifier, again)

    def _cells(self, document: Document) -> Iterator[Secret]:
        """The cells of sensitive columns of tables within a text."""
        if not document.columns:
            return
        name = self._detector.safe_name
        document.thing.source.seek(0)
        for member in members(document.thing.source, document.kind, document.thing.name):
            if isinstance(member, Unread) or member.table is None:
                continue
            info = member.table.info
            at = {
                index: identifier
                for index, column in enumerate(info.columns)
                if (identifier := document.columns.get((name(info.table), name(column.name)))) is not None
            }
            for batch in member.table.read() if at else ():
                for index, identifier in at.items():
                    for cell in batch.columns[index]:
                        for line in (cell or "").split("\n"):
                            if line.strip():
                                yield Secret(Sensitive(line), self._value(identifier, line), member.path, whole=True)

    def _write(self, document: Document, known: _Known, part: Part) -> None:
        document.thing.source.seek(0)
        if document.kind is Kind.PDF:
            copy_pdf(document.thing.source, part, known.values)
            return
        masking = _Masking(
            known.values,
            lambda data, path: self._book(data, path, known, document.columns),
            self._value,
            Columns(
                sensitive={column: identifier for (_, column), identifier in document.columns.items()},
                name=self._detector.safe_name,
                value=self._value,
            ),
        )
        data = document.thing.source.read()
        if document.kind is Kind.MAIL:
            part.write(mask_mail(data, known.values, masking.file))
        elif document.kind is Kind.MAILBOX:
            part.write(mask_mailbox(data, known.values, masking.file))
        else:
            part.write(masking.document(data, document.kind, ""))

    def _book(self, data: bytes, path: str, known: _Known, columns: Named) -> Book:
        """What is masked of a workbook: cells of findings, and columns, by where they stand."""
        from assay.formats.sheet import Sheet, open_sheets  # only where there is a workbook

        name = self._detector.safe_name
        masks: dict[str, SheetMask] = {}
        with open_sheets(Content(data=data), "", "") as tables:
            for table in tables:
                if not isinstance(table, Sheet):
                    raise ReadError("not copied", "has a sheet that cannot be read again")
                first_row, first_column = table.corner
                sheet = name(table.info.table)
                by_field: dict[str, list[int]] = {}
                for index, column in enumerate(table.info.columns):
                    by_field.setdefault(name(column.name), []).append(first_column + index)
                cells = {
                    (row, column): held
                    for (row, called), held in known.cells.get((path, sheet), {}).items()
                    for column in by_field.get(called, ())
                }
                whole = {
                    column: (first_row, identifier)
                    for (of, called), identifier in columns.items()
                    if of == sheet
                    for column in by_field.get(called, ())
                }
                if cells or whole:
                    masks[table.info.table] = SheetMask(cells=cells, columns=whole, formats=table.formats)
        return Book(sheets=masks)


@dataclass(frozen=True, slots=True)
class _Masking:
    """Masks documents, and files within them."""

    values: Values
    book_of: BookOf
    shown: ShownOf
    columns: Columns

    def file(self, data: bytes, name: str, path: str) -> bytes:
        """A file that is attached. Raises `ReadError` for one of a kind that cannot be masked within another."""
        if not data:
            return data
        kind = sniff(data[:HEAD], name)
        if kind is Kind.IMAGE:
            return grey()
        if kind is Kind.MAIL:
            return mask_mail(data, self.values, self.file)
        if kind is Kind.PDF:
            made = io.BytesIO()
            copy_pdf(io.BytesIO(data), made, self.values)
            return made.getvalue()
        if kind in ARCHIVES:
            return self._archive(data, kind, name, path)
        if kind.is_text:
            return self._text(data, name, path)
        if is_maskable(kind, io.BytesIO(data), data[:HEAD]) and kind is not Kind.MAILBOX:
            return self.document(data, kind, path)
        if kind is Kind.FONT:
            return data
        raise ReadError("not copied", f"holds a file of a kind ({kind}) that cannot be masked within it")

    def _archive(self, data: bytes, kind: Kind, name: str, path: str) -> bytes:
        """An archive that is attached: one of which a file cannot be masked is none."""

        def masked(stream: Readable, _kind: Kind, called: str, at: str) -> IO[bytes]:
            return io.BytesIO(self.file(b"".join(iter(lambda: stream.read(_PIECE), b"")), called, at))

        def left(_path: str, error: ReadError) -> None:
            raise error

        how = Rewriting(
            masked=masked,
            left=left,
            named=self.values.masked,
            spool=io.BytesIO,
            budget=Budget(Limits(member_bytes=_MOST), len(data)),
        )
        made = io.BytesIO()
        copy_archive(io.BytesIO(data), made, kind, name, how, path=path)
        return made.getvalue()

    def document(self, data: bytes, kind: Kind, path: str) -> bytes:
        """A document that lies at a path within another."""
        if kind is Kind.NOTEBOOK:
            return mask_notebook(data, self.values)
        if kind is Kind.RTF:
            return mask_rtf(data, self.values)
        made = io.BytesIO()
        copy_package(io.BytesIO(data), made, self.values, self.book_of, self.shown, path)
        if not is_clean(made, self.values):
            raise ReadError("not copied", "a value in a part of it cannot be masked")
        return made.getvalue()

    def _text(self, data: bytes, name: str, path: str) -> bytes:
        """A text, of a table its sensitive columns first."""
        shape = shape_of(data[:HEAD], name)
        if shape.is_recoded:
            plain, again = io.BytesIO(), io.BytesIO()
            to_utf8(io.BytesIO(data), plain, shape.encoding)
            masked = self._text(plain.getvalue(), name, path)
            from_utf8(io.BytesIO(masked), again, shape.encoding, io.BytesIO(data))
            return data if masked == plain.getvalue() else again.getvalue()
        if self.columns.sensitive and (shape.dialect is not None or shape.kind is Kind.JSONL):
            made = io.BytesIO()
            copy_masked(io.BytesIO(data), io.BytesIO(data), made, shape, (), self.columns)
            data = made.getvalue()
        try:
            text = data.decode(shape.encoding.name)
        except (UnicodeDecodeError, LookupError):
            raise ReadError(
                "not copied", f"holds a text in {shape.encoding.name} that cannot be decoded as a whole"
            ) from None
        is_markup = shape.kind in (Kind.HTML, Kind.XML)
        hidden = mask_text_of_xml(text, self.values, path) if is_markup else self.values.masked(text, path)
        return data if hidden == text else hidden.encode(shape.encoding.name, "replace")


def is_stars(value: Sensitive[str]) -> bool:
    """Whether what was found is what was put there, of which nothing can be read."""
    text = value.reveal(why="to tell what is found in a copy from what stands there for a value")
    return not any(map(str.isalnum, text))
