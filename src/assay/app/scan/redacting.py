"""Masked copies of what a scan reads: each is written where its resource is told, scanned again, and only then kept."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from typing import IO
from urllib.parse import unquote_to_bytes, urlsplit

from assay.app.config.settings import Settings
from assay.app.scan.copies import Copies, Part
from assay.app.scan.recipe import job_of, recipe_of
from assay.app.scan.redactingdocuments import Document, Documents, is_maskable
from assay.app.scan.sources import openers_of
from assay.detect.engine import Detector
from assay.detect.redact import mask, normaliser, redact
from assay.errors import ReadError
from assay.formats import Kind, sniff
from assay.model import AssetRef, Classification, ColumnRecord, Finding, Gap, Skip, Split, Summary, TableRecord
from assay.model.options import ScanOptions
from assay.ports import Record
from assay.scanning.covers import STARS, Cover, Covers, is_only_stars
from assay.scanning.masked import HEAD, Columns, Shape, ShownOf, copy_masked, shape_of
from assay.scanning.maskedoffice import LEFT_OUT as PICTURES
from assay.scanning.report import SplitReport
from assay.scanning.split import guarded, scan_stream
from assay.tables.judges import Judges
from assay.tables.standing import is_sensitive_as_a_whole

NOT_COPIED = "not copied"
_ROUNDS = 3
_MARK = 12
_STILL_THERE = "values were still found in its copy, which was deleted"
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD = "files of Office until 2003, and messages of Outlook, cannot be written; save it as docx, pptx, xlsx or eml, and scan that"
_OTHERWISE = {
    Kind.SPREADSHEET: "save it as xlsx, and scan that",
    Kind.DUCKDB: "export its tables as Parquet (EXPORT DATABASE … (FORMAT parquet)), and scan those",
    Kind.ORC: "write its rows as Parquet, and scan that",
    Kind.AVRO: "write its rows as Parquet, and scan that",
    Kind.ARROW: "write its rows as Parquet, and scan that",
    **dict.fromkeys(
        (Kind.ZIP, Kind.TAR, Kind.SEVENZIP, Kind.GZIP, Kind.BZIP2, Kind.XZ, Kind.ZSTD),
        "unpack it, and scan what it holds",
    ),
}
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """What is asked for: the folder of the copies, and whether equal values get equal pseudonyms instead of stars."""

    folder: str
    pseudonyms: bool = False


@dataclass(slots=True, kw_only=True)
class _Open:
    """What was told of a resource whose classification has not come yet."""

    covers: Covers
    columns: dict[str, str] = field(default_factory=dict)
    by_table: dict[tuple[str, str], str] = field(default_factory=dict)
    by_field: dict[tuple[str, str], str] = field(default_factory=dict)
    untold: list[ColumnRecord] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)
    left_out: bool = False
    pictures: bool = False
    placeless: bool = False


@dataclass(slots=True, kw_only=True)
class Told:
    """How many resources were copied, and how many were not."""

    copied: int = 0
    left_out: int = 0


class Redacting:
    """Copies the resources of one scan."""

    def __init__(self, redaction: Redaction, targets: Sequence[str], options: ScanOptions, settings: Settings) -> None:
        recipe = recipe_of(options, settings)
        self._detector = recipe.make()
        self._job = job_of(recipe, options, paths=targets, openers=openers_of([]), judges=Judges(), render=False)
        self._copies = Copies(redaction.folder, targets, self._detector.safe_name)
        self._redaction = redaction
        self._options = options
        self._documents = Documents(
            self._copies, self._detector, found=self._found_of, finding=self._shown, value=self._value
        )
        self._started = time.time_ns()
        self._open: dict[str, _Open] = {}
        self.told = Told()

    def records(self, records: Generator[Record, None, None]) -> Generator[Record, None, None]:
        """The records as they come, and before each classification whether its resource could not be copied."""
        gaps = skips = 0
        interrupt: KeyboardInterrupt | None = None
        with closing(records):
            while True:
                try:
                    record = next(records) if interrupt is None else records.throw(interrupt)
                except StopIteration:
                    break
                interrupt = None
                left: tuple[Gap | Skip, ...] = ()
                if isinstance(record, Classification):
                    try:
                        left = tuple(self._close(record))
                    except KeyboardInterrupt as error:
                        # What was told of it counts; the scan is told that it ends when that is passed on.
                        interrupt = error
                        left = (Gap(resource=record.resource, reason=NOT_COPIED, detail="the scan was stopped"),)
                    gaps += sum(isinstance(each, Gap) for each in left)
                    skips += sum(isinstance(each, Skip) for each in left)
                elif isinstance(record, Summary):
                    record = replace(record, gaps=record.gaps + gaps, skips=record.skips + skips)
                else:
                    self._take(record)
                for item in (*left, record):
                    try:
                        yield item
                    except KeyboardInterrupt as error:
                        interrupt = error
        for left_open in self._open.values():
            left_open.covers.close()

    def _of(self, resource: str) -> _Open:
        found = self._open.get(resource)
        if found is None:
            found = self._open[resource] = _Open(covers=Covers(self._copies.folder))
        return found

    def _take(self, record: Record) -> None:
        if isinstance(record, Finding):
            held = self._of(record.resource)
            at = record.location
            if at.byte_start is None or at.byte_end is None or at.member is not None:
                held.placeless = True
                if at.field is not None:
                    held.fields[at.field] = record.identifier
                    if at.table is not None and at.member is None:
                        held.by_field[at.table, at.field] = record.identifier
            else:
                held.covers.add(Cover(at.byte_start, at.byte_end, self._shown(record)))
        elif isinstance(record, ColumnRecord):
            if record.detected_type is not None:
                self._of(record.resource).untold.append(record)
        elif isinstance(record, TableRecord):
            held = self._of(record.resource)
            for column in held.untold:
                if is_sensitive_as_a_whole(column, record.rows_read):
                    held.columns[column.column] = column.detected_type or ""
                    held.by_table[column.table, column.column] = column.detected_type or ""
            held.untold.clear()
        elif isinstance(record, Gap):
            self._of(record.resource).missed.append(record.reason)
        elif isinstance(record, Skip):
            held = self._of(record.resource)
            # Of pictures within a document nothing is left in its copy.
            held.pictures |= record.reason in PICTURES and bool(record.detail)
            held.left_out |= record.reason not in PICTURES or not record.detail

    def _shown(self, finding: Finding) -> str:
        if not self._redaction.pseudonyms:
            return finding.redacted
        return _pseudonym(finding.identifier, finding.fingerprint)

    def _pseudonym_of(self, identifier: str, value: str) -> str:
        known = self._detector.rules.by_identifier.get(identifier)
        normal = normaliser(known.normalise)(value) if known is not None else value
        return _pseudonym(identifier, self._detector.fingerprint(f"{identifier}\0{normal}".encode()))

    def _value(self, identifier: str, value: str) -> str:
        """What is shown of a cell of a column that is held to be of that identifier."""
        if self._redaction.pseudonyms:
            return self._pseudonym_of(identifier, value)
        known = self._detector.rules.by_identifier.get(identifier)
        return redact(value, known) if known is not None else mask(value)

    def _close(self, classification: Classification) -> Iterator[Gap | Skip]:
        resource = classification.resource
        held = self._of(resource)
        try:
            if held.missed or held.left_out:
                # What was not read, or was left out, is told already.
                self.told.left_out += 1
                return
            # Pictures are not read; only documents, which are read once more, are copied without them.
            if not classification.coverage.complete and not held.pictures:
                raise ReadError(NOT_COPIED, "not all of it was read")
            self._copy(resource, held)
        except ReadError as error:
            self.told.left_out += 1
            kind = Skip if isinstance(error, _OfItsKindError) else Gap
            yield kind(resource=resource, reason=NOT_COPIED, detail=error.detail)
        except OSError as error:
            self.told.left_out += 1
            yield Gap(resource=resource, reason=NOT_COPIED, detail=error.strerror or "input/output error")
        else:
            self.told.copied += 1
        finally:
            held.covers.close()
            del self._open[resource]

    def _copy(self, resource: str, held: _Open) -> None:
        path = os.fsdecode(unquote_to_bytes(urlsplit(resource).path))
        place = self._copies.place(path)
        with ExitStack() as stack:
            source = stack.enter_context(_opened(path))
            status = os.fstat(source.fileno())
            if status.st_ctime_ns >= self._started:
                raise ReadError("changed", "was changed while it was scanned")
            head = source.read(HEAD)
            source.seek(0)
            kind = sniff(head, path)
            if kind is Kind.PARQUET:
                part = self._columnar(source, path, resource, held, stack)
                self._unchanged(source, status)
                self._copies.settle(part, place, status.st_mode)
                return
            if kind is Kind.SQLITE:
                part = self._database(path, resource, held, stack)
                self._unchanged(source, status)
                self._copies.settle(part, place, status.st_mode)
                return
            if is_maskable(kind, source, head):
                as_it_was = not (held.covers.count or held.placeless or held.columns or held.pictures)
                part = self._documents.copy(
                    Document(
                        source=source,
                        path=path,
                        resource=resource,
                        kind=kind,
                        columns=held.by_table,
                        is_as_it_was=as_it_was,
                    ),
                    stack,
                )
                self._unchanged(source, status)
                self._copies.settle(part, place, status.st_mode)
                return
            if why := _OTHERWISE.get(kind):
                raise _OfItsKindError(NOT_COPIED, f"copies of {kind} with values replaced cannot be made; {why}")
            if head.startswith(_COMPOUND):
                raise _OfItsKindError(NOT_COPIED, _OLD)
            if held.pictures:
                raise _OfItsKindError(NOT_COPIED, "holds pictures, which were not read")
            try:
                shape = shape_of(head, path)
            except ReadError as error:
                raise _OfItsKindError(NOT_COPIED, error.detail) from None
            if held.placeless or not held.covers.is_ordered:
                raise ReadError(NOT_COPIED, "findings in it have no place in the file")
            again = stack.enter_context(_opened(path))
            part = stack.enter_context(self._copies.part())
            columns = Columns(sensitive=held.columns, name=self._detector.safe_name, value=self._value)
            copy_masked(source, again, part, shape, held.covers, columns)
            self._unchanged(source, status)
            part = self._proven(part, path, resource, shape, stack)
            self._copies.settle(part, place, status.st_mode)

    def _unchanged(self, source: IO[bytes], status: os.stat_result) -> None:
        if os.fstat(source.fileno()).st_mtime_ns != status.st_mtime_ns:
            raise ReadError("changed", "was changed while it was copied")

    def _columnar(self, source: IO[bytes], path: str, resource: str, held: _Open, stack: ExitStack) -> Part:
        """The copy of a Parquet file, in which nothing is found any more. A column with a finding is sensitive as a whole."""
        from assay.scanning.maskedparquet import copy_parquet  # only where there is such a file

        shown: ShownOf = self._value
        sensitive = {**held.fields, **held.columns}
        for _ in range(_ROUNDS):
            part = stack.enter_context(self._copies.part())
            source.seek(0)
            columns = Columns(sensitive=sensitive, name=self._detector.safe_name, value=shown)
            with self._copies.writing():
                copy_parquet(source, part.path, columns)
            left: dict[str, str] = {}
            with part.opened() as stream:
                for finding in self._found(stream, part.path, path, resource):
                    if finding.location.field is None:
                        raise ReadError(NOT_COPIED, _STILL_THERE)
                    left[finding.location.field] = finding.identifier
            if not left:
                return part
            # What is found of a column is there in whatever is shown of it: nothing is.
            sensitive = {**sensitive, **left}
            shown = _stars
        raise ReadError(NOT_COPIED, _STILL_THERE)

    def _database(self, path: str, resource: str, held: _Open, stack: ExitStack) -> Part:
        """The copy of a SQLite file, in which nothing is found any more. A column with a finding is sensitive as a whole."""
        from assay.scanning.maskedsqlite import copy_sqlite  # only where there is such a file

        if held.placeless and not held.by_field:
            raise ReadError(NOT_COPIED, "findings in it have no place in the file")
        shown: ShownOf = self._value
        sensitive = {**held.by_field, **held.by_table}
        for _ in range(_ROUNDS):
            part = stack.enter_context(self._copies.part())
            with self._copies.writing():
                copy_sqlite(
                    path, part.path, sensitive, name=self._detector.safe_name, shown=shown, unlike=self._pseudonym_of
                )
            left: dict[tuple[str, str], str] = {}
            with part.opened() as stream:
                for finding in self._found(stream, part.path, path, resource):
                    at = finding.location
                    if at.field is None or at.table is None:
                        raise ReadError(NOT_COPIED, _STILL_THERE)
                    left[at.table, at.field] = finding.identifier
            if not left:
                return part
            sensitive = {**sensitive, **left}
            shown = _stars
        raise ReadError(NOT_COPIED, _STILL_THERE)

    def _proven(self, part: Part, path: str, resource: str, shape: Shape, stack: ExitStack) -> Part:
        """The copy in which nothing is found any more: what is still found in it is replaced as well, a few times."""
        for _ in range(_ROUNDS):
            left = stack.enter_context(closing(self._left(part, path, resource, shape)))
            if not left.count:
                return part
            if not left.is_ordered:
                break
            after = stack.enter_context(self._copies.part())
            with part.opened() as source, part.opened() as again:
                copy_masked(source, again, after, shape, left, Columns())
            part = after
        with closing(self._left(part, path, resource, shape)) as left:
            if left.count:
                raise ReadError(NOT_COPIED, _STILL_THERE)
        return part

    def _left(self, part: Part, path: str, resource: str, shape: Shape) -> Covers:
        """What is found in a copy, but for what stands there in place of a value."""
        found = Covers(self._copies.folder)
        try:
            with part.opened() as stream, part.opened() as text:
                for finding in self._found(stream, path, path, resource):
                    at = finding.location
                    if at.byte_start is None or at.byte_end is None:
                        raise ReadError(NOT_COPIED, _STILL_THERE)
                    text.seek(at.byte_start)
                    if not is_only_stars(text.read(at.byte_end - at.byte_start), shape.encoding.name):
                        found.add(Cover(at.byte_start, at.byte_end, STARS))
        except BaseException:
            found.close()
            raise
        return found

    def _found(self, stream: IO[bytes], at: str, path: str, resource: str) -> Iterator[Finding]:
        return self._found_of(self._detector, stream, at, path, resource)

    def _found_of(self, detector: Detector, stream: IO[bytes], at: str, path: str, resource: str) -> Iterator[Finding]:
        """What is found in a copy that lies `at` a path, under the name and the rules of what it is a copy of."""
        size = os.fstat(stream.fileno()).st_size
        split = Split(asset=AssetRef(kind="file", uri=resource, path=path, size=size))
        setup = self._job.setup_of(split)
        allowed = setup.allowed(resource, os.path.relpath(path, setup.root))
        if at != path:
            split = Split(asset=AssetRef(kind="file", uri=resource, path=at, size=size))
        report = SplitReport(resource=resource, bytes_total=size)
        for piece in guarded(scan_stream(stream, split, detector, setup, report, allowed), report):
            for finding in piece.findings:
                if self._options.include_test_values or not finding.test_value:
                    yield finding
        if report.gaps or any(skip.reason not in PICTURES or not skip.detail for skip in report.skips):
            raise ReadError(NOT_COPIED, "its copy could not be scanned again")


class _OfItsKindError(ReadError):
    """No fault of the file: files of its kind are not copied."""


def _stars(_identifier: str, _value: str) -> str:
    return STARS


def _pseudonym(identifier: str, fingerprint: str) -> str:
    return f"{identifier}_{fingerprint[:_MARK].translate(_LETTERS)}"


def _opened(path: str) -> IO[bytes]:
    """The file, if it is one and no link."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ReadError("vanished", "is no file any more")
    return os.fdopen(descriptor, "rb")
