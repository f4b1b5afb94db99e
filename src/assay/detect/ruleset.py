"""The rule set: identifiers compiled into one automaton, with what is needed to confirm its candidates."""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hyperscan

from assay.detect import automaton, keywords, validators
from assay.detect.automaton import Expression
from assay.detect.cache import read_all
from assay.detect.names import NameIndex
from assay.detect.redact import normaliser
from assay.errors import RuleError, UsageError
from assay.model import Category, Identifier, Pattern, Stage

VALUE, KEYWORD, FIELD = "value", "keyword", "field"


@dataclass(slots=True, kw_only=True)
class CompiledPattern:
    """A pattern with its confirming expression. `width` is how far before the reported end the value starts."""

    pattern: Pattern
    rule: CompiledRule
    regex: Any
    width: int | None
    left: bytes
    has_group: bool
    checks: tuple[tuple[str, Callable[[str], bool], float], ...]
    shape_weight: float


@dataclass(slots=True, kw_only=True)
class CompiledRule:
    """An identifier with everything that scanning needs of it."""

    index: int
    identifier: Identifier
    name: str
    context: re.Pattern[bytes] | None
    ignore_context: re.Pattern[bytes] | None
    ignore: Callable[[str], bool]
    is_test: Callable[[str], bool]
    normalise: Callable[[str], str]
    patterns: list[CompiledPattern] = field(default_factory=list)

    @property
    def near_keyword(self) -> list[CompiledPattern]:
        """Patterns that are looked for only near keywords or in fields."""
        return [item for item in self.patterns if item.pattern.anchor == "keyword"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a match of an expression of the automaton means."""

    kind: str
    pattern: CompiledPattern | None = None
    rules: tuple[CompiledRule, ...] = ()


class RuleSet:
    """A compiled set of identifiers. Immutable once made; one per process."""

    def __init__(self, identifiers: Sequence[Identifier], *, untrusted: frozenset[str], digest: str, cache: Path | None) -> None:
        self.identifiers = tuple(identifiers)
        self.digest = digest
        self.rules = [_compile_rule(index, item, item.path in untrusted) for index, item in enumerate(self.identifiers)]
        self.names = NameIndex((rule.index, (*rule.identifier.names, *rule.identifier.keywords)) for rule in self.rules)
        expressions, self.targets = _expressions(self.rules)
        self.expressions = tuple(expressions)
        self.database: hyperscan.Database | None = None
        if expressions:
            try:
                self.database = automaton.load(expressions, cache)
            except hyperscan.error as error:
                raise RuleError(f"the identifiers' expressions do not compile together: {error}") from None

    def by_name(self, name: str) -> Identifier:
        """The identifier called `name`. Raises `UsageError` with the nearest name."""
        for identifier in self.identifiers:
            if name in (identifier.name, identifier.path):
                return identifier
        raise unknown_identifier(name, self.identifiers)


def unknown_identifier(name: str, identifiers: Iterable[Identifier]) -> UsageError:
    """The error for an identifier that is not there."""
    known = [identifier.name for identifier in identifiers]
    close = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.5)
    hint = f"did you mean {close[0]}?" if close else "see 'assay identifiers list'"
    return UsageError(f"no identifier named '{name}'; {hint}")


def load(
    paths: Sequence[Path] = (),
    *,
    names: Sequence[str] = (),
    categories: Sequence[Category] = (),
    preview: bool = False,
    cache: Path | None = None,
    builtin: bool = True,
) -> RuleSet:
    """The built-in identifiers and those at `paths`, or of them only `names` and `categories`.

    Preview identifiers take part when asked for by name or with `preview`. Raises `RuleError` for a bad file and
    `UsageError` for an unknown name.
    """
    everything, untrusted = read_all(paths, cache=cache, builtin=builtin)
    chosen = _choose(everything, names, categories, preview)
    state = hashlib.sha256()
    for identifier in chosen:
        state.update(repr(identifier).encode())
    return RuleSet(chosen, untrusted=untrusted, digest=state.hexdigest()[:16], cache=cache)


def _choose(
    everything: Sequence[Identifier], names: Sequence[str], categories: Sequence[Category], preview: bool
) -> list[Identifier]:
    wanted = set(names)
    known = {identifier.name for identifier in everything} | {identifier.path for identifier in everything}
    for name in names:
        if name not in known:
            raise unknown_identifier(name, everything)
    chosen = []
    for identifier in everything:
        by_name = identifier.name in wanted or identifier.path in wanted
        if wanted and not by_name:
            continue
        if categories and identifier.category not in categories:
            continue
        if identifier.stage is Stage.PREVIEW and not (preview or by_name):
            continue
        chosen.append(identifier)
    if not chosen:
        raise UsageError("no identifier is left by these options; see 'assay identifiers list'")
    return chosen


def _compile_rule(index: int, identifier: Identifier, untrusted: bool) -> CompiledRule:
    normalise = normaliser(identifier.normalise)
    rule = CompiledRule(
        index=index,
        identifier=identifier,
        name=identifier.name,
        context=keywords.context_regex(identifier.keywords, identifier.names),
        ignore_context=keywords.word_regex(identifier.ignore_words),
        ignore=_matcher(identifier.ignore_values, identifier.ignore_regexes, normalise),
        is_test=_matcher(identifier.test_values, identifier.test_regexes, normalise),
        normalise=normalise,
    )
    for pattern in identifier.patterns:
        rule.patterns.append(_compile_pattern(rule, pattern, untrusted))
    return rule


def _compile_pattern(rule: CompiledRule, pattern: Pattern, untrusted: bool) -> CompiledPattern:
    where = f"{rule.identifier.path}: pattern '{pattern.id}'"
    if untrusted:
        regex = _linear(pattern, where)
    else:
        regex = re.compile(pattern.regex.encode(), re.IGNORECASE if pattern.caseless else 0)
    checks = []
    for name, weight in pattern.validators:
        try:
            checks.append((name, validators.get(name), weight))
        except KeyError:
            close = difflib.get_close_matches(name, validators.names(), n=1)
            hint = f"did you mean '{close[0]}'?" if close else "see 'assay identifiers list --validators'"
            raise RuleError(f"{where}: no validator named '{name}'; {hint}") from None
    find = pattern.find or pattern.regex
    return CompiledPattern(
        pattern=pattern,
        rule=rule,
        regex=regex,
        width=automaton.fixed_width(find) if pattern.anchor == "value" else None,
        left=_characters(pattern.left_chars),
        has_group="value" in regex.groupindex,
        checks=tuple(checks),
        shape_weight=round(pattern.confidence - sum(weight for _, _, weight in checks), 4),
    )


def _linear(pattern: Pattern, where: str) -> Any:
    """A user's expression runs on RE2, whose time grows linearly with the text whatever the pattern."""
    import re2  # noqa: PLC0415  # only when there are users' own identifiers

    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not pattern.caseless
    try:
        return re2.compile(pattern.regex.encode(), options)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else error.args[0]
        raise RuleError(
            f"{where}: regex cannot be run in linear time: {reason}; "
            "users' patterns run without look-around and backreferences (use \\b, or the ignore lists)"
        ) from None


def _characters(ranges: str) -> bytes:
    """`A-Za-z_-` as the set of its bytes; a hyphen at an end is itself."""
    out = bytearray()
    at = 0
    while at < len(ranges):
        if at + 2 < len(ranges) and ranges[at + 1] == "-":
            out += bytes(range(ord(ranges[at]), ord(ranges[at + 2]) + 1))
            at += 3
        else:
            out += ranges[at].encode()
            at += 1
    return bytes(out)


def _matcher(values: Sequence[str], regexes: Sequence[str], normalise: Callable[[str], str]) -> Callable[[str], bool]:
    if not values and not regexes:
        return _never
    exact = frozenset(normalise(value) for value in values)
    pattern = re.compile("|".join(f"(?:{regex})" for regex in regexes), re.IGNORECASE) if regexes else None

    def matches(value: str) -> bool:
        return normalise(value) in exact or (pattern is not None and pattern.fullmatch(value) is not None)

    return matches


def _never(_value: str) -> bool:
    return False


def _expressions(rules: Sequence[CompiledRule]) -> tuple[list[Expression], list[Target]]:
    expressions: list[Expression] = []
    targets: list[Target] = []
    by_keyword: dict[str, list[CompiledRule]] = {}
    by_field: dict[str, list[CompiledRule]] = {}
    for rule in rules:
        for compiled in rule.patterns:
            if compiled.pattern.anchor != "value":
                continue
            text = compiled.pattern.find or compiled.pattern.regex
            expressions.append(
                Expression(text, caseless=compiled.pattern.caseless, start_needed=compiled.width is None)
            )
            targets.append(Target(kind=VALUE, pattern=compiled))
        near = rule.near_keyword
        if not near:
            continue
        if any(not item.pattern.field_required for item in near):
            for keyword in rule.identifier.keywords:
                by_keyword.setdefault(keyword.lower(), []).append(rule)
        for name in (*rule.identifier.names, *rule.identifier.keywords):
            by_field.setdefault(name.lower(), []).append(rule)
    for keyword, owners in by_keyword.items():
        for text in keywords.automaton_expressions(keyword):
            expressions.append(Expression(text))
            targets.append(Target(kind=KEYWORD, rules=tuple(owners)))
    for name, owners in by_field.items():
        # A keyword's own expression finds it as a field's name too; only patterns for fields alone need this one.
        rest = tuple(rule for rule in owners if rule not in by_keyword.get(name, ()))
        if rest:
            expressions.append(Expression(keywords.field_expression(name)))
            targets.append(Target(kind=FIELD, rules=rest))
    return expressions, targets
