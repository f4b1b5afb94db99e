"""Which expressions the automaton looks for, and what a match of each means. Kept in the cache by the rules' digest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from assay.detect import automaton, keywords
from assay.detect.automaton import Expression
from assay.detect.cache import keep
from assay.detect.compiled import CompiledPattern, CompiledRule

VALUE, KEYWORD, FIELD, DIGITS = "value", "keyword", "field", "digits"
_VERSION = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a match of an expression means: a value of a pattern, or a keyword or field name of some rules."""

    kind: str
    pattern: CompiledPattern | None = None
    rules: tuple[CompiledRule, ...] = ()


def plan(
    rules: Sequence[CompiledRule], digest: str, cache: Path | None
) -> tuple[tuple[Expression, ...], tuple[Target, ...]]:
    """The expressions and their targets, by number."""
    file = cache / f"plan-{_VERSION}-{digest}.json" if cache else None
    entries: list[Any] | None = None
    if file:
        try:
            entries = orjson.loads(file.read_bytes())
        except (OSError, ValueError):
            entries = None
    if entries is None:
        entries = _entries(rules)
        if file:
            keep(file, orjson.dumps(entries))
    expressions: list[Expression] = []
    targets: list[Target] = []
    for kind, text, caseless, width, pattern_at, owners in entries:
        if kind == DIGITS:
            rule, number = pattern_at
            rules[rule].patterns[number].needs_digit = True
            continue
        if kind == VALUE:
            rule, number = pattern_at
            compiled = rules[rule].patterns[number]
            compiled.width = width
            expressions.append(Expression(text, caseless, width is None))
            targets.append(Target(kind=VALUE, pattern=compiled))
        else:
            expressions.append(Expression(text))
            targets.append(Target(kind=kind, rules=tuple(rules[index] for index in owners)))
    return tuple(expressions), tuple(targets)


def _entries(rules: Sequence[CompiledRule]) -> list[Any]:
    """[kind, expression, caseless, width or null, [rule, pattern] or null, rules]; `digits` marks a pattern only."""
    entries: list[Any] = []
    by_keyword: dict[str, list[int]] = {}
    by_field: dict[str, list[int]] = {}
    for rule in rules:
        for number, compiled in enumerate(rule.patterns):
            pattern = compiled.pattern
            if pattern.anchor == "value":
                text = pattern.find or pattern.regex
                entries.append([VALUE, text, pattern.caseless, automaton.fixed_width(text), [rule.index, number], []])
            elif automaton.needs_digit(pattern.regex):
                entries.append([DIGITS, "", False, None, [rule.index, number], []])
        if not rule.near_keyword:
            continue
        if any(not item.pattern.field_required for item in rule.near_keyword):
            for keyword in rule.identifier.keywords:
                by_keyword.setdefault(keyword.lower(), []).append(rule.index)
        for name in (*rule.identifier.names, *rule.identifier.keywords):
            by_field.setdefault(name.lower(), []).append(rule.index)
    for keyword, owners in by_keyword.items():
        entries += [[KEYWORD, text, False, None, None, owners] for text in keywords.automaton_expressions(keyword)]
    for name, owners in by_field.items():
        # A keyword's own expression finds it as a field's name too; only patterns for fields alone need this one.
        rest = [index for index in owners if index not in by_keyword.get(name, ())]
        if rest:
            entries.append([FIELD, keywords.field_expression(name), False, None, None, rest])
    return entries
