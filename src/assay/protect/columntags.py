"""Tags of a table and of its columns: of a Glue table as parameters and comments, of Lake Formation as LF-tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from assay.errors import ActionError
from assay.model import Level
from assay.model.columntags import DATABASE, LONGEST_MARK, PREFIX, column_of, key_of
from assay.model.tagging import RULES, TagRules, legal
from assay.protect.judged import Judged
from assay.protect.tags import OTHER_LEVEL, Tagging, joined, tagging
from assay.protect.tagscheme import Scheme, Tag

_OF_COLUMNS = (Tag.LEVEL, Tag.TYPES)
_PLAIN = RULES["s3_object_tags"]


def glue_tagging(
    judged: Judged, columns: Mapping[str, Judged], present: Mapping[str, str], rules: TagRules, scheme: Scheme
) -> Tagging:
    """All tags as parameters of the table; of each column its level and types, which its comment tells people, too.

    Raises `ActionError` as `tagging` does, also where a column's parameter is no level.
    """
    of_table = {key: value for key, value in present.items() if not key.startswith(PREFIX)}
    table = tagging(judged, of_table, rules, scheme)
    before, after = dict(table.before), dict(table.after)
    notes = [table.note] if table.note else []
    own = _narrowed(scheme, _OF_COLUMNS)
    for column, known in _there(columns, present).items():
        there = _of_column(column, present)
        told = _column_tagging(column, known, there, rules, own)
        if key_of(column, None) in present:
            mark = _mark({**there, **{key: str(value) for key, value in told.after.items()}}, own)
            if mark != present[key_of(column, None)]:
                before[key_of(column, None)] = present[key_of(column, None)]
                after[key_of(column, None)] = mark
        else:
            notes.append(f"column {column}: its comment has no room")
        for key, value in told.after.items():
            before[key_of(column, key)] = there.get(key)
            after[key_of(column, key)] = value
    return Tagging(before=before, after=after, note="; ".join(notes))


def lf_tagging(
    judged: Judged, columns: Mapping[str, Judged], present: Mapping[str, str], rules: TagRules, scheme: Scheme
) -> Tagging:
    """The level alone: an LF-tag is a key with values from a list, so that lists of types are none. What a table has of its
    database counts, and a column is never below its table, whose tag it would have without one of its own."""
    own = lowered(scheme)
    key = own.keys[Tag.LEVEL]
    inherited = _highest(own, present.get(DATABASE + key), present.get(key))
    table = tagging(judged, {} if inherited is None else {key: inherited}, rules, own)
    after = {name: value for name, value in table.after.items() if present.get(name) != value}
    level = own.level_of(after.get(key) or inherited or "") or Level.PUBLIC
    before: dict[str, str | None] = {name: present.get(name) for name in after}
    for column, known in _there(columns, present).items():
        there = _of_column(column, present)
        has = _rank(own, there.get(key, own.levels[level]), column)
        if known.level.rank < level.rank and has >= known.level.rank:
            continue
        told = _column_tagging(column, known, there, rules, own)
        for name, value in told.after.items():
            before[key_of(column, name)] = there.get(name)
            after[key_of(column, name)] = value
    return Tagging(before=before, after=after, note=table.note)


def lowered(scheme: Scheme) -> Scheme:
    """The level's tag alone, as Lake Formation keeps it: in small letters.

    https://docs.aws.amazon.com/lake-formation/latest/dg/TBAC-notes.html
    """
    return replace(
        scheme,
        keys={Tag.LEVEL: scheme.keys[Tag.LEVEL].lower()},
        levels={level: name.lower() for level, name in scheme.levels.items()},
    )


def _narrowed(scheme: Scheme, tags: tuple[Tag, ...]) -> Scheme:
    return replace(scheme, keys={tag: key for tag, key in scheme.keys.items() if tag in tags})


def _there(columns: Mapping[str, Judged], present: Mapping[str, str]) -> dict[str, Judged]:
    """What is known of columns that the table has, by the table's name of them; of a part of one, of the whole."""
    names = {
        column.casefold(): column
        for column, key in filter(None, map(column_of, present))
        if key == ""  # says that it is there
    }
    found: dict[str, Judged] = {}
    for given, known in sorted(columns.items()):
        name = names.get(given.casefold()) or names.get(given.casefold().partition(".")[0].partition("[")[0])
        if name is None or known.level in (Level.PUBLIC, Level.UNCLASSIFIED):
            continue
        before = found.get(name)
        found[name] = known if before is None else _both(before, known)
    return found


def _both(first: Judged, second: Judged) -> Judged:
    higher = max(first, second, key=lambda one: (one.level.rank, one.confidence))
    return replace(higher, types=tuple(sorted({*first.types, *second.types})))


def _of_column(column: str, present: Mapping[str, str]) -> dict[str, str]:
    start = key_of(column, "")
    return {key.removeprefix(start): value for key, value in present.items() if key.startswith(start) and key != start}


def _column_tagging(column: str, known: Judged, there: Mapping[str, str], rules: TagRules, scheme: Scheme) -> Tagging:
    try:
        return tagging(known, there, rules, scheme)
    except ActionError as error:
        raise ActionError(error.reason, f"column {column}: {error.detail}") from None


def _mark(tags: Mapping[str, str], scheme: Scheme) -> str:
    level = legal(tags[scheme.keys[Tag.LEVEL]], _PLAIN)
    types = legal(tags.get(scheme.keys.get(Tag.TYPES, ""), ""), _PLAIN)
    room = LONGEST_MARK - len(f"[assay: {level} ]")
    shown = joined(types.split(scheme.separator), scheme.separator, room) if types and room > 0 else ""
    return f"[assay: {level} {shown}]" if shown else f"[assay: {level}]"


def _highest(scheme: Scheme, *values: str | None) -> str | None:
    return max((value for value in values if value is not None), key=lambda value: _rank(scheme, value), default=None)


def _rank(scheme: Scheme, value: str, column: str = "") -> int:
    level = scheme.level_of(value)
    if level is None:
        where = f"column {column}: " if column else ""
        raise ActionError(OTHER_LEVEL, f"{where}its LF-tag says '{value}', which is no level; change that tag first")
    return level.rank
