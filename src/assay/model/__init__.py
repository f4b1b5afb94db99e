"""The nouns of assay. Standard library only; values are frozen."""

from assay.model.asset import AssetRef, Gap, Seen, Skip, Split
from assay.model.classification import Classification, Coverage, Summary
from assay.model.columns import ColumnRecord, ColumnSketch, Features, TableRecord
from assay.model.finding import SIGNALS, Evidence, Finding, Locator, band
from assay.model.governance import (
    ComplianceMapping,
    Governance,
    GovernedBundle,
    GovernedCategory,
    GovernedPattern,
    Keyword,
)
from assay.model.identifier import (
    DEFAULT_FRAMEWORKS,
    DEFAULT_LEVEL,
    Category,
    Example,
    Identifier,
    Level,
    Normalise,
    Pattern,
    Redaction,
    Sensitivity,
    Stage,
    category_of,
)
from assay.model.sensitive import Sensitive
from assay.model.table import ColumnInfo, TableInfo, ValueKind

__all__ = [
    "DEFAULT_FRAMEWORKS",
    "DEFAULT_LEVEL",
    "SIGNALS",
    "AssetRef",
    "Category",
    "Classification",
    "ColumnInfo",
    "ColumnRecord",
    "ColumnSketch",
    "ComplianceMapping",
    "Coverage",
    "Evidence",
    "Example",
    "Features",
    "Finding",
    "Gap",
    "Governance",
    "GovernedBundle",
    "GovernedCategory",
    "GovernedPattern",
    "Identifier",
    "Keyword",
    "Level",
    "Locator",
    "Normalise",
    "Pattern",
    "Redaction",
    "Seen",
    "Sensitive",
    "Sensitivity",
    "Skip",
    "Split",
    "Stage",
    "Summary",
    "TableInfo",
    "TableRecord",
    "ValueKind",
    "band",
    "category_of",
]
