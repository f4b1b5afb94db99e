"""A run's results → questions for people, in the catalog's queue."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from assay.app.reviews.decisions import Decisions, decisions_of
from assay.errors import ReviewError
from assay.model import Classification, ColumnRecord, Finding, Governance, Identifier, Level, TableRecord
from assay.model.candidates import Candidates
from assay.model.enrichment import Suspected
from assay.model.review import Question, QueueItem, Subject, storable
from assay.ports import Result
from assay.review import queue, triage, workflow
from assay.review.triage import Group, Surroundings
from assay.store import enrichments, executions, reviews
from assay.store.engine import Catalog

if TYPE_CHECKING:
    from sqlalchemy import Connection

Around = Callable[[str], Surroundings]
_BATCH = 500
_MOST_CANDIDATES = 20
"""Identifiers of which candidates in one resource are asked about: those that are the most pressing."""


@dataclass(slots=True, kw_only=True)
class Filling:
    """Takes the results of a run, after overrides were applied, and asks what has to be asked.

    What was looked at and needs no person is noted too, so that an open question of an earlier run is withdrawn. `around`
    tells what is known of a resource besides; from `second_from` up a decision takes two people (`None`: never). Asking
    the same again changes nothing, so a run that is repeated or resumed does no harm.
    """

    catalog: Catalog
    around: Around
    decisions: Decisions
    second_from: Level | None = None
    run: str | None = None
    asked: int = 0
    _columns: dict[tuple[str, str], list[ColumnRecord]] = field(default_factory=dict)
    _candidates: dict[str, dict[tuple[str, str], Candidates]] = field(default_factory=dict)
    _again: set[str] = field(default_factory=set)
    _groups: dict[tuple[str, str], Group] = field(default_factory=dict)
    _covered: set[tuple[str, str]] = field(default_factory=set)
    _pending: dict[str, Question | None] = field(default_factory=dict)
    _looked: dict[str, set[str]] = field(default_factory=dict)
    _complete: dict[str, set[str]] = field(default_factory=dict)

    def take(self, result: Result) -> None:
        """One result. Columns come before their table, and everything of a resource before its classification."""
        if isinstance(result, Finding):
            key = (result.resource, result.identifier)
            if result.test_value:
                return
            group = self._groups.get(key)
            if group is None:
                group = self._groups[key] = Group(
                    resource=result.resource,
                    identifier=result.identifier,
                    level=result.level,
                    category=result.category,
                )
            group.add(result)
        elif isinstance(result, ColumnRecord):
            self._columns.setdefault((result.resource, result.table), []).append(result)
        elif isinstance(result, TableRecord):
            self._table(result)
        elif isinstance(result, Classification):
            self._resource(result)
        if len(self._pending) + len(self._complete) >= _BATCH:
            self.flush()

    def take_candidates(self, candidates: Iterable[Candidates]) -> None:
        """Candidates of a resource that is not through yet; those of its parts come one after the other."""
        for each in self.decisions.on_candidates(candidates):
            kept = self._candidates.setdefault(each.resource, {})
            known = kept.get(each.key)
            kept[each.key] = each if known is None else known.and_also(each)

    def take_again(self, resource: str, results: Iterable[Result]) -> None:
        """The results of a resource that has not changed. Its candidates were asked about when it was read."""
        self._again.add(storable(resource))
        for result in results:
            self.take(result)

    def ask_about(self, classification: Classification, *, awaited: bool = False) -> None:
        """Asks of a resource as a whole, and leaves its other questions as they are. `awaited` says that a workflow waits for it."""
        subject = Subject(kind="resource", resource=classification.resource)
        settled = self.decisions.answered(subject.resource, None, None, None)
        around = self.around(subject.resource)
        around = replace(around, awaited=awaited or around.awaited)
        self._pending[subject.id] = None if settled else triage.of_resource(classification, around)

    def check_column(self, column: ColumnRecord, table: TableRecord, why: str) -> None:
        """Asks of a column that nobody would have to look at, so that something is learned."""
        question = triage.of_column(column, table, self.around(column.resource), check=why)
        if question is not None:
            self._pending[question.subject.id] = question

    def check_resource(self, classification: Classification, why: str) -> None:
        """The same of a resource as a whole."""
        question = triage.of_resource(classification, self.around(classification.resource), check=why)
        if question is not None:
            self._pending[question.subject.id] = question

    def flush(self) -> None:
        """Writes what is pending, in one transaction."""
        if self._pending or self._complete:
            with self.catalog.transaction() as connection:
                self.write(connection)

    def write(self, connection: Connection) -> None:
        """Writes what is pending, within the connection's transaction."""
        now = datetime.now(UTC)
        known = reviews.by_id(connection, self._pending)
        fresh: list[QueueItem] = []
        for name, question in sorted(self._pending.items()):
            item = known.get(name)
            if question is None:
                # What is asked so that something is learned waits until it is answered.
                kept = item is None or item.question.details.get(triage.SPOT_CHECK)
                step = None if item is None or kept else queue.unasked(item, now)
                move = "withdraw"
            else:
                step = queue.asked(item, question, now=now, two_step=self._two(question), run=self.run)
                move = "reopen"
            if step is None:
                continue
            self.asked += question is not None and (item is None or step.item.state is not item.state)
            if item is None:
                fresh.append(step.item)
                continue
            change = reviews.Change(
                was=item,
                item=step.item,
                move=move,
                by=reviews.SYSTEM,
                at=now,
                reason=_why(item, step.item, now),
                revokes=step.revokes,
                # One made for many resources is not taken back because one of them has changed.
                own_only=not workflow.expired(item, now.date()),
            )
            _make(connection, change, self.run)
        reviews.add(connection, fresh)
        for item in reviews.still_open(connection, self._complete):
            # Its resource was read to the end, and what it asks about is no longer there.
            subject = item.question.subject
            if item.id not in self._complete[subject.resource] and not (
                subject.is_candidate and subject.resource in self._again
            ):
                _withdraw(connection, item, now, self.run)
        self._pending.clear()
        self._again -= self._complete.keys()
        self._complete.clear()

    def _two(self, question: Question) -> bool:
        return self.second_from is not None and question.level.rank >= self.second_from.rank

    def _table(self, table: TableRecord) -> None:
        around = self.around(table.resource)
        for column in self._columns.pop((table.resource, table.table_name), ()):
            self._covered.add((column.resource, column.column))
            settled = self.decisions.answered(column.resource, column.table, column.column, None)
            subject = Subject(
                kind="column",
                resource=column.resource,
                table=column.table,
                column=column.column,
                identifier=column.detected_type,
            )
            self._ask(subject, None if settled else triage.of_column(column, table, around))
        subject = Subject(kind="table", resource=table.resource, table=table.table_name)
        settled = self.decisions.answered(table.resource, table.table_name, None, None)
        self._ask(subject, None if settled else triage.of_table(table, around))

    def _resource(self, classification: Classification) -> None:
        resource = classification.resource
        around = self.around(resource)
        for key in [key for key in self._groups if key[0] == resource]:
            group = self._groups.pop(key)
            # A value in a column that has a record of its own is asked about there.
            in_columns = bool(group.fields) and all((resource, name) in self._covered for name in group.fields)
            settled = self.decisions.answered(resource, None, None, group.identifier)
            subject = Subject(kind="finding", resource=resource, identifier=group.identifier)
            self._ask(subject, None if in_columns or settled else triage.of_group(group, around))
        self._covered = {key for key in self._covered if key[0] != resource}
        self._ask_candidates(classification, around)
        settled = self.decisions.answered(resource, None, None, None)
        self._ask(
            Subject(kind="resource", resource=resource),
            None if settled else triage.of_resource(classification, around),
        )
        looked = self._looked.pop(resource, set())
        if classification.coverage.complete:
            self._complete[storable(resource)] = looked

    def _ask_candidates(self, classification: Classification, around: Surroundings) -> None:
        groups: dict[str, list[Candidates]] = {}
        for each in self._candidates.pop(classification.resource, {}).values():
            # Where the identifier was found, its level holds already.
            if each.identifier not in classification.identifiers:
                groups.setdefault(each.identifier, []).append(each)
        asked = [triage.of_candidates(group, around) for group in groups.values()]
        asked.sort(key=lambda question: (-question.priority, question.subject.identifier or ""))
        for question in asked[:_MOST_CANDIDATES]:
            self._ask(question.subject, question)

    def _ask(self, subject: Subject, question: Question | None) -> None:
        self._pending[subject.id] = question
        self._looked.setdefault(subject.resource, set()).add(subject.id)


def withdraw_all(connection: Connection, resource: str, *, run: str | None = None) -> None:
    """Withdraws the open questions about a resource that is not there any more."""
    now = datetime.now(UTC)
    for item in reviews.still_open(connection, [resource]):
        _withdraw(connection, item, now, run)


def _withdraw(connection: Connection, item: QueueItem, now: datetime, run: str | None) -> None:
    step = workflow.withdraw(item, now)
    change = reviews.Change(
        was=item, item=step.item, move="withdraw", by=reviews.SYSTEM, at=now, reason="it is no longer there"
    )
    _make(connection, change, run)


def _make(connection: Connection, change: reviews.Change, run: str | None) -> None:
    try:
        reviews.make(connection, change, run=run)
    except ReviewError:
        # Somebody decided it, or another run asked it, since it was read. The next run looks at it again.
        return


def begin(
    catalog: Catalog,
    *,
    identifiers: Sequence[Identifier],
    governance: Governance,
    floor: float = 0.0,
    second_from: Level | None = None,
    run: str | None = None,
    around: Around | None = None,
) -> Filling:
    """Review for one run: its `decisions` are to be asked about results before they count, and `take` gets what is left.

    Findings begin at the confidence `floor`. Without `around` nothing is known of resources besides the REVIEW thresholds of
    the configuration, what descriptions of them name as missed, and which a workflow waits for.
    """
    with catalog.reading() as connection:
        living = reviews.overrides(connection)
        suspected = {uri: tuple(map(_missed, those)) for uri, those in enrichments.suspicions(connection).items()}
        awaited = {each.resource for each in executions.listed(connection, [executions.Standing.WAITING])}
    plain = Surroundings(review_below=partial(_review_below, governance))
    more = {
        uri: replace(plain, suspected=suspected.get(uri, ()), awaited=uri in awaited)
        for uri in suspected.keys() | awaited
    }
    return Filling(
        catalog=catalog,
        around=around or (lambda resource: more.get(resource, plain)),
        decisions=decisions_of(living, identifiers, governance, datetime.now(UTC).date(), floor),
        second_from=second_from,
        run=run,
    )


def _missed(suspected: Suspected) -> str:
    where = f" in {suspected.where}" if suspected.where else ""
    return f"its description names {suspected.identifier}{where} as missed: {suspected.why}"


def _review_below(governance: Governance, category: str) -> float:
    return governance.threshold(category, "REVIEW")


def sweep(catalog: Catalog) -> int:
    """Asks again what was decided until a day that is past. Returns how many."""
    now = datetime.now(UTC)
    with catalog.reading() as connection:
        if not reviews.expiring(connection, now.date().isoformat()):
            return 0
    with catalog.transaction() as connection:
        found = reviews.expiring(connection, now.date().isoformat())
        for item in found:
            step = workflow.reopen(item, now)
            change = reviews.Change(
                was=item, item=step.item, move="reopen", by=reviews.SYSTEM, at=now, reason="expired", revokes=True
            )
            reviews.make(connection, change)
    return len(found)


def _why(before: QueueItem, after: QueueItem, now: datetime) -> str:
    if before.question.evidence != after.question.evidence:
        return "its evidence changed"
    return "expired" if workflow.expired(before, now.date()) else "a later run looked at it"
