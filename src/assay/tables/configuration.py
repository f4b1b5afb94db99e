"""The ten tables of a governance configuration (SPEC section 5): their columns, and what a row of each becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from assay.model.governance import (
    APPLIES,
    SOURCES,
    AnonymityPolicy,
    ComplianceMapping,
    GovernedBundle,
    GovernedCategory,
    GovernedPattern,
    Keyword,
    QuasiIdentifier,
)
from assay.model.identifier import Level

Row: TypeAlias = dict[str, Any]
"""Column → value: texts, numbers, true or false, lists of texts, and for `PARTS` a list of such lists."""

Rows: TypeAlias = Mapping[str, Sequence[Row]]
"""Table → its rows."""

ALL = "*"
"""The category of thresholds that hold for those without one of their own."""


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    NUMBER = "number"
    WHOLE = "whole number"
    FLAG = "true or false"
    LIST = "list of texts"
    PARTS = "list of lists of texts"


class Refers(StrEnum):
    """What a column's text names."""

    NOTHING = ""
    CATEGORY = "category"
    CATEGORY_OR_ALL = "category, identifier or *"
    IDENTIFIER = "identifier"
    REGEX = "regular expression"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column. `default` is `None` where a value has to be given, unless it is `optional`; numbers lie within `low` and
    `high`. What is `fixed` cannot be changed in shipped rows: something else depends on it."""

    name: str
    help: str
    kind: Kind = Kind.TEXT
    default: Any = None
    optional: bool = False
    low: float = 0.0
    high: float = 1.0
    choices: tuple[str, ...] = ()
    refers: Refers = Refers.NOTHING
    capitals: bool = False
    fixed: bool = False

    @property
    def is_required(self) -> bool:
        return self.default is None and not self.optional


@dataclass(frozen=True, slots=True, kw_only=True)
class GovernedTable:
    """A table. `key` is its id column; of rows that are alike in all of `unique` only one may be active."""

    name: str
    help: str
    key: str
    columns: tuple[Column, ...]
    unique: tuple[str, ...]
    build: Callable[[Row], Any]

    @property
    def names(self) -> tuple[str, ...]:
        """All column names, in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column called `name`."""
        return next(column for column in self.columns if column.name == name)


def _columns(key: str, *own: Column) -> tuple[Column, ...]:
    return (
        Column(name=key, help="Id of the row; it never changes."),
        *own,
        Column(name="DESCRIPTION", help="What the row is for.", default=""),
        Column(name="IS_ACTIVE", help="Whether the row counts.", kind=Kind.FLAG, default=True),
    )


_CATEGORY = Column(name="CATEGORY", help="Name of a row of SENSITIVE_CATEGORIES.", refers=Refers.CATEGORY, fixed=True)
_PRIORITY = Column(
    name="PRIORITY", help="Rows with smaller numbers come first.", kind=Kind.WHOLE, default=100, high=1000
)
_IDENTIFIER = Column(
    name="IDENTIFIER",
    help="NAME of the identifier that the row is about; empty for all of the category.",
    optional=True,
    refers=Refers.IDENTIFIER,
    fixed=True,
)


def _described(row: Row) -> dict[str, Any]:
    return {"description": row["DESCRIPTION"], "is_active": row["IS_ACTIVE"]}


def _category(row: Row) -> GovernedCategory:
    return GovernedCategory(
        id=row["CATEGORY_ID"],
        name=row["NAME"],
        confidentiality=row["CONFIDENTIALITY"],
        integrity=row["INTEGRITY"],
        availability=row["AVAILABILITY"],
        policies=tuple(row["POLICIES"]),
        **_described(row),
    )


def _keyword(row: Row) -> Keyword:
    return Keyword(
        id=row["KEYWORD_ID"],
        category=row["CATEGORY"],
        keyword=row["KEYWORD"],
        match=row["MATCH_TYPE"],
        weight=row["WEIGHT"],
        priority=row["PRIORITY"],
        identifier=row["IDENTIFIER"],
        **_described(row),
    )


def _pattern(row: Row) -> GovernedPattern:
    return GovernedPattern(
        id=row["PATTERN_ID"],
        category=row["CATEGORY"],
        name=row["NAME"],
        regex=row["REGEX"],
        weight=row["WEIGHT"],
        priority=row["PRIORITY"],
        identifier=row["IDENTIFIER"],
        **_described(row),
    )


def _bundle(row: Row) -> GovernedBundle:
    return GovernedBundle(
        id=row["BUNDLE_ID"],
        name=row["NAME"],
        category=row["CATEGORY"],
        parts=tuple(tuple(part) for part in row["PARTS"]),
        boost=row["BOOST"],
        **_described(row),
    )


def _mapping(row: Row) -> ComplianceMapping:
    return ComplianceMapping(
        id=row["MAPPING_ID"],
        category=row["CATEGORY"],
        standard=row["STANDARD"],
        policy=row["POLICY"],
        priority=row["PRIORITY"],
        identifier=row["IDENTIFIER"],
        **_described(row),
    )


def _quasi_identifier(row: Row) -> QuasiIdentifier:
    return QuasiIdentifier(
        id=row["QUASI_IDENTIFIER_ID"], name=row["NAME"], members=tuple(row["MEMBERS"]), **_described(row)
    )


def _anonymity(row: Row) -> AnonymityPolicy:
    return AnonymityPolicy(id=row["POLICY_ID"], k=row["K"], level=Level(row["LEVEL"]), **_described(row))


WEIGHTS, THRESHOLDS, CATEGORIES = "SENSITIVITY_WEIGHTS", "SENSITIVITY_THRESHOLDS", "SENSITIVE_CATEGORIES"
KEYWORDS, PATTERNS, BUNDLES = "SENSITIVE_KEYWORDS", "SENSITIVE_PATTERNS", "SENSITIVE_BUNDLES"
COMPLIANCE, MODELS = "COMPLIANCE_MAPPING", "MODEL_SETTINGS"
QUASI, ANONYMITY = "QUASI_IDENTIFIERS", "ANONYMITY_POLICIES"

_ALL_TABLES = (
    GovernedTable(
        name=WEIGHTS,
        help="How much each method of judging a column counts.",
        key="WEIGHT_ID",
        unique=("SOURCE",),
        columns=_columns(
            "WEIGHT_ID",
            Column(name="SOURCE", help="The method.", choices=SOURCES, fixed=True),
            Column(
                name="WEIGHT", help="Its share of the score; methods that abstain give theirs up.", kind=Kind.NUMBER
            ),
        ),
        build=lambda row: (row["SOURCE"], row["WEIGHT"]),
    ),
    GovernedTable(
        name=THRESHOLDS,
        help="From which score a column is sensitive, its confidence is HIGH, or nobody has to look.",
        key="THRESHOLD_ID",
        unique=("CATEGORY", "APPLIES_TO"),
        columns=_columns(
            "THRESHOLD_ID",
            Column(
                name="CATEGORY",
                help="Name of a row of SENSITIVE_CATEGORIES, or * for those without a threshold of their own; with DETECTION also an identifier's.",
                refers=Refers.CATEGORY_OR_ALL,
                fixed=True,
            ),
            Column(name="VALUE", help="The score.", kind=Kind.NUMBER),
            Column(
                name="APPLIES_TO",
                help="DETECTION: above it a column is sensitive. CLASSIFICATION: from it on the confidence is HIGH. "
                "REVIEW: below it a person must look.",
                choices=APPLIES,
                fixed=True,
            ),
        ),
        build=lambda row: ((row["CATEGORY"], row["APPLIES_TO"]), row["VALUE"]),
    ),
    GovernedTable(
        name=CATEGORIES,
        help="Kinds of sensitive data, how much harm their loss does, and what protects them.",
        key="CATEGORY_ID",
        unique=("NAME",),
        columns=_columns(
            "CATEGORY_ID",
            Column(name="NAME", help="Capitals, digits and underscores.", capitals=True, fixed=True),
            Column(name="CONFIDENTIALITY", help="0 (none) to 3 (high).", kind=Kind.WHOLE, high=3),
            Column(name="INTEGRITY", help="0 (none) to 3 (high).", kind=Kind.WHOLE, high=3),
            Column(name="AVAILABILITY", help="0 (none) to 3 (high).", kind=Kind.WHOLE, high=3),
            Column(name="POLICIES", help="Recommended policies, e.g. MASKING.", kind=Kind.LIST, default=()),
        ),
        build=_category,
    ),
    GovernedTable(
        name=KEYWORDS,
        help="Words of column names.",
        key="KEYWORD_ID",
        unique=("CATEGORY", "KEYWORD", "IDENTIFIER"),
        columns=_columns(
            "KEYWORD_ID",
            _CATEGORY,
            Column(name="KEYWORD", help="A word, or several with spaces; matched as whole words.", fixed=True),
            Column(
                name="MATCH_TYPE",
                help="EXACT: as it is written. FUZZY: also abbreviated, or together with the table's name.",
                choices=("EXACT", "FUZZY"),
                default="EXACT",
            ),
            Column(name="WEIGHT", help="How much the word says.", kind=Kind.NUMBER, default=1.0),
            _PRIORITY,
            _IDENTIFIER,
        ),
        build=_keyword,
    ),
    GovernedTable(
        name=PATTERNS,
        help="Regular expressions for values.",
        key="PATTERN_ID",
        unique=("NAME", "REGEX", "IDENTIFIER"),
        columns=_columns(
            "PATTERN_ID",
            _CATEGORY,
            Column(
                name="NAME",
                help="Without IDENTIFIER the NAME under which values are found: capitals, digits and underscores.",
                fixed=True,
            ),
            Column(name="REGEX", help="What a value looks like, without look-around.", refers=Refers.REGEX, fixed=True),
            Column(name="WEIGHT", help="Confidence of a match.", kind=Kind.NUMBER, default=0.7, low=0.05, high=0.99),
            _PRIORITY,
            _IDENTIFIER,
        ),
        build=_pattern,
    ),
    GovernedTable(
        name=BUNDLES,
        help="Columns of one table that are more together than alone.",
        key="BUNDLE_ID",
        unique=("NAME",),
        columns=_columns(
            "BUNDLE_ID",
            Column(name="NAME", help="Capitals, digits and underscores.", capitals=True),
            _CATEGORY,
            Column(
                name="PARTS",
                help="Two parts or more. Each is met by a column of one of its types (PERSON_NAME), "
                "or with one of its words in the name (name:zip).",
                kind=Kind.PARTS,
            ),
            Column(name="BOOST", help="What it adds to the score.", kind=Kind.NUMBER, default=0.15, high=0.15),
        ),
        build=_bundle,
    ),
    GovernedTable(
        name=COMPLIANCE,
        help="Which standards hold for a category, or for one identifier of it.",
        key="MAPPING_ID",
        unique=("CATEGORY", "STANDARD", "IDENTIFIER"),
        columns=_columns(
            "MAPPING_ID",
            _CATEGORY,
            Column(name="STANDARD", help="Its name: capitals, digits and underscores.", capitals=True),
            Column(name="POLICY", help="What it asks for.", default=""),
            _PRIORITY,
            _IDENTIFIER,
        ),
        build=_mapping,
    ),
    GovernedTable(
        name=MODELS,
        help="Settings of models.",
        key="SETTING_ID",
        unique=("NAME",),
        columns=_columns(
            "SETTING_ID",
            Column(name="NAME", help="Name of the setting.", fixed=True),
            Column(name="VALUE", help="Its value."),
        ),
        build=lambda row: (row["NAME"], row["VALUE"]),
    ),
    GovernedTable(
        name=QUASI,
        help="What helps to single people out. By the columns of a table that are of two rows or more its rows are counted.",
        key="QUASI_IDENTIFIER_ID",
        unique=("NAME",),
        columns=_columns(
            "QUASI_IDENTIFIER_ID",
            Column(name="NAME", help="Capitals, digits and underscores.", capitals=True),
            Column(
                name="MEMBERS",
                help="A column is of it that has one of these types (POSTAL_CODE), or whose name ends with one of these "
                "words (name:marital status).",
                kind=Kind.LIST,
            ),
        ),
        build=_quasi_identifier,
    ),
    GovernedTable(
        name=ANONYMITY,
        help="Which k-anonymity raises a table's level. Of several rows the highest level counts.",
        key="POLICY_ID",
        unique=("K",),
        columns=_columns(
            "POLICY_ID",
            Column(
                name="K",
                help="A table with a class of fewer rows than this is raised.",
                kind=Kind.WHOLE,
                low=2,
                high=1000,
            ),
            Column(
                name="LEVEL",
                help="The level that it is raised to; one that is higher stays.",
                choices=(Level.RESTRICTED.value, Level.CONFIDENTIAL.value, Level.INTERNAL.value),
            ),
        ),
        build=_anonymity,
    ),
)

TABLES: Mapping[str, GovernedTable] = {table.name: table for table in _ALL_TABLES}
"""The tables by their names."""
