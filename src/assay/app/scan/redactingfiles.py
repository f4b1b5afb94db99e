"""The masked copy of one file, or of one member of an archive: made by its kind, scanned again, and only then given out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import IO

from assay.app.scan.copies import Copies, Part
from assay.app.scan.redactingdocuments import Document, Documents, is_maskable, is_stars
from assay.app.scan.redactingheld import STILL_THERE, Held, OfItsKindError, Thing
from assay.classify.resource import Tally
from assay.detect.engine import Detector
from assay.detect.witness import Witness
from assay.engines.local import Job
from assay.errors import ReadError
from assay.formats import Kind, sniff
from assay.formats.content import Content
from assay.model import AssetRef, Finding, Split
from assay.report.tally import NOT_COPIED
from assay.scanning.covers import STARS, Cover, Covers, is_only_stars
from assay.scanning.masked import HEAD, Columns, Shape, ShownOf, copy_masked, shape_of
from assay.scanning.maskedoffice import LEFT_OUT as PICTURES
from assay.scanning.recoded import from_utf8, to_utf8
from assay.scanning.report import SplitReport
from assay.scanning.split import guarded, scan_stream

_ROUNDS = 3
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD = "files of Office until 2003, and messages of Outlook, cannot be written; save it as docx, pptx, xlsx or eml, and scan that"
_OTHER_BOOKS = "old and binary workbooks (xls, xlsb) cannot be written; save it as xlsx, and scan that"
_COLUMNAR = frozenset({Kind.PARQUET, Kind.ORC, Kind.ARROW, Kind.AVRO})
_DATABASES = frozenset({Kind.SQLITE, Kind.DUCKDB})


class Files:
    """Copies of the files of one scan."""

    def __init__(
        self,
        copies: Copies,
        detector: Detector,
        job: Job,
        *,
        finding: Callable[[Finding], str],
        value: ShownOf,
        unlike: ShownOf,
    ) -> None:
        self._copies = copies
        self._detector = detector
        self._job = job
        self._finding = finding
        self._value = value
        self._unlike = unlike
        self._documents = Documents(copies, detector, found=self.found, finding=finding, value=value)

    def held(self) -> Held:
        """What is to be told of a file is kept here."""
        return Held(covers=Covers(self._copies.folder), shown=self._finding)

    def look(self, thing: Thing) -> Held:
        """What a scan tells of a member of an archive, as of a file of its own."""
        from assay.classify.tables import table_records  # only where there is an archive

        held = self.held()
        size = thing.size()
        report = SplitReport(resource=thing.resource, bytes_total=size)
        thing.source.seek(0)
        for finding in self._scanned(self._detector, thing.source, thing, report, size, None):
            held.take(finding)
        tally = Tally(resource=thing.resource)
        tally.settle(report.counts, report.test_values, size)
        tally.read(report)
        judge = self._job.setup.judges.of(self._detector.rules)
        for record in (*table_records(report.tables, tally, judge), *report.gaps, *report.skips):
            held.take(record)
        if report.sampled is not None:
            held.missed.append(report.sampled)
        return held

    def copy(self, thing: Thing, held: Held, stack: ExitStack) -> Part:
        """A copy in which nothing is found any more; it is gone with the stack unless it gets a name. Raises `ReadError`."""
        source = thing.source
        source.seek(0)
        head = source.read(HEAD)
        source.seek(0)
        kind = sniff(head, thing.name)
        if kind in _COLUMNAR:
            return self._columnar(thing, kind, held, stack)
        if kind in _DATABASES:
            return self._database(thing, kind, held, stack)
        if is_maskable(kind, source, head):
            return self._documents.copy(
                Document(thing=thing, kind=kind, columns=held.by_table, is_as_it_was=held.is_as_it_was), stack
            )
        if kind is Kind.SPREADSHEET:
            raise OfItsKindError(NOT_COPIED, _OTHER_BOOKS)
        if head.startswith(_COMPOUND):
            raise OfItsKindError(NOT_COPIED, _OLD)
        if held.pictures:
            raise OfItsKindError(NOT_COPIED, "holds pictures, which were not read")
        try:
            shape = shape_of(head, thing.name)
        except ReadError as error:
            raise OfItsKindError(NOT_COPIED, error.detail) from None
        if shape.is_recoded and not held.is_as_it_was:
            return self._recoded(thing, shape, stack)
        if held.placeless or not held.covers.is_ordered:
            raise ReadError(NOT_COPIED, "findings in it have no place in the file")
        part = stack.enter_context(self._copies.part())
        columns = Columns(sensitive=held.columns, name=self._detector.safe_name, value=self._value)
        copy_masked(source, thing.again(), part, shape, held.covers, columns)
        return self._proven(part, thing, shape, stack)

    def _recoded(self, thing: Thing, shape: Shape, stack: ExitStack) -> Part:
        """The copy of a text that is masked as UTF-8, and written in its own encoding again."""
        plain = stack.enter_context(self._copies.spool())
        thing.source.seek(0)
        with self._copies.writing():
            to_utf8(thing.source, plain, shape.encoding)
            plain.flush()
        inner = replace(thing, source=plain, is_member=True)
        held = self.look(inner)
        stack.enter_context(closing(held.covers))
        if held.missed or held.left_out:
            raise ReadError(NOT_COPIED, "not all of it was read")
        masked = self.copy(inner, held, stack)
        part = stack.enter_context(self._copies.part())
        with masked.opened() as stream:
            from_utf8(stream, part, shape.encoding, thing.again())
        self.prove(part, thing)
        return part

    def prove(self, part: Part, thing: Thing) -> None:
        """Raises `ReadError` where anything is found in a copy but what stands there for values."""
        witness = Witness(self._detector)
        with part.opened() as stream:
            for finding in self.found(witness, stream, thing, part.path):
                spellings = witness.spellings(finding.fingerprint)
                if not spellings or not all(map(is_stars, spellings)):
                    raise ReadError(NOT_COPIED, STILL_THERE)

    def _columnar(self, thing: Thing, kind: Kind, held: Held, stack: ExitStack) -> Part:
        """The copy of a file of columns, in which nothing is found any more. A column with a finding is sensitive as a whole."""
        from assay.scanning.maskedcolumnar import copy_columnar  # only where there is such a file

        shown = self._value
        sensitive = {**held.fields, **held.columns}
        for _ in range(_ROUNDS):
            part = stack.enter_context(self._copies.part())
            columns = Columns(sensitive=sensitive, name=self._detector.safe_name, value=shown)
            with self._copies.writing():
                copy_columnar(kind, thing.source, part.path, columns)
            left: dict[str, str] = {}
            with part.opened() as stream:
                for finding in self.found(self._detector, stream, thing, part.path):
                    if finding.location.field is None:
                        raise ReadError(NOT_COPIED, STILL_THERE)
                    left[finding.location.field] = finding.identifier
            if not left:
                return part
            # What is found of a column is there in whatever is shown of it: nothing is.
            sensitive = {**sensitive, **left}
            shown = _stars
        raise ReadError(NOT_COPIED, STILL_THERE)

    def _database(self, thing: Thing, kind: Kind, held: Held, stack: ExitStack) -> Part:
        """The copy of a file of a database, in which nothing is found any more. A column with a finding is sensitive as a whole."""
        if kind is Kind.SQLITE:
            from assay.scanning.maskedsqlite import copy_sqlite as copy  # only where there is such a file
        else:
            from assay.scanning.maskedduckdb import copy_duckdb as copy

        if held.placeless and not held.by_field:
            raise ReadError(NOT_COPIED, "findings in it have no place in the file")
        content = Content(file=thing.source) if thing.is_member else Content(path=thing.file)
        path = stack.enter_context(content.named())
        shown = self._value
        sensitive = {**held.by_field, **held.by_table}
        for _ in range(_ROUNDS):
            part = stack.enter_context(self._copies.part())
            with self._copies.writing():
                copy(path, part.path, sensitive, name=self._detector.safe_name, shown=shown, unlike=self._unlike)
            left: dict[tuple[str, str], str] = {}
            with part.opened() as stream:
                for finding in self.found(self._detector, stream, thing, part.path):
                    at = finding.location
                    if at.field is None or at.table is None:
                        raise ReadError(NOT_COPIED, STILL_THERE)
                    left[at.table, at.field] = finding.identifier
            if not left:
                return part
            sensitive = {**sensitive, **left}
            shown = _stars
        raise ReadError(NOT_COPIED, STILL_THERE)

    def _proven(self, part: Part, thing: Thing, shape: Shape, stack: ExitStack) -> Part:
        """The copy in which nothing is found any more: what is still found in it is replaced as well, a few times."""
        for _ in range(_ROUNDS):
            left = stack.enter_context(closing(self._left(part, thing, shape)))
            if not left.count:
                return part
            if not left.is_ordered:
                break
            after = stack.enter_context(self._copies.part())
            with part.opened() as source, part.opened() as again:
                copy_masked(source, again, after, shape, left, Columns())
            part = after
        with closing(self._left(part, thing, shape)) as left:
            if left.count:
                raise ReadError(NOT_COPIED, STILL_THERE)
        return part

    def _left(self, part: Part, thing: Thing, shape: Shape) -> Covers:
        """What is found in a copy, but for what stands there in place of a value."""
        found = Covers(self._copies.folder)
        try:
            with part.opened() as stream, part.opened() as text:
                for finding in self.found(self._detector, stream, thing, None):
                    at = finding.location
                    if at.byte_start is None or at.byte_end is None:
                        raise ReadError(NOT_COPIED, STILL_THERE)
                    text.seek(at.byte_start)
                    if not is_only_stars(text.read(at.byte_end - at.byte_start), shape.encoding.name):
                        found.add(Cover(at.byte_start, at.byte_end, STARS))
        except BaseException:
            found.close()
            raise
        return found

    def found(self, detector: Detector, stream: IO[bytes], thing: Thing, at: str | None) -> Iterator[Finding]:
        """What a detector finds in the thing itself, or in a copy of it, under the name and the rules of the thing. `at` is where a
        copy of a file lies that is read by its path. Raises `ReadError` where not all of it can be read."""
        size = os.fstat(stream.fileno()).st_size
        report = SplitReport(resource=thing.resource, bytes_total=size)
        yield from self._scanned(detector, stream, thing, report, size, at)
        if report.gaps or any(skip.reason not in PICTURES or not skip.detail for skip in report.skips):
            raise ReadError(NOT_COPIED, "its copy could not be scanned again")

    def _scanned(
        self, detector: Detector, stream: IO[bytes], thing: Thing, report: SplitReport, size: int, at: str | None
    ) -> Iterator[Finding]:
        # Rules by path are those of the archive that a member lies in.
        whole = AssetRef(kind="file", uri=thing.resource, path=thing.file, size=size)
        setup = self._job.setup_of(Split(asset=whole))
        allowed = setup.allowed(thing.resource, os.path.relpath(thing.file, setup.root))
        split = Split(asset=thing.asset(size, at))
        for piece in guarded(scan_stream(stream, split, detector, setup, report, allowed), report):
            for finding in piece.findings:
                if self._job.include_test_values or not finding.test_value:
                    yield finding


def _stars(_identifier: str, _value: str) -> str:
    return STARS
