"""The line: targets → splits → findings → classifications → summary. Everything that scans goes through here."""

from __future__ import annotations

import io
import os
import sys
import time
from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

from assay.app.recipe import allow_list, cores, recipe_of
from assay.app.settings import Settings
from assay.classify.bound import upper_bound
from assay.classify.resource import Tally, classify
from assay.detect.ruleset import RuleSet
from assay.engines.local import Job
from assay.engines.local import scan as scan_locally
from assay.errors import ReadError
from assay.formats import Kind, Limits, sniff
from assay.model import AssetRef, Classification, Coverage, Finding, Gap, Level, Skip, Split, Summary
from assay.model.options import ScanOptions
from assay.ports import Estimate, OnProgress, Progress, Record, Rendered
from assay.scanning.cut import splits_of
from assay.scanning.document import Document, scan_document
from assay.scanning.report import SplitReport, TableSketch
from assay.scanning.sampling import draw, priority
from assay.scanning.split import ScanSetup, guarded, scan_stream
from assay.sources.file import FileSource
from assay.tables.records import records_of

STDIN_URI = "file:///dev/stdin"
TEXT_URI = "memory:text"
# Read and classified per second on two cores, sparse text; only for --estimate.
_BYTES_PER_SECOND = 60_000_000
_FILES_PER_SECOND = 4_000
_PROGRESS_EVERY = 0.1


def scan(
    targets: Sequence[str],
    options: ScanOptions,
    *,
    settings: Settings,
    progress: OnProgress | None = None,
    render: bool = False,
) -> Generator[Record, None, None]:
    """Everything that is found below the targets, each resource's classification, and a summary at the end.

    With `render`, findings come as JSON Lines already. Raises `UsageError`, `RuleError` and `ConfigError` before
    anything is yielded; an interrupt ends early with a summary that says so.
    """
    run = _Run(targets=tuple(targets), options=options, settings=settings, render=render, on_progress=progress)
    run.prepare()
    try:
        yield from run.records()
    except KeyboardInterrupt:
        run.interrupted = True
    yield from run.finish()


def estimate(targets: Sequence[str], options: ScanOptions, settings: Settings) -> Estimate:
    """How many files and bytes a scan of the targets would read, and about how long it would take."""
    files = size = 0
    for target in targets:
        if target == "-":
            continue
        for asset in _source(target, options).assets():
            if isinstance(asset, AssetRef):
                files += 1
                size += asset.size or 0
    jobs = (options.jobs or settings.jobs or cores()) / 2
    return Estimate(
        files=files, bytes=size, seconds=(size / _BYTES_PER_SECOND + files / _FILES_PER_SECOND) / max(jobs, 0.5)
    )


def scan_text(text: str, options: ScanOptions, settings: Settings) -> list[Finding]:
    """Findings in a text; documentation values only with `include_test_values`."""
    recipe = recipe_of(options, settings)
    detector = recipe.make()
    data = text.encode("utf-8", "surrogatepass")
    report = SplitReport(resource=TEXT_URI, bytes_total=len(data))
    # It is text whatever it begins with: a note may start with the letters that mark an archive or a database.
    kind = sniff(data, "")
    document = Document(name="", resource=TEXT_URI, member=None, kind=kind if kind.is_text else Kind.TEXT, head=data)
    allow = allow_list(options)
    allowed = allow.for_path("") if allow else None
    pieces = guarded(scan_document(io.BytesIO(b""), document, detector, report, allowed=allowed), report)
    found = [finding for piece in pieces for finding in piece.findings]
    for gap in report.gaps:
        raise ReadError(gap.reason, gap.detail)
    return [finding for finding in found if options.include_test_values or not finding.test_value]


def _source(target: str, options: ScanOptions) -> FileSource:
    return FileSource(
        target=target,
        exclude=options.exclude,
        gitignore=options.gitignore,
        follow_symlinks=options.follow_symlinks,
    )


@dataclass(slots=True, kw_only=True)
class _Run:
    """State of one scan: what has been counted so far."""

    targets: tuple[str, ...]
    options: ScanOptions
    settings: Settings
    render: bool
    on_progress: OnProgress | None
    started: float = field(default_factory=time.monotonic)
    interrupted: bool = False
    rules: RuleSet | None = None
    job: Job | None = None
    open: Tally | None = None
    open_tables: list[TableSketch] = field(default_factory=list)
    by_level: Counter[str] = field(default_factory=Counter)
    by_identifier: Counter[str] = field(default_factory=Counter)
    resources: int = 0
    findings: int = 0
    gaps: int = 0
    skips: int = 0
    test_values: int = 0
    suppressed: int = 0
    bytes_read: int = 0
    bytes_total: int = 0
    listed_files: int = 0
    closed: int = 0
    listed: bool = False
    drawn: int = 0
    drawn_with_findings: int = 0
    population: int = 0
    random: frozenset[str] = frozenset()
    sampling: str | None = None
    told: float = 0.0

    def prepare(self) -> None:
        recipe = recipe_of(self.options, self.settings)
        self.rules = recipe.make().rules
        given = self.options
        limits = Limits(depth=given.max_depth, ratio=given.max_ratio, member_bytes=given.max_member_bytes)
        first = next((target for target in self.targets if target != "-"), ".")
        root = os.path.abspath(first)
        setup = ScanSetup(
            allow=allow_list(self.options), limits=limits, root=root if os.path.isdir(root) else os.path.dirname(root)
        )
        self.job = Job(
            recipe=recipe, setup=setup, render=self.render, include_test_values=self.options.include_test_values
        )

    def records(self) -> Iterator[Record]:
        if "-" in self.targets:
            yield from self._stdin()
        waiting: deque[tuple[int, Gap | Skip]] = deque()
        splits = self._splits(waiting)
        assert self.job is not None
        jobs = self.options.jobs or self.settings.jobs or cores()
        first = next(splits, None)
        if first is not None:
            outcomes = scan_locally(_chain(first, splits), self.job, jobs=1 if self._is_small(first) else jobs)
            for outcome in outcomes:
                # What the listing passed over is told where it lies, however far ahead the listing is.
                yield from self._left_out(waiting, self.closed)
                if isinstance(outcome, bytes):
                    yield Rendered(outcome)
                elif isinstance(outcome, SplitReport):
                    yield from self._take(outcome)
                    self._tell()
                else:
                    yield from outcome
        yield from self._left_out(waiting, self.listed_files)

    def _is_small(self, first: Split) -> bool:
        """One small file is not worth a process."""
        targets = [target for target in self.targets if target != "-"]
        return len(targets) == 1 and not os.path.isdir(targets[0]) and first.parts == 1

    def _splits(self, waiting: deque[tuple[int, Gap | Skip]]) -> Iterator[Split]:
        sample_above = self.options.sample_bytes if self.options.sample is not None else None
        for target in self.targets:
            if target == "-":
                continue
            source = _source(target, self.options)
            if self.options.sample is not None:
                yield from self._sampled(source, waiting, sample_above)
                continue
            for asset in source.assets():
                if isinstance(asset, AssetRef):
                    self.listed_files += 1
                    yield from splits_of(asset)
                else:
                    waiting.append((self.listed_files, asset))
        self.listed = True

    def _sampled(
        self, source: FileSource, waiting: deque[tuple[int, Gap | Skip]], sample_above: int | None
    ) -> Iterator[Split]:
        assets: list[AssetRef] = []
        for asset in source.assets():
            if isinstance(asset, AssetRef):
                assets.append(asset)
            else:
                waiting.append((self.listed_files, asset))
        percent = self.options.sample or 100.0
        chosen = sorted(assets, key=lambda asset: (priority(asset.uri), asset.uri))
        if len(assets) > self.options.sample_objects:
            chosen = draw(assets, percent, self.options.seed)
            self.population += len(assets)
            self.drawn += len(chosen)
            self.random = self.random | {asset.uri for asset in chosen}
            self.sampling = f"{len(chosen):,} of {len(assets):,} files drawn at random (seed {self.options.seed})"
        self.listed_files += len(chosen)
        for asset in chosen:
            yield from splits_of(asset, sample_above=sample_above)

    def _stdin(self) -> Iterator[Record]:
        assert self.job is not None
        report = SplitReport(resource=STDIN_URI)
        split = Split(asset=AssetRef(kind="file", uri=STDIN_URI, path="", size=None))
        detector = self.job.recipe.make()
        before = detector.suppressed
        self.listed_files += 1
        for piece in guarded(scan_stream(sys.stdin.buffer, split, detector, self.job.setup, report), report):
            found = self.job.outcome(piece)
            if isinstance(found, bytes):
                yield Rendered(found)
            else:
                yield from found
        report.bytes_total = report.bytes_read
        report.suppressed = detector.suppressed - before
        yield from self._take(report)

    def _take(self, report: SplitReport) -> Iterator[Record]:
        if self.open is None or self.open.resource != report.resource:
            self.open = Tally(resource=report.resource, bytes_total=report.bytes_total)
            self.open_tables = []
        tally = self.open
        tally.add(report.counts)
        tally.test_values += report.test_values
        tally.suppressed += report.suppressed
        tally.bytes_read += report.bytes_read
        tally.bytes_total = max(tally.bytes_total, report.bytes_total)
        if report.rows is not None:
            tally.rows_read = (tally.rows_read or 0) + report.rows
        tally.sampled = tally.sampled or report.sampled
        tally.gaps += [gap.reason for gap in report.gaps]
        tally.skips += [skip.reason for skip in report.skips]
        self.bytes_read += report.bytes_read
        self.gaps += len(report.gaps)
        self.skips += len(report.skips)
        yield from report.gaps
        yield from report.skips
        for table in report.tables:
            same = next((item for item in self.open_tables if item.table == table.table and report.part), None)
            if same is None:
                self.open_tables.append(table)
            else:
                from assay.tables.sketch import merge

                same.columns = merge(same.columns, table.columns)
        if report.parts is not None and report.part + 1 >= report.parts:
            yield from self._close()

    def _close(self) -> Iterator[Record]:
        tally = self.open
        if tally is None or self.rules is None:
            return
        self.open = None
        self.closed += 1
        for table in self.open_tables:
            columns, record = records_of(
                table.columns,
                resource=tally.resource,
                table=table.table,
                identifiers=self.rules.identifiers,
                names=self.rules.names,
            )
            yield from columns
            yield record
        classification = classify(tally, self.rules.by_identifier)
        self._count(classification, tally)
        yield classification

    def _count(self, classification: Classification, tally: Tally) -> None:
        self.resources += 1
        self.by_level[classification.level] += 1
        for name, number in classification.identifiers.items():
            self.by_identifier[name] += number
            self.findings += number
        self.test_values += tally.test_values
        self.suppressed += tally.suppressed
        self.bytes_total += tally.bytes_total
        if classification.resource in self.random and classification.identifiers:
            self.drawn_with_findings += 1

    def _left_out(self, waiting: deque[tuple[int, Gap | Skip]], before: int) -> Iterator[Record]:
        """What the listing passed over after at most `before` files: each is told, and is unclassified."""
        while waiting and waiting[0][0] <= before:
            item = waiting.popleft()[1]
            yield item
            tally = Tally(resource=item.resource)
            if isinstance(item, Gap):
                self.gaps += 1
                tally.gaps.append(item.reason)
            else:
                self.skips += 1
                tally.skips.append(item.reason)
            classification = classify(tally, {})
            self._count(classification, tally)
            yield classification

    def _tell(self) -> None:
        now = time.monotonic()
        if self.on_progress is None or now - self.told < _PROGRESS_EVERY:
            return
        self.told = now
        total = self.listed_files if self.listed else None
        done = Progress(
            bytes_done=self.bytes_read,
            bytes_total=None,
            files_done=self.resources,
            files_total=total,
            findings=self.findings,
        )
        self.on_progress(done)

    def finish(self) -> Iterator[Record]:
        if self.open is not None:
            # Interrupted between the parts of a file: what was found of it counts, and it is not complete.
            self.open.gaps.append("interrupted")
            yield from self._close()
        level = max((Level(name) for name in self.by_level), key=lambda item: item.rank, default=Level.PUBLIC)
        complete = not (self.gaps or self.interrupted or self.sampling)
        number = self.by_level[level]
        because = f"{level} because {number:,} of {self.resources:,} resources {'is' if number == 1 else 'are'} {level}"
        if level is Level.PUBLIC and not complete:
            level = Level.UNCLASSIFIED
            because = "unclassified because nothing was found but not everything was read"
        missed = None
        if self.population:
            missed = upper_bound(self.drawn_with_findings, self.drawn, self.population)
        yield Summary(
            target=" ".join(self.targets),
            level=level,
            resources=self.resources,
            findings=self.findings,
            gaps=self.gaps,
            skips=self.skips,
            seconds=time.monotonic() - self.started,
            bytes_read=self.bytes_read,
            by_level={str(item): self.by_level[item] for item in Level if self.by_level[item]},
            by_identifier=dict(sorted(self.by_identifier.items(), key=lambda item: (-item[1], item[0]))),
            test_values_ignored=0 if self.options.include_test_values else self.test_values,
            suppressed=self.suppressed,
            coverage=Coverage(
                bytes_read=self.bytes_read,
                bytes_total=self.bytes_total,
                complete=complete,
                missed_upper_bound=missed,
            ),
            because=because,
            interrupted=self.interrupted,
            sampling=self.sampling,
        )


def _chain(first: Split, rest: Iterator[Split]) -> Iterator[Split]:
    yield first
    yield from rest
