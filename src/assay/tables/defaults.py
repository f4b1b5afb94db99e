"""The configuration that ships with assay: what holds where nothing is configured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from assay.detect.cache import kept_or_made
from assay.detect.files import state_of_code
from assay.detect.governed import keyword_id, pattern_id
from assay.detect.shipped import shipped
from assay.model import DEFAULT_FRAMEWORKS, Governance, GovernedPattern, Identifier, Keyword, Level
from assay.tables.configuration import (
    ALL,
    CATEGORIES,
    COMPLIANCE,
    KEYWORDS,
    PATTERNS,
    TABLES,
    GovernedTable,
    Row,
)
from assay.tables.merging import digest, merge
from assay.tables.shippedrows import ShippedRows

_FILE = Path(__file__).with_name("defaults.toml")
_FIRST, _SECOND = 100, 200
"""Standards of a category come before those of single identifiers."""
_CONFIDENTIALITY = {Level.RESTRICTED: 3, Level.CONFIDENTIAL: 2, Level.INTERNAL: 1}


def defaults(identifiers: Sequence[Identifier], cache: Path | None = None) -> Governance:
    """The shipped configuration over these identifiers: what `merge` makes of the shipped rows.

    Below `cache` its digest is kept, which takes long to be made of thousands of rows.
    """
    governance = merge(_few_rows(identifiers, cache), {})
    known = {*governance.categories, ALL}
    there = [item for item in identifiers if str(item.category) in known]
    governance = replace(
        governance,
        keywords=ShippedRows(lambda: tuple([row for identifier in there for row in _made_keywords(identifier)])),
        patterns=ShippedRows(
            lambda: tuple([row for identifier in _ordered(there) for row in _made_patterns(identifier)])
        ),
    )
    return replace(governance, digest=kept_or_made(cache and _kept(cache, identifiers), lambda: digest(governance)))


def _ordered(identifiers: Iterable[Identifier]) -> list[Identifier]:
    """By the priority of their patterns' rows."""
    return sorted(identifiers, key=lambda identifier: 100 - identifier.priority)


def _kept(cache: Path, identifiers: Sequence[Identifier]) -> Path:
    from assay.detect.ruleset import digest_of  # loads the automaton: there, where something is scanned

    return cache / f"defaults-{digest_of(identifiers)}-{state_of_code()}.json"


def shipped_rows(identifiers: Sequence[Identifier]) -> dict[str, list[Row]]:
    """Table → its shipped rows, each with every column. Keywords, patterns and standards are the identifiers'."""
    rows = _few_rows(identifiers)
    rows[KEYWORDS] = [row for identifier in identifiers for row in _keywords(identifier)]
    rows[PATTERNS] = [row for identifier in identifiers for row in _patterns(identifier)]
    return rows


def _few_rows(identifiers: Sequence[Identifier], cache: Path | None = None) -> dict[str, list[Row]]:
    """The shipped rows without those of keywords and patterns."""
    document: Mapping[str, Any] = shipped(_FILE, cache)
    rows = {name: [_whole(table, row) for row in document.get(name, ())] for name, table in TABLES.items()}
    rows[CATEGORIES] += _own_categories(identifiers, rows[CATEGORIES])
    rows[COMPLIANCE] = list(_standards(identifiers, document["standards"], rows[CATEGORIES]))
    return rows


def _whole(table: GovernedTable, row: Mapping[str, Any]) -> Row:
    """A row with all columns of its table, those that it has not as they are by default."""
    return {column.name: row.get(column.name, column.default) for column in table.columns}


def _own_categories(identifiers: Sequence[Identifier], shipped: Iterable[Row]) -> Iterator[Row]:
    """Rows for the categories that users' own identifiers bring, as confidential as the most sensitive of these."""
    known = {row["NAME"] for row in shipped}
    for name in sorted({str(identifier.category) for identifier in identifiers} - known):
        highest = max((item.level for item in identifiers if item.category == name), key=lambda level: level.rank)
        yield _whole(
            TABLES[CATEGORIES],
            {
                "CATEGORY_ID": name.lower(),
                "NAME": name,
                "CONFIDENTIALITY": _CONFIDENTIALITY[highest],
                "INTEGRITY": 2,
                "AVAILABILITY": 1,
                "POLICIES": ["ACCESS_CONTROL"],
                "DESCRIPTION": "What the organisation itself holds to be sensitive.",
            },
        )


def _made_keywords(identifier: Identifier) -> list[Keyword]:
    """What the rows of `_keywords` become."""
    name, category, title = identifier.name, str(identifier.category), identifier.title
    return [
        Keyword(id=row_id, category=category, keyword=word, match="FUZZY", identifier=name, description=title)
        for row_id, word in _words(identifier).items()
    ]


def _keywords(identifier: Identifier) -> Iterator[Row]:
    alike = _whole(
        TABLES[KEYWORDS],
        {
            "CATEGORY": str(identifier.category),
            "MATCH_TYPE": "FUZZY",
            "IDENTIFIER": identifier.name,
            "DESCRIPTION": identifier.title,
        },
    )
    for row_id, word in _words(identifier).items():
        yield {**alike, "KEYWORD_ID": row_id, "KEYWORD": word}


def _words(identifier: Identifier) -> dict[str, str]:
    """Row id → word: the first of those that differ in their spelling alone."""
    found: dict[str, str] = {}
    for word in (*identifier.names, *identifier.keywords):
        found.setdefault(keyword_id(identifier, word), word)
    return found


def _made_patterns(identifier: Identifier) -> list[GovernedPattern]:
    return [TABLES[PATTERNS].build(row) for row in _patterns(identifier)]


def _patterns(identifier: Identifier) -> Iterator[Row]:
    for pattern in identifier.patterns:
        yield _whole(
            TABLES[PATTERNS],
            {
                "PATTERN_ID": pattern_id(identifier, pattern),
                "CATEGORY": str(identifier.category),
                "NAME": identifier.name,
                "REGEX": pattern.regex,
                "WEIGHT": pattern.confidence,
                "PRIORITY": 100 - identifier.priority,
                "IDENTIFIER": identifier.name,
                "DESCRIPTION": identifier.title,
            },
        )


def _standards(
    identifiers: Iterable[Identifier], policies: Mapping[str, str], categories: Iterable[Row]
) -> Iterator[Row]:
    def mapping(row_id: str, category: str, standard: str, priority: int, identifier: str | None = None) -> Row:
        return _whole(
            TABLES[COMPLIANCE],
            {
                "MAPPING_ID": row_id,
                "CATEGORY": category,
                "STANDARD": standard,
                "POLICY": policies.get(standard, ""),
                "PRIORITY": priority,
                "IDENTIFIER": identifier,
            },
        )

    of_category = {str(category): standards for category, standards in DEFAULT_FRAMEWORKS.items()}
    for row in categories:
        for place, standard in enumerate(of_category.get(row["NAME"], ())):
            yield mapping(f"{row['NAME']}:{standard}", row["NAME"], standard, _FIRST + place)
    for identifier in identifiers:
        category = str(identifier.category)
        additions = [name for name in identifier.frameworks if name not in of_category.get(category, ())]
        for place, standard in enumerate(additions):
            yield mapping(
                f"{identifier.name}:{standard}", category, standard, min(_SECOND + place, 999), identifier.name
            )
