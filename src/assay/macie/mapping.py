"""Macie's types → identifiers (`types.yaml`). What is not known is internal at least, and never passed over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from assay.detect.yamlmarks import load_shipped
from assay.errors import UsageError
from assay.macie.translate import identifier_named
from assay.model import DEFAULT_FRAMEWORKS, Category, Identifier, Level, Sensitivity
from assay.model.macie import Detection

_CATEGORIES = {
    "PERSONAL_INFORMATION": Category.PII,
    "FINANCIAL_INFORMATION": Category.PCI,
    "CREDENTIALS": Category.SECRETS,
    "CUSTOM_IDENTIFIER": Category.CUSTOM,
}
_CUSTOM_CONFIDENCE = 0.8
_UNKNOWN_CONFIDENCE = 0.6
_SENSITIVITY = {
    Level.RESTRICTED: Sensitivity.HIGH,
    Level.CONFIDENTIAL: Sensitivity.MEDIUM,
    Level.INTERNAL: Sensitivity.LOW,
}
_NO_NAME = re.compile(r"[^A-Z0-9]+")


class Meaning(NamedTuple):
    """What a detection means: an identifier, and how sure its type makes it. `known` is false for a type that stands in no
    table, so that somebody should look."""

    identifier: Identifier
    confidence: float
    known: bool


@dataclass(frozen=True, kw_only=True)
class TypeMapping:
    """Of Macie's types to these identifiers (NAME → identifier); `own` is the user's table, which comes first."""

    identifiers: Mapping[str, Identifier]
    own: Mapping[str, str] = field(default_factory=dict)

    def meaning(self, detection: Detection) -> Meaning:
        """What one detection means."""
        named = self.own.get(detection.type)
        if named is not None:
            return Meaning(
                self.identifiers[named], _CUSTOM_CONFIDENCE if detection.custom else _confidence(detection), True
            )
        if detection.custom:
            return self._custom(detection)
        row = _row(detection.type)
        if row is not None and row["identifier"] in self.identifiers:
            return Meaning(self.identifiers[row["identifier"]], float(row["confidence"]), True)
        other = _table()["others"].get(detection.type)
        if other is not None:
            return Meaning(
                _made(detection, str(other["category"]), Level(other["level"])), _confidence(detection), True
            )
        category = _CATEGORIES.get(detection.category, Category.CUSTOM)
        # A secret of a kind that nobody knows is a secret.
        level = Level.RESTRICTED if category is Category.SECRETS else Level.INTERNAL
        return Meaning(_made(detection, category, level), _UNKNOWN_CONFIDENCE, False)

    def _custom(self, detection: Detection) -> Meaning:
        name = identifier_named(detection.type) or detection.type
        found = self.identifiers.get(name)
        if found is not None:
            return Meaning(found, _CUSTOM_CONFIDENCE, True)
        return Meaning(_made(detection, Category.CUSTOM, Level.INTERNAL), _CUSTOM_CONFIDENCE, False)


def mapping_of(identifiers: Mapping[str, Identifier], own: Mapping[str, str] | None = None) -> TypeMapping:
    """The mapping to `identifiers`. Raises `UsageError` where `own` names one that there is not."""
    for type_, name in (own or {}).items():
        if name not in identifiers:
            raise UsageError(f"'{type_}: {name}': there is no identifier '{name}'; see 'assay identifiers list'")
    return TypeMapping(identifiers=identifiers, own=own or {})


def types_of(identifier: str) -> tuple[str, ...]:
    """Macie's own types that mean this identifier, but for those of other countries that only their ending tells."""
    return tuple(type_ for type_, row in _table()["types"].items() if row["identifier"] == identifier)


def is_covered(identifier: str) -> bool:
    """Whether any managed type of Macie means this identifier."""
    return bool(types_of(identifier)) or any(row["identifier"] == identifier for row in _table()["endings"].values())


def _row(type_: str) -> dict[str, Any] | None:
    table = _table()
    found: dict[str, Any] | None = table["types"].get(type_)
    if found is None:
        found = next((row for ending, row in table["endings"].items() if type_.endswith(ending)), None)
    return found


def _confidence(detection: Detection) -> float:
    row = _row(detection.type)
    return _UNKNOWN_CONFIDENCE if row is None else float(row["confidence"])


def _made(detection: Detection, category: str, level: Level) -> Identifier:
    """An identifier for what has none of ours."""
    name = _NO_NAME.sub("_", detection.type.upper()).strip("_")[:64] or "UNNAMED"
    return Identifier(
        path=f"macie/{name.lower()}",
        name=name,
        title="as Macie calls it",
        category=category,
        sensitivity=_SENSITIVITY[level],
        level=level,
        frameworks=DEFAULT_FRAMEWORKS.get(category, ()),
        patterns=(),
    )


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = load_shipped(Path(__file__).with_name("types.yaml"))
    return table
