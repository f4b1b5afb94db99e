"""Identifiers as a governance configuration has them: some switched off, some with more words or forms, some its own."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

from assay.errors import RuleError
from assay.model import (
    Governance,
    GovernedPattern,
    Identifier,
    Keyword,
    Level,
    Pattern,
    Sensitivity,
    category_of,
)

FOLDER = "governance"
Named = TypeVar("Named", Keyword, GovernedPattern)
_SENSITIVITY = (
    (Sensitivity.LOW, Level.INTERNAL),
    (Sensitivity.LOW, Level.INTERNAL),
    (Sensitivity.MEDIUM, Level.CONFIDENTIAL),
    (Sensitivity.HIGH, Level.RESTRICTED),
)
"""By a category's confidentiality, 0 to 3."""


@lru_cache(maxsize=16_384)
def slug(word: str) -> str:
    """What spellings of the same words have in common: `SV-Nummer`, `sv nummer`.

    >>> slug("SV-Nummer")
    'sv-nummer'
    """
    words = word.casefold().split()
    if "".join(words).isalnum():
        return "-".join(words)
    return "-".join("".join(char if char.isalnum() else " " for char in " ".join(words)).split())


def keyword_id(identifier: Identifier, word: str) -> str:
    """The id of the row of an identifier's own word."""
    return f"{identifier.name}:{slug(word)}"


def pattern_id(identifier: Identifier, pattern: Pattern) -> str:
    """The id of the row of an identifier's own pattern, as findings' evidence and columns' records name it too."""
    return f"{identifier.path}#{pattern.id}"


def governed(identifiers: Sequence[Identifier], governance: Governance) -> tuple[list[Identifier], frozenset[str]]:
    """The identifiers under a configuration, and the ids (`path`, or `path#pattern`) of what its rows added.

    What the rows do not touch is the same object as before. Additions are users' own: they run in linear time.
    Raises `RuleError` where an own identifier has the name of another.
    """
    keywords = _by_identifier(governance.keywords)
    patterns = _by_identifier(governance.patterns)
    found: list[Identifier] = []
    added: set[str] = set()
    for identifier in identifiers:
        if str(identifier.category) not in governance.categories:
            continue
        made = _with_rows(
            identifier, keywords.get(identifier.name, ()), patterns.get(identifier.name, ()), governance.inactive
        )
        if made.patterns:
            found.append(made)
            own = {pattern_id(identifier, pattern) for pattern in identifier.patterns}
            added.update({pattern_id(made, pattern) for pattern in made.patterns} - own)
    mine = identifiers_of(governance)
    names = {identifier.name for identifier in identifiers}
    for item in mine:
        if item.name in names:
            raise RuleError(
                f"SENSITIVE_PATTERNS: {item.name} is an identifier of its own now; give your rows another NAME, or add them "
                f"to it with IDENTIFIER {item.name}"
            )
    return sorted([*found, *mine], key=lambda item: item.path), frozenset((*added, *(item.path for item in mine)))


def identifiers_of(governance: Governance) -> list[Identifier]:
    """The identifiers that the rows of patterns without IDENTIFIER make, one for each NAME."""
    by_name: dict[str, list[GovernedPattern]] = {}
    for row in governance.patterns:
        if row.identifier is None:
            by_name.setdefault(row.name, []).append(row)
    words = _by_identifier(governance.keywords)
    return [_made(name, rows, words.get(name, ()), governance) for name, rows in sorted(by_name.items())]


def _by_identifier(rows: Iterable[Named]) -> dict[str, list[Named]]:
    found: dict[str, list[Named]] = {}
    for row in rows:
        if row.identifier is not None:
            found.setdefault(row.identifier, []).append(row)
    return found


def _with_rows(
    identifier: Identifier, keywords: Sequence[Keyword], patterns: Sequence[GovernedPattern], off: Collection[str]
) -> Identifier:
    own = {keyword_id(identifier, word) for word in (*identifier.names, *identifier.keywords)}
    names = tuple(word for word in identifier.names if keyword_id(identifier, word) not in off)
    words = tuple(word for word in identifier.keywords if keyword_id(identifier, word) not in off)
    more = tuple(row.keyword for row in keywords if row.id not in own)
    rows = {row.id: row for row in patterns}
    forms = [
        _weighed(pattern, rows.get(pattern_id(identifier, pattern)))
        for pattern in identifier.patterns
        if pattern_id(identifier, pattern) not in off
    ]
    known = {pattern_id(identifier, pattern) for pattern in identifier.patterns}
    forms += [_form(row) for row in patterns if row.id not in known]
    made = replace(identifier, names=(*names, *more), keywords=words, patterns=tuple(forms))
    return identifier if made == identifier else _digested(made)


def _weighed(pattern: Pattern, row: GovernedPattern | None) -> Pattern:
    if row is None or row.weight == pattern.confidence:
        return pattern
    # What its validators add is a part of its confidence, and remains the same part.
    part = row.weight / pattern.confidence
    validators = tuple((name, round(weight * part, 4)) for name, weight in pattern.validators)
    return replace(pattern, confidence=row.weight, validators=validators)


def _form(row: GovernedPattern) -> Pattern:
    return Pattern(id=row.id, regex=row.regex, confidence=row.weight)


def _made(
    name: str, rows: Sequence[GovernedPattern], keywords: Sequence[Keyword], governance: Governance
) -> Identifier:
    category = rows[0].category
    sensitivity, level = _SENSITIVITY[governance.categories[category].confidentiality]
    return _digested(
        Identifier(
            path=f"{FOLDER}/{name.lower()}",
            name=name,
            title=rows[0].description or name,
            category=category_of(category),
            sensitivity=sensitivity,
            level=level,
            frameworks=tuple(
                row.standard
                for row in governance.compliance
                if row.category == category and row.identifier in (None, name)
            ),
            patterns=tuple(_form(row) for row in rows),
            priority=max(-100, min(100, 100 - rows[0].priority)),
            names=tuple(row.keyword for row in keywords),
        )
    )


def _digested(identifier: Identifier) -> Identifier:
    """With the digest of what it is now: what was compiled of another state is not taken for it."""
    return replace(identifier, digest=hashlib.sha256(repr(identifier).encode()).hexdigest()[:16])
