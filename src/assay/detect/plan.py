"""Which expressions the automaton looks for, and what a match of each means. Kept in the cache by the rules' digest."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from assay.detect import automaton
from assay.detect.allow import INLINE
from assay.detect.automaton import Expression
from assay.detect.cache import keep, kept_in
from assay.detect.compiled import CompiledPattern, CompiledRule
from assay.detect.disguised import SIGNS
from assay.detect.numeric import ANY, NONE, Least, least
from assay.detect.reach import reach
from assay.detect.spelt import Spelt, of_field, of_keyword, spelt

# Asking the automaton for starts costs it a third, and it has crashed on repeats without bound.
SEARCH = -1
VALUE, KEYWORD, FIELD, DIGITS, ALLOW = "value", "keyword", "field", "digits", "allow"
NUMBERS = "numbers"
DISGUISE = "disguise"
_VERSION = 22


class Target(NamedTuple):
    """What a match of an expression means: a value of some patterns, a keyword or field name of some rules, a comment
    that allows what stands beside it, or that something may be written otherwise than it is meant, in the manner `width`.

    Of values `width` is how far before the reported end such a value starts, `None` where the automaton reports starts; with
    `search` it reports ends only, and the start has to be searched. Of a `word` only the letters are reported.
    """

    kind: str
    width: int | None = None
    search: bool = False
    patterns: tuple[CompiledPattern, ...] = ()
    rules: tuple[CompiledRule, ...] = ()
    word: Spelt | None = None


class Plan:
    """The targets by number, and the expressions that they belong to. `key` is the same for the same expressions.

    `written` is what `_written` makes. The expressions are read only when they are asked for.
    """

    def __init__(self, written: bytes, rules: Sequence[CompiledRule]) -> None:
        self.key = hashlib.sha256(written).hexdigest()[:32]
        self.targets: list[Target] = []
        self.numbers: Least = ANY
        """Of how many digits numbers have to be for any expression to match among them."""
        meanings, _, self._expressions = written.partition(b"\n")
        for kind, count, width, owners in orjson.loads(meanings):
            if kind == DIGITS:
                for rule, number, digits, reads in owners:
                    rules[rule].patterns[number].least_digits = digits
                    rules[rule].patterns[number].reads = int(reads, 16)
            elif kind == NUMBERS:
                self.numbers = Least(*width)
                for rule, number, *digits in owners:
                    rules[rule].patterns[number].numbers = Least(*digits)
            elif kind == VALUE:
                patterns = tuple([rules[rule].patterns[number] for rule, number in owners])
                search = width == SEARCH
                self.targets.append(Target(VALUE, None if search else width, search, patterns))
            else:
                owned = tuple([rules[index] for index in owners])
                if kind == DISGUISE:
                    target = Target(kind, width, False, (), owned)
                else:
                    target = Target(kind, None, False, (), owned, spelt(width) if width else None)
                self.targets += [target] * count

    def expressions(self) -> list[Expression]:
        """The expressions, each at the place of its target."""
        return [Expression(*each) for each in orjson.loads(self._expressions)]


def plan(rules: Sequence[CompiledRule], digest: str, cache: Path | None, *, candidates: bool) -> Plan:
    """What the automaton looks for, and what it means.

    A value that counts only with context, and whose shape has no literal that would make it rare, is looked for from
    its keywords' side: that is all that can be shown, and digits in every log line need not be tried. With `candidates`
    those without context are wanted too.
    """
    if not candidates:
        always = {_find(item) for rule in rules for item in rule.patterns if not item.pattern.context_required}
        for rule in rules:
            for compiled in rule.patterns:
                compiled.by_keyword = compiled.by_keyword or _better_by_keyword(compiled, always)
            rule.sort_patterns()
    file = cache / f"plan-{_VERSION}-{digest}-{int(candidates)}.json" if cache else None
    written = kept_in(file) if file else None
    if written is None:
        written = _written(_entries(rules))
        if file:
            keep(file, written)
    return Plan(written, rules)


def _find(compiled: CompiledPattern) -> tuple[str, bool]:
    pattern = compiled.pattern
    return pattern.find or pattern.regex, pattern.caseless


def _better_by_keyword(compiled: CompiledPattern, always: set[tuple[str, bool]]) -> bool:
    """What is looked for anyway (`always`) is found from the value's side at no cost."""
    identifier = compiled.rule.identifier
    if not compiled.pattern.context_required or not (identifier.keywords or identifier.names):
        return False
    return _find(compiled) not in always and not has_literal(_find(compiled)[0])


def has_literal(expression: str) -> bool:
    """Whether an expression has three letters or signs in a row that make its matches rare."""
    return _LITERAL.search(_CLASSES.sub("", expression)) is not None


_CLASSES = re.compile(r"\[[^\]]*\]|\\[A-Za-z]")
_LITERAL = re.compile(r"[A-Za-z@_:;=<'\"-]{3}")
_LETTERS = re.compile(r"[A-Za-z][A-DF-Za-df-z]|[A-DF-Za-df-z][A-Za-z]")


def _entries(rules: Sequence[CompiledRule]) -> list[Any]:
    """[kind, expressions, caseless, width or null, owners]: the owners are rules, or [rule, pattern] pairs of values; words
    that are looked for by their letters have themselves for a width.

    What several patterns look for is looked for once. `digits` has no expression: [rule, pattern, least digits, bytes that
    a match may pass over, as hexadecimal bits or "-1"].
    """
    by_find: dict[tuple[str, bool], list[list[int]]] = {}
    by_keyword: dict[str, list[int]] = {}
    by_field: dict[str, list[int]] = {}
    digits: list[list[int | str]] = []
    for rule in rules:
        for number, compiled in enumerate(rule.patterns):
            pattern = compiled.pattern
            if not compiled.by_keyword:
                by_find.setdefault(_find(compiled), []).append([rule.index, number])
            elif least := automaton.least_digits(pattern.regex):
                digits.append([rule.index, number, least, _reads(pattern.regex)])
        if not rule.near_keyword:
            continue
        if any(not item.pattern.field_required for item in rule.near_keyword):
            for keyword in rule.identifier.keywords:
                by_keyword.setdefault(keyword.lower(), []).append(rule.index)
        for name in (*rule.identifier.names, *rule.identifier.keywords):
            by_field.setdefault(name.lower(), []).append(rule.index)
    entries: list[Any] = [[DIGITS, [], False, None, digits]]
    entries += _values(by_find, rules)
    for keyword, owners in by_keyword.items():
        texts, word = of_keyword(keyword)
        entries.append([KEYWORD, texts, False, word, owners])
    for name, owners in by_field.items():
        # A keyword's own expression finds it as a field's name too; only patterns for fields alone need this one.
        rest = [index for index in owners if index not in by_keyword.get(name, ())]
        if rest:
            texts, word = of_field(name)
            entries.append([FIELD, texts, False, word, rest])
    if entries[1:]:
        entries.append([ALLOW, [INLINE.decode()], False, None, []])
        entries += [[DISGUISE, list(signs), False, manner, []] for manner, signs in enumerate(SIGNS)]
    if entries[1:]:
        entries.append([NUMBERS, [], False, *_numbers(entries, rules)])
    return entries


def _numbers(entries: Sequence[Any], rules: Sequence[CompiledRule]) -> tuple[list[int], list[list[int]]]:
    """Of how many digits numbers have to be for any of the expressions to match among them, and for each pattern."""
    found = NONE
    for kind, texts, _, _, owners in entries:
        if kind == DISGUISE:
            continue  # tables are not looked at for that
        if kind in (KEYWORD, FIELD) and all(_LETTERS.search(_CLASSES.sub("", text)) for text in texts):
            continue  # no number has two letters, but for its exponent, and to ask that of each word takes a second
        need = NONE
        for text in texts:
            need = need.either(least(text))
        if kind == VALUE:
            patterns = [rules[rule].patterns[number] for rule, number in owners]
            need = ANY if any(item.untrusted for item in patterns) else need.both(_any(patterns))
        elif kind == KEYWORD:
            # A word is nothing by itself.
            need = need.both(_any(item for index in owners for item in rules[index].near_word))
        found = found.either(need)
    each = [
        [rule.index, number, *_any([item])]
        for rule in rules
        for number, item in enumerate(rule.patterns)
        if not item.untrusted
    ]
    return list(found), each


def _any(patterns: Iterable[CompiledPattern]) -> Least:
    found = NONE
    for item in patterns:
        found = found.either(ANY if item.untrusted else least(item.pattern.regex))
    return found


def besides(rules: Sequence[CompiledRule]) -> Plan | None:
    """What `plan` has looked for from its keywords' side, as values wherever they stand; `None` where that is nothing."""
    by_find: dict[tuple[str, bool], list[list[int]]] = {}
    for rule in rules:
        for number, compiled in enumerate(rule.patterns):
            if compiled.by_keyword and compiled.pattern.anchor == "value":
                by_find.setdefault(_find(compiled), []).append([rule.index, number])
    entries = _values(by_find, rules)
    return Plan(_written(entries), rules) if entries else None


def _written(entries: Iterable[Any]) -> bytes:
    """What entries mean, as a line of JSON: [kind, how many expressions, width, owners]; below it the fields of their expressions."""
    expressions = [
        [text, caseless, kind == VALUE and width is None]
        for kind, texts, caseless, width, _ in entries
        for text in texts
    ]
    meanings = [[kind, len(texts), width, owners] for kind, texts, _, width, owners in entries]
    return orjson.dumps(meanings) + b"\n" + orjson.dumps(expressions)


def _values(by_find: dict[tuple[str, bool], list[list[int]]], rules: Sequence[CompiledRule]) -> list[Any]:
    entries: list[Any] = []
    for (text, caseless), pairs in by_find.items():
        width = automaton.fixed_width(text)
        untrusted = any(rules[rule].patterns[number].untrusted for rule, number in pairs)
        if width is None and (untrusted or automaton.unbounded(text)):
            width = SEARCH
        entries.append([VALUE, [text], caseless, width, pairs])
    return entries


def _reads(regex: str) -> str:
    found = reach(regex)
    if found is None:
        return "-1"
    # In either case: parts of an expression may not regard it.
    either = (byte for read in found.read for byte in (read, *bytes((read,)).swapcase()))
    return f"{sum(1 << byte for byte in set(either)):x}"
