"""A changed configuration tried before it counts: columns are judged again by what is stored of them, and nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

from assay.app.decisions import Decisions, levels_of
from assay.detect.governed import governed, pattern_id
from assay.detect.names import index_of
from assay.model import ColumnRecord, ColumnSketch, Governance, Identifier, Stage, TableRecord
from assay.model.review import QueueItem, State
from assay.store import reviews
from assay.store.engine import Catalog
from assay.store.sketches import StoredTable, stored_tables
from assay.tables import anonymity
from assay.tables.judge import TableJudge, named, semantic_of

_SHOWN = 3
_DECIDED = (State.APPROVED, State.REJECTED, State.RECLASSIFIED)
VERDICT = ("detected_type", "categories", "level", "confidence_level", "need_review")
"""The fields of a column's record that are its verdict."""
TABLE_VERDICT = ("level", "dominant_table_category", "table_categories", "sensitive_columns", "need_review")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnChange:
    """A column whose verdict would change. It is not `certain` where the column has to be read again to know."""

    before: ColumnRecord
    after: ColumnRecord
    certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TableChange:
    """A table whose verdict would change. It is not `certain` where its rows have to be counted anew to know."""

    before: TableRecord
    after: TableRecord
    certain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Contradiction:
    """A past review that agrees with what holds now, and would not with what would."""

    item: str
    resource: str
    table: str
    column: str
    said: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reread:
    """Columns of one table that have to be read again, since what is stored of them cannot answer."""

    resource: str
    table: str
    columns: tuple[str, ...]
    because: str


@dataclass(slots=True, kw_only=True)
class Replayed:
    """What a configuration would change. `agreed` counts reviews that only the new one agrees with."""

    columns: list[ColumnChange] = field(default_factory=list)
    tables: list[TableChange] = field(default_factory=list)
    contradicted: list[Contradiction] = field(default_factory=list)
    reread: list[Reread] = field(default_factory=list)
    agreed: int = 0
    looked_at: int = 0
    judged: list[Judged] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A table as it would be judged, with nothing to be read again: what `apply` of a change writes."""

    stored: StoredTable
    sketches: tuple[ColumnSketch, ...]
    columns: tuple[ColumnRecord, ...]
    table: TableRecord


def replay(
    catalog: Catalog,
    before: Governance,
    after: Governance,
    identifiers: Sequence[Identifier],
    *,
    today: date | None = None,
) -> Replayed:
    """Judges every stored column under both configurations, with reviewers' overrides, and tells the differences.

    `identifiers` are all that there are, as they ship or stand in files.
    """
    one, other = _Side.of(before, identifiers), _Side.of(after, identifiers)
    changed = _Changed.between(one, other)
    found = Replayed()
    with catalog.reading() as connection:
        overrides = tuple(reviews.overrides(connection))
        day = today or datetime.now().astimezone().date()
        decisions = [
            Decisions(overrides=overrides, today=day, levels=levels_of(side.judge.identifiers)) for side in (one, other)
        ]
        items = {
            (item.question.subject.resource, item.question.subject.table, item.question.subject.column): item
            for item in reviews.items(connection, states=_DECIDED, kinds=("column",))
        }
        for stored in stored_tables(connection):
            found.looked_at += len(stored.columns)
            _replay_table(stored, (one, other), decisions, changed, items, found)
    return found


def _replay_table(
    stored: StoredTable,
    sides: tuple[_Side, _Side],
    decisions: Sequence[Decisions],
    changed: _Changed,
    items: Mapping[tuple[str, str | None, str | None], QueueItem],
    found: Replayed,
) -> None:
    sketches = [sketch for _, sketch in stored.columns if sketch is not None]
    if len(sketches) < len(stored.columns):
        names = tuple(record.column for record, sketch in stored.columns if sketch is None)
        found.reread.append(
            Reread(resource=stored.resource, table=stored.table, columns=names, because="nothing is stored of them")
        )
    told = []
    for side, decided in zip(sides, decisions, strict=True):
        meant = side.judge.meanings(named(sketches), stored.table)
        columns, table = side.judge.records(sketches, resource=stored.resource, table=stored.table, meanings=meant)
        finish = partial(_counted, stored, side)
        told.append((decided.on_columns(columns, table, finish), columns, finish(columns, table)))
    ((was, was_table), _, _), ((now, now_table), plain, plain_table) = told
    again = changed.to_read(sketches, stored.table)
    by_now = _quasi_identifiers(sides[1], now)
    uncounted = bool(by_now) and by_now != _quasi_identifiers(sides[0], was) and by_now != _counted_by(stored)
    if uncounted:
        because = "rows that are alike in these were not counted"
        found.reread.append(Reread(resource=stored.resource, table=stored.table, columns=by_now, because=because))
    for because, names in again.items():
        found.reread.append(Reread(resource=stored.resource, table=stored.table, columns=names, because=because))
    unsure = {name for names in again.values() for name in names}
    for old, new in zip(was, now, strict=True):
        if any(getattr(old, name) != getattr(new, name) for name in VERDICT):
            found.columns.append(ColumnChange(before=old, after=new, certain=new.column not in unsure))
        item = items.get((stored.resource, stored.table, old.column))
        if item is not None:
            _review(item, old, new, found)
    if any(getattr(was_table, name) != getattr(now_table, name) for name in TABLE_VERDICT):
        found.tables.append(TableChange(before=was_table, after=now_table, certain=not uncounted))
    if not unsure and not uncounted and len(sketches) == len(stored.columns):
        found.judged.append(Judged(stored=stored, sketches=tuple(sketches), columns=tuple(plain), table=plain_table))


def _counted(stored: StoredTable, side: _Side, columns: Sequence[ColumnRecord], table: TableRecord) -> TableRecord:
    """The table with what was counted of it when it was read, where its quasi-identifiers are still the same."""
    before = stored.record.k_anonymity
    if before is None or _quasi_identifiers(side, columns) != before.columns:
        return table
    return anonymity.again(table, before, side.judge.governance)


def _quasi_identifiers(side: _Side, columns: Sequence[ColumnRecord]) -> tuple[str, ...]:
    return tuple(columns[place].column for place in side.judge.quasi.places(columns))


def _counted_by(stored: StoredTable) -> tuple[str, ...]:
    before = stored.record.k_anonymity
    return () if before is None else before.columns


def _review(item: QueueItem, old: ColumnRecord, new: ColumnRecord, found: Replayed) -> None:
    said = _said(item)
    agreed_before, agrees_now = _agrees(item, old), _agrees(item, new)
    if agreed_before and not agrees_now:
        found.contradicted.append(
            Contradiction(
                item=item.id,
                resource=old.resource,
                table=old.table,
                column=old.column,
                said=said,
                before=old.detected_type,
                after=new.detected_type,
            )
        )
    found.agreed += agrees_now and not agreed_before


def _said(item: QueueItem) -> str:
    decision = item.proposal
    if item.state is State.RECLASSIFIED and decision is not None:
        return f"reclassified to {decision.identifier or decision.level or ', '.join(decision.categories)}"
    return f"{item.state} {item.question.subject.identifier or ''}".rstrip()


def _agrees(item: QueueItem, record: ColumnRecord) -> bool:
    """Whether a record says what the reviewer said."""
    detected = item.question.subject.identifier
    if item.state is State.APPROVED:
        return record.detected_type is not None and detected in (None, record.detected_type)
    if item.state is State.REJECTED:
        return record.detected_type is None or (detected is not None and record.detected_type != detected)
    decision = item.proposal
    if decision is None:
        return True
    return (
        decision.identifier in (None, record.detected_type)
        and decision.level in (None, record.level)
        and set(decision.categories) <= set(record.categories)
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """One of the two configurations, ready to judge."""

    judge: TableJudge
    by_name: Mapping[str, Identifier]

    @classmethod
    def of(cls, governance: Governance, identifiers: Iterable[Identifier]) -> _Side:
        """As a scan would run, without identifiers in preview."""
        made, _ = governed([item for item in identifiers if item.stage is not Stage.PREVIEW], governance)
        judge = TableJudge(
            identifiers=made, names=index_of(made), governance=governance, semantic=semantic_of(governance)
        )
        return cls(judge, {item.name: item for item in made})


@dataclass(frozen=True, slots=True)
class _Changed:
    """What differs in the identifiers themselves: of that what is stored may not tell.

    `added` have patterns that no value was tried with; `altered` lack some of theirs, or weigh them otherwise; `renamed`
    have other words, which are context for values too.
    """

    added: frozenset[str]
    altered: frozenset[str]
    renamed: frozenset[str]
    sides: tuple[_Side, _Side]

    @classmethod
    def between(cls, one: _Side, other: _Side) -> _Changed:
        added, altered, renamed = set(), set(), set()
        for name in {*one.by_name, *other.by_name}:
            old, new = one.by_name.get(name), other.by_name.get(name)
            if old is not None and new is not None and old.digest == new.digest:
                continue
            before = {pattern_id(old, item): item for item in old.patterns} if old is not None else {}
            after = {pattern_id(new, item): item for item in new.patterns} if new is not None else {}
            if after.keys() - before.keys():
                added.add(name)
            if any(after.get(key) != item for key, item in before.items()):
                altered.add(name)
            if old is not None and new is not None and (old.names, old.keywords) != (new.names, new.keywords):
                renamed.add(name)
        return cls(frozenset(added), frozenset(altered), frozenset(renamed), (one, other))

    def to_read(self, sketches: Sequence[ColumnSketch], table: str) -> dict[str, tuple[str, ...]]:
        """Why → the columns of a table that have to be read again."""
        filled = [sketch for sketch in sketches if sketch.filled]
        found: dict[str, tuple[str, ...]] = {}
        if self.added:
            because = f"no value was tried with new patterns of {_some(sorted(self.added))}"
            found[because] = tuple(sketch.name for sketch in filled)
        left = [] if self.added else filled
        for sketch in left:
            if mine := sorted(self.altered & _told_of(sketch)):
                because = f"patterns of {_some(mine)} found values in them"
                found[because] = (*found.get(because, ()), sketch.name)
        if self.renamed:
            because = f"words of {_some(sorted(self.renamed))} decide which of their values count"
            named_so = zip(left, *(self._called(side, left, table) for side in self.sides), strict=True)
            found[because] = tuple(sketch.name for sketch, old, new in named_so if old != new)
        return {because: names for because, names in found.items() if names}

    def _called(self, side: _Side, sketches: Sequence[ColumnSketch], table: str) -> list[frozenset[str]]:
        """Of each column the identifiers with other words that its name speaks of."""
        phrases = side.judge.called([sketch.name for sketch in sketches], table)
        known = side.judge.identifiers
        return [
            frozenset(known[index].name for index in side.judge.names.match(text)) & self.renamed for text in phrases
        ]


def _told_of(sketch: ColumnSketch) -> set[str]:
    """The identifiers that any value of a column was counted for."""
    features = sketch.features
    return {*sketch.hits, *features.hits, *features.alike, *features.pure}


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
