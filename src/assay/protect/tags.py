"""A classification as tags: what has to be written so that a resource bears what is known of it.

Other people's tags are no part of it. A level is never lowered: where the tag that is there says more than is known now,
it stays. Where nothing but the confidence or the time is another, nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from assay.errors import ActionError
from assay.model import Level
from assay.model.tagging import TagRules, is_system, legal, length, others
from assay.protect.judged import Judged
from assay.protect.tagscheme import Scheme, Tag

RETENTION_DAYS: Mapping[Level, int | None] = {
    Level.RESTRICTED: 2_555,
    Level.CONFIDENTIAL: 365,
    Level.INTERNAL: 90,
    Level.UNCLASSIFIED: 90,
    Level.PUBLIC: None,
}
"""How long data of a level is kept (SPEC section 11); what is not known is kept as if internal."""

NO_ROOM = "no room"
OTHER_LEVEL = "not a known level"
CUT = "..."
"""Ends a list that was too long for a tag."""
_VOLATILE = (Tag.CONFIDENCE, Tag.TIMESTAMP)
_YEAR = 365


class Tagging(NamedTuple):
    """The tags that change: as they are (`None`: not there), and as they have to be; none where all is well. `note` says
    what people should know of it."""

    before: dict[str, str | None]
    after: dict[str, str | None]
    note: str


def tagging(judged: Judged, present: Mapping[str, str], rules: TagRules, scheme: Scheme) -> Tagging:
    """What has to be written where `present` are all tags that are there.

    Raises `ActionError` where nothing can be: no room beside others' tags, or a level tag whose value is no level.
    """
    level_there = _level_there(present, scheme)
    kept = level_there is not None and level_there.rank > judged.level.rank
    level = level_there if kept and level_there is not None else judged.level
    wanted = _wanted(judged, level, present, scheme, rules, level_there=level_there, kept=kept)
    notes = []
    if kept:
        notes.append(f"stays {level}: the tag that is there says more than the catalog, which says {judged.level}")
    wanted, left_out = _fitting(wanted, present, rules, scheme)
    if left_out:
        names = ", ".join(scheme.keys[tag] for tag in left_out)
        notes.append(f"without {names}: there is room for {rules.most} tags, and others' come first")
    changed = {tag: value for tag, value in wanted.items() if present.get(scheme.keys[tag]) != value}
    if all(tag in _VOLATILE and scheme.keys[tag] in present for tag in changed):
        changed = {}
    keys = [(scheme.keys[tag], value) for tag, value in changed.items()]
    return Tagging(
        before={key: present.get(key) for key, _ in keys},
        after=dict(keys),
        note="; ".join(notes),
    )


def _level_there(present: Mapping[str, str], scheme: Scheme) -> Level | None:
    key = scheme.keys[Tag.LEVEL]
    value = present.get(key)
    if value is None or not value.strip():
        return None
    level = scheme.level_of(value)
    if level is None:
        raise ActionError(
            OTHER_LEVEL,
            f"its tag {key} says '{value}', which is none of {', '.join(scheme.levels.values())}; change that tag, or "
            "name your levels in the setting tag_levels",
        )
    return level


def _wanted(
    judged: Judged,
    level: Level,
    present: Mapping[str, str],
    scheme: Scheme,
    rules: TagRules,
    *,
    level_there: Level | None,
    kept: bool,
) -> dict[Tag, str]:
    """All tags of ours that should be there, the most important first. Where the level stays, lists only grow, and what
    would say that the level is ours is left out."""
    is_ours = not kept or present.get(scheme.keys.get(Tag.AUTOMATIC, "")) == "true"
    told: dict[Tag, str | None] = {
        Tag.LEVEL: present[scheme.keys[Tag.LEVEL]] if level is level_there else scheme.levels[level],
        Tag.TYPES: _list(Tag.TYPES, judged.types, present, scheme, rules, grows=kept),
        Tag.FRAMEWORKS: _list(Tag.FRAMEWORKS, judged.frameworks, present, scheme, rules, grows=kept),
        Tag.RETENTION: _retention(level, level_there, present.get(scheme.keys.get(Tag.RETENTION, ""))),
        Tag.AUTOMATIC: "true" if is_ours else None,
        Tag.CONFIDENCE: None if kept else f"{judged.confidence:.2f}",
        Tag.TIMESTAMP: None if kept else _time(judged.at),
    }
    return {tag: value for tag, value in told.items() if value is not None and tag in scheme.keys}


def _list(
    tag: Tag, words: Sequence[str], present: Mapping[str, str], scheme: Scheme, rules: TagRules, *, grows: bool
) -> str | None:
    value = present.get(scheme.keys.get(tag, ""))
    there = [word for word in (value or "").split(scheme.separator) if word and word != CUT]
    clean = [legal(word, rules).replace(scheme.separator, "_").strip() for word in words]
    wanted = sorted({*clean, *(there if grows else ())})
    if not wanted or sorted(there) == wanted:
        # The same words in another order are the same.
        return value if wanted else None
    return joined(wanted, scheme.separator, rules.longest_value)


def joined(words: Sequence[str], separator: str, longest: int) -> str:
    """The words in one value of at most `longest` units: whole words, and `...` as the last where some are left out.

    >>> joined(["EMAIL", "IBAN", "SSN"], "+", 14), joined(["EMAIL", "IBAN", "SSN"], "+", 13)
    ('EMAIL+IBAN+SSN', 'EMAIL+...')
    """
    whole = separator.join(words)
    if length(whole) <= longest:
        return whole
    kept = list(words)
    while kept and length(separator.join([*kept, CUT])) > longest:
        kept.pop()
    return separator.join([*kept, CUT])


def _retention(level: Level, level_there: Level | None, value: str | None) -> str | None:
    """What its owner set stays; only what follows from a level goes with it."""
    if value is not None and (level_there is None or value != _years(level_there)):
        return value
    return _years(level)


def _years(level: Level) -> str | None:
    """
    >>> _years(Level.RESTRICTED), _years(Level.INTERNAL), _years(Level.PUBLIC)
    ('7', '0.25', None)
    """
    days = RETENTION_DAYS[level]
    return None if days is None else f"{days / _YEAR:.2f}".rstrip("0").rstrip(".")


def _time(at: str) -> str:
    """To the second.

    >>> _time("2024-05-01T12:00:00.123456Z")
    '2024-05-01T12:00:00Z'
    """
    return at.partition(".")[0] + "Z" if "." in at else at


def _fitting(
    wanted: dict[Tag, str], present: Mapping[str, str], rules: TagRules, scheme: Scheme
) -> tuple[dict[Tag, str], list[Tag]]:
    """What there is room for, and what is left out of what is not there yet, the least important first."""
    own = [key for key in scheme.keys.values() if key in present and not is_system(key)]
    room = rules.most - others(present, own) - len(own)
    new = [tag for tag in wanted if scheme.keys[tag] not in present]
    left_out = new[max(room, 0) :]
    if Tag.LEVEL in left_out:
        raise ActionError(
            NO_ROOM,
            f"it has {others(present, own)} tags of others, and there is room for {rules.most}; take one of them away",
        )
    return {tag: value for tag, value in wanted.items() if tag not in left_out}, left_out
