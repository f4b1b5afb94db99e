"""The local engine: worker processes on this machine, results in order whatever the workers' pace."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assay.classify.resource import NOT_LOADED, Tally, classify
from assay.detect import ruleset
from assay.detect.engine import Detector
from assay.detect.redact import Fingerprinter
from assay.detect.ruleset import RuleSet
from assay.detect.score import WHOLE_CELL, WITHOUT_CONTEXT
from assay.engines.outcomes import Outcome, Settled, SoFar
from assay.model import AssetRef, ColumnRecord, Finding, Gap, Identifier, Split, TableRecord
from assay.ports import Block, Blocks, PictureReader, Recogniser, Result
from assay.report.jsonlines import encode, encode_piece, quoted
from assay.scanning.classes import count_classes
from assay.scanning.document import DELIMITED_NAMES
from assay.scanning.report import Piece, SplitReport
from assay.scanning.split import ScanSetup, look_ahead, scan_split

if TYPE_CHECKING:
    from assay.classify.tables import Count
    from assay.detect.prose import Prose
    from assay.model import Governance

_BATCH_FILES = 64
_BATCH_BYTES = 2 * 1024 * 1024
# A few tables take as long as a batch of small files.
_TABLE_BYTES = _BATCH_BYTES // 8
_FLUSH = 1024 * 1024
_MOST = 16 * 1024 * 1024
_FINDING = 512


@dataclass(slots=True, kw_only=True)
class DetectorRecipe:
    """How a worker makes its detector. Forked workers inherit the one that is made; others make their own."""

    paths: tuple[Path, ...] = ()
    names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    preview: bool = False
    prose: bool = False
    cache: Path | None = None
    key: bytes = field(default=b"", repr=False)
    floor: float = 0.5
    least: float | None = None
    governance: Governance | None = None
    recogniser: Recogniser | None = None
    pictures: PictureReader | None = None
    made: Detector | None = field(default=None, repr=False)

    def make(self) -> Detector:
        """The detector, made once per process. Raises `RuleError` and `UsageError`."""
        if self.made is None:
            rules = ruleset.load(
                self.paths,
                names=self.names,
                categories=self.categories,
                preview=self.preview,
                cache=self.cache,
                candidates=self.floor <= WITHOUT_CONTEXT + WHOLE_CELL,
                governance=self.governance,
            )
            self.made = Detector(
                rules,
                Fingerprinter(self.key),
                floor=self.floor,
                least=self.least,
                prose=_prose(rules) if self.prose else None,
            )
            self.made.recogniser = self.recogniser
        return self.made

    def under(self, governance: Governance) -> list[Identifier]:
        """The identifiers as another configuration has them; nothing is compiled."""
        return ruleset.select(
            self.paths,
            names=self.names,
            categories=self.categories,
            preview=self.preview,
            cache=self.cache,
            governance=governance,
        ).identifiers

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__ if name != "made"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        for name, value in state.items():
            setattr(self, name, value)
        self.made = None


def _prose(rules: RuleSet) -> Prose:
    from assay.detect.prose import Prose  # only where it is asked for

    return Prose(rules)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What every worker is told: the recipe, the set-up, and whether findings are wanted as JSON Lines.

    With `settle`, resources in one piece are classified where they are read, and come as JSON Lines too.
    """

    recipe: DetectorRecipe
    setup: ScanSetup
    render: bool = False
    include_test_values: bool = False
    settle: bool = False
    roots: tuple[str, ...] = ()

    def prepare(self, splits: Iterable[Split]) -> None:
        """Makes the detector of this process, and its judge where it is needed here too: for tables in several parts."""
        rules = self.recipe.make().rules
        for split in splits:
            if split.parts != 1 and (split.asset.path or "").lower().endswith(DELIMITED_NAMES):
                self.setup.judges.of(rules)
                return

    def setup_of(self, split: Split) -> ScanSetup:
        """The set-up for a split: paths of allow lists are relative to the innermost of `roots` that it lies in."""
        path = split.asset.path
        if self.setup.allow is None or len(self.roots) < 2 or path is None:
            return self.setup
        folder = os.path.dirname(path)
        while folder not in self.roots and folder != os.path.dirname(folder):
            folder = os.path.dirname(folder)
        return replace(self.setup, root=folder) if folder in self.roots else self.setup

    def fetch(self, unit: Sequence[Split]) -> None:
        """Begins to fetch objects of a unit that is to be worked at soon."""
        wanted: dict[int, list[AssetRef]] = {}
        for split in unit:
            if split.asset.kind == "object":
                wanted.setdefault(split.asset.source, []).append(split.asset)
        for source, assets in wanted.items():
            opener = self.setup.objects[source]
            if opener is not None:
                opener.ahead(assets)

    def count(self) -> Count | None:
        """What counts rows of tables that are alike; `None` where nothing is to be counted."""
        how = self.setup.counting(self.recipe.make())
        return None if how is None else partial(count_classes, how=how)

    def outcome(self, piece: Piece) -> bytes | Blocks | list[Finding]:
        """What is passed on of a window: JSON Lines or findings, test values only if they are wanted."""
        if self.render:
            return encode_piece(piece, include_test_values=self.include_test_values)
        return [finding for finding in piece.findings if self.include_test_values or not finding.test_value]


def scan(
    splits: Iterable[Split],
    job: Job,
    *,
    jobs: int,
    idle: Callable[[], bool] | None = None,
    pause: float | None = None,
) -> Iterator[Outcome]:
    """Outcomes of all splits, in the order of the splits. With `jobs` 1 everything runs in this process.

    `idle` is called while all workers are busy, for work that can be done ahead; it says whether there is more of it.
    With `pause` there is always a worker, and an empty outcome whenever none came for so many seconds. Raises `AssayError`
    if workers cannot be started.
    """
    if jobs <= 1 and pause is None:
        detector = job.recipe.make()
        for unit in units_of(splits, whole_tables=job.setup.rows is None):
            for outcomes in work(unit, detector, job, flush=0):
                yield from outcomes
        return
    from assay.engines.pool import Pool  # one small file needs no workers

    yield from Pool(job, max(jobs, 1), idle, pause=pause).run(units_of(splits, whole_tables=job.setup.rows is None))


def units_of(splits: Iterable[Split], *, whole_tables: bool) -> Iterator[list[Split]]:
    """Small files together, large ones alone, so that a hand-over costs little beside the work.

    Of tables some are drawn from together; `whole_tables`, which may take hours each, are read alone.
    """
    table = _BATCH_BYTES if whole_tables else _TABLE_BYTES
    batch: list[Split] = []
    weight = 0
    for split in splits:
        size = table if split.asset.is_table else split.asset.size or 0
        if size > _BATCH_BYTES:
            if batch:
                yield batch
                batch, weight = [], 0
            yield [split]
            continue
        batch.append(split)
        weight += size
        if weight >= _BATCH_BYTES or len(batch) >= _BATCH_FILES:
            yield batch
            batch, weight = [], 0
    if batch:
        yield batch


def _scanned(unit: list[Split], detector: Detector, job: Job) -> Iterator[tuple[Split, Iterator[Piece | SplitReport]]]:
    """What comes of each split; small files are read and searched before the first of them is judged."""
    objects = job.setup.objects
    job.fetch(unit)
    ahead = [look_ahead(split, detector, objects) for split in unit] if len(unit) > 1 else [None]
    for split, known in zip(unit, ahead, strict=True):
        yield split, scan_split(split, detector, job.setup_of(split), known)


def work(unit: list[Split], detector: Detector, job: Job, *, flush: int | None = None) -> Iterator[list[Outcome]]:
    """Outcomes of the unit's splits in order: those of small files in one hand-over, large ones as they come.

    A hand-over is made when its findings take about `flush` bytes.
    """
    flush = _FLUSH if flush is None else flush
    made: list[Outcome] = []
    size = 0
    for split, parts in _scanned(unit, detector, job):
        begin = len(made)
        pieces: list[Piece] = []
        # What else is in a file of tables is known where it was listed.
        settles = job.settle and split.parts == 1 and (split.asset.size or 0) <= _BATCH_BYTES
        settles = settles and not split.asset.is_part
        for part in parts:
            is_report = isinstance(part, SplitReport)
            if isinstance(part, SplitReport):
                if settles:
                    _settle(part, made, begin, detector.rules, job)
                else:
                    if pieces:
                        # What is told may be the last that is told: it is counted before, not by the report behind it.
                        made.insert(begin, _so_far(split, pieces))
                    made.append(part)
            elif found := job.outcome(part):
                made.append(found)
                pieces.append(part)
                size += _size(found)
            # Small files are handed over whole, so that none is half told if this process is killed.
            if size > _MOST or (size > flush and (len(unit) == 1 or is_report)):
                if not is_report:
                    made[begin:] = [_so_far(split, pieces), *_joined(made[begin:])]
                    settles = False
                yield made
                made, pieces, size, begin = [], [], 0, 0
    if made:
        yield made


def _settle(report: SplitReport, made: list[Outcome], begin: int, rules: RuleSet, job: Job) -> None:
    """Puts what was found in a resource (`made` from `begin` on), and all else that is to be told of it, into one."""
    lines = _lines(made[begin:])
    del made[begin:]
    settled = made[-1] if made else None
    if not isinstance(settled, Settled):
        settled = Settled()
        made.append(settled)
    if not report.counts and not rules.broken and _is_clean(report):
        # Most files are. The line is the same as below.
        settled.lines.append(b"".join([*lines, _clean_line(report.resource, report.bytes_read, report.bytes_total)]))
        settled.totals.count_clean(report)
        return
    tally = Tally(resource=report.resource)
    tally.settle(report.counts, report.test_values, report.bytes_total)
    tally.read(report)
    tables: list[ColumnRecord | TableRecord | Gap] = []
    if report.tables:
        from assay.classify.tables import table_records  # only where there is a table

        judge, known = job.setup.judges.of(rules), job.setup.known_columns(report.resource)
        tables = table_records(report.tables, tally, judge, count=job.count(), known=known)
    if rules.broken:
        tally.gaps.append(NOT_LOADED)
    classification = classify(tally, rules.by_identifier)
    told: list[Result] = [*report.gaps, *report.skips, *tables]
    settled.lines.append(b"".join([*lines, *map(encode, told), encode(classification)]))
    totals = settled.totals
    totals.read(report)
    totals.count(classification, tally)
    totals.bytes_done += tally.bytes_total


def _is_clean(report: SplitReport) -> bool:
    return not (
        report.gaps
        or report.skips
        or report.tables
        or report.test_values
        or report.suppressed
        or report.sampled
        or report.rows is not None
        or (report.document is not None and (report.document.type is not None or report.document.level is not None))
    )


@cache
def _clean_parts() -> tuple[bytes, bytes, bytes, bytes]:
    """The line of a resource in which nothing was found, around its name and its two numbers."""
    marks = (b"RESOURCE", b"10000001", b"10000002")
    tally = Tally(resource=marks[0].decode(), bytes_read=int(marks[1]), bytes_total=int(marks[2]))
    rest = encode(classify(tally, {}))
    parts = []
    for mark in marks:
        before, _, rest = rest.partition(mark)
        parts.append(before)
    return parts[0][:-1], parts[1][1:], parts[2], rest


def _clean_line(resource: str, bytes_read: int, bytes_total: int) -> bytes:
    start, after_name, between, end = _clean_parts()
    return b"%b%b%b%d%b%d%b" % (start, quoted(resource), after_name, bytes_read, between, bytes_total, end)


def _joined(found: list[Outcome]) -> list[Outcome]:
    """JSON Lines as one, so that they are written together or not at all."""
    if any(isinstance(item, list) for item in found):
        return found
    lines = _lines(found)
    return [Blocks(lines) if any(isinstance(item, Blocks) for item in found) else b"".join(lines)]


def _lines(found: Iterable[Outcome]) -> list[Block]:
    lines: list[Block] = []
    for item in found:
        if isinstance(item, bytes):
            lines.append(item)
        elif isinstance(item, Blocks):
            lines += item
    return lines


def _size(found: bytes | Blocks | list[Finding]) -> int:
    """About how many bytes it takes."""
    if isinstance(found, Blocks):
        return found.size
    return len(found) if isinstance(found, bytes) else len(found) * _FINDING


def _so_far(split: Split, pieces: Iterable[Piece]) -> SoFar:
    counts: dict[str, tuple[int, float]] = {}
    tests = 0
    for piece in pieces:
        for group in piece.dense:
            number, best = counts.get(group.identifier.name, (0, 0.0))
            counts[group.identifier.name] = (number + len(group), max(best, group.confidence))
        for finding in piece.single:
            if finding.test_value:
                tests += 1
                continue
            number, best = counts.get(finding.identifier, (0, 0.0))
            counts[finding.identifier] = (number + 1, max(best, finding.confidence))
    return SoFar(resource=split.asset.uri, bytes_total=split.asset.size or 0, counts=counts, test_values=tests)
