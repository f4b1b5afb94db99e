"""Masked copies of what a scan reads: each is written where its resource is told, scanned again, and only then kept."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import IO
from urllib.parse import unquote_to_bytes, urlsplit

from assay.app.config.settings import Settings
from assay.app.scan.copies import Copies
from assay.app.scan.recipe import job_of, recipe_of
from assay.app.scan.redactingarchives import Archives, told
from assay.app.scan.redactingfiles import Files
from assay.app.scan.redactingheld import Held, OfItsKindError, Thing
from assay.app.scan.sources import openers_of
from assay.detect.redact import mask, normaliser, redact
from assay.errors import ReadError
from assay.formats import sniff
from assay.model import Classification, Finding, Gap, Skip, Summary
from assay.model.options import ScanOptions
from assay.ports import Record
from assay.report.tally import NOT_COPIED
from assay.scanning.masked import HEAD
from assay.scanning.maskedarchive import ARCHIVES
from assay.tables.judges import Judges

_MARK = 12
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """What is asked for: the folder of the copies, and whether equal values get equal pseudonyms instead of stars."""

    folder: str
    pseudonyms: bool = False


@dataclass(slots=True, kw_only=True)
class Told:
    """How many resources were copied, and how many were not, members of archives with them."""

    copied: int = 0
    left_out: int = 0


class Redacting:
    """Copies the resources of one scan."""

    def __init__(self, redaction: Redaction, targets: Sequence[str], options: ScanOptions, settings: Settings) -> None:
        recipe = recipe_of(options, settings)
        self._detector = recipe.make()
        job = job_of(recipe, options, paths=targets, openers=openers_of([]), judges=Judges(), render=False)
        self._copies = Copies(redaction.folder, targets, self._detector.safe_name)
        self._redaction = redaction
        self._files = Files(
            self._copies, self._detector, job, finding=self._shown, value=self._value, unlike=self._pseudonym_of
        )
        self._archives = Archives(self._copies, self._detector, self._files, job.setup.limits)
        self._started = time.time_ns()
        self._open: dict[str, Held] = {}
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

    def _of(self, resource: str) -> Held:
        found = self._open.get(resource)
        if found is None:
            found = self._open[resource] = self._files.held()
        return found

    def _take(self, record: Record) -> None:
        resource = getattr(record, "resource", None)
        if resource is not None:
            self._of(resource).take(record)

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
        path = os.fsdecode(unquote_to_bytes(urlsplit(resource).path))
        held = self._of(resource)
        try:
            if (held.missed or held.left_out) and not _is_archive(path):
                # What was not read, or was left out, is told already.
                self.told.left_out += 1
                return
            # Pictures are not read; only documents, which are read once more, are copied without them. So are archives without members.
            if not (classification.coverage.complete or held.pictures or held.missed or held.left_out):
                raise ReadError(NOT_COPIED, "not all of it was read")
            yield from self._copy(path, resource, held)
        except ReadError as error:
            self.told.left_out += 1
            kind = Skip if isinstance(error, OfItsKindError) else Gap
            yield kind(resource=resource, reason=NOT_COPIED, detail=error.detail or error.reason)
        except OSError as error:
            self.told.left_out += 1
            yield Gap(resource=resource, reason=NOT_COPIED, detail=error.strerror or "input/output error")
        else:
            self.told.copied += 1
        finally:
            held.covers.close()
            del self._open[resource]

    def _copy(self, path: str, resource: str, held: Held) -> Iterator[Gap | Skip]:
        place = self._copies.place(path)
        with ExitStack() as stack:
            source = stack.enter_context(_opened(path))
            status = os.fstat(source.fileno())
            if status.st_ctime_ns >= self._started:
                raise ReadError("changed", "was changed while it was scanned")
            thing = Thing(source=source, name=path, resource=resource, file=path)
            kind = sniff(source.read(HEAD), path)
            if kind in ARCHIVES:
                part, left = self._archives.copy(thing, kind, stack)
            else:
                part, left = self._files.copy(thing, held, stack), []
            if os.fstat(source.fileno()).st_mtime_ns != status.st_mtime_ns:
                raise ReadError("changed", "was changed while it was copied")
            self._copies.settle(part, place, status.st_mode)
        if left:
            self.told.left_out += len(left)
            yield told(left, resource)


def _pseudonym(identifier: str, fingerprint: str) -> str:
    return f"{identifier}_{fingerprint[:_MARK].translate(_LETTERS)}"


def _is_archive(path: str) -> bool:
    with contextlib.suppress(OSError, ReadError), _opened(path) as source:
        return sniff(source.read(HEAD), path) in ARCHIVES
    return False


def _opened(path: str) -> IO[bytes]:
    """The file, if it is one and no link."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ReadError("vanished", "is no file any more")
    return os.fdopen(descriptor, "rb")
