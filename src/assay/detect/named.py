"""Values that a name governs from afar: columns of SQL statements, what is nested under a key, cells beside a label."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import NamedTuple, TypeAlias

from assay.detect import confirm
from assay.detect.candidate import Candidate
from assay.detect.compiled import CompiledRule
from assay.detect.names import NameIndex
from assay.detect.ruleset import RuleSet
from assay.detect.scalars import Scalars, filling
from assay.detect.score import judge
from assay.formats.escapes import decode_span
from assay.formats.structure import Columned, Declared, Decoded, Place, Structure, Window
from assay.model import Redaction

NESTED_MAX = 64 * 1024
_LEVELS = 2
_WORDS = 4_096
_BLANKS = 256
_SCALAR = 256
_SHORT_HINT = 3
_DOUBLED = re.compile(rb"''")
_BLANK = b" \t\r\n"
_QUOTES = b" \t\"'"
_WORD = re.compile(rb"[^\s\"'{}\[\](),:;<>=/]+")
# What is nested deeper names nothing that a person gave a name; each of its keys would be read to the end again.
_DEEPEST = 24
_DEEP_MAX = 4 * 1024
_BRACKET = re.compile(rb"\"(?>[^\"\\]*(?:\\.[^\"\\]*)*)\"|([{\[])|([}\]])", re.DOTALL)
_INDENTED = re.compile(rb"\n([ ]*)(?:(-)[ \n\r]|[^\s#-]|-\S)")
_TAG = re.compile(rb"[^\s<>/=\"']+")
# Keys that tell of a field instead of holding its value: in an object with one of the first kind only the keys of a
# value count, and those of the second kind never do.
# fmt: off
_DESCRIBES = frozenset((
    "type", "datatype", "format", "$ref", "properties", "label", "placeholder", "pattern", "required", "maxlength",
    "minlength", "widget", "nullable", "shape", "description", "documentation", "doc",
))
_ABOUT = frozenset((
    "type", "format", "title", "description", "label", "placeholder", "pattern", "hint", "help", "helptext",
    "message", "error", "errors", "status", "order", "position", "length", "size", "width", "height", "min", "max",
    "minimum", "maximum", "minlength", "maxlength", "default", "example", "examples", "enum", "options", "count",
    "total", "version", "created", "updated", "modified", "createdat", "updatedat", "timestamp", "row", "column",
    "index", "page", "documentation", "doc", "docs", "desc", "summary", "comment", "comments", "note", "notes", "shape",
    "tooltip", "caption", "url", "uri", "href", "link", "links", "$ref", "$schema", "$id", "class", "style", "icon", "color",
))
_VALUE_KEYS = frozenset((
    "value", "values", "val", "v", "text", "content", "data", "raw", "plain", "number", "no", "num", "code", "id",
    "current", "_", "$t", "#text", "__text",
))
# What may hold a secret under the key that names it: under others stand ids, states, rules about it.
_HOLDS_SECRET = frozenset((
    "value", "values", "val", "v", "text", "content", "data", "raw", "plain", "plaintext", "cleartext", "string", "str",
    "literal", "secret", "secretvalue", "current", "_", "$t", "#text", "__text",
))
# fmt: on

Hinted: TypeAlias = "tuple[tuple[CompiledRule, str], ...]"


class Container(NamedTuple):
    """What stands under a key that governs no scalar: what the key speaks of, where it ends, where its words begin."""

    key: Place
    named: Hinted
    end: int
    words: list[int]


class Hints:
    """Identifiers with keyword-anchored patterns that a name speaks of, and the hint that matched, by name."""

    __slots__ = ("_declared", "_known", "_rules", "names")

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        self.names = rules.names
        self._known: dict[str, Hinted] = {}
        self._declared: dict[str, Hinted] = {}

    def declared(self, name: str) -> Hinted:
        """The same with patterns that count in columns and by a standard alone; such names are few."""
        known = self._declared.get(name)
        if known is None:
            rules, matched = self._rules.rules, self._rules.names.match(name).items()
            known = self._declared[name] = tuple((rules[at], hint) for at, hint in matched if rules[at].declared)
        return known

    def __call__(self, name: str) -> Hinted:
        known = self._known.get(name)
        if known is None:
            rules = self._rules.rules
            matched = self._rules.names.match(name).items()
            known = tuple((rules[index], hint) for index, hint in matched if rules[index].near_keyword)
            if len(self._known) > 10_000:
                self._known.clear()
            self._known[name] = known
        return known


def column_values(hints: Hints, data: bytes, window: Window, structure: Structure) -> Iterator[Candidate]:
    """Values of keyword-anchored patterns in the columns of statements that are named for them."""
    if not _columned(type(structure)):
        return
    assert isinstance(structure, Columned)
    if isinstance(structure, Declared):
        for place in structure.values(window, lambda name: bool(hints.declared(name))):
            yield from _governed(hints.declared(place.names[0]), data, place, declared=True)
        return
    for place in structure.values(window, lambda name: bool(hints(name))):
        named = hints(place.names[0])
        if _DOUBLED.search(data, place.start, place.end):
            yield from _undoubled(named, data, place, hints.names)
        else:
            yield from _governed(named, data, place)


def _undoubled(named: Hinted, data: bytes, place: Place, names: NameIndex) -> Iterator[Candidate]:
    """Of a value with doubled quotes: judged as it is meant, placed where it is written."""
    part = decode_span(data, place.start, place.end, _DOUBLED, lambda _match: b"'")
    for candidate in _governed(named, part.data, place._replace(start=0, end=len(part.data)), _as_it_is(part.data)):
        if judge(candidate, part.data, names):
            candidate.place = place
            candidate.start, candidate.end = part.offsets[candidate.start], part.offsets[candidate.end]
            yield candidate


@cache
def _columned(kind: type[Structure]) -> bool:
    return issubclass(kind, Columned)


def _as_it_is(text: bytes) -> Callable[[int, int], Decoded | None]:
    """A text that was decoded before, as the scalar that all of it is."""
    return lambda start, end: Decoded(text[start:end], range(start, end + 1))


def may_be_named(part: Decoded, structure: Structure) -> bool:
    """Whether a decoded text may be a value that a key governs. Prose is not, and columns are listed by themselves."""
    return part.values is None and len(part.data) <= _SCALAR and not _columned(type(structure))


def in_text(
    hints: Hints, rules: RuleSet, part: Decoded, place: Place | None, found: list[Candidate], near: list[Candidate]
) -> list[Candidate]:
    """The candidates of a decoded text, each with its value's place in that text, and those that its names govern.

    `near` are those found by keywords; `place` is that of the text if all of it is one value.
    """
    text = part.data
    if part.values is None:
        if place is not None and place.names and place.governs is None and (named := hints(place.names[0])):
            found += _governed(named, text, place._replace(start=0, end=len(text)), _as_it_is(text))
        # What lies in a name, or in a URL, is no value because of a word beside it.
        return found if place is not None and place.governs is not None else found + near
    for candidate in (*found, *near):
        value = value_at(part, candidate.start)
        if value is not None:
            candidate.place = value[2]._replace(start=value[0], end=value[1])
    found += [candidate for candidate in near if belongs(rules, candidate, text)]
    for start, end, where in part.values:
        told = hints.declared if part.declared else hints
        named = next((known for name in where.names if (known := told(name))), ())
        if named:
            found += _governed(named, text, where._replace(start=start, end=end), declared=part.declared)
    return found


def named_by(hints: Hints, key: Place, data: bytes, scalars: Scalars) -> list[Candidate]:
    """Values of keyword-anchored patterns in the scalar that a key governs."""
    if key.governs is None or not key.names or data[key.governs[0] - 1 : key.governs[0]] == b"[":
        return []
    value = key._replace(start=key.governs[0], end=key.governs[1], governs=None)
    return [] if value.end - value.start > _SCALAR else list(_governed(hints(key.names[0]), data, value, scalars))


def value_at(part: Decoded, offset: int) -> tuple[int, int, Place] | None:
    """The value of a decoded text that `offset` lies in: its span there, and its place in the window."""
    values = part.values or ()
    at = bisect_right(values, offset, key=lambda value: value[0]) - 1
    return values[at] if at >= 0 and offset < values[at][1] else None


def governed_place(place: Place, candidate: Candidate, data: bytes) -> Place | None:
    """The place of a candidate that fills what a key governs; `None` where only the structure can tell it."""
    if place.governs is None:
        return place if place.start <= candidate.start < place.end else None
    if place.beside:
        return None
    low, high = place.governs
    before, after = data[low : candidate.start], data[candidate.end : high]
    if before.strip(_QUOTES) or after.strip(_BLANK + _QUOTES):
        return None
    start, end = low + len(before) - len(before.lstrip()), high - len(after) + len(after.rstrip())
    return Place(start, end, place.names, place.field, place.json_path, place.row)


def _governs_nothing(place: Place, data: bytes) -> bool:
    """Whether a key's value is no scalar, so that what it names may be nested."""
    governs = place.governs
    return governs is not None and governs[1] - governs[0] < _BLANKS and not data[slice(*governs)].strip(_BLANK)


def belongs(rules: RuleSet, candidate: Candidate, data: bytes) -> bool:
    """Whether a value found near a keyword has its context in its own cell or scalar, if it lies in one."""
    place = candidate.place
    if candidate.governed is not None or place is None:
        return True
    rule = candidate.pattern.rule
    if any(rule.index in rules.names.match(name) for name in place.names[: _LEVELS + 1]):
        return True
    return confirm.near(rule, data, candidate, place)


def containers(hints: Hints, places: Iterable[Place | None], data: bytes, reached: int = -1) -> Iterator[Container]:
    """The objects and arrays under those of `places` that are keys for something and have no scalar of their own.

    None begins before `reached`.
    """
    for key in places:
        if key is None or not key.names or not _governs_nothing(key, data):
            continue
        assert key.governs is not None
        start = key.governs[0]
        named = hints(key.names[0])
        if not named or start < reached:
            continue
        end = _container_end(data, key, start)
        if end <= start or not any(_may_hold(rule, data, start, end) for rule, _ in named):
            continue
        reached = end
        yield Container(key, named, end, words_in(data, start, end))


def words_in(data: bytes, start: int, end: int) -> list[int]:
    """Where the words of a container begin, as many as are looked at."""
    return [match.start() for match, _ in zip(_WORD.finditer(data, start, end), range(_WORDS), strict=False)]


def nested_values(
    hints: Hints, container: Container, places: Mapping[int, Place | None], data: bytes, scalars: Scalars
) -> Iterator[Candidate]:
    """Values in a container, at most two levels deep; `places` holds those of its words."""
    for place in _scalars(container.key, [places[word] for word in container.words], container.end):
        said = _own_hints(hints, place, container)
        if not _is_held(place, container):
            said = tuple((rule, hint) for rule, hint in said if not _is_shapeless(rule, hint))
        if said:
            yield from _governed(said, data, place, scalars)


def _is_held(place: Place, container: Container) -> bool:
    """Whether nothing but words for a value stands between a container's key and a value in it."""
    inner = place.names[: len(place.names) - len(container.key.names)]
    return all(_plain(name) in _HOLDS_SECRET for name in inner)


def _is_shapeless(rule: CompiledRule, hint: str) -> bool:
    """Whether only a key tells that a value is this: a secret, which any id beside it could be, or what is hidden under a key of three
    letters, which are short for other things, too (`MMN` is a province)."""
    identifier = rule.identifier
    if rule.near_word:
        return False
    short = len(hint) <= _SHORT_HINT and not identifier.keywords and identifier.redaction is Redaction.HIDDEN
    return identifier.category == "SECRETS" or short


def _may_hold(rule: CompiledRule, data: bytes, start: int, end: int) -> bool:
    digits = confirm.digits(data, start, end)
    return any(compiled.least_digits <= digits for compiled in rule.near_keyword)


def _governed(
    named: Hinted,
    data: bytes,
    place: Place,
    scalars: Callable[[int, int], Decoded | None] | None = None,
    *,
    declared: bool = False,
) -> Iterator[Candidate]:
    start, end = place.start, place.end
    digits = confirm.digits(data, start, end)
    part = scalars(start, end) if scalars is not None else None
    for rule, hint in named:
        if part is not None and (whole := filling(rule, part)):
            for candidate in whole:
                candidate.governed = hint
                candidate.place = place
                yield candidate
            continue
        for compiled in rule.declared if declared else rule.near_keyword:
            if compiled.least_digits > digits:
                continue
            for candidate in confirm.within(compiled, data, start, end, closed=True):
                candidate.governed = hint
                candidate.place = place
                yield candidate


def _scalars(key: Place, found: Sequence[Place | None], end: int) -> list[Place]:
    """The values among the places found in a container, without what tells of a field instead of holding it."""
    depth = len(key.names)
    values: dict[int, Place] = {}
    for place in found:
        if place is None or place.governs is not None or place.end > end or not place.names:
            continue
        if place.end - place.start > _SCALAR:
            # Prose, not a value that needs no word beside it.
            continue
        inner = len(place.names) - depth
        if 0 <= inner <= _LEVELS and place.names[inner:] == key.names:
            values.setdefault(place.start, place)
    described = {
        place.names[1:]
        for place in values.values()
        if len(place.names) > depth and _plain(place.names[0]) in _DESCRIBES
    }
    kept = []
    for place in values.values():
        steps = [_plain(name) for name in place.names[: len(place.names) - depth]]
        if any(step in _ABOUT for step in steps):
            continue
        if steps and place.names[1:] in described and steps[0] not in _VALUE_KEYS:
            continue
        kept.append(place)
    return kept


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower() or name


def _own_hints(hints: Hints, place: Place, container: Container) -> Hinted:
    """What the key says, unless a name nearer to the value speaks of something else."""
    for name in place.names[: len(place.names) - len(container.key.names)]:
        if _plain(name) in _VALUE_KEYS:
            continue
        nearer = hints(name)
        if nearer:
            rules = {rule.index for rule, _ in nearer}
            return tuple(item for item in container.named if item[0].index in rules)
    return container.named


def _container_end(data: bytes, key: Place, start: int) -> int:
    """Where the object, array, mapping or element under a key ends, at most 64 KiB on; `start` where none begins."""
    limit = min(len(data), start + NESTED_MAX)
    first = start
    while first < limit and data[first] in b" \t\r\n:,":
        first += 1
    sign = data[first : first + 1]
    if sign in (b"{", b"[") or data[start - 1 : start] == b"[":
        return _brackets_end(data, start, limit, 0 if sign == b"[" or data[start - 1 : start] != b"[" else 1)
    if sign == b"<":
        tag = _TAG.match(data, key.start, key.end)
        close = data.find(b"</" + tag[0], first, limit) if tag else -1
        return close if close > 0 and data[first + 1 : first + 2] != b"/" else start
    if key.json_path is None:
        return start
    line = data.rfind(b"\n", 0, key.start) + 1
    indent = len(data[line : key.start].rstrip(b"\"'"))
    for below in _INDENTED.finditer(data, start, limit):
        deep = len(below[1])
        # A list may stand at its key's own indentation.
        if deep < indent or (deep == indent and below[2] is None):
            return below.start()
    return limit


def _brackets_end(data: bytes, start: int, limit: int, depth: int) -> int:
    for token in _BRACKET.finditer(data, start, limit):
        if token[1]:
            depth += 1
            if depth > _DEEPEST:
                return min(limit, start + _DEEP_MAX)
        elif token[2]:
            depth -= 1
            if depth <= 0:
                return token.end()
    return limit
