"""What an event's scan finds, held back: it is written in the transaction that says that the event is done, or not at all."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from assay.app.config.settings import Settings
from assay.app.fingerprints import fingerprint_key
from assay.app.reviews import queueing
from assay.app.scan.asked import asked_of, keyed, sampling_of
from assay.app.scan.keeping import Keeping, told_by_macie
from assay.app.scan.recording import Recording
from assay.app.scan.recording import begin as begin_recording
from assay.app.scan.shown import Mask, masked_options
from assay.detect.redact import Fingerprinter
from assay.model import AssetRef, Classification, Governance, Identifier, Level, Summary
from assay.model.options import ScanOptions
from assay.ports import Listed, Result
from assay.sources.s3.options import S3Options
from assay.store import audit, runs
from assay.store.engine import Catalog
from assay.store.memory import Memory

Effect = Callable[[Connection], None]

_IN_PART = "only records that came in were looked at, and nothing was found in them"


class Held(Recording):
    """The recording of one event: what it would write is in `works`. Readings that are not whole yet are written at once,
    as always: they count for nothing."""

    def __init__(
        self, *, catalog: Catalog, run: str, asked: runs.Asked, actor: str, resources: Collection[str] | None
    ) -> None:
        super().__init__(catalog=catalog, run=run, asked=asked, actor=actor, resumed=False, done=set())
        if resources is not None:
            self._memory = Memory(catalog, only=resources)
        self.works: list[Effect] = []

    def _keep(self, work: Effect) -> None:
        self.works.append(work)

    def commit(self, work: Effect) -> None:
        """Does the work in one transaction; it is done again where the database gave up for a passing reason."""
        self._commit(work)

    def finish(
        self,
        summary: Summary,  # noqa: ARG002  # the run goes on
        *,
        all_tables: bool = True,  # noqa: ARG002
        listed: Sequence[Listed] = (),  # noqa: ARG002
    ) -> int:
        self._end_all()
        return 0

    def abandon(self) -> None:
        self.works.clear()


@dataclass(slots=True, kw_only=True)
class HeldKeeping(Keeping):
    """The catalog of one event's scan. `effect` writes all that it found.

    Of a resource that is `in_part` no more is known than what came in: that nothing was found there says nothing of the rest.
    With `quiet` what has not changed is not told again; `same` counts it.
    """

    held: Held
    in_part: bool = False
    quiet: bool = False
    same: int = 0

    def unchanged(self, asset: AssetRef) -> list[Result] | None:
        kept = super(HeldKeeping, self).unchanged(asset)
        if kept is None or not self.quiet:
            return kept
        self.same += 1
        return []

    def on_classification(self, classification: Classification) -> Classification:
        settled = super(HeldKeeping, self).on_classification(classification)
        if not self.in_part:
            return settled
        part = replace(settled, coverage=replace(settled.coverage, complete=False))
        return replace(part, level=Level.UNCLASSIFIED, because=_IN_PART) if part.level is Level.PUBLIC else part

    def finish(self, summary: Summary, listed: Sequence[Listed] = ()) -> None:  # noqa: ARG002  # one event is about one resource
        self.recording.finish(summary)

    def is_decided(self, resource: str) -> bool:
        """Whether a reviewer has decided on the resource as a whole."""
        return self.decisions.answered(resource, None, None, None)

    def write(self, also: Effect) -> None:
        """Writes it in a transaction of its own, and `also` after it. Raises `CatalogError`."""

        def work(connection: Connection) -> None:
            self.effect(connection)
            also(connection)

        self.held.commit(work)

    def effect(self, connection: Connection) -> None:
        """Writes it within the connection's transaction."""
        # Like a scan: what people have to look at is there before it counts as read.
        self.filling.write(connection)
        for work in self.held.works:
            work(connection)


@dataclass(slots=True, kw_only=True)
class WorkerRuns:
    """The runs that a worker's results are kept in: one for as long as rules and configuration stay as they are."""

    catalog: Catalog
    settings: Settings
    target: str
    actor: str
    _open: dict[str, str] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, asked: runs.Asked) -> str:
        """The run of results that are made so."""
        with self._lock:
            run = self._open.get(asked.made_with)
            if run is None:
                key = fingerprint_key(self.settings.fingerprint_key_file)
                run = begin_recording(
                    self.catalog,
                    asked.targets,
                    ruleset=asked.ruleset,
                    governance=asked.governance,
                    sampling=asked.sampling,
                    options=asked.options,
                    key_id=Fingerprinter(key).key_id,
                    actor=self.actor,
                ).run
                self._open[asked.made_with] = run
            return run

    def asked(self, options: ScanOptions, *, mask: Mask, ruleset: str, governance: Governance) -> runs.Asked:
        """What a run is asked whose results are made with these."""
        return runs.Asked(
            targets=(self.target,),
            ruleset=ruleset,
            governance=governance.digest,
            sampling=sampling_of(options, self.settings, keyed(self.settings)),
            options=masked_options(asked_of(options, self.settings), mask),
        )

    def end(self) -> None:
        """Ends them."""
        for run in self._open.values():
            with self.catalog.transaction() as connection:
                runs.end(connection, run, "finished")
                audit.append(
                    connection, actor=self.actor, action="DETECTION_RUN", run=run, details={"state": "finished"}
                )
        self._open.clear()


@dataclass(slots=True, kw_only=True)
class Beginning:
    """Begins the scan of one event. `made` is its keeping afterwards. `resources` are what alone it asks about; `in_part` says
    that not all of it is read, `quiet` that what has not changed is not told."""

    runs: WorkerRuns
    resources: Collection[str] | None = None
    in_part: bool = False
    quiet: bool = False
    made: HeldKeeping | None = None

    def __call__(
        self,
        catalog: Catalog,
        targets: Sequence[str],  # noqa: ARG002  # the run is that of the worker
        options: ScanOptions,
        settings: Settings,
        *,
        mask: Mask,
        ruleset: str,
        identifiers: Sequence[Identifier],
        governance: Governance,
        version: int,  # noqa: ARG002
        resume: bool,  # noqa: ARG002
        note: Callable[[str], None],
        second_from: Level | None,
        all_tables: bool,
        s3: S3Options | None = None,  # noqa: ARG002
    ) -> Keeping:
        asked = self.runs.asked(options, mask=mask, ruleset=ruleset, governance=governance)
        run = self.runs.of(asked)
        filling = queueing.begin(
            catalog,
            identifiers=identifiers,
            governance=governance,
            floor=options.min_confidence,
            second_from=second_from,
            run=run,
        )
        held = Held(catalog=catalog, run=run, asked=asked, actor=self.runs.actor, resources=self.resources)
        self.made = HeldKeeping(
            catalog=catalog,
            decisions=filling.decisions,
            recording=held,
            filling=filling,
            floor=options.min_confidence,
            note=note,
            all_tables=all_tables,
            macie=told_by_macie(catalog, settings, identifiers, filling),
            held=held,
            in_part=self.in_part,
            quiet=self.quiet,
        )
        return self.made
