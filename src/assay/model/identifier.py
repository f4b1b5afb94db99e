"""Identifiers: what can be found, as data. See SPEC section 2 and `docs/identifiers.md`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Category(StrEnum):
    """The categories that assay ships with. Users may add their own, which are known by their names."""

    PII = "PII"
    PHI = "PHI"
    PCI = "PCI"
    SECRETS = "SECRETS"
    CUSTOM = "CUSTOM"


def category_of(name: str) -> str:
    """The category of that name: a member of `Category`, or a user's own as it is written."""
    return _SHIPPED.get(name, name)


_SHIPPED = {category.value: category for category in Category}


class Sensitivity(StrEnum):
    CRITICAL = "CRITICAL"
    HIGH = "HIGH"
    MEDIUM = "MEDIUM"
    LOW = "LOW"


class Level(StrEnum):
    """Level of a resource, `restricted` being the highest."""

    RESTRICTED = "restricted"
    CONFIDENTIAL = "confidential"
    INTERNAL = "internal"
    UNCLASSIFIED = "unclassified"
    PUBLIC = "public"

    @property
    def rank(self) -> int:
        """0 for public to 4 for restricted; `unclassified` ranks between public and internal."""
        return _RANK[self]


_RANK = {Level.PUBLIC: 0, Level.UNCLASSIFIED: 1, Level.INTERNAL: 2, Level.CONFIDENTIAL: 3, Level.RESTRICTED: 4}


class Stage(StrEnum):
    """Lifecycle of an identifier; `preview` ones run only when asked for by name or with `--preview`."""

    PREVIEW = "preview"
    STABLE = "stable"
    DEPRECATED = "deprecated"


class Redaction(StrEnum):
    """How a value is shown: its ends, its last four, its provider prefix, or nothing at all."""

    PARTIAL = "partial"
    LAST4 = "last4"
    PREFIX = "prefix"
    HIDDEN = "hidden"


class Normalise(StrEnum):
    """What two spellings of the same value have in common; the fingerprint is taken of this."""

    EXACT = "exact"
    LOWER = "lower"
    DIGITS = "digits"
    ALNUM = "alnum"


DEFAULT_LEVEL = {
    Sensitivity.CRITICAL: Level.RESTRICTED,
    Sensitivity.HIGH: Level.RESTRICTED,
    Sensitivity.MEDIUM: Level.CONFIDENTIAL,
    Sensitivity.LOW: Level.INTERNAL,
}

DEFAULT_FRAMEWORKS: dict[str, tuple[str, ...]] = {
    Category.PII: ("GDPR", "CCPA", "LGPD"),
    Category.PHI: ("HIPAA", "HITECH"),
    Category.PCI: ("PCI_DSS",),
    Category.SECRETS: ("SOC2",),
    Category.CUSTOM: (),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One written form of an identifier.

    `find` is the expression that the multi-pattern engine looks for; `regex` is what must match around it.
    `anchor` is `value` when `find` describes the value, `keyword` when the value is looked for only near the
    identifier's keywords or in a field whose name matches (short or common shapes such as three digits), `column` when
    only in a table's column whose name matches (values that any words could be), `standard` when only in a field that the standard of
    a message says to hold it.
    `left_chars`/`left_max` let a value begin left of what `find` matched; `left_digits` says that a digit must stand there.
    """

    id: str
    regex: str
    confidence: float
    find: str | None = None
    anchor: str = "value"
    left_chars: str = ""
    left_max: int = 0
    left_digits: bool = False
    context_required: bool = False
    field_required: bool = False
    caseless: bool = False
    validators: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A text that must (or must not) yield the identifier; `value` is the exact part that is the finding."""

    text: str
    value: str | None = None
    because: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier:
    """A kind of sensitive datum. `path` is its id, e.g. `us/ssn`; `name` is what findings carry, e.g. `SSN`;
    `category` is a `Category` or the name of a user's own; `digest` is of its file's content."""

    path: str
    name: str
    title: str
    category: str
    sensitivity: Sensitivity
    level: Level
    frameworks: tuple[str, ...]
    patterns: tuple[Pattern, ...]
    description: str = ""
    regions: tuple[str, ...] = ()
    stage: Stage = Stage.STABLE
    since: str = ""
    source: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    distance: int = 50
    context_weight: float = 0.1
    priority: int = 0
    redaction: Redaction = Redaction.PARTIAL
    prefixes: tuple[str, ...] = ()
    normalise: Normalise = Normalise.EXACT
    ignore_values: tuple[str, ...] = ()
    ignore_regexes: tuple[str, ...] = ()
    ignore_words: tuple[str, ...] = ()
    ignore_names: tuple[str, ...] = ()
    test_values: tuple[str, ...] = ()
    test_regexes: tuple[str, ...] = ()
    finds: tuple[Example, ...] = field(default=())
    ignores: tuple[Example, ...] = field(default=())
    known_misses: tuple[Example, ...] = field(default=())
    digest: str = ""
