"""Keeps what a scan finds in the catalog, and answers for what has not changed since.

The order in which the line calls it is that of its results: for each resource or table `unchanged` first; where that is
`None`, what is found (`take`), a table's columns (`table`), and the classification (`take`), which ends it. What has
ended is written in batches, each in one transaction; the rest counts for nothing if the process dies.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, TypeVar

from sqlalchemy import Connection

from assay.app.config.places import Address
from assay.app.reviews.queueing import withdraw_all
from assay.app.scan.asked import DECIDED
from assay.app.scan.rendered import results_of
from assay.classify.parts import together
from assay.errors import CatalogError
from assay.model import Classification, ColumnRecord, ColumnSketch, Finding, Gap, Skip, Summary, TableRecord
from assay.ports import Listed, Record, Rendered, Result
from assay.scanning.report import Extent
from assay.store import audit, gone, here, runs
from assay.store.engine import Catalog
from assay.store.info import agree
from assay.store.memory import Memory
from assay.store.stored import Known
from assay.store.tablewriting import drop_unseen
from assay.store.texts import moment
from assay.store.units import TableResult, Unit, Verdict
from assay.store.writing import write, write_early

T = TypeVar("T")

_BATCH = 2_000
"""Rows of columns and findings that are written at once."""
_BATCH_SECONDS = 1.0
_EARLY = 5_000
"""Findings of one resource that are held before it ends."""
_PAUSES = (0.2, 1.0, 3.0)


def begin(
    catalog: Catalog,
    targets: Sequence[str],
    *,
    ruleset: str,
    governance: str = "",
    sampling: str = "",
    options: Mapping[str, Any] | None = None,
    identity: str | None = None,
    resume: bool = False,
    key_id: str | None = None,
    recipe: str | None = None,
    actor: str | None = None,
) -> Recording:
    """Starts a run, or with `resume` takes up the newest one that was asked the same and did not end.

    `ruleset` and `governance` are digests, `sampling` says how rows and objects are drawn (the same text only where the
    same is drawn), `options` is JSON; neither targets nor options hold values, and `identity` (`asked.identity_of`) tells runs
    apart that look the same without them. `key_id` names the fingerprint key: a catalog has one. `recipe` is that of
    `asked.recipe_of_run`. Raises `CatalogError`.
    """
    # A target may be a database's URL with its password.
    asked = runs.Asked(
        targets=tuple(str(Address(target)) for target in targets),
        ruleset=ruleset,
        governance=governance,
        sampling=sampling,
        options=options or {},
        identity=identity,
    )
    who = actor or here.actor()
    with catalog.transaction() as connection:
        if key_id is not None:
            agree(connection, "fingerprint_key", key_id)
        runs.bury(connection)
        run = runs.resume(connection, asked) if resume else None
        resumed = run is not None
        done = runs.done_in(connection, run) if run is not None else set()
        if run is None:
            run = runs.start(connection, asked, recipe)
        told = {"targets": asked.targets, "ruleset": ruleset, "governance": governance, "sampling": sampling}
        state = "resumed" if resumed else "started"
        audit.append(connection, actor=who, action="DETECTION_RUN", run=run, details={"state": state, **told})
    return Recording(catalog=catalog, run=run, asked=asked, actor=who, resumed=resumed, done=done)


class Recording:
    """One run as it is kept. `run` is its id, `resumed` whether it goes on with one that was stopped.

    `kept_from` says of which runs results were kept, and when the last of each was seen.
    """

    def __init__(
        self, *, catalog: Catalog, run: str, asked: runs.Asked, actor: str, resumed: bool, done: set[str]
    ) -> None:
        self.catalog = catalog
        self.run = run
        self.resumed = resumed
        self.asked = asked
        self._actor = actor
        self._done = done
        self._memory = Memory(catalog)
        self._kinds: dict[str, runs.Asked] | None = None
        self.kept_from: dict[str, str] = {}
        # By resource: the tables (`None`: itself) that were asked about and are not through, with their tokens.
        self._pending: dict[str, dict[str | None, str | None]] = {}
        self._loose: dict[str, Unit] = {}
        self._awaiting: Unit | None = None
        self._answered: str | None = None
        self._units: list[Unit] = []
        self._weight = 0
        self._written_at = time.monotonic()
        self._whole: dict[str, Classification] = {}
        self._verdicts: dict[str, Verdict] = {}
        self._before_writing: Callable[[], None] = lambda: None

    def before_writing(self, work: Callable[[], None]) -> None:
        """Has `work` done before each write: what a resource makes people look at is kept before it counts as read."""
        self._before_writing = work

    def is_concluded(self, resource: str, table: str | None) -> bool:
        """Whether what is stored of a resource, or of a table of it, comes of a run that came to its end."""
        known = self._memory.known(resource, table)
        return known is not None and known.concluded

    def unchanged(self, resource: str, table: str | None, change: str | None) -> list[Result] | None:
        """What is stored of a resource, or of a table of it, where reading it would find the same; else `None`.

        That is so where its token, the rules, the governance and the sampling are those of the stored reading, and that
        had no gap; and where a resumed run has read it already. The results are those of the reading, its classification
        last; they are kept already and are not to be taken again.
        """
        known = self._memory.known(resource, table)
        is_same = known is not None and (
            known.reading in self._done
            or (change is not None and (known.change, known.made_with) == (change, self.asked.made_with))
        )
        kept = self._memory.kept(resource, table) if is_same and known is not None and not known.gaps else None
        if known is None or kept is None:
            self._pending.setdefault(resource, {})[table] = change
            return None
        self._write_if_due()
        self.kept_from[known.run] = max(known.seen_at, self.kept_from.get(known.run, ""))
        unit = Unit(resource=resource, table=table, change=known.change, same_as=known.reading)
        if kept.classification is not None:
            self._conclude(unit, kept.classification)
        self._answered = resource
        self._units.append(unit)
        self._weight += 1
        return [*kept.results, *([] if kept.classification is None else [kept.classification])]

    def outdated(self, resource: str, token: str) -> Known | None:
        """What is known of a table that has not changed since it was read whole under other rules, another configuration
        or other decisions; else `None`. `token` is its own, without the decisions."""
        known = self._memory.known(resource, None)
        if known is None or known.change is None or known.gaps or known.findings:
            return None
        return known if known.change == token or known.change.startswith(f"{token}{DECIDED}") else None

    def asked_with(self, made_with: str) -> runs.Asked | None:
        """What a run was asked whose results were made so."""
        if self._kinds is None:
            with self.catalog.reading() as connection:
                self._kinds = {asked.made_with: asked for asked in runs.kinds(connection)}
        return self._kinds.get(made_with)

    def table(
        self,
        resource: str,
        change: str | None,
        sketches: Sequence[ColumnSketch],
        columns: Sequence[ColumnRecord],
        table_record: TableRecord,
        extent: Extent | None = None,
    ) -> None:
        """Takes a table's columns. It ends a table that `unchanged` was asked about; one in a file ends with the file."""
        self._write_if_due()
        read = None if extent is None else asdict(extent)
        result = TableResult(table_record, tuple(columns), tuple(sketches), read)
        name = table_record.table_name
        if name not in self._pending.get(resource, ()):
            self._unit(resource).tables.append(result)
            return
        unit = self._loose.pop(resource, None) or Unit(resource=resource)
        unit.tables.append(result)
        self._end(unit, name)
        unit.change = unit.change if change is None else change
        self._awaiting = unit

    def take(self, record: Record) -> None:
        """Takes a result of the scan. Columns and tables are taken by `table`, a summary by `finish`."""
        if isinstance(record, Rendered):
            self._take_lines(record)
        elif isinstance(record, Finding):
            unit = self._unit(record.resource)
            unit.add(record)
            if len(unit.rows) >= _EARLY:
                self._commit(lambda connection: write_early(connection, run=self.run, unit=unit))
                unit.settle()
        elif isinstance(record, Gap | Skip):
            self._unit(record.resource).omissions.append(record)
        elif isinstance(record, Classification):
            self._take_classification(record)

    def finish(self, summary: Summary, *, all_tables: bool = True, listed: Sequence[Listed] = ()) -> int:
        """Ends the run: as finished, or where the summary says so as interrupted, to be taken up again.

        `all_tables` says that every table of each database that was read was listed, so that those which were not seen
        are gone; a scan of some tables only must say that it is not so. So are resources of what was `listed`, of which is
        returned how many.
        """
        self._end_all()
        status = "interrupted" if summary.interrupted else "finished"

        def ended(connection: Connection) -> int:
            tables_gone = resources_gone = 0
            if status == "finished" and all_tables:
                whole = runs.read_wholly(connection, self.run)
                tables_gone = drop_unseen(connection, run=self.run, now=moment(), resources=whole)
            if status == "finished":
                resources_gone = self._end_unseen(connection, listed)
            runs.end(connection, self.run, status, replace(summary, target=str(Address(summary.target))))
            told = {
                "state": status,
                "level": summary.level,
                "resources": summary.resources,
                "findings": summary.findings,
                "gaps": summary.gaps,
                "by_level": summary.by_level,
                "tables_gone": tables_gone,
                "resources_gone": resources_gone,
            }
            audit.append(connection, actor=self._actor, action="DETECTION_RUN", run=self.run, details=told)
            return resources_gone

        return self._commit(ended)

    def abandon(self) -> None:
        """Ends the run after an error. What was whole stays and is not read again with `resume`; the rest is dropped."""
        self._loose.clear()
        self._flush()

        def ended(connection: Connection) -> None:
            runs.end(connection, self.run, "interrupted")
            audit.append(
                connection, actor=self._actor, action="DETECTION_RUN", run=self.run, details={"state": "interrupted"}
            )

        self._commit(ended)

    def _end_unseen(self, connection: Connection, listed: Sequence[Listed]) -> int:
        ended = 0
        for each in listed:
            uris = gone.unseen(connection, self.run, uri=each.uri, below=each.below, versions=each.versions)
            ended += gone.end(connection, self.run, uris)
            for uri in uris:
                withdraw_all(connection, uri, run=self.run)
        return ended

    def _unit(self, resource: str) -> Unit:
        unit = self._loose.get(resource)
        if unit is None:
            unit = self._loose[resource] = Unit(resource=resource)
        return unit

    def _take_classification(self, classification: Classification) -> None:
        resource = classification.resource
        unit = self._loose.pop(resource, None)
        if unit is None and self._awaiting is not None and self._awaiting.resource == resource:
            self._conclude(self._awaiting, classification)
            self._awaiting = None
            return
        if unit is None and self._answered == resource and resource not in self._pending:
            return
        unit = unit or Unit(resource=resource)
        # A table that could not be read has no columns to take; its gap and this end it.
        asked = self._pending.get(resource, {})
        self._end(unit, next((name for name in asked if name is not None and None not in asked), None))
        self._conclude(unit, classification)
        self._write_if_due()

    def _conclude(self, unit: Unit, classification: Classification) -> None:
        unit.classification = classification
        if unit.table is None:
            return
        # The resource's own level is that of all its tables; it is told once they are through.
        others = self._whole.get(unit.resource)
        whole = classification if others is None else together(others, classification)
        self._whole[unit.resource] = whole
        self._verdicts[unit.resource] = Verdict(whole, unit.reading, None)

    def _end(self, unit: Unit, table: str | None) -> None:
        pending = self._pending.get(unit.resource, {})
        unit.table = table
        unit.change = pending.pop(table, None)
        if not pending:
            self._pending.pop(unit.resource, None)
        self._units.append(unit)
        self._weight += 1 + len(unit.rows) + sum(len(result.columns) for result in unit.tables)

    def _take_lines(self, rendered: Rendered) -> None:
        columns: list[ColumnRecord] = []
        for result in results_of(rendered.lines):
            if isinstance(result, ColumnRecord):
                columns.append(result)
            elif isinstance(result, TableRecord):
                self.table(result.resource, None, (), columns, result)
                columns = []
            else:
                self.take(result)

    def _write_if_due(self) -> None:
        if self._weight >= _BATCH or (self._units and time.monotonic() - self._written_at > _BATCH_SECONDS):
            self._flush()

    def _end_all(self) -> None:
        """What has no classification (assay's own files) was left out; it is told with its reason."""
        for resource in list(self._loose):
            self._end(self._loose.pop(resource), None)
        self._flush(whole=True)

    def _flush(self, *, whole: bool = False) -> None:
        # A table's classification comes after its columns, and the last resource may have more tables to come.
        held = None if whole else self._awaiting
        units = [unit for unit in self._units if unit is not held]
        still_open = None if whole or not self._units else self._units[-1].resource
        self._units = [] if held is None else [unit for unit in self._units if unit is held]
        ready = {key: verdict for key, verdict in self._verdicts.items() if key != still_open}
        if units or ready:
            self._before_writing()
            verdicts = list(ready.values())
            self._keep(
                lambda connection: write(
                    connection, run=self.run, made_with=self.asked.made_with, units=units, verdicts=verdicts
                )
            )
        self._verdicts = {key: verdict for key, verdict in self._verdicts.items() if key not in ready}
        self._weight = 0
        self._written_at = time.monotonic()

    def _keep(self, work: Callable[[Connection], None]) -> None:
        """Has whole readings written."""
        self._commit(work)

    def _commit(self, work: Callable[[Connection], T]) -> T:
        """Does the work in one transaction; where the database gave up for a passing reason, it is done again."""
        for pause in (*_PAUSES, None):
            try:
                with self.catalog.transaction() as connection:
                    return work(connection)
            except CatalogError as error:
                if pause is None or not error.transient:
                    raise
                time.sleep(pause)
        raise AssertionError
