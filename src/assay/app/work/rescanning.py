"""Scans that events ask for: a bucket, a table or a database as a whole, through the same line as any scan, into the catalog."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from assay.app.config.settings import Settings
from assay.app.retry import HopelessError, PutOffError, RetryError
from assay.app.scan.keeping import Wanted
from assay.app.scan.line import scan
from assay.app.scan.sources import is_aws, is_database, is_named_database, shown
from assay.app.work.databaselogins import cluster_of, how_to, targets_of
from assay.aws.access import Access
from assay.aws.arn import parse
from assay.aws.failures import TRANSIENT
from assay.aws.session import Calls, Session
from assay.errors import UsageError
from assay.model import Gap, Summary
from assay.model.options import ScanOptions
from assay.observers import gluelocations
from assay.ports import Progress, Record
from assay.report.printable import counted
from assay.sources.dynamodb import calls as tables
from assay.sources.s3 import calls as buckets
from assay.sources.s3.options import S3Options
from assay.store.tasks import Task

COMMAND = "worker --rescans"
CALLS: Calls = (buckets.CALLS - {"s3.ListObjectVersions"}) | tables.CALLS | gluelocations.CALLS
"""Versions of objects are not asked for."""
STOPPED = "it was stopped, and goes on where it is"
OVER = "its time was over, and it goes on where it is"
NO_SOURCE = "nothing reads it in this version; scan it by its URL"
NOWHERE = "its data lie nowhere that a scan reads"
_MOST_GAPS = 10_000
_GLUE = frozenset({"crawler", "database", "table", "job"})
_SERVERS = frozenset({"rds"})


def unreadable(resource: str) -> str | None:
    """Why a resource that an event names is never scanned; `None` where it may be."""
    if resource.startswith("kafka:"):
        return "how its brokers are reached is not known here; assay scan kafka://user@broker/topic reads it"
    if not resource.startswith("arn:"):
        return None
    arn = parse(resource)
    if arn.service in _SERVERS or (arn.service == "glue" and arn.kind in _GLUE):
        return None
    return "no scan reads what is of its kind"


@dataclass(frozen=True, kw_only=True)
class Rescanning:
    """Scans what a task names. `catalog_url` is of the catalog that results go to. A scan that takes longer than `seconds`
    is put off, so that others have their turn; `done` is told of each that is through."""

    settings: Settings
    options: ScanOptions
    access: Access
    session: Session
    catalog_url: str
    seconds: float
    done: Callable[[Task], None] = lambda _task: None
    clock: Callable[[], float] = time.monotonic

    def __call__(self, task: Task, is_stopped: Callable[[], bool]) -> str:
        """Scans it, and says what was not read. Raises `PutOffError`, `RetryError`, `HopelessError`, and `AssayError`."""
        clock = _Clock(self.seconds, self.clock)
        access = self.access if task.region is None else replace(self.access, region=task.region)
        targets = self._targets(task, access)
        said = []
        for target in targets:
            try:
                said.append(self._one(target, task, access, clock, is_stopped))
            except UsageError as error:
                # What Glue names may never have been written.
                if len(targets) == 1:
                    raise
                said.append(str(error))
        self.done(task)
        return next(filter(None, said), "")

    def _one(self, target: str, task: Task, access: Access, clock: _Clock, is_stopped: Callable[[], bool]) -> str:
        records = scan(
            [target],
            self.options,
            settings=self.settings,
            progress=clock.see,
            # What was asked for once more meanwhile may have changed in what was read already.
            wanted=Wanted(url=self.catalog_url, resume=task.goes_on),
            s3=S3Options(access=access),
        )
        summary, gaps = _summed(_ended(records, lambda: clock.is_over() or is_stopped()))
        if summary is None or summary.interrupted:
            raise PutOffError(OVER if clock.is_over() else STOPPED)
        whole = {each.rstrip("/") for each in (target, shown(target), _server(target))}
        for gap in gaps:
            if gap.resource.rstrip("/") in whole:
                if is_named_database(target) and gap.reason not in TRANSIENT:
                    raise RetryError(f"{gap.reason}: {gap.detail}", counts=True)
                raise RetryError(gap.reason, counts=gap.reason not in TRANSIENT)
        return f"{counted(summary.gaps, 'gap')}, the first: {gaps[0].reason}" if gaps else ""

    def _targets(self, task: Task, access: Access) -> list[str]:
        target = task.resource
        if target.startswith("arn:"):
            arn = parse(target)
            if arn.service == "glue":
                found = gluelocations.locations_of(self.session, target)
                if not found:
                    raise HopelessError(NOWHERE)
                return found
            if arn.service == "rds":
                found = targets_of(arn, self.settings.database_logins, lambda name: cluster_of(name, access))
                if not found:
                    raise HopelessError(how_to(arn.name))
                return found
            target = f"{arn.service}://{arn.name}"
        if not (is_aws(target) or is_database(target)):
            raise HopelessError(NO_SOURCE)
        return [target]


def _server(target: str) -> str:
    """What is told of a database as a whole, where it could not be entered."""
    if not is_named_database(target):
        return target
    from assay.sources.awssql.address import parse as parse_name  # only where there is one

    return parse_name(target).uri


@dataclass(slots=True)
class _Clock:
    """How long a scan may go on once it has read something: what was read before it was put off is no work of its own, so
    that each turn comes further than the one before."""

    seconds: float
    now: Callable[[], float]
    ends: float | None = None

    def see(self, progress: Progress) -> None:
        if self.ends is None and progress.files_done:
            self.ends = self.now() + self.seconds

    def is_over(self) -> bool:
        return self.ends is not None and self.now() >= self.ends


def _ended(records: Iterator[Record], is_to_end: Callable[[], bool]) -> Iterator[Record]:
    """The records of a scan, which is ended in order once it has to: as by Ctrl-C, after which it may be resumed."""
    for record in records:
        yield record
        if not isinstance(record, Summary) and is_to_end():
            break
    else:
        return
    try:
        yield records.throw(KeyboardInterrupt)  # type: ignore[attr-defined]  # it is a generator
        yield from records
    except (KeyboardInterrupt, StopIteration):
        # It was at its end already, and is kept as interrupted.
        return


def _summed(records: Iterator[Record]) -> tuple[Summary | None, list[Gap]]:
    """The summary, and the first gaps: those of a target as a whole are among them."""
    summary: Summary | None = None
    gaps: list[Gap] = []
    for record in records:
        if isinstance(record, Gap) and len(gaps) < _MOST_GAPS:
            gaps.append(record)
        elif isinstance(record, Summary):
            summary = record
    return summary, gaps
