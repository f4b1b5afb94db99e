"""Tables that have not changed, judged under another configuration by what is stored of them, without reading them again.

What is taken from the catalog stands in for what a worker would have read: everything after that (levels, decisions, what
is kept and told) is the same as if it had been read. So only that is taken of which reading again would give the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from assay.app.governing.governance import earlier
from assay.app.reviews.decisions import Decisions
from assay.app.scan.comparing import Changed, Side
from assay.app.scan.recording import Recording
from assay.detect.cache import read_all
from assay.detect.ruleset import digest_of
from assay.engines.local import DetectorRecipe
from assay.model import AssetRef, ColumnSketch, JudgedAgain, Split
from assay.scanning.report import Extent, SplitReport, TableSketch
from assay.store.engine import Catalog
from assay.store.sketches import Sketches, StoredTable
from assay.tables.anonymity import holds_for
from assay.tables.judge import TableJudge, named


@dataclass(slots=True, kw_only=True)
class Rejudging:
    """Answers for tables out of the catalog. `judge` is that of the scan, `counts` says whether it counts rows that are alike;
    `tables` and `columns` count what was answered for."""

    catalog: Catalog
    recording: Recording
    decisions: Decisions
    recipe: DetectorRecipe
    judge: TableJudge
    counts: bool
    tables: int = 0
    columns: int = 0
    _sketches: Sketches = field(init=False)
    _changed: dict[str, Changed | None] = field(default_factory=dict)
    _waiting: deque[tuple[int, SplitReport]] = field(default_factory=deque)
    _fed: int = 1

    def __post_init__(self) -> None:
        self._sketches = Sketches(self.catalog)

    def to_read(self, splits: Iterator[Split]) -> Iterator[Split]:
        """Those splits that have to be read, besides a first one. What is stored of the others waits until `due`."""
        for split in splits:
            report = self.report(split)
            if report is None:
                self._fed += 1
                yield split
            else:
                self._waiting.append((self._fed, report))

    def due(self, read: int | None = None) -> Iterator[SplitReport]:
        """What is stored of splits that lie before the one that follows the first `read` of those to be read; of all that are
        left without it."""
        while self._waiting and (read is None or self._waiting[0][0] <= read):
            yield self._waiting.popleft()[1]

    def told(self) -> JudgedAgain | None:
        """What was answered for."""
        return JudgedAgain(tables=self.tables, columns=self.columns) if self.tables else None

    def report(self, split: Split) -> SplitReport | None:
        """What reading a table again would give; `None` where that cannot be told."""
        asset = split.asset
        if asset.kind != "table" or not asset.name or asset.change is None:
            return None
        known = self.recording.outdated(asset.uri, asset.change)
        changed = self._since(known.made_with) if known is not None else None
        if known is None or changed is None:
            return None
        stored = self._stored(asset)
        if stored is None or stored.reading != known.reading or stored.extent is None:
            return None
        sketches = [sketch for _, sketch in stored.columns if sketch is not None]
        extent = _extent(stored.extent)
        if len(sketches) < len(stored.columns) or not self._answers(stored, sketches, extent, changed):
            return None
        self.tables += 1
        self.columns += len(sketches)
        table = TableSketch(
            table=stored.table,
            columns=sketches,
            change=asset.change,
            asset=asset,
            extent=extent,
            counted=stored.record.k_anonymity,
        )
        report = SplitReport(resource=asset.uri, part=split.part, parts=split.parts)
        report.take_table(table, extent)
        report.bytes_total = report.bytes_read
        return report

    def _stored(self, asset: AssetRef) -> StoredTable | None:
        if len(asset.name) > 1:
            return self._sketches.of(asset.uri, None)  # a table of a server is a resource of its own
        return self._sketches.of(asset.uri, self.recipe.make().safe_name(asset.name[0]))

    def _answers(self, stored: StoredTable, sketches: Sequence[ColumnSketch], extent: Extent, changed: Changed) -> bool:
        if changed.to_read(sketches, stored.table):
            return False
        if not changed.votes_alike and (
            extent.draws > 1
            or (extent.may_grow and any(self.judge.is_undecided(sketch, stored.table) for sketch in sketches))
        ):
            return False  # more rows, or fewer, would be read
        return not self.counts or self._is_counted(stored, sketches)

    def _is_counted(self, stored: StoredTable, sketches: Sequence[ColumnSketch]) -> bool:
        """Whether what is stored of rows that are alike is what would be counted now."""
        before = stored.record.k_anonymity
        quasi = self.judge.quasi
        if before is None and not self.decisions.concerns(stored.resource) and not quasi.may_be_in(sketches):
            return True
        meant = self.judge.meanings(named(sketches), stored.table)
        columns, table = self.judge.records(sketches, resource=stored.resource, table=stored.table, meanings=meant)
        settled = self.decisions.would_be(columns, table)
        places = quasi.places(settled)
        if not places:
            return True
        return before is not None and holds_for(before, [settled[place].column for place in places], quasi.below)

    def _since(self, made_with: str) -> Changed | None:
        """What has changed since results of that kind were made; `None` where that cannot be told."""
        if made_with not in self._changed:
            self._changed[made_with] = self._compared(made_with)
        return self._changed[made_with]

    def _compared(self, made_with: str) -> Changed | None:
        asked = self.recording.asked_with(made_with)
        if asked is None or asked.sampling != self.recording.asked.sampling:
            return None
        now = Side(self.judge)
        if (asked.ruleset, asked.governance) == (self.recording.asked.ruleset, self.recording.asked.governance):
            return Changed.between(now, now)
        before = earlier(
            self.catalog,
            read_all(self.recipe.paths, cache=self.recipe.cache, builtin=True, examples=False, broken=[])[0],
            asked.governance,
        )
        if before is None:
            return None
        identifiers = self.recipe.under(before)
        return (
            Changed.between(Side.under(before, identifiers), now) if digest_of(identifiers) == asked.ruleset else None
        )


def _extent(stored: Mapping[str, Any]) -> Extent:
    return Extent(**{each.name: stored[each.name] for each in fields(Extent) if each.name in stored})
