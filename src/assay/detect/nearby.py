"""Values of keyword-anchored patterns: in what a name governs, after a field's name, around a keyword."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from assay.detect import confirm
from assay.detect.candidate import Candidate
from assay.detect.compiled import MANY_DIGITS, CompiledRule, runs_of
from assay.detect.keywords import SIGNS
from assay.detect.named import governed_place
from assay.detect.names import NameIndex
from assay.detect.scalars import Scalars, filling
from assay.formats.structure import Place

_GOVERNED_MAX = 64 * 1024
_BEFORE = 64
_NAME_BYTES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-. " + bytes(range(128, 256))

_ASSIGNS = re.compile(rb"[A-Za-z0-9_]{0,16}[\"'`]?[ \t]{0,3}[:=>]")

Anchor: TypeAlias = tuple[int, int, bool, tuple[CompiledRule, ...]]
"""A keyword or a field's name: position in it, where its expression ended, whether it is a field's, whose it is."""

Found: TypeAlias = dict[tuple[int, str, int], Candidate]
"""Candidates by rule, pattern and start: a value that stands near two words is one."""


def in_governed(
    rule: CompiledRule, data: bytes, place: Place, hint: str, found: Found, scalars: Scalars | None
) -> None:
    """What a name governs, and nothing beyond it."""
    governs = place.governs
    assert governs is not None
    part = scalars(*governs) if scalars is not None else None
    if part is not None and (whole := filling(rule, part)):
        for candidate in whole:
            _keep_governed(candidate, place, hint, data, found)
        return
    low, high = governs[0], min(governs[1], governs[0] + _GOVERNED_MAX)
    digits = confirm.digits(data, low, high)
    for compiled in rule.near_keyword:
        if compiled.least_digits > digits:
            continue
        for candidate in confirm.within(compiled, data, low, high, closed=True):
            _keep_governed(candidate, place, hint, data, found)


def _keep_governed(candidate: Candidate, place: Place, hint: str, data: bytes, found: Found) -> None:
    candidate.governed = hint
    candidate.place = governed_place(place, candidate, data)
    found.setdefault((candidate.pattern.rule.index, candidate.pattern.pattern.id, candidate.start), candidate)


def in_field(rule: CompiledRule, data: bytes, span: tuple[int, int], hint: str, found: Found) -> None:
    """After a field's name in free text."""
    digits = confirm.digits(data, span[0], span[1] + confirm.TAIL)
    for compiled in rule.near_keyword:
        if compiled.least_digits > digits:
            continue
        for candidate in confirm.within(compiled, data, *span, closed=False):
            candidate.governed = hint
            found.setdefault((rule.index, compiled.pattern.id, candidate.start), candidate)


def after_field(rule: CompiledRule, data: bytes, span: tuple[int, int], place: Place | None, found: Found) -> None:
    """After a keyword that something is assigned to: patterns for fields alone."""
    digits = confirm.digits(data, span[0], span[1] + confirm.TAIL)
    for compiled in rule.near_field:
        if compiled.least_digits > digits:
            continue
        for candidate in confirm.within(compiled, data, *span, closed=False):
            _keep_if_near(candidate, rule, data, place, found)


@dataclass(slots=True)
class Around:
    """Where values of a rule are searched around its keywords."""

    rule: CompiledRule
    low: int
    high: int
    place: Place | None

    def search(self, data: bytes, found: Found) -> None:
        rule, place = self.rule, self.place
        digits = run = confirm.digits(data, self.low, self.high + confirm.TAIL)
        if digits < rule.word_digits:
            return
        text = data[self.low : self.high + confirm.TAIL] if digits >= MANY_DIGITS else b""
        if text and rule.digit_runs is not None:
            # Dates and counts are many digits, but no one number.
            run = rule.digit_runs.longest(text)
        longest: dict[int, int] = {}
        for compiled in rule.near_word:
            least = compiled.least_digits
            if least > (run if least >= MANY_DIGITS else digits):
                continue
            if least >= MANY_DIGITS and (reads := compiled.reads) >= 0:
                # The same of what this form alone may pass over.
                if reads not in longest:
                    longest[reads] = runs_of(reads).longest(text)
                if least > longest[reads]:
                    continue
            for candidate in confirm.within(compiled, data, self.low, self.high, closed=False):
                _keep_if_near(candidate, rule, data, place, found)


def _keep_if_near(candidate: Candidate, rule: CompiledRule, data: bytes, place: Place | None, found: Found) -> None:
    if not confirm.near(rule, data, candidate, place):
        return
    if place is not None and place.start <= candidate.start < place.end:
        candidate.place = place
    found.setdefault((rule.index, candidate.pattern.pattern.id, candidate.start), candidate)


def line_end(data: bytes, start: int, reach: int) -> int:
    """Where the line ends that `start` is on, or `reach` further on."""
    stop = min(len(data), start + reach)
    line = data.find(b"\n", start, stop)
    return stop if line < 0 else line


def word_before(data: bytes, position: int) -> str:
    """The name that ends at `position`, e.g. `customer.dl_no`."""
    before = data[max(0, position - 60) : position + 1]
    return before[len(before.rstrip(_NAME_BYTES)) :].decode("utf-8", "replace")


def near_keywords(
    names: NameIndex,
    anchors: Iterable[Anchor],
    places: Iterable[Place | None],
    data: bytes,
    scalars: Scalars | None = None,
) -> list[Candidate]:
    """Values of keyword-anchored patterns, searched around each keyword or in what a name governs."""
    found: Found = {}
    around: dict[tuple[int, int], Around] = {}
    for (position, end, is_field, rules), place in zip(anchors, places, strict=True):
        governs = place.governs if place else None
        named: dict[int, str] = {}
        if governs and place and place.names:
            named = names.match(place.names[0])
        elif is_field and place is None and data[end - 1] in SIGNS:
            named = names.match(word_before(data, position))
        assigned: bool | None = None
        first, last = (0, len(data)) if place is None else (place.start, place.end)
        for rule in rules:
            reach = rule.distance
            if governs is not None and place is not None:
                if rule.index in named:
                    in_governed(rule, data, place, named[rule.index], found, scalars)
                continue
            if is_field:
                if rule.index in named:
                    in_field(rule, data, (end, line_end(data, end, reach)), named[rule.index], found)
                continue
            if rule.near_field:
                if assigned is None:
                    assigned = governs is None and _ASSIGNS.match(data, position + 1) is not None
                if assigned:
                    after_field(rule, data, (end, line_end(data, end, reach)), place, found)
            # The neighbourhood of the keyword; in structured text, of its own value only. There are very many of them.
            low, high = position - _BEFORE - reach, end + reach
            if low < first:
                low = first
            if high > last:
                high = last
            # Words that stand together ("card", "card number") have one search.
            key = (rule.index, -1 if place is None else first)
            before = around.get(key)
            if before is not None:
                if low <= before.high and before.low <= high:
                    before.low, before.high = min(before.low, low), max(before.high, high)
                    continue
                before.search(data, found)
            around[key] = Around(rule, low, high, place)
    for each in around.values():
        each.search(data, found)
    return list(found.values())
