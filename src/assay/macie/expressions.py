"""Our expressions as Macie can run them: no groups that capture, no look-around, no references, 512 characters.

What Macie has no word for is left out and told (`Lost`), so that what it finds besides is known beforehand; what cannot be
left out is `CannotError`. Source: https://docs.aws.amazon.com/macie/latest/user/cdis-options.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from assay.macie.bytesets import ANY_BEYOND_ASCII, CannotError, Ranges, beyond_ascii, byte_ranges, ops, parser, wide_at
from assay.macie.limits import MOST_OPEN_REPEATS, WIDEST_REPEAT

_CATEGORIES = {
    ops.CATEGORY_DIGIT: r"\d",
    ops.CATEGORY_NOT_DIGIT: r"\D",
    ops.CATEGORY_WORD: r"\w",
    ops.CATEGORY_NOT_WORD: r"\W",
    ops.CATEGORY_SPACE: r"\s",
    ops.CATEGORY_NOT_SPACE: r"\S",
}
_PLAIN_CONTROLS = {9: r"\t", 10: r"\n", 13: r"\r"}
_SPECIAL = frozenset(r".^$*+?{}[]\|()")
_SPECIAL_IN_SET = frozenset(r"\]^-[")
_WORD = frozenset(map(ord, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"))

BESIDE = "what may not stand beside a value is said by word boundaries only"
AHEAD = "what must not, or must, follow within it (look-around) is left out"
BEFORE = "what stands before the value is not asked for"
BYTES = "letters beyond ASCII are taken a little wider"
ANCHORS = "beginnings and ends of lines are left out"
WIDE = f"repeats of more than {WIDEST_REPEAT} are left open"
AGAIN = "that the same is repeated is not asked for"
OPEN = "it repeats openly several times, which Macie may refuse"


@dataclass(slots=True)
class Translated:
    """An expression for Macie, what was lost on the way, and the most characters that a match has."""

    regex: str
    longest: int
    lost: tuple[str, ...]


def translated(regex: str, *, caseless: bool = False, from_value: bool = False) -> Translated:
    """`regex`, which runs on UTF-8 bytes, for Macie, which matches text. `from_value` leaves out what stands before the group
    `value`. Raises `CannotError`."""
    try:
        # Each character of Latin-1 is the byte of its number.
        parsed = parser.parse(regex.encode().decode("latin-1"), re.IGNORECASE if caseless else 0)
    except (re.error, RecursionError):
        raise CannotError("an expression of another engine") from None
    writer = _Writer(any_line=bool(parsed.state.flags & re.DOTALL))
    items = list(parsed)
    named = parsed.state.groupdict.get("value")
    if from_value and named is not None:
        items = _from(items, named)
        writer.lose(BEFORE)
    text = writer.sequence(items, outer=True)
    if caseless or parsed.state.flags & re.IGNORECASE:
        text = f"(?i:{text})"
    if writer.open_repeats > MOST_OPEN_REPEATS:
        writer.lose(OPEN)
    return Translated(text, min(int(parsed.getwidth()[1]), 10_000), tuple(writer.lost))


def _from(items: list[Any], group: int) -> list[Any]:
    for at, (op, value) in enumerate(items):
        if op is ops.SUBPATTERN and value[0] == group:
            return items[at:]
    return items


@dataclass(slots=True)
class _Writer:
    lost: list[str] = field(default_factory=list)
    open_repeats: int = 0
    any_line: bool = False
    groups: dict[int, str] = field(default_factory=dict)

    def lose(self, what: str) -> None:
        if what not in self.lost:
            self.lost.append(what)

    def sequence(self, items: Sequence[Any], *, outer: bool = False) -> str:
        """Items one after the other; `outer` where nothing stands before the first and behind the last."""
        written: list[str] = []
        at = 0
        while at < len(items):
            wide = wide_at(items, at)
            if wide is not None:
                written.append(_set(wide.ranges) if _is_choice(wide.ranges) else _quoted(wide.ranges[0][0]))
                at += wide.taken
                continue
            written.append(self.item(items, at, outer=outer))
            at += 1
        return "".join(written)

    def item(self, items: Sequence[Any], at: int, *, outer: bool) -> str:
        op, value = items[at]
        if op is ops.LITERAL:
            if value >= 0x80:
                raise CannotError("single bytes beyond ASCII")
            return _quoted(value)
        if op is ops.NOT_LITERAL:
            return f"[^{_quoted(value, in_set=True)}]"
        if op is ops.ANY:
            return r"[\s\S]" if self.any_line else "."
        if op is ops.IN:
            return self.set_of(value)
        if op is ops.BRANCH:
            return "(?:" + "|".join(self.sequence(list(each), outer=outer) for each in value[1]) + ")"
        if op is ops.SUBPATTERN:
            return self.group(value, outer=outer)
        if op is ops.ATOMIC_GROUP:
            return f"(?:{self.sequence(list(value))})"
        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
            return self.repeat(op, value)
        if op is ops.AT:
            return self.anchor(value)
        if op in (ops.ASSERT, ops.ASSERT_NOT):
            return self.beside(items, at)
        if op is ops.GROUPREF:
            self.lose(AGAIN)
            return self.groups.get(value, "")
        raise CannotError("a part that depends on what was matched before")

    def group(self, value: Any, *, outer: bool) -> str:
        number, added, taken, inner = value
        before = self.any_line
        self.any_line = before or bool(added & re.DOTALL)
        text = self.sequence(list(inner), outer=outer)
        self.any_line = before
        flags = "i" if added & re.IGNORECASE else "-i" if taken & re.IGNORECASE else ""
        written = f"(?{flags}:{text})"
        if number is not None:
            self.groups[number] = written
        return written

    def repeat(self, op: Any, value: Any) -> str:
        low, high, inner = value
        items = list(inner)
        if low == 0 and len(items) == 1 and _only_tails(items[0]):
            return ""  # what is left of a character before; Macie begins at a whole one
        text = self.sequence(items)
        if not text:
            return ""
        if len(items) > 1 or (items[0][0] not in (ops.LITERAL, ops.NOT_LITERAL, ops.ANY, ops.IN) and text[:2] != "(?"):
            text = f"(?:{text})"
        if high is ops.MAXREPEAT:
            self.open_repeats += 1
        elif high > WIDEST_REPEAT:
            self.lose(WIDE)
            high = ops.MAXREPEAT
            low = min(low, WIDEST_REPEAT)
        times = _times(int(low), None if high is ops.MAXREPEAT else int(high))
        return text + times + ("?" if op is ops.MIN_REPEAT and times else "")

    def anchor(self, value: Any) -> str:
        if value is ops.AT_BOUNDARY:
            return r"\b"
        if value is ops.AT_NON_BOUNDARY:
            return r"\B"
        self.lose(ANCHORS)
        return ""

    def beside(self, items: Sequence[Any], at: int) -> str:
        """A word boundary where look-around keeps words off the value's edge, else nothing."""
        direction = items[at][1][0]
        others = [item for item in (items[:at] if direction < 0 else items[at + 1 :]) if not _is_beside(item)]
        if others:
            self.lose(AHEAD)
            return ""
        near = items[at + 1 :] if direction < 0 else list(reversed(items[:at]))
        edge = next((item for item in near if not _is_beside(item)), None)
        inner = list(items[at][1][1])
        if items[at][0] is not ops.ASSERT_NOT or not _is_exactly_word(inner):
            self.lose(BESIDE)
        # Once is enough for all that look at the same side.
        again = any(_guards(item) and item[1][0] == direction for item in items[:at])
        is_edge = edge is not None and _is_word_edge(edge, direction)
        return r"\b" if _guards(items[at]) and not again and is_edge else ""

    def set_of(self, value: Sequence[Any]) -> str:
        negated = value[0][0] is ops.NEGATE
        members = value[1:] if negated else value
        parts: list[str] = []
        high: list[tuple[int, int]] = []
        for kind, given in members:
            if kind is ops.CATEGORY:
                parts.append(_CATEGORIES[given])
                continue
            low, top = (given, given) if kind is ops.LITERAL else given
            if low < 0x80:
                parts.append(_range(low, min(top, 0x7F)))
            if top >= 0x80:
                high.append((low, top))
        wide = beyond_ascii(tuple(high))
        if wide and wide != ANY_BEYOND_ASCII:
            self.lose(BYTES)
        parts += [_range(low, top) for low, top in wide]
        if len(parts) == 1 and not negated and parts[0].startswith("\\") and parts[0][1:] in tuple("dDwWsS"):
            return parts[0]
        return f"[{'^' if negated else ''}{''.join(parts)}]"


def _is_beside(item: Any) -> bool:
    return item[0] in (ops.ASSERT, ops.ASSERT_NOT) or (item[0] is ops.AT and item[1] is not ops.AT_BOUNDARY)


def _guards(item: Any) -> bool:
    """Whether look-around keeps at least digits or letters away, or asks for something else than those."""
    if item[0] not in (ops.ASSERT, ops.ASSERT_NOT):
        return False
    members = _all_members(item[1][1])
    if members is None:
        return False
    return members >= _DIGITS if item[0] is ops.ASSERT_NOT else not members & _WORD


_DIGITS = frozenset(map(ord, "0123456789"))


def _all_members(inner: Any) -> frozenset[int] | None:
    """The ASCII characters of any single-character branch of look-around; `None` where there is none."""
    items = list(inner)
    if len(items) == 1 and items[0][0] is ops.BRANCH:
        found = [_all_members(each) for each in items[0][1][1]]
        known = [each for each in found if each is not None]
        return frozenset().union(*known) if known else None
    if len(items) == 1 and items[0][0] is ops.SUBPATTERN:
        return _all_members(items[0][1][3])
    return _members(items[0]) if len(items) == 1 else None


def _is_exactly_word(inner: Sequence[Any]) -> bool:
    return len(inner) == 1 and _members(inner[0]) == _WORD


def _members(item: Any) -> frozenset[int] | None:
    op, value = item
    if op is ops.LITERAL:
        return frozenset({value})
    if op is not ops.IN:
        return None
    negated = value[0][0] is ops.NEGATE
    found: set[int] = set()
    for kind, given in value[1:] if negated else value:
        if kind is ops.LITERAL:
            found.add(given)
        elif kind is ops.RANGE:
            found.update(range(given[0], min(given[1], 0x7F) + 1))
        elif given in (ops.CATEGORY_WORD, ops.CATEGORY_DIGIT, ops.CATEGORY_SPACE):
            known = {ops.CATEGORY_WORD: _WORD, ops.CATEGORY_DIGIT: _DIGITS}
            found.update(known.get(given, frozenset(map(ord, " \t\n\r\f\v"))))
    return frozenset(range(0x80)) - found if negated else frozenset(found)


def _is_word_edge(item: Any, direction: int) -> bool:
    """Whether the first (looking back) or last character of what an item matches is always of a word."""
    op, value = item
    if op is ops.SUBPATTERN:
        return _sequence_edge(list(value[3]), direction)
    if op is ops.BRANCH:
        return all(_sequence_edge(list(each), direction) for each in value[1])
    if op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT):
        return value[0] > 0 and _sequence_edge(list(value[2]), direction)
    members = _members(item)
    return members is not None and bool(members) and members <= _WORD


def _sequence_edge(items: Sequence[Any], direction: int) -> bool:
    ordered = items if direction < 0 else list(reversed(items))
    for item in ordered:
        if _is_beside(item):
            continue
        op, value = item
        if op in (ops.MAX_REPEAT, ops.MIN_REPEAT, ops.POSSESSIVE_REPEAT) and value[0] == 0:
            if _sequence_edge(list(value[2]), direction):
                continue
            return False
        return _is_word_edge(item, direction)
    return False


def _only_tails(item: Any) -> bool:
    ranges = byte_ranges(item)
    return ranges is not None and all(low >= 0x80 and high <= 0xBF for low, high in ranges)


def _times(low: int, high: int | None) -> str:
    known = {(0, None): "*", (1, None): "+", (0, 1): "?", (1, 1): ""}
    if (low, high) in known:
        return known[low, high]
    if high is None:
        return f"{{{low},}}"
    return f"{{{low}}}" if low == high else f"{{{low},{high}}}"


def _is_choice(ranges: Ranges) -> bool:
    return len(ranges) > 1 or ranges[0][0] != ranges[0][1]


def _set(ranges: Ranges) -> str:
    return "[" + "".join(_range(low, high) for low, high in ranges) + "]"


def _range(low: int, high: int) -> str:
    first = _quoted(low, in_set=True)
    if low == high:
        return first
    return f"{first}{'' if high == low + 1 else '-'}{_quoted(high, in_set=True)}"


def _quoted(number: int, *, in_set: bool = False) -> str:
    if number in _PLAIN_CONTROLS:
        return _PLAIN_CONTROLS[number]
    if number < 0x20 or number == 0x7F:
        return f"\\x{number:02x}"
    character = chr(number)
    return f"\\{character}" if character in (_SPECIAL_IN_SET if in_set else _SPECIAL) else character
