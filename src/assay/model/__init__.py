"""The nouns of assay. Standard library only; values are frozen. Each is loaded on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.model.anonymity import ClassSizes, KAnonymity, Measure
    from assay.model.asset import AssetRef, Gap, Seen, Skip, Split
    from assay.model.classification import Classification, Coverage, JudgedAgain, Summary, Unchanged
    from assay.model.columns import ColumnRecord, ColumnSketch, Features, TableRecord
    from assay.model.estate import Asset, EstateAsset, EstateState, EstateSummary, Scans
    from assay.model.finding import SIGNALS, Evidence, Finding, Locator, band
    from assay.model.governance import (
        AnonymityPolicy,
        ComplianceMapping,
        Governance,
        GovernedBundle,
        GovernedCategory,
        GovernedPattern,
        Keyword,
        QuasiIdentifier,
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
    from assay.model.standing import Standing
    from assay.model.table import ColumnInfo, TableInfo, ValueKind

__all__ = [
    "DEFAULT_FRAMEWORKS",
    "DEFAULT_LEVEL",
    "SIGNALS",
    "AnonymityPolicy",
    "Asset",
    "AssetRef",
    "Category",
    "ClassSizes",
    "Classification",
    "ColumnInfo",
    "ColumnRecord",
    "ColumnSketch",
    "ComplianceMapping",
    "Coverage",
    "EstateAsset",
    "EstateState",
    "EstateSummary",
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
    "JudgedAgain",
    "KAnonymity",
    "Keyword",
    "Level",
    "Locator",
    "Measure",
    "Normalise",
    "Pattern",
    "QuasiIdentifier",
    "Redaction",
    "Scans",
    "Seen",
    "Sensitive",
    "Sensitivity",
    "Skip",
    "Split",
    "Stage",
    "Standing",
    "Summary",
    "TableInfo",
    "TableRecord",
    "Unchanged",
    "ValueKind",
    "band",
    "category_of",
]

_HOLDS = {
    "anonymity": ("ClassSizes", "KAnonymity", "Measure"),
    "asset": ("AssetRef", "Gap", "Seen", "Skip", "Split"),
    "classification": ("Classification", "Coverage", "JudgedAgain", "Summary", "Unchanged"),
    "columns": ("ColumnRecord", "ColumnSketch", "Features", "TableRecord"),
    "estate": ("Asset", "EstateAsset", "EstateState", "EstateSummary", "Scans"),
    "finding": ("SIGNALS", "Evidence", "Finding", "Locator", "band"),
    "governance": (
        "AnonymityPolicy",
        "ComplianceMapping",
        "Governance",
        "GovernedBundle",
        "GovernedCategory",
        "GovernedPattern",
        "Keyword",
        "QuasiIdentifier",
    ),
    "identifier": (
        "DEFAULT_FRAMEWORKS",
        "DEFAULT_LEVEL",
        "Category",
        "Example",
        "Identifier",
        "Level",
        "Normalise",
        "Pattern",
        "Redaction",
        "Sensitivity",
        "Stage",
        "category_of",
    ),
    "sensitive": ("Sensitive",),
    "standing": ("Standing",),
    "table": ("ColumnInfo", "TableInfo", "ValueKind"),
}
_MODULES = {name: module for module, names in _HOLDS.items() for name in names}


def __getattr__(name: str) -> Any:
    # To make a class of values takes half a millisecond, and most scans need a half of these.
    if name not in _MODULES:
        raise AttributeError(f"module 'assay.model' has no attribute '{name}'")
    import importlib

    found = getattr(importlib.import_module(f"assay.model.{_MODULES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted(__all__)
