"""The line: targets → splits → findings → classifications → summary. Everything that scans goes through here."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from assay.app.keeping import Begin, Keeping, Wanted, begin, files_of, open_kept, version_of
from assay.app.listing import Kept, Listing
from assay.app.recipe import cores, job_of, recipe_of
from assay.app.settings import Settings
from assay.app.shown import masked_target
from assay.app.sources import Openers, folder_of, is_remote, leaves_out, openers_of, shown, sources_of
from assay.app.summing import summary_of
from assay.classify.bound import upper_bound
from assay.classify.resource import Tally, Totals, classify
from assay.detect.ruleset import RuleSet
from assay.engines.channel import LostReport, Settled, SoFar
from assay.engines.local import DetectorRecipe, Job
from assay.engines.local import scan as scan_locally
from assay.model import (
    AssetRef,
    Classification,
    ColumnRecord,
    Finding,
    Gap,
    Skip,
    Split,
    Summary,
    TableRecord,
)
from assay.model.options import ScanOptions
from assay.ports import Blocks, OnProgress, Progress, Record, Rendered, Result
from assay.scanning.report import SplitReport, TableSketch
from assay.scanning.split import guarded, scan_stream
from assay.sources.file import OWN, FileSource, identities, standard_input
from assay.tables.judges import Judges

if TYPE_CHECKING:
    from assay.app.rejudging import Rejudging
    from assay.sources.s3.options import S3Options
    from assay.sources.s3.source import S3Source
    from assay.store.engine import Catalog

STDIN_URI = "file:///dev/stdin"
_PROGRESS_EVERY = 0.1
_BY_LIBRARIES = tuple(
    ".parquet .orc .avro .arrow .feather .xls .xlsx .xlsm .xlsb .ods .sqlite .sqlite3 .db .duckdb".split()  # noqa: SIM905
)
_INTERRUPTED = "the scan was stopped while this was read; what was found until then is told"


def scan(
    targets: Sequence[str],
    options: ScanOptions,
    *,
    settings: Settings,
    progress: OnProgress | None = None,
    render: bool = False,
    own: Sequence[Path] = (),
    wanted: Wanted | None = None,
    s3: S3Options | None = None,
) -> Generator[Record, None, None]:
    """Everything that is found below the targets, each resource's classification, and a summary at the end.

    With `render`, findings come as JSON Lines already. `own` are files that the output goes to, which are not read. With a catalog
    `wanted`, results are kept in it, reviewers' decisions count, and what has not changed is not read again. Raises
    `UsageError`, `RuleError`, `ConfigError` and `CatalogError` before anything is yielded; an interrupt ends early with a
    summary that says so.
    """
    catalog = open_kept(wanted) if wanted is not None else None
    try:
        named = [target for target in targets if target != "-"]
        cache = [settings.cache_dir] if os.path.isdir(settings.cache_dir) else []
        kept = files_of(catalog) if catalog is not None else []
        known = [Path(options.baseline)] if options.baseline else []
        mine = {
            "own baseline": identities(known),
            "own output": identities(own),
            "own cache": identities(cache),
            "own catalog": identities(kept),
        }
        sources = sources_of(named, options, mine, s3, note=wanted.note if wanted is not None else lambda _text: None)
        openers = openers_of(sources)
        run = _Run(
            targets=tuple(targets),
            options=options,
            settings=settings,
            render=render,
            on_progress=progress,
            listing=Listing(sources=sources, options=options, objects=openers.objects),
            openers=openers,
            s3=s3,
            given=Given(STDIN_URI, standard_input()) if "-" in targets else None,
        )
        yield from _ran(run, catalog, wanted, None)
    finally:
        if catalog is not None:
            catalog.close()


class Given(NamedTuple):
    """Bytes that are at hand, to be read as the resource of that URI."""

    uri: str
    stream: IO[bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """What a scan that is a part of larger work gets instead of making it. `recipe` is that of the options, the settings and
    the catalog's configuration as they are; what it and `judges` have made is used again. `begun` keeps the results."""

    recipe: DetectorRecipe
    judges: Judges
    begun: Begin


def scan_within(
    within: Within,
    catalog: Catalog | None,
    options: ScanOptions,
    *,
    settings: Settings,
    source: S3Source | FileSource | None = None,
    given: Given | None = None,
    targets: Sequence[str] | None = None,
    pause: float | None = None,
) -> Generator[Record, None, None]:
    """Everything that is found in the source, or in what is given, as `scan` has it. The catalog stays open.

    `targets` are what the source is a part of, by default itself. With `pause` reading is left to workers, and lines that
    are empty come whenever nothing came for so many seconds, so that whoever drives several of these can turn to another.
    """
    sources = [] if source is None else [source]
    openers = openers_of(sources)
    run = _Run(
        targets=tuple(each.target for each in sources) if targets is None else tuple(targets),
        pause=pause,
        options=options,
        settings=settings,
        render=False,
        on_progress=None,
        listing=Listing(sources=sources, options=options, objects=openers.objects),
        openers=openers,
        given=given,
    )
    yield from _ran(run, catalog, Wanted(), within)


def _ran(
    run: _Run, catalog: Catalog | None, wanted: Wanted | None, within: Within | None
) -> Generator[Record, None, None]:
    try:
        run.prepare(catalog, wanted, within)
        try:
            for record in run.records():
                run.keep(record)
                yield record
        except KeyboardInterrupt:
            run.interrupted = True
        for record in run.finish():
            run.keep(record)
            yield record
    except BaseException:
        run.abandon()
        raise


@dataclass(slots=True, kw_only=True)
class _Run:
    """State of one scan: what has been counted so far."""

    targets: tuple[str, ...]
    options: ScanOptions
    settings: Settings
    render: bool
    on_progress: OnProgress | None
    listing: Listing
    openers: Openers
    s3: S3Options | None = None
    given: Given | None = None
    pause: float | None = None
    keeping: Keeping | None = None
    again: Rejudging | None = None
    answered: bool = False
    started: float = field(default_factory=time.monotonic)
    interrupted: bool = False
    rules: RuleSet | None = None
    job: Job | None = None
    open: Tally | None = None
    open_tables: list[TableSketch] = field(default_factory=list)
    so_far: Tally | None = None
    untold: deque[Record] = field(default_factory=deque)
    totals: Totals = field(default_factory=Totals)
    closed: int = 0
    read: int = 0
    drawn_with_findings: int = 0
    told: float = 0.0

    def prepare(self, catalog: Catalog | None, wanted: Wanted | None, within: Within | None) -> None:
        version = version_of(catalog) if catalog is not None else 0
        recipe = recipe_of(self.options, self.settings, catalog=catalog) if within is None else within.recipe
        self.rules = recipe.make().rules
        judges = Judges() if within is None else within.judges
        if catalog is not None and wanted is not None:
            begun = begin if within is None else within.begun
            self.keeping = begun(
                catalog,
                self.targets,
                self.options,
                self.settings,
                mask=recipe.make().safe_name,
                ruleset=self.rules.digest,
                identifiers=self.rules.identifiers,
                governance=judges.governance_of(self.rules),
                version=version,
                resume=wanted.resume,
                note=wanted.note,
                second_from=self.settings.second_approval,
                all_tables=not leaves_out(self.listing.sources, self.options),
                s3=self.s3,
            )
            self.listing.known = self.keeping.unchanged
            counts = self.options.k_anonymity is not False
            self.again = self.keeping.judge_again(recipe, judges.of(self.rules), counts=counts)
            # Lines that workers encode pass the catalog by.
            self.render = False
        self.job = job_of(
            recipe,
            self.options,
            paths=self._paths(),
            openers=self.openers,
            judges=judges,
            render=self.render,
            decided=None if self.keeping is None else self.keeping.decided,
        )

    def keep(self, record: Record) -> None:
        """Keeps what is about to be told, where there is a catalog."""
        if self.keeping is None or self.answered:
            return
        if isinstance(record, Summary):
            self.keeping.finish(record)
            self.keeping = None
        else:
            self.keeping.take(record)

    def abandon(self) -> None:
        """Ends the run in the catalog after an error."""
        if self.keeping is not None:
            self.keeping.abandon()

    def records(self) -> Iterator[Record]:
        if self.given is not None:
            yield from self._stream(self.given)
        splits = self.listing.splits()
        assert self.job is not None
        first = next(splits, None) if self.again is None else (yield from self._first_to_read(splits, self.again))
        if first is not None:
            jobs = 1 if self._is_small(first) else self.options.jobs or self.settings.jobs or cores()
            idle = self.listing.ahead if self.on_progress is not None else None
            rest = splits if self.again is None else self.again.to_read(splits)
            for outcome in scan_locally(chain((first,), rest), self.job, jobs=jobs, idle=idle, pause=self.pause):
                if self.again is not None:
                    yield from self._judged_again(self.again.due(self.read))
                # What the listing passed over is told where it lies, however far ahead the listing is.
                yield from self._left_out(self.closed)
                if isinstance(outcome, bytes | Blocks):
                    yield Rendered(outcome)
                elif isinstance(outcome, list):
                    yield from self._each(outcome)
                elif isinstance(outcome, Settled):
                    yield from self._told_whole(outcome)
                elif isinstance(outcome, SoFar):
                    self._expect(outcome)
                else:
                    yield from self._take(outcome)
                    self.read += 1
                if self.on_progress is not None and self._tell(self.on_progress) and jobs == 1:
                    self.listing.ahead()
            if self.again is not None:
                yield from self._judged_again(self.again.due())
        yield from self._left_out(self.listing.files)

    def _first_to_read(self, splits: Iterator[Split], again: Rejudging) -> Generator[Record, None, Split | None]:
        """The first split that has to be read. Tables before it that are judged by what is stored of them are told."""
        for split in splits:
            report = again.report(split)
            if report is None:
                return split
            yield from self._judged_again((report,))
        return None

    def _judged_again(self, reports: Iterable[SplitReport]) -> Iterator[Record]:
        for report in reports:
            yield from self._left_out(self.closed)
            self.totals.leave_out(report)
            yield from self._take(report)

    def _is_small(self, first: Split) -> bool:
        """One small file is not worth a process."""
        if self.pause is not None:
            return False
        targets = self._paths()
        is_file = first.asset.path is not None and len(self.openers.tables) == 1
        # Libraries that read tables can end the process that they are in.
        may_end = is_file and (first.asset.path or "").lower().endswith(_BY_LIBRARIES)
        return is_file and not may_end and not os.path.isdir(folder_of(targets[0])) and first.parts == 1

    def _paths(self) -> list[str]:
        return [target for target in self.targets if target != "-" and not is_remote(target)]

    def _shown_targets(self) -> str:
        assert self.job is not None
        mask = self.job.recipe.make().safe_name
        return " ".join(masked_target(shown(target), mask) for target in self.targets)

    def _stream(self, given: Given) -> Iterator[Record]:
        assert self.job is not None
        uri = given.uri
        report = SplitReport(resource=uri)
        decided = self.job.setup.decided
        split = Split(asset=AssetRef(kind="file", uri=uri, path="", size=None))
        detector = self.job.recipe.make()
        before = detector.suppressed
        detector.decided = frozenset() if decided is None else decided(uri)
        self.listing.files += 1
        allowed = self.job.setup.allowed(uri, "stdin")
        pieces = scan_stream(given.stream, split, detector, self.job.setup, report, allowed)
        for piece in guarded(pieces, report):
            found = self.job.outcome(piece)
            # The report counts as it goes, and is at hand if this ends early.
            self._expect(SoFar(resource=uri), counts=dict(report.counts), tests=report.test_values)
            if isinstance(found, bytes | Blocks):
                yield Rendered(found)
            else:
                yield from found
            if self.on_progress is not None:
                self._tell(self.on_progress)
        report.bytes_total = report.bytes_read
        report.suppressed = detector.suppressed - before
        yield from self._take(report)

    def _expect(self, part: SoFar, *, counts: dict[str, tuple[int, float]] | None = None, tests: int = 0) -> None:
        """Counts what is about to be told of a resource whose report may never come."""
        if self.so_far is None:
            self.so_far = Tally(resource=part.resource)
        self.so_far.bytes_total = max(self.so_far.bytes_total, part.bytes_total)
        if counts is not None:
            self.so_far.counts = counts
            self.so_far.test_values = tests
        elif self.render:
            self.so_far.add(part.counts)
            self.so_far.test_values += part.test_values

    def _each(self, findings: list[Finding]) -> Iterator[Record]:
        """Findings one by one, each counted as it is told; with a catalog those that count under its decisions."""
        for finding in findings if self.keeping is None else self.keeping.on_findings(findings):
            if self.so_far is None or self.so_far.resource != finding.resource:
                self.so_far = Tally(resource=finding.resource)
            if finding.test_value:
                self.so_far.test_values += 1
            else:
                self.so_far.note_levels({finding.identifier: finding.level})
                self.so_far.note_categories({finding.identifier: (finding.category,)})
                self.so_far.add({finding.identifier: (1, finding.confidence)})
            yield finding

    def _settle(self, resource: str, bytes_total: int, counts: dict[str, tuple[int, float]], tests: int) -> Tally:
        """What was counted goes to the resource that is open, and is expected no more."""
        if self.open is None or self.open.resource != resource:
            self.open = Tally(resource=resource)
            self.open_tables = []
        self.open.settle(counts, tests, bytes_total)
        if self.so_far is not None and self.so_far.resource == resource:
            self.open.note_levels(self.so_far.levels)
            self.open.note_categories(self.so_far.categories)
        self.so_far = None
        return self.open

    def _take(self, report: SplitReport) -> Iterator[Record]:
        counts, tests = report.counts, report.test_values
        told = self.so_far if self.so_far is not None and self.so_far.resource == report.resource else None
        if isinstance(report, LostReport) and told is not None:
            counts, tests = told.counts, told.test_values
        elif self.keeping is not None:
            # What was found counts as the decisions have it.
            counts = {} if told is None else told.counts
        if self.keeping is not None:
            self.keeping.on_candidates(report.candidates.values())
        tally = self._settle(report.resource, report.bytes_total, counts, tests)
        tally.read(report)
        self.totals.read(report)
        self.untold += report.gaps
        self.untold += report.skips
        for table in report.tables:
            same = next((item for item in self.open_tables if item.table == table.table and report.part), None)
            if same is None:
                self.open_tables.append(table)
            else:
                from assay.tables.sketch import merge

                same.columns = merge(same.columns, table.columns)
        if report.parts is not None and report.part + 1 >= report.parts:
            self._close(tally)
        yield from self._told()

    def _told(self) -> Iterator[Record]:
        """What is ready to be told. An interrupt leaves the rest for the end of the scan."""
        while self.untold:
            yield self.untold.popleft()

    def _close(self, tally: Tally) -> None:
        assert self.rules is not None
        assert self.job is not None
        if self.open_tables:
            from assay.classify.tables import table_records  # only where there is a table

            settle = self.keeping.on_table if self.keeping is not None else None
            judge = self.job.setup.judges.of(self.rules)
            # Whoever stops a scan does not wait for its rows to be counted.
            count = None if self.interrupted else self.job.count()
            self.untold += table_records(self.open_tables, tally, judge, settle, count)
        for item in self.listing.left_out_of(tally.resource):
            self._note(item, tally)
        self.open = None
        self.closed += 1
        self.totals.bytes_done += tally.bytes_read if tally.sampled else tally.bytes_total
        classification = classify(tally, self.rules.by_identifier)
        if self.keeping is not None:
            classification = self.keeping.on_classification(classification)
        self._count(classification, tally)

    def _count(self, classification: Classification, tally: Tally) -> None:
        self.totals.count(classification, tally)
        if classification.resource in self.listing.random and classification.identifiers:
            self.drawn_with_findings += 1
        self.untold.append(classification)

    def _told_whole(self, settled: Settled) -> Iterator[Record]:
        """Resources that a worker has classified. What the listing passed over among them is told where it lies."""
        self.totals.merge(settled.totals)
        lines = settled.lines
        waiting = self.listing.left_out
        if waiting and waiting[0][0] < self.closed + len(lines):
            for line in lines:
                yield from self._left_out(self.closed)
                self.closed += 1
                yield Rendered(line)
        else:
            self.closed += len(lines)
            yield Rendered(b"".join(lines))

    def _left_out(self, before: int) -> Iterator[Record]:
        """What the listing passed over after at most `before` files: each is told, and is unclassified.

        assay's own output and cache are told, too, but are no resources that anyone asks for the level of.
        """
        waiting = self.listing.left_out
        while waiting and waiting[0][0] <= before:
            item = waiting.popleft()[1]
            if isinstance(item, Kept):
                yield from self._again(item.results)
                continue
            tally = Tally(resource=item.resource)
            self._note(item, tally)
            for each in self.listing.next_left_out(item.resource):
                self._note(each, tally)
            if item.reason not in OWN:
                self._count(classify(tally, {}), tally)
            yield from self._told()

    def _note(self, item: Gap | Skip, tally: Tally) -> None:
        """Something that the listing passed over is told, and counts for its resource."""
        if item.detail and any(self.openers.tables) and self.job is not None:
            # Names of tables may be values, and what lists them knows no rules.
            item = replace(item, detail=self.job.recipe.make().safe_text(item.detail))
        self.untold.append(item)
        if isinstance(item, Gap):
            self.totals.gaps += 1
            tally.gaps.append(item.reason)
        else:
            self.totals.skips += 1
            # What a view of a file shows is in its tables.
            if not (item.reason == "view" and self.open is tally):
                tally.skips.append(item.reason)

    def _again(self, results: Sequence[Result]) -> Iterator[Record]:
        """What is kept of a resource that has not changed, told again."""
        self.answered = True
        for result in results:
            if isinstance(result, Classification):
                self.totals.count_again(result, skips=sum(isinstance(item, Skip) for item in results))
            elif isinstance(result, Finding):
                self.totals.findings += not result.test_value
                self.totals.test_values += result.test_value
            elif isinstance(result, ColumnRecord):
                self.totals.count_column_again(sensitive=result.detected_type is not None)
            elif isinstance(result, TableRecord):
                self.totals.tables_again += 1
            yield result
        self.answered = False

    def _tell(self, on_progress: OnProgress) -> bool:
        """Tells how far it is, if it is time to."""
        now = time.monotonic()
        if now - self.told < _PROGRESS_EVERY:
            return False
        self.told = now
        open_counts = [tally.counts for tally in (self.open, self.so_far) if tally is not None]
        found = self.totals.findings + sum(number for counts in open_counts for number, _ in counts.values())
        done = self.totals.bytes_done + (self.open.bytes_read if self.open is not None else 0)
        listing = self.listing
        on_progress(Progress(done, listing.bytes, self.closed, listing.files, found, not listing.complete))
        return True

    def finish(self) -> Iterator[Record]:
        """What is left to tell: the resource that was being read when the scan was interrupted, and the summary."""
        part = self.so_far
        if part is not None:
            self._settle(part.resource, part.bytes_total, part.counts, part.test_values)
        if self.open is not None:
            # What was found of it counts, and it is not complete.
            self.totals.gaps += 1
            self.untold.append(Gap(resource=self.open.resource, reason="interrupted", detail=_INTERRUPTED))
            self.open.gaps.append("interrupted")
            self._close(self.open)
        yield from self._told()
        listing = self.listing
        missed = (
            upper_bound(self.drawn_with_findings, listing.drawn, listing.population) if listing.population else None
        )
        yield summary_of(
            self.totals,
            target=self._shown_targets(),
            seconds=time.monotonic() - self.started,
            options=self.options,
            objects_drawn=listing.sampling,
            rows_drawn=self.totals.rows_drawn,
            missed=missed,
            kept_from=self.keeping.recording.kept_from if self.keeping is not None else {},
            judged_again=self.again.told() if self.again is not None else None,
            interrupted=self.interrupted,
        )
