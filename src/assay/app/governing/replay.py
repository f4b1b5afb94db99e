"""A changed configuration tried before it counts: columns are judged again by what is stored of them, and nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial

from assay.app.reviews.decisions import Decisions, levels_of
from assay.app.scan.comparing import Changed, Side
from assay.model import ColumnRecord, ColumnSketch, Governance, Identifier, TableRecord
from assay.model.review import JUDGED, QueueItem, State
from assay.store import reviews
from assay.store.engine import Catalog
from assay.store.sketches import StoredTable, stored_tables
from assay.tables import anonymity
from assay.tables.judge import LearnedMethod, named

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
    """What a configuration would change. `moved` are columns that keep their verdict with another confidence; `agreed` counts
    reviews that only the new one agrees with."""

    columns: list[ColumnChange] = field(default_factory=list)
    moved: list[ColumnChange] = field(default_factory=list)
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
    learned: LearnedMethod | None = None,
    today: date | None = None,
) -> Replayed:
    """Judges every stored column under both configurations, with reviewers' overrides, and tells the differences.

    `identifiers` are all that there are, as they ship or stand in files; `learned` is the model that scans use.
    """
    one, other = Side.of(before, identifiers, learned), Side.of(after, identifiers, learned)
    changed = Changed.between(one, other)
    found = Replayed()
    with catalog.reading() as connection:
        overrides = tuple(reviews.overrides(connection))
        day = today or datetime.now().astimezone().date()
        decisions = [
            Decisions(overrides=overrides, today=day, levels=levels_of(side.judge.identifiers)) for side in (one, other)
        ]
        items = {
            (item.question.subject.resource, item.question.subject.table, item.question.subject.column): item
            for item in reviews.items(connection, states=JUDGED, kinds=("column",))
        }
        for stored in stored_tables(connection):
            found.looked_at += len(stored.columns)
            _replay_table(stored, (one, other), decisions, changed, items, found)
    return found


def _replay_table(
    stored: StoredTable,
    sides: tuple[Side, Side],
    decisions: Sequence[Decisions],
    changed: Changed,
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
    by_now = sides[1].quasi_identifiers(now)
    uncounted = bool(by_now) and by_now != sides[0].quasi_identifiers(was) and by_now != _counted_by(stored)
    if uncounted:
        because = "rows that are alike in these were not counted"
        found.reread.append(Reread(resource=stored.resource, table=stored.table, columns=by_now, because=because))
    for because, names in again.items():
        found.reread.append(Reread(resource=stored.resource, table=stored.table, columns=names, because=because))
    unsure = {name for names in again.values() for name in names}
    for old, new in zip(was, now, strict=True):
        if any(getattr(old, name) != getattr(new, name) for name in VERDICT):
            found.columns.append(ColumnChange(before=old, after=new, certain=new.column not in unsure))
        elif old.confidence != new.confidence:
            found.moved.append(ColumnChange(before=old, after=new, certain=new.column not in unsure))
        item = items.get((stored.resource, stored.table, old.column))
        if item is not None:
            _review(item, old, new, found)
    if any(getattr(was_table, name) != getattr(now_table, name) for name in TABLE_VERDICT):
        found.tables.append(TableChange(before=was_table, after=now_table, certain=not uncounted))
    if not unsure and not uncounted and len(sketches) == len(stored.columns):
        found.judged.append(Judged(stored=stored, sketches=tuple(sketches), columns=tuple(plain), table=plain_table))


def _counted(stored: StoredTable, side: Side, columns: Sequence[ColumnRecord], table: TableRecord) -> TableRecord:
    """The table with what was counted of it when it was read, where its quasi-identifiers are still the same."""
    before = stored.record.k_anonymity
    if before is None or side.quasi_identifiers(columns) != before.columns:
        return table
    return anonymity.again(table, before, side.judge.governance)


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
