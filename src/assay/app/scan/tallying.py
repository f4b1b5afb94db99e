"""What was found → what is told of it: each resource's findings counted, its tables judged, and its classification."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from assay.app.scan.keeping import Keeping
from assay.app.scan.listing import Kept, Listing
from assay.classify.resource import NOT_LOADED, Tally, Totals, classify
from assay.detect.ruleset import RuleSet
from assay.engines.local import Job
from assay.engines.outcomes import LostReport, Settled, SoFar
from assay.model import Classification, ColumnRecord, Finding, Gap, Skip, TableRecord
from assay.ports import Record, Rendered, Result
from assay.scanning.report import SplitReport
from assay.scanning.sketches import Sketches
from assay.sinks.output import PARTIAL
from assay.sources.file import OWN

_TOLD = 1_000
_INTERRUPTED = "the scan was stopped while this was read; what was found until then is told"


@dataclass(slots=True, kw_only=True)
class Tallying:
    """What has been counted so far, of all resources and of the one that is open, and what is ready to be told.

    `render` says that findings come as lines, `tables` that some targets are databases. `answered` is true while what is
    told is what the catalog knows already.
    """

    rules: RuleSet
    job: Job
    listing: Listing
    keeping: Keeping | None
    render: bool
    tables: bool
    answered: bool = False
    interrupted: bool = False
    open: Tally | None = None
    open_tables: Sketches = field(default_factory=Sketches)
    settled_tables: int = 0
    so_far: Tally | None = None
    untold: deque[Record] = field(default_factory=deque)
    totals: Totals = field(default_factory=Totals)
    closed: int = 0
    drawn_with_findings: int = 0

    def not_loaded(self) -> Iterator[Record]:
        """A gap for each identifier that could not be loaded: nothing was looked for by it."""
        for file, problem in self.rules.broken:
            self.totals.gaps += 1
            yield Gap(resource=file.absolute().as_uri(), reason=NOT_LOADED, detail=problem)

    def expect(self, part: SoFar, *, counts: dict[str, tuple[int, float]] | None = None, tests: int = 0) -> None:
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

    def each(self, findings: list[Finding]) -> Iterator[Record]:
        """Findings one by one, each counted as it is told; with a catalog those that count under its decisions."""
        for finding in findings if self.keeping is None else self.keeping.on_findings(findings):
            name = finding.identifier
            if self.so_far is None or self.so_far.resource != finding.resource:
                self.so_far = Tally(resource=finding.resource)
            if finding.test_value:
                self.so_far.test_values += 1
            else:
                # Most are of an identifier of which some were told.
                if self.so_far.levels.get(name) is not finding.level:
                    self.so_far.note_levels({name: finding.level})
                if finding.category not in self.so_far.categories.get(name, ()):
                    self.so_far.note_categories({name: (finding.category,)})
                self.so_far.add({name: (1, finding.confidence)})
            yield finding

    def _settle(self, resource: str, bytes_total: int, counts: dict[str, tuple[int, float]], tests: int) -> Tally:
        """What was counted goes to the resource that is open, and is expected no more."""
        if self.open is None or self.open.resource != resource:
            self.open = Tally(resource=resource)
            self.open_tables, self.settled_tables = Sketches(), 0
        self.open.settle(counts, tests, bytes_total)
        if self.so_far is not None and self.so_far.resource == resource:
            self.open.note_levels(self.so_far.levels)
            self.open.note_categories(self.so_far.categories)
        self.so_far = None
        return self.open

    def take(self, report: SplitReport) -> Iterator[Record]:
        counts, tests = report.counts, report.test_values
        told = self.so_far if self.so_far is not None and self.so_far.resource == report.resource else None
        if isinstance(report, LostReport) and told is not None:
            counts, tests = told.counts, told.test_values
        elif self.keeping is not None:
            # What was found counts as the decisions have it.
            counts = {} if told is None else told.counts
        if self.keeping is not None:
            self.keeping.on_candidates(report.candidates.values())
        if self.keeping is not None and report.document is not None:
            self.keeping.on_document(report.resource, report.document)
        tally = self._settle(report.resource, report.bytes_total, counts, tests)
        tally.read(report)
        self.totals.read(report)
        self.untold += report.gaps
        self.untold += report.skips
        if not self.open_tables:
            self.open_tables = report.tables
            report.tables = Sketches()
        for table in report.tables:
            # Parts of one table come behind one another.
            same = next((item for item in self.open_tables.recent if item.table == table.table and report.part), None)
            if same is None:
                self.open_tables.append(table)
            else:
                from assay.tables.sketch import merge

                same.columns = merge(same.columns, table.columns)
        if report.parts is not None and report.part + 1 >= report.parts:
            yield from self._close(tally)
        yield from self._told()

    def _told(self) -> Iterator[Record]:
        """What is ready to be told. An interrupt leaves the rest for the end of the scan."""
        while self.untold:
            yield self.untold.popleft()

    def _close(self, tally: Tally) -> Iterator[Record]:
        """Ends a resource. Its tables are told as they are judged: their records would take many times the memory."""
        if self.open_tables:
            from assay.classify.tables import table_records  # only where there is a table

            settle = self.keeping.on_table if self.keeping is not None else None
            judge = self.job.setup.judges.of(self.rules)
            # Whoever stops a scan does not wait for its rows to be counted.
            count = None if self.interrupted else self.job.count()
            known = self.job.setup.known_columns(tally.resource)
            # Who goes on after an interrupt goes on behind the tables that were judged.
            for table in self.open_tables.behind(self.settled_tables):
                self.untold += table_records((table,), tally, judge, settle, count, known)
                self.settled_tables += 1
                if len(self.untold) >= _TOLD:
                    yield from self._told()
        for item in self.listing.left_out_of(tally.resource):
            self._note(item, tally)
        self.open = None
        self.closed += 1
        self.totals.bytes_done += tally.bytes_read if tally.sampled else tally.bytes_total
        if self.rules.broken:
            # What was not looked for may be there.
            tally.gaps.append(NOT_LOADED)
        classification = classify(tally, self.rules.by_identifier)
        if self.keeping is not None:
            classification = self.keeping.on_classification(classification)
        self._count(classification, tally)

    def _count(self, classification: Classification, tally: Tally) -> None:
        self.totals.count(classification, tally)
        if classification.resource in self.listing.random and classification.identifiers:
            self.drawn_with_findings += 1
        self.untold.append(classification)

    def told_whole(self, settled: Settled) -> Iterator[Record]:
        """Resources that a worker has classified. What the listing passed over among them is told where it lies."""
        self.totals.merge(settled.totals)
        lines = settled.lines
        waiting = self.listing.left_out
        if waiting and waiting[0][0] < self.closed + len(lines):
            for line in lines:
                yield from self.left_out(self.closed)
                self.closed += 1
                yield Rendered(line)
        else:
            self.closed += len(lines)
            yield Rendered(b"".join(lines))

    def left_out(self, before: int) -> Iterator[Record]:
        """What the listing passed over after at most `before` files: each is told, and is unclassified.

        assay's own output and cache are told, too, but are no resources that anyone asks for the level of.
        """
        waiting = self.listing.left_out
        while waiting and waiting[0][0] <= before:
            item = waiting.popleft()[1]
            if isinstance(item, Kept):
                yield from self._again(item.results)
                continue
            if item.reason == "own output" and item.resource.endswith(PARTIAL):
                # What this scan writes, before it has its name: it was not there before, and is called otherwise each time.
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
        if item.detail and self.tables:
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

    def rest(self) -> Iterator[Record]:
        """What is left to tell in the end: of the resource that was being read when the scan was interrupted."""
        part = self.so_far
        if part is not None:
            self._settle(part.resource, part.bytes_total, part.counts, part.test_values)
        if self.open is not None:
            # What was found of it counts, and it is not complete.
            self.totals.gaps += 1
            self.untold.append(Gap(resource=self.open.resource, reason="interrupted", detail=_INTERRUPTED))
            self.open.gaps.append("interrupted")
            yield from self._close(self.open)
        yield from self._told()

    def found(self) -> int:
        """How many findings there are so far, of the resource that is open as well."""
        counts = [tally.counts for tally in (self.open, self.so_far) if tally is not None]
        return self.totals.findings + sum(number for each in counts for number, _ in each.values())

    def bytes_done(self) -> int:
        """How much was read, of the resource that is open as well."""
        return self.totals.bytes_done + (self.open.bytes_read if self.open is not None else 0)
