"""A round: some files of watched folders, read by the line as a scan reads them, and kept in one transaction."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Collection, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from sqlalchemy import Connection

from assay.app.config.settings import Settings
from assay.app.learning.models import learner_of
from assay.app.reviews.ruling import ruling_of
from assay.app.scan.keeping import begin, version_of
from assay.app.scan.line import scan_within
from assay.app.scan.recipe import recipe_of
from assay.app.scan.running import Within
from assay.app.watch.watcheditems import Item
from assay.app.work.eventkeeping import Beginning, WorkerRuns
from assay.engines.local import DetectorRecipe
from assay.model import AssetRef, Classification, Gap, Skip, Summary
from assay.model.options import ScanOptions
from assay.ports import Record, Rendered, Result
from assay.report.printable import local_path
from assay.review.phases import Ruling
from assay.sources.file import FileSource, file_uri
from assay.store import audit, gone, incoming, phases
from assay.store.engine import Catalog
from assay.store.incoming import Incoming, Status
from assay.store.texts import derived
from assay.tables.judges import Judges

SOURCE = "file"
_PAUSE_SECONDS = 0.05
_AT_ONCE = 1_000
_VANISHED = "vanished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(FileSource):
    """Files that are listed already."""

    items: Sequence[Item] = ()

    def assets(self) -> Iterator[AssetRef | Gap | Skip]:
        return iter([item.listed for item in self.items])


class Judged(NamedTuple):
    """What was concluded of a file, and with a catalog what its phase lets happen to it."""

    classification: Classification
    ruling: Ruling | None


@dataclass(slots=True, kw_only=True)
class Rounds:
    """Makes rounds. Rules and configuration are read anew where the catalog's have changed; `runs` is there with a catalog."""

    targets: Sequence[str]
    settings: Settings
    options: ScanOptions
    catalog: Catalog | None = None
    runs: WorkerRuns | None = None
    _version: int | None = None
    _recipe: DetectorRecipe | None = None
    _judges: Judges = field(default_factory=Judges)

    def make(self, items: Sequence[Item], ended: Collection[str], *, jobs: int) -> Round:
        """A round of these items by at most so many workers, in which what is known of the `ended` paths ends, too.

        Raises `AssayError`.
        """
        recipe = self._made()
        beginning = None
        if self.runs is not None:
            uris = [file_uri(item.path) for item in items]
            beginning = Beginning(runs=self.runs, resources=uris, quiet=True)
        within = Within(recipe=recipe, judges=self._judges, begun=beginning or begin)
        records = scan_within(
            within,
            self.catalog,
            replace(self.options, jobs=jobs),
            settings=self.settings,
            source=Listed(target=self.targets[0], items=items),
            targets=self.targets,
            pause=_PAUSE_SECONDS,
        )
        return Round(rounds=self, items=items, ended=ended, records=records, beginning=beginning)

    def warm(self) -> None:
        """Has the detector made, so that workers are copies of this process that need not make it. Raises `AssayError`."""
        self._made().make()

    def _made(self) -> DetectorRecipe:
        version = version_of(self.catalog) if self.catalog is not None else 0
        if self._recipe is None or version != self._version:
            self._recipe = recipe_of(self.options, self.settings, catalog=self.catalog)
            self._judges = Judges(learned=learner_of(self.settings))
            self._version = version
        return self._recipe

    def rulings(self, found: Sequence[Classification], kept: Beginning, skipped: Collection[str] = ()) -> list[Judged]:
        """What phases let happen to what was concluded; of what was skipped nothing can follow."""
        assert self.catalog is not None
        assert self._recipe is not None
        assert kept.made is not None
        governance = self._judges.governance_of(self._recipe.make().rules)
        with self.catalog.reading() as connection:
            rows = phases.phases(connection)
        decided = kept.made.is_decided
        return [
            Judged(
                each,
                None
                if each.resource in skipped
                else ruling_of(each, rows, governance, is_decided=decided(each.resource)),
            )
            for each in found
        ]


@dataclass(slots=True, kw_only=True)
class Round:
    """A round that goes on. `is_done` once all that it has to tell was told; then it has to be kept."""

    rounds: Rounds
    items: Sequence[Item]
    ended: Collection[str]
    records: Generator[Record, None, None]
    beginning: Beginning | None
    is_done: bool = False
    vanished: set[str] = field(default_factory=set)
    gaps: set[str] = field(default_factory=set)
    _found: list[Classification] = field(default_factory=list)
    _skipped: dict[str, str] = field(default_factory=dict)

    def results(self) -> Iterator[Result]:
        """Those that have come by now. A file that vanished before it was read is told of no more than one never seen."""
        for _ in range(_AT_ONCE):
            record = next(self.records, None)
            if record is None:
                self.is_done = True
                return
            if isinstance(record, Rendered):
                return  # nothing has come for a while
            if self._is_told(record):
                yield record

    def interrupt(self) -> Iterator[Result]:
        """Ends it early: what was found until then, and that this is not all."""
        try:
            first = self.records.throw(KeyboardInterrupt())
        except (StopIteration, KeyboardInterrupt):
            return  # it had nothing to tell yet
        for record in (first, *self.records):
            if not isinstance(record, Rendered) and self._is_told(record):
                yield record

    def keep(self) -> list[Judged]:
        """Writes it, where there is a catalog. Raises `CatalogError`."""
        if self.beginning is None:
            return [Judged(each, None) for each in self._found]
        judged = self.rounds.rulings(self._found, self.beginning, self._skipped)
        made = self.beginning.made
        assert made is not None
        assert self.rounds.runs is not None
        run, actor = made.held.run, self.rounds.runs.actor

        def also(connection: Connection) -> None:
            ended = gone.end(connection, run, {*map(file_uri, self.ended), *self.vanished})
            if not (judged or ended):
                return
            tokens = {file_uri(item.path): item.token for item in self.items}
            incoming.note_done(connection, [self._event(each, tokens) for each in judged])
            told = {
                "source": SOURCE,
                "outcome": Status.DONE.value,
                "resources": len(judged),
                "by_level": dict(Counter(str(each.classification.level) for each in judged)),
                "gates": dict(Counter(str(each.ruling.gate) for each in judged if each.ruling is not None)),
                "resources_gone": ended,
            }
            audit.append(connection, actor=actor, action=incoming.ACTION, run=run, details=told)

        made.write(also)
        return judged

    @property
    def same(self) -> int:
        """How many files were as the catalog has them, and were not read."""
        return self.beginning.made.same if self.beginning is not None and self.beginning.made is not None else 0

    def close(self) -> None:
        """Ends its workers."""
        self.records.close()

    def _event(self, judged: Judged, tokens: dict[str, int]) -> tuple[Incoming, Status, str, str | None]:
        uri = judged.classification.resource
        identity = derived("watched", uri, str(tokens.get(uri, "")))
        why = self._skipped.get(uri, "")
        gate = None if judged.ruling is None else str(judged.ruling.gate)
        event = Incoming(identity=identity, resource=uri, source=SOURCE, type="changed")
        return event, Status.SKIPPED if why else Status.DONE, why, gate

    def _is_told(self, record: Result) -> bool:
        if isinstance(record, Gap) and record.reason == _VANISHED and not os.path.lexists(local_path(record.resource)):
            self.vanished.add(record.resource)
            return False
        if isinstance(record, Gap):
            self.gaps.add(record.resource)
        if isinstance(record, Classification):
            if record.resource in self.vanished:
                return False
            self._found.append(record)
        elif isinstance(record, Skip):
            self._skipped[record.resource] = record.reason
        return not isinstance(record, Summary)
