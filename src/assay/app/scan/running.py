"""One scan: what workers read, what the catalog knows, and what standard input gives, in the order of the listing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, TYPE_CHECKING, NamedTuple

from assay.app.config.settings import Settings
from assay.app.learning.models import learner_of
from assay.app.scan.keeping import Begin, Keeping, Wanted, begin, version_of
from assay.app.scan.listing import Listing
from assay.app.scan.recipe import cores, job_of, recipe_of
from assay.app.scan.shown import masked_target
from assay.app.scan.sources import Openers, folder_of, is_remote, leaves_out, listed_by, shown
from assay.app.scan.summing import summary_of
from assay.app.scan.tallying import Tallying
from assay.classify.bound import upper_bound
from assay.engines.local import DetectorRecipe, Job
from assay.engines.local import scan as scan_locally
from assay.engines.outcomes import Outcome, Settled, SoFar
from assay.model import AssetRef, Split, Summary
from assay.model.options import ScanOptions
from assay.ports import Blocks, Listed, OnProgress, Progress, Record, Rendered
from assay.scanning.report import SplitReport
from assay.scanning.split import guarded, scan_stream
from assay.tables.judges import Judges

if TYPE_CHECKING:
    from assay.app.learning.learner import Learner
    from assay.app.scan.rejudging import Rejudging
    from assay.sources.s3.options import S3Options
    from assay.store.engine import Catalog

_PROGRESS_EVERY = 0.1
_BY_LIBRARIES = tuple(
    ".parquet .orc .avro .arrow .feather .xls .xlsx .xlsm .xlsb .ods .sqlite .sqlite3 .db .duckdb".split()  # noqa: SIM905
)


class Given(NamedTuple):
    """Bytes that are at hand, to be read as the resource of that URI; `name` tells what a file of that name may be."""

    uri: str
    stream: IO[bytes]
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Within:
    """What a scan that is a part of larger work gets instead of making it. `recipe` is that of the options, the settings and
    the catalog's configuration as they are; what it and `judges` have made is used again, as is the `learner` of these. `begun`
    keeps the results."""

    recipe: DetectorRecipe
    judges: Judges
    begun: Begin
    learner: Learner | None = None


@dataclass(slots=True, kw_only=True)
class Run:
    """State of one scan."""

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
    started: float = field(default_factory=time.monotonic)
    interrupted: bool = False
    job: Job | None = None
    tallying: Tallying | None = None
    read: int = 0
    told: float = 0.0

    def prepare(self, catalog: Catalog | None, wanted: Wanted | None, within: Within | None) -> None:
        version = version_of(catalog) if catalog is not None else 0
        recipe = self._recipe(catalog) if within is None else within.recipe
        rules = recipe.make().rules
        keeps = catalog is not None and wanted is not None
        learner = None if within is None else within.learner
        if learner is None:
            learner = learner_of(self.settings, keep=keeps)
        judges = Judges(learned=learner) if within is None else within.judges
        if catalog is not None and wanted is not None:
            begun = begin if within is None else within.begun
            self.keeping = begun(
                catalog,
                self.targets,
                self.options,
                self.settings,
                mask=recipe.make().safe_name,
                ruleset=rules.digest,
                identifiers=rules.identifiers,
                governance=judges.governance_of(rules),
                version=version,
                resume=wanted.resume,
                note=wanted.note,
                second_from=self.settings.second_approval,
                all_tables=not leaves_out(self.listing.sources, self.options),
                s3=self.s3,
            )
            self.listing.known = self.keeping.unchanged
            counts = self.options.k_anonymity is not False
            self.again = self.keeping.judge_again(recipe, judges.of(rules), counts=counts)
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
            # It takes as long as the search for values: only where that is kept, or was asked for.
            learned=learner if keeps or not self.settings.origin("learned").is_default else None,
        )
        self.tallying = Tallying(
            rules=rules,
            job=self.job,
            listing=self.listing,
            keeping=self.keeping,
            render=self.render,
            tables=any(self.openers.tables),
        )

    def keep(self, record: Record) -> None:
        """Keeps what is about to be told, where there is a catalog."""
        if self.keeping is None or (self.tallying is not None and self.tallying.answered):
            return
        if isinstance(record, Summary):
            self.keeping.finish(record, self._listed())
            self.keeping = None
        else:
            self.keeping.take(record)

    def _recipe(self, catalog: Catalog | None) -> DetectorRecipe:
        access = None if self.s3 is None else self.s3.access
        return recipe_of(self.options, self.settings, catalog=catalog, elsewhere=True, access=access)

    def _listed(self) -> tuple[Listed, ...]:
        """What is known by now not to be there. Of objects that were drawn the others were listed, but not told."""
        listing = self.listing
        return () if listing.population or not listing.complete else listed_by(listing.sources)

    def abandon(self) -> None:
        """Ends the run in the catalog after an error."""
        if self.keeping is not None:
            self.keeping.abandon()

    def records(self) -> Iterator[Record]:
        if self.tallying is not None:
            yield from self.tallying.not_loaded()
        if self.given is not None:
            yield from self._stream(self.given)
        splits = self.listing.splits()
        assert self.job is not None
        assert self.tallying is not None
        tallying = self.tallying
        first = next(splits, None) if self.again is None else (yield from self._first_to_read(splits, self.again))
        if first is not None:
            jobs = 1 if self._is_small(first) else self.options.jobs or self.settings.jobs or cores()
            idle = self.listing.ahead if self.on_progress is not None else None
            rest = splits if self.again is None else self.again.to_read(splits)
            for outcome in self._outcomes(chain((first,), rest), jobs, idle):
                if self.again is not None:
                    yield from self._judged_again(self.again.due(self.read))
                # What the listing passed over is told where it lies, however far ahead the listing is.
                yield from tallying.left_out(tallying.closed)
                if isinstance(outcome, bytes | Blocks):
                    yield Rendered(outcome)
                elif isinstance(outcome, list):
                    yield from tallying.each(outcome)
                elif isinstance(outcome, Settled):
                    yield from tallying.told_whole(outcome)
                elif isinstance(outcome, SoFar):
                    tallying.expect(outcome)
                else:
                    yield from tallying.take(outcome)
                    self.read += 1
                if self.on_progress is not None and self._tell(self.on_progress) and jobs == 1:
                    self.listing.ahead()
            if self.again is not None:
                yield from self._judged_again(self.again.due())
        yield from tallying.left_out(self.listing.files)

    def _outcomes(self, splits: Iterator[Split], jobs: int, idle: Callable[[], bool] | None) -> Iterator[Outcome]:
        """What the engine makes of splits, in their order."""
        assert self.job is not None
        if self.options.engine == "spark":
            from assay.engines.spark import Where
            from assay.engines.spark import scan as scan_by_spark  # only where it is asked for

            where = Where(master=self.options.master, cores=self.options.jobs or self.settings.jobs or cores())
            return scan_by_spark(splits, self.job, where, idle=idle, pause=self.pause)
        return scan_locally(splits, self.job, jobs=jobs, idle=idle, pause=self.pause)

    def _first_to_read(self, splits: Iterator[Split], again: Rejudging) -> Generator[Record, None, Split | None]:
        """The first split that has to be read. Tables before it that are judged by what is stored of them are told."""
        for split in splits:
            report = again.report(split)
            if report is None:
                return split
            yield from self._judged_again((report,))
        return None

    def _judged_again(self, reports: Iterable[SplitReport]) -> Iterator[Record]:
        assert self.tallying is not None
        for report in reports:
            yield from self.tallying.left_out(self.tallying.closed)
            self.tallying.totals.leave_out(report)
            yield from self.tallying.take(report)

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
        assert self.tallying is not None
        uri = given.uri
        report = SplitReport(resource=uri)
        decided = self.job.setup.decided
        split = Split(asset=AssetRef(kind="file", uri=uri, path=given.name, size=None))
        detector = self.job.recipe.make()
        before = detector.suppressed
        detector.decided = frozenset() if decided is None else decided(uri)
        self.listing.files += 1
        allowed = self.job.setup.allowed(uri, "stdin")
        pieces = scan_stream(given.stream, split, detector, self.job.setup, report, allowed)
        for piece in guarded(pieces, report):
            found = self.job.outcome(piece)
            # The report counts as it goes, and is at hand if this ends early.
            self.tallying.expect(SoFar(resource=uri), counts=dict(report.counts), tests=report.test_values)
            if isinstance(found, bytes | Blocks):
                yield Rendered(found)
            else:
                yield from found
            if self.on_progress is not None:
                self._tell(self.on_progress)
        report.bytes_total = report.bytes_read
        report.suppressed = detector.suppressed - before
        yield from self.tallying.take(report)

    def _tell(self, on_progress: OnProgress) -> bool:
        """Tells how far it is, if it is time to."""
        now = time.monotonic()
        if now - self.told < _PROGRESS_EVERY:
            return False
        self.told = now
        assert self.tallying is not None
        tallying = self.tallying
        listing = self.listing
        on_progress(
            Progress(
                tallying.bytes_done(),
                listing.bytes,
                tallying.closed,
                listing.files,
                tallying.found(),
                not listing.complete,
            )
        )
        return True

    def finish(self) -> Iterator[Record]:
        """What is left to tell: the resource that was being read when the scan was interrupted, and the summary."""
        assert self.tallying is not None
        tallying = self.tallying
        # Whoever stops a scan does not wait for its rows to be counted.
        tallying.interrupted = self.interrupted
        yield from tallying.rest()
        listing = self.listing
        missed = (
            upper_bound(tallying.drawn_with_findings, listing.drawn, listing.population) if listing.population else None
        )
        yield summary_of(
            tallying.totals,
            target=self._shown_targets(),
            seconds=time.monotonic() - self.started,
            options=self.options,
            objects_drawn=listing.sampling,
            rows_drawn=tallying.totals.rows_drawn,
            missed=missed,
            kept_from=self.keeping.recording.kept_from if self.keeping is not None else {},
            judged_again=self.again.told() if self.again is not None else None,
            interrupted=self.interrupted,
        )
