"""Rows of the governance tables → the configuration in effect."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from assay.model import Governance, GovernedCategory
from assay.tables.configuration import (
    ALL,
    ANONYMITY,
    BUNDLES,
    CATEGORIES,
    COMPLIANCE,
    KEYWORDS,
    MODELS,
    PATTERNS,
    QUASI,
    TABLES,
    THRESHOLDS,
    WEIGHTS,
    GovernedTable,
    Row,
    Rows,
)


def merged(shipped: Rows, stored: Rows) -> dict[str, dict[str, Row]]:
    """Table → id → row: all rows, also those that are not active. A stored row stands in for the shipped one of its id."""
    return {
        table.name: {row[table.key]: row for rows in (shipped, stored) for row in rows.get(table.name, ())}
        for table in TABLES.values()
    }


def merge(shipped: Rows, stored: Rows) -> Governance:
    """The configuration in effect: shipped rows, and stored ones over them by their ids.

    Rows with `IS_ACTIVE` false do not count, and with a category everything that is of it.
    """
    rows = merged(shipped, stored)
    categories: dict[str, GovernedCategory] = {item.name: item for item in _active(TABLES[CATEGORIES], rows)}
    known = {*categories, ALL}
    # A threshold may be that of an identifier, too.
    off = {row["NAME"] for row in rows[CATEGORIES].values()} - known
    thresholds: dict[tuple[str, str], float] = dict(_active(TABLES[THRESHOLDS], rows))
    governance = Governance(
        weights=dict(_active(TABLES[WEIGHTS], rows)),
        thresholds={key: value for key, value in thresholds.items() if key[0] not in off},
        categories=categories,
        keywords=_ordered(TABLES[KEYWORDS], rows, known),
        patterns=_ordered(TABLES[PATTERNS], rows, known),
        bundles=tuple(item for item in _active(TABLES[BUNDLES], rows) if item.category in known),
        compliance=_ordered(TABLES[COMPLIANCE], rows, known),
        models=dict(_active(TABLES[MODELS], rows)),
        quasi_identifiers=tuple(_active(TABLES[QUASI], rows)),
        anonymity=tuple(_active(TABLES[ANONYMITY], rows)),
        inactive=frozenset(
            row_id for name in (KEYWORDS, PATTERNS) for row_id, row in rows[name].items() if not row["IS_ACTIVE"]
        ),
    )
    return replace(governance, digest=digest(governance))


def digest(governance: Governance) -> str:
    """Sixteen hexadecimal digits that differ whenever anything that counts does."""
    plain = {
        "weights": governance.weights,
        "thresholds": sorted([*key, value] for key, value in governance.thresholds.items()),
        "categories": governance.categories,
        "keywords": tuple(governance.keywords),
        "patterns": tuple(governance.patterns),
        "bundles": governance.bundles,
        "compliance": governance.compliance,
        "models": governance.models,
        "quasi_identifiers": governance.quasi_identifiers,
        "anonymity": governance.anonymity,
        "inactive": sorted(governance.inactive),
    }
    return hashlib.sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def _active(table: GovernedTable, rows: Mapping[str, Mapping[str, Row]]) -> Iterable[Any]:
    return [table.build(row) for row in rows[table.name].values() if row["IS_ACTIVE"]]


def _ordered(table: GovernedTable, rows: Mapping[str, Mapping[str, Row]], known: set[str]) -> tuple[Any, ...]:
    found = [item for item in _active(table, rows) if item.category in known]
    # Stable, so that rows of one priority keep the order in which they were shipped or added.
    return tuple(sorted(found, key=lambda item: item.priority))
