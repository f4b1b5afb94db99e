"""Find sensitive data, see how sensitive each place is, and why.

>>> import assay
>>> [(finding.identifier, finding.redacted) for finding in assay.scan_text("SSN 536-90-4399")]
[('SSN', '5*********9')]

`scan` reads files and folders, `scan_text` a string, `classify_table` and `classify_columns` a data frame. Results are the frozen values of
`assay.model`; none of them holds a clear value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assay.api import classify_columns, classify_table, scan, scan_text
    from assay.app.scan.classified import ClassifiedTable
    from assay.errors import AssayError, ConfigError, OutputError, ReadError, RuleError, UsageError
    from assay.model import (
        Category,
        Classification,
        ColumnRecord,
        Coverage,
        Evidence,
        Finding,
        Gap,
        Identifier,
        KAnonymity,
        Level,
        Locator,
        Sensitivity,
        Skip,
        Summary,
        TableRecord,
    )

__all__ = [
    "AssayError",
    "Category",
    "Classification",
    "ClassifiedTable",
    "ColumnRecord",
    "ConfigError",
    "Coverage",
    "Evidence",
    "Finding",
    "Gap",
    "Identifier",
    "KAnonymity",
    "Level",
    "Locator",
    "OutputError",
    "ReadError",
    "RuleError",
    "Sensitivity",
    "Skip",
    "Summary",
    "TableRecord",
    "UsageError",
    "classify_columns",
    "classify_table",
    "scan",
    "scan_text",
]


def __getattr__(name: str) -> Any:
    # Loaded on first use: `assay --help` and `import assay` stay quick.
    if name not in __all__:
        raise AttributeError(f"module 'assay' has no attribute '{name}'")
    import importlib

    modules = dict.fromkeys(("classify_columns", "classify_table", "scan", "scan_text"), "assay.api")
    modules["ClassifiedTable"] = "assay.app.scan.classified"
    errors = name.endswith("Error")
    return getattr(importlib.import_module(modules.get(name, "assay.errors" if errors else "assay.model")), name)


def __dir__() -> list[str]:
    return sorted(__all__)
