"""Candidates of the automaton, confirmed by their expression at the place where they were reported."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from assay.detect.candidate import Candidate
from assay.detect.compiled import CompiledPattern, CompiledRule
from assay.detect.stems import may_have
from assay.formats.structure import Place

TAIL = 96
_BACK = 1_024
_DIGIT = re.compile(rb"[0-9]")
_COMMENT_EDGE = re.compile(rb"/\*|\*/|(?<!:)//|(?<!\S)#")
_EMPTY_LINE = re.compile(rb"\n[ \t]*\r?\n")
_CLOSING = (b'"', b"'")
_NO_DIGITS = bytes(sorted(frozenset(range(256)) - frozenset(b"0123456789")))


def at(compiled: CompiledPattern, data: bytes, start: int, reached: int) -> Candidate | None:
    """The candidate whose `find` matched at `start`, if `regex` agrees; `None` inside the one before (`reached`)."""
    found = start
    if compiled.left:
        before = data[max(0, start - compiled.pattern.left_max) : start]
        start -= len(before) - len(before.rstrip(compiled.left))
        if compiled.pattern.left_digits and _DIGIT.search(before, len(before) - (found - start)) is None:
            return None
    if start < reached:
        return None
    match = compiled.match(data, start)
    if match is None:
        return None
    first, last = compiled.span(match)
    if first < 0 or last <= first:
        return None
    return Candidate(first, last, start, data[first:last].decode("utf-8", "replace"), compiled, None)


def around(compiled: CompiledPattern, data: bytes, end: int, reached: int) -> Iterator[Candidate]:
    """The match that spans the reported `end`, its start searched in what lies before; none inside the one before."""
    if end <= reached:
        return
    for match in compiled.regex.finditer(data, max(0, reached, end - _BACK), min(len(data), end + _BACK)):
        if match.end() >= end:
            first, last = compiled.span(match)
            if match.start() < end and 0 <= first < last:
                value = data[first:last].decode("utf-8", "replace")
                yield Candidate(first, last, match.start(), value, compiled, None)
            return


def within(compiled: CompiledPattern, data: bytes, low: int, high: int, *, closed: bool) -> Iterable[Candidate]:
    """All matches that begin in `[low, high)`; `closed` when nothing beyond `high` belongs to the text."""
    stop = high if closed else min(len(data), high + TAIL)
    find = compiled.find
    if find is not None:
        return _found(compiled, find, data, low, high, stop)
    # Nearly always there is none, which is told without a generator.
    first = compiled.search(data, low, stop)
    return () if first is None else _matched(compiled, data, first.start(), high, stop)


def _matched(compiled: CompiledPattern, data: bytes, low: int, high: int, stop: int) -> Iterator[Candidate]:
    for match in compiled.regex.finditer(data, low, stop):
        if match.start() >= high:
            return
        first, last = compiled.span(match)
        if 0 <= first < last:
            yield Candidate(first, last, match.start(), data[first:last].decode("utf-8", "replace"), compiled, None)


def _found(
    compiled: CompiledPattern, find: re.Pattern[bytes], data: bytes, low: int, high: int, stop: int
) -> Iterator[Candidate]:
    """The same by way of `find`, as the automaton comes by them."""
    reached = low
    for hit in find.finditer(data, low, stop):
        start = hit.start()
        before = data[max(low, start - compiled.pattern.left_max) : start]
        start -= len(before) - len(before.rstrip(compiled.left))
        if start < reached:
            continue
        match = compiled.regex.match(data, start, stop)
        if match is None:
            continue
        first, last = compiled.span(match)
        if first >= high:
            return
        if 0 <= first < last:
            reached = last
            yield Candidate(first, last, match.start(), data[first:last].decode("utf-8", "replace"), compiled, None)


def digits(data: bytes, start: int, end: int) -> int:
    """How many ASCII digits stand between two offsets."""
    return len(data[start:end].translate(None, _NO_DIGITS))


def near(rule: CompiledRule, data: bytes, candidate: Candidate, place: Place | None) -> bool:
    """Whether one of the rule's context words stands within its distance of the candidate."""
    return keyword_near(rule, data, candidate, place) is not None


def keyword_near(rule: CompiledRule, data: bytes, candidate: Candidate, place: Place | None) -> str | None:
    """The context word within the rule's distance of the candidate, before it or after it, in the same value."""
    reach = rule.identifier.distance
    start, end = candidate.start, candidate.end
    low, high = start - reach - 32, end + reach + 32
    if place is not None:
        low, high = max(low, place.start), min(high, place.end)
    low, high = max(low, 0), min(high, len(data))
    if not may_have(data[low:start] + b"\n" + data[end:high], rule.context_stems):
        return None
    context = rule.context
    if context is None:
        return None
    last = None
    # The word nearest before the value explains it best.
    for match in context.finditer(data, low, start):
        if not _beyond_comment(data, match, match.end(), start) and not _ends_a_title(data, match):
            last = match
    if last is not None and _characters(data, last.end(), start) <= reach:
        return rule.shown_word(last.group())
    after = context.search(data, end, high)
    if (
        after is not None
        and _characters(data, end, after.start()) <= reach
        and not _beyond_comment(data, after, end, after.start())
        and not _ends_a_title(data, after)
    ):
        return rule.shown_word(after.group())
    return None


def _beyond_comment(data: bytes, word: re.Match[bytes], low: int, high: int) -> bool:
    """Whether a comment begins or ends between a word and a value, and the word is part of a constant of source code;
    across an empty line, the tail of one.

    `#define MS_BORN 29 /* since 2004-03-12 */` is about nobody's birth.
    """
    if not word.group().isupper():
        return False
    start, end = word.span()
    if _COMMENT_EDGE.search(data, low, high) is None:
        return data[start - 1 : start] == b"_" and _EMPTY_LINE.search(data, low, high) is not None
    return data[start - 1 : start] == b"_" or data[end : end + 1] == b"_" or b"_" in word.group()


def _ends_a_title(data: bytes, word: re.Match[bytes]) -> bool:
    """Whether a word ends the text of a value that is called after somebody: `{"en": "Queen's Birthday"}, "to": …` is a holiday.

    A key that ends so (`"Ada's birthday": …`) tells what follows.
    """
    start, end = word.span()
    if data[end : end + 1] not in _CLOSING or data[start - 2 : start] != b"s ":
        return False
    return data[start - 3 : start - 2] in (*_CLOSING, b"\x99") and not data[end + 1 : end + 4].lstrip().startswith(b":")


def _characters(data: bytes, start: int, end: int) -> int:
    piece = data[start:end]
    return len(piece) if piece.isascii() else len(piece.decode("utf-8", "ignore"))
