"""Reviewers' overrides on columns and tables: which one holds, and what is left of a record under it. Pure, deterministic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from assay.model import ColumnRecord, Level, Sensitivity, TableRecord
from assay.model.review import Action, Applied, Override, Scope, Verdict, storable
from assay.review.scopes import matches, narrowness
from assay.tables.standing import emptied

Aggregate = Callable[[Sequence[ColumnRecord], TableRecord], TableRecord]
SENSITIVE_ABOVE = 0.5
_SPECIFIC = {scope: rank for rank, scope in enumerate(Scope)}
SETTING = (Action.RECLASSIFY, Action.SET_CATEGORIES, Action.SET_CONFIDENCE)
_TOLD = {
    Verdict.APPROVE: "approved",
    Verdict.REJECT: "rejected",
    Verdict.RECLASSIFY: "reclassified",
    Verdict.SUPPRESS: "suppressed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What settling a table needs of its surroundings.

    `aggregate` makes the table's record anew from its columns and its record before. `describe` fills in what follows
    from a column's type, categories and confidence (CIA, frameworks, policies, confidence level). `level_of` and
    `kind_of` tell of an identifier's NAME its level, and its category and sensitivity, `None` for one that is not known.
    Findings with a confidence below `floor` are candidates.
    """

    aggregate: Aggregate
    describe: Callable[[ColumnRecord], ColumnRecord]
    level_of: Callable[[str], Level | None]
    kind_of: Callable[[str], tuple[str, Sensitivity] | None] = lambda _name: None
    floor: float = 0.0


def in_effect(overrides: Iterable[Override], today: date) -> tuple[Override, ...]:
    """Those that have not expired, the most specific first, then the newest; ties by id."""
    living = [each for each in overrides if each.expires is None or each.expires >= today]
    # Stable sorts, from the least telling key to the most.
    living.sort(key=lambda each: each.id)
    living.sort(key=lambda each: each.at, reverse=True)
    living.sort(key=lambda each: narrowness(each.path or ""), reverse=True)
    living.sort(key=lambda each: _SPECIFIC[each.scope])
    return tuple(living)


def settle_columns(
    columns: Sequence[ColumnRecord],
    table: TableRecord,
    overrides: Iterable[Override],
    *,
    today: date,
    means: Means,
    finish: Aggregate | None = None,
) -> tuple[list[ColumnRecord], TableRecord, list[Applied]]:
    """The records of one table under the overrides, and what they did.

    A suppressed column counts no more; where it was a validated restricted one it is `unclassified`, not `public`, and so
    is a table that holds nothing else. An override that would hide what its author did not see is withheld, and the
    column goes to review. `finish` makes the table's record complete before what was decided of it as a whole holds.
    """
    living = in_effect(overrides, today)
    applied: list[Applied] = []
    settled = [_settle_column(column, living, means, applied) for column in columns]
    if applied:
        table = means.aggregate(settled, table)
        highest = max((column.level for column in settled), key=lambda level: level.rank, default=table.level)
        if highest.rank > table.level.rank:
            table = replace(table, level=highest)
    if finish is not None:
        table = finish(settled, table)
    return settled, _settle_table(table, living, applied), applied


def _settle_column(
    column: ColumnRecord, living: Sequence[Override], means: Means, applied: list[Applied]
) -> ColumnRecord:
    found = [each for each in living if meets_column(each, column)]
    if not found:
        return column
    if found[0].action is Action.SUPPRESS:
        return _suppressed(column, found[0], applied)
    before = column
    for action in SETTING:
        chosen = next((each for each in found if each.action is action), None)
        if chosen is None:
            continue
        after = _set_column(column, chosen, means)
        hidden = _hides(chosen, before, after)
        if hidden:
            applied.append(_withheld(before, chosen, hidden))
            return replace(before, need_review=True, detection_reason=_and(before.detection_reason, applied[-1]))
        note = Applied(
            override=chosen.id,
            scope=chosen.scope,
            action=action,
            resource=column.resource,
            table=column.table,
            column=column.column,
            identifier=column.detected_type,
            sentence=said(chosen),
            level_before=before.level,
            level_after=after.level,
        )
        applied.append(note)
        column = replace(after, detection_reason=_and(column.detection_reason, note))
    if column.detected_type is not None and column.confidence <= SENSITIVE_ABOVE * 100:
        return _harmless(column, means, before)
    return column


def meets_column(override: Override, column: ColumnRecord, *, guarded: bool = True) -> bool:
    """Whether an override speaks of a column; without `guarded`, whatever was detected in it."""
    if override.below is not None or (
        guarded and override.identifier is not None and override.identifier != column.detected_type
    ):
        return False
    scope = override.scope
    if scope is Scope.COLUMN:
        place = storable(column.resource), storable(column.table), storable(column.column)
        return (override.resource, override.table, override.column) == place
    if scope is Scope.TABLE:
        if override.action is not Action.SUPPRESS and override.identifier is None:
            return False  # it is of the table as a whole
        in_table = (override.resource, override.table) == (storable(column.resource), storable(column.table))
        return in_table and (column.detected_type is not None or not guarded)
    if (
        (guarded and column.detected_type is None)
        or override.path is None
        or not matches(override.path, column.resource)
    ):
        return False
    if scope is Scope.PATTERN:
        return bool(column.pattern_ids) and set(column.pattern_ids) == {override.pattern}
    return scope is Scope.IDENTIFIER and override.identifier is not None


def _suppressed(column: ColumnRecord, override: Override, applied: list[Applied]) -> ColumnRecord:
    if column.detected_type is None:
        return column
    hidden = unseen(override, column.categories, column.level)
    if hidden:
        applied.append(_withheld(column, override, hidden))
        return replace(column, need_review=True, detection_reason=_and(column.detection_reason, applied[-1]))
    # A value was found and checked, so it is not harmless because somebody accepts it.
    held = column.level is Level.RESTRICTED and column.regex_hits > 0
    level = Level.UNCLASSIFIED if held else Level.PUBLIC
    note = Applied(
        override=override.id,
        scope=override.scope,
        action=Action.SUPPRESS,
        resource=column.resource,
        table=column.table,
        column=column.column,
        identifier=column.detected_type,
        sentence=f"{column.detected_type} ({column.level}) {said(override)}",
        held=held,
        level_before=column.level,
        level_after=level,
    )
    applied.append(note)
    return emptied(column, level, _and(column.detection_reason, note))


def _harmless(column: ColumnRecord, means: Means, before: ColumnRecord) -> ColumnRecord:
    """A column whose confidence was set to where nothing is sensitive any more."""
    held = before.level is Level.RESTRICTED and before.regex_hits > 0
    kept = column.confidence
    harmless = emptied(column, Level.UNCLASSIFIED if held else Level.PUBLIC, column.detection_reason)
    return replace(means.describe(harmless), confidence=kept, composite_score=round(kept / 100, 4))


def _set_column(column: ColumnRecord, override: Override, means: Means) -> ColumnRecord:
    if override.action is Action.SET_CONFIDENCE:
        share = override.confidence if override.confidence is not None else column.composite_score
        return means.describe(
            replace(column, confidence=round(share * 100, 2), composite_score=round(share, 4), need_review=False)
        )
    if override.action is Action.SET_CATEGORIES:
        dominant = override.categories[0] if override.categories else None
        changed = replace(column, categories=override.categories, dominant_category=dominant, need_review=False)
        return means.describe(changed)
    name = override.to_identifier or column.detected_type
    level = override.level or (means.level_of(name) if name else None) or column.level
    sure = max(column.confidence, 100.0) if override.to_identifier else column.confidence
    changed = replace(
        column,
        detected_type=name,
        level=level,
        confidence=sure,
        composite_score=round(sure / 100, 4),
        need_review=False,
        # Those of another identifier fall away; `describe` gives this one's own.
        categories=() if override.to_identifier else column.categories,
        dominant_category=None if override.to_identifier else column.dominant_category,
    )
    return means.describe(changed)


def _hides(override: Override, before: ColumnRecord, after: ColumnRecord) -> str:
    """What an override would hide that its author did not see; empty where nothing."""
    hidden = unseen(override, before.categories, before.level)
    lowers = after.level.rank < before.level.rank or override.confidence is not None
    return hidden if lowers or override.action is not Action.RECLASSIFY else ""


def unseen(override: Override, categories: Sequence[str], level: Level) -> str:
    """What a result has that the override's author did not see, in words; empty where nothing."""
    new = [str(each) for each in categories if each not in override.seen] if override.seen else []
    if not new and override.seen_level is not None and level.rank > override.seen_level.rank:
        new = [f"level {level}"]
    return ", ".join(new)


def _withheld(column: ColumnRecord, override: Override, hidden: str) -> Applied:
    return Applied(
        override=override.id,
        scope=override.scope,
        action=override.action,
        resource=column.resource,
        table=column.table,
        column=column.column,
        identifier=column.detected_type,
        outcome="withheld",
        sentence=f"not {said(override)}: {hidden} has come since",
        level_before=column.level,
        level_after=column.level,
    )


def _settle_table(table: TableRecord, living: Sequence[Override], applied: list[Applied]) -> TableRecord:
    chosen = next((each for each in living if _is_of_table(each, table)), None)
    if chosen is None or chosen.level is None:
        return table
    hidden = unseen(chosen, table.table_categories, table.level)
    withheld = bool(hidden) and chosen.level.rank < table.level.rank
    applied.append(
        Applied(
            override=chosen.id,
            scope=chosen.scope,
            action=chosen.action,
            resource=table.resource,
            table=table.table_name,
            outcome="withheld" if withheld else "applied",
            sentence=f"not {said(chosen)}: {hidden} has come since" if withheld else said(chosen),
            level_before=table.level,
            level_after=table.level if withheld else chosen.level,
        )
    )
    return replace(table, need_review=True) if withheld else replace(table, level=chosen.level, need_review=False)


def _is_of_table(override: Override, table: TableRecord) -> bool:
    return (
        override.scope is Scope.TABLE
        and override.identifier is None
        and override.action is Action.RECLASSIFY
        and (override.resource, override.table) == (storable(table.resource), storable(table.table_name))
    )


def said(override: Override) -> str:
    """What an override is, in words: `suppressed by Ada on 2026-11-02 because …`."""
    verb = _TOLD[override.verdict] if override.verdict is not None else str(override.action).replace("_", " ")
    until = f", until {override.expires}" if override.expires is not None else ""
    return f"{verb} by {override.author} on {override.at.date()}{until} because {override.reason}"


def _and(reason: str, note: Applied) -> str:
    # One decision may set several things, and is told once.
    if reason == note.sentence or reason.endswith(f"; {note.sentence}"):
        return reason
    return f"{reason}; {note.sentence}" if reason else note.sentence
