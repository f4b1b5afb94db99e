"""A scan with a catalog: governed by its configuration, under its reviewers' decisions, and kept in it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from assay.app.catalogs import catalog_url
from assay.app.config.settings import Settings
from assay.app.scan.asked import DECIDED, asked_of, identity_of, keyed, reached_of, recipe_of_run, sampling_of
from assay.app.scan.shown import Mask, masked_options, masked_target
from assay.app.scan.tablenames import TableNames
from assay.model import (
    AssetRef,
    Classification,
    ColumnRecord,
    Finding,
    Identifier,
    Level,
    Summary,
    TableRecord,
)
from assay.model.candidates import Candidates
from assay.model.options import ScanOptions
from assay.ports import DocumentReport, Listed, Record, Rendered, Result
from assay.report.printable import counted, printable
from assay.scanning.keeping import candidate_of

if TYPE_CHECKING:
    from assay.app.learning.keeping import Documents
    from assay.app.macie.macieevidence import MacieEvidence
    from assay.app.reviews.decisions import Decisions
    from assay.app.reviews.queueing import Filling
    from assay.app.scan.recording import Recording
    from assay.app.scan.rejudging import Rejudging
    from assay.classify.tables import Finish
    from assay.engines.local import DetectorRecipe
    from assay.model import Governance
    from assay.scanning.report import TableSketch
    from assay.sources.s3.options import S3Options
    from assay.store.engine import Catalog
    from assay.tables.judge import TableJudge


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which catalog a scan is to be kept in (`url`, `None`: none), and whether one that was stopped is gone on with.

    `note` is told, in words, what follows from the run for people: new questions, and scopes that fell back.
    """

    url: str | None = None
    resume: bool = False
    note: Callable[[str], None] = lambda _text: None


def wanted_of(settings: Settings, url: str | None, *, none: bool, resume: bool) -> Wanted:
    """What the command line and the settings say."""
    return Wanted(url=None if none else catalog_url(settings, url), resume=resume)


@dataclass(slots=True, kw_only=True)
class Keeping:
    """The catalog of a scan that is going on. Results pass through it before they are told."""

    catalog: Catalog
    decisions: Decisions
    recording: Recording
    filling: Filling
    floor: float
    note: Callable[[str], None]
    all_tables: bool = True
    rejudging: Rejudging | None = None
    macie: MacieEvidence | None = None
    documents: Documents | None = None
    _changes: dict[str, str | None] = field(default_factory=dict)
    _answered: set[str] = field(default_factory=set)
    _names: TableNames = field(default_factory=TableNames)

    def unchanged(self, asset: AssetRef) -> list[Result] | None:
        """What is kept of a resource that has not changed since it was read under the same rules; else `None`.

        Of a resource in several parts (tables of a file) the first answers for all: the rest is an empty list.
        """
        if asset.uri in self._answered:
            return []
        kept = self.recording.unchanged(asset.uri, None, _change(asset, self.decisions))
        if self.macie is not None and kept is None:
            self._changes[asset.uri] = asset.change
        if kept is not None:
            if asset.is_table:
                self._answered.add(asset.uri)
            # What a run that came to its end had to ask is in the queue already.
            if not self.recording.is_concluded(asset.uri, None):
                self.filling.take_again(asset.uri, kept)
        return kept

    def judge_again(self, recipe: DetectorRecipe, judge: TableJudge, *, counts: bool) -> Rejudging:
        """What answers for tables out of the catalog that are to be judged otherwise, and need not be read for it."""
        from assay.app.scan.rejudging import Rejudging

        self.rejudging = Rejudging(
            catalog=self.catalog,
            recording=self.recording,
            decisions=self.decisions,
            recipe=recipe,
            judge=judge,
            counts=counts,
        )
        return self.rejudging

    def on_findings(self, findings: Sequence[Finding]) -> list[Finding]:
        """The findings that still count under the decisions, each kept. Candidates among them are for review only."""
        told = []
        for finding in self.decisions.on_findings(findings):
            if finding.confidence >= self.floor or finding.test_value:
                self._take(finding)
                told.append(finding)
            elif not any(evidence.signal == "feedback" for evidence in finding.evidence):
                self.filling.take_candidates([candidate_of(finding, self.floor)])
        return told

    def on_candidates(self, candidates: Iterable[Candidates]) -> None:
        """Keeps for review what was not sure enough to be a finding."""
        self.filling.take_candidates(candidates)

    @property
    def decided(self) -> Callable[[str], frozenset[str]] | None:
        """Names of a resource the identifiers whose candidates have to come to `on_findings`."""
        return self.decisions.decided()

    def on_document(self, resource: str, report: DocumentReport) -> None:
        """Keeps what is learned of a document."""
        if self.documents is not None:
            self.documents.take(resource, report)

    def on_table(
        self,
        read: TableSketch,
        columns: Sequence[ColumnRecord],
        table: TableRecord,
        finish: Finish,
    ) -> tuple[list[ColumnRecord], TableRecord]:
        """The columns and the table as they are under the decisions, kept. `finish` is given the columns as they are."""
        columns, table = self._names.apart(columns, table)
        settled, whole = self.decisions.on_columns(columns, table, finish)
        self.recording.table(table.resource, read.change, read.columns, settled, whole, read.extent)
        for column in settled:
            self.filling.take(column)
        self.filling.take(whole)
        return list(settled), whole

    def on_classification(self, classification: Classification) -> Classification:
        """The classification as it is under the decisions, and with what Macie told of the resource."""
        self._names.end()
        settled = self.decisions.on_classification(classification)
        if self.macie is None:
            return settled
        besides, settled = self.macie.beside(settled, self._changes.pop(settled.resource, None))
        for finding in besides:
            self.recording.take(finding)
        return settled

    def take(self, record: Record) -> None:
        """Keeps what is told and was not kept before: classifications, gaps and skips."""
        if not isinstance(record, Rendered | Finding | ColumnRecord | TableRecord | Summary):
            self._take(record)

    def finish(self, summary: Summary, listed: Sequence[Listed] = ()) -> None:
        """Ends the run, and what the catalog has of what was `listed` and is not there any more; lets scopes fall back whose
        reviewed precision has dropped."""
        from assay.app.reviews.phasing import fall_back

        self.filling.flush()
        if self.documents is not None:
            self.documents.flush()
        ended = self.recording.finish(summary, all_tables=self.all_tables, listed=listed)
        if ended:
            self.note(
                f"{counted(ended, 'resource')} of the catalog not there any more; 'assay catalog history' has them"
            )
        if self.filling.asked:
            self.note(f"{counted(self.filling.asked, 'new question')} for review; see 'assay review list'")
        if not summary.interrupted:
            for row, because in fall_back(self.catalog):
                self.note(f"{printable(row.scope)}: {because}")

    def abandon(self) -> None:
        """Ends the run after an error."""
        self.recording.abandon()

    def close(self) -> None:
        self.catalog.close()

    def _take(self, result: Result) -> None:
        self.filling.take(result)
        self.recording.take(result)


class Begin(Protocol):
    """What begins a run in the catalog: `begin`, or something that keeps results otherwise."""

    def __call__(
        self,
        catalog: Catalog,
        targets: Sequence[str],
        options: ScanOptions,
        settings: Settings,
        *,
        mask: Mask,
        ruleset: str,
        identifiers: Sequence[Identifier],
        governance: Governance,
        version: int,
        resume: bool,
        note: Callable[[str], None],
        second_from: Level | None,
        all_tables: bool,
        s3: S3Options | None = None,
    ) -> Keeping: ...


def open_kept(wanted: Wanted) -> Catalog | None:
    """The catalog that is wanted, open. Raises `CatalogError`."""
    if wanted.url is None:
        return None
    from assay.store.engine import open_catalog  # loads SQLAlchemy: only a scan with a catalog pays for it

    return open_catalog(wanted.url)


def files_of(catalog: Catalog) -> list[Path]:
    """The files that a catalog is kept in, none for one on a server."""
    path = catalog.path
    return [] if path is None else [path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm"))]


def version_of(catalog: Catalog) -> int:
    """The version of the catalog's configuration."""
    from assay.store import governance  # only where there is a catalog

    with catalog.reading() as connection:
        return governance.version(connection)


def begin(
    catalog: Catalog,
    targets: Sequence[str],
    options: ScanOptions,
    settings: Settings,
    *,
    mask: Mask,
    ruleset: str,
    identifiers: Sequence[Identifier],
    governance: Governance,
    version: int,
    resume: bool,
    note: Callable[[str], None],
    second_from: Level | None,
    all_tables: bool,
    s3: S3Options | None = None,
) -> Keeping:
    """Begins a run in the catalog. `version` is that of the configuration as it was before it was read; targets and patterns are
    kept under `mask`. Raises `CatalogError`."""
    from assay.app.learning.keeping import Documents
    from assay.app.reviews import queueing
    from assay.app.scan.recording import begin as begin_recording

    key = keyed(settings)
    asked = asked_of(options, settings) | ({} if s3 is None else reached_of(s3))
    # The run is begun first: the queue notes which run asked.
    recording = begin_recording(
        catalog,
        [masked_target(target, mask) for target in targets],
        ruleset=ruleset,
        governance=governance.digest,
        sampling=sampling_of(options, settings, key),
        options=masked_options(asked, mask),
        identity=identity_of(targets, asked, key),
        resume=resume,
        recipe=recipe_of_run(targets, options, settings, version, key),
        key_id=key.key_id,
    )
    filling = queueing.begin(
        catalog,
        identifiers=identifiers,
        governance=governance,
        floor=options.min_confidence,
        second_from=second_from,
        run=recording.run,
    )
    recording.before_writing(filling.flush)
    return Keeping(
        catalog=catalog,
        decisions=filling.decisions,
        recording=recording,
        filling=filling,
        documents=Documents(catalog=catalog),
        floor=options.min_confidence,
        note=note,
        all_tables=all_tables,
        macie=told_by_macie(catalog, settings, identifiers, filling),
    )


def told_by_macie(
    catalog: Catalog, settings: Settings, identifiers: Sequence[Identifier], filling: Filling
) -> MacieEvidence | None:
    """What Macie told of objects, if anything was imported. `identifiers` may be a choice; Macie found what it found."""
    from assay.store.macie import any_kept

    with catalog.reading() as connection:
        if not any_kept(connection):
            return None
    from assay.app.macie.macieevidence import MacieEvidence  # only where there is something of Macie
    from assay.detect.cache import read_all
    from assay.macie.mapping import mapping_of

    every, _ = read_all(settings.identifiers, cache=settings.cache_dir, builtin=True, examples=False, broken=[])
    known = {identifier.name: identifier for identifier in (*every, *identifiers)}
    return MacieEvidence(catalog=catalog, mapping=mapping_of(known), identifiers=known, decisions=filling.decisions)


def _change(asset: AssetRef, decisions: Decisions) -> str | None:
    """The token of a resource: its own, or that of its file, with the decisions that speak of it."""
    change = asset.change
    if change is None and asset.path is not None:
        try:
            status = os.stat(asset.path)
        except OSError:
            return None
        if asset.size is not None and status.st_size != asset.size:
            # It was listed in another state, by which it is read and told of: this one has to be read the next time.
            return None
        change = f"file:{status.st_dev}.{status.st_ino}.{status.st_size}.{status.st_mtime_ns}"
    if change is None:
        return None
    digest = decisions.digest(asset.uri)
    return f"{change}{DECIDED}{digest}" if digest else change
