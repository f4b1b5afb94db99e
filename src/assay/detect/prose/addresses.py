"""Words that a model has judged → postal addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assay.detect.prose.tagger import Word
from assay.detect.prose.weighing import CAPITAL, Span, logit, weighed

_PLACED = 0.5
_NEXT_LINE = r"\r?\n[ \t>*|?#]{0,6}"
_ADDRESS_GAP = re.compile(rf"[ \t,.\-/#]{{0,4}}(?:{_NEXT_LINE})?")
# What the model is unsure of within an address: a name of a place or two, a code of a district; never a word in small
# letters but those that names have.
_BRIDGE = re.compile(
    rf"[ \t,.\-/#]{{0,4}}(?:{_NEXT_LINE})?"
    rf"(?:(?:[{CAPITAL}][\w.'’-]{{0,24}}|\d{{1,3}}|(?i:de|del|della|di|da|do|du|la|le|les|"
    r"el|los|las|van|der|den|am|an|im|u|nad|pri|of|the|upon|on|sur|sous|en))"
    rf"(?:[ \t,.\-/#]{{1,4}}|[ \t,.]{{0,3}}{_NEXT_LINE})){{0,5}}"
)
_UNIT = re.compile(r"\b(?i:apt|apartment|unit|suite|ste|flat|floor|room|piso|wohnung|app|appt|int)\b\.?\s*#?\Z")
_BEFORE_NUMBER = re.compile(rf"(?:[{CAPITAL}][\w.'’-]{{2,24}}[ ]){{1,2}}\Z")
_NUMBERS = re.compile(r"\d+")
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_LONGEST_BRIDGE = 48
_LOCAL = frozenset({"CITY", "ZIP_CODE", "STATE"})
_OF_STREET = frozenset({"STREET_NAME", "BUILDING_NUMBER", "SECONDARY_ADDRESS"})
_STREET_AND_NUMBER, _TOWN_AND_CODE, _STREET_AND_TOWN, _PARTS, _OF_YEARS = 0.4, 0.4, 0.6, 0.2, -6.0


def addresses(text: str, words: Sequence[Word]) -> Iterator[Span]:
    """The postal addresses among the words of a sentence: a street with its number, or a town with its postal code."""
    groups: list[list[Word]] = []
    for word in words:
        if word.place < _PLACED:
            continue
        if groups and _goes_on(text, groups[-1], word):
            groups[-1].append(word)
        else:
            groups.append([word])
    for group in groups:
        # Words in small letters behind an address go on with the sentence.
        while group and text[group[-1].start : group[-1].end].islower():
            group.pop()
        if group:
            yield from _address(text, group)


def _goes_on(text: str, group: Sequence[Word], word: Word) -> bool:
    """Whether a word belongs to the address before it. What is unsure in between must have the street before it and the
    town behind."""
    start, end = group[-1].end, word.start
    if _ADDRESS_GAP.fullmatch(text, start, end):
        return True
    return (
        end - start <= _LONGEST_BRIDGE
        and (word.part in _LOCAL or _UNIT.search(text, start, end) is not None)
        and not _OF_STREET.isdisjoint(each.part for each in group)
        and _BRIDGE.fullmatch(text, start, end) is not None
    )


def _address(text: str, group: Sequence[Word]) -> Iterator[Span]:
    parts = {word.part for word in group}
    has_street = {"STREET_NAME", "BUILDING_NUMBER"} <= parts
    has_town = {"CITY", "ZIP_CODE"} <= parts
    has_parts = bool(parts & _OF_STREET) and bool(parts & _LOCAL) and len(parts) > 2
    if not (has_street or has_town or has_parts):
        return
    chance = sum(word.place for word in group) / len(group)
    signs = []
    if has_street:
        signs.append(("a street and a number", _STREET_AND_NUMBER))
    if has_town:
        signs.append(("a town and its code", _TOWN_AND_CODE))
    if has_street and parts & _LOCAL:
        signs.append(("a street and a town", _STREET_AND_TOWN))
    elif has_parts:
        signs.append(("parts of an address", _PARTS))
    if _YEAR.fullmatch(" ".join(_NUMBERS.findall(text[group[0].start : group[-1].end]))):
        signs.append(("a year for its only number", _OF_YEARS))
    start = group[0].start
    if group[0].part == "BUILDING_NUMBER" and not has_street:
        # The street is a name that the model does not know, before its number.
        before = _BEFORE_NUMBER.search(text, max(0, start - _LONGEST_BRIDGE), start)
        start = before.start() if before is not None else start
    yield Span(start, group[-1].end, *weighed(logit(chance), f"reads like an address ({chance:.2f})", signs))
