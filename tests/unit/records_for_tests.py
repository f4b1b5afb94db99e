"""Records of every kind, made up."""

from __future__ import annotations

from typing import Any

from assay.model import (
    Category,
    Classification,
    ColumnRecord,
    Coverage,
    Evidence,
    Finding,
    Gap,
    Level,
    Locator,
    Sensitivity,
    Skip,
    Summary,
    TableRecord,
)

CUSTOMERS = "file:///srv/data/customers.csv"
PLAIN_COVERAGE = Coverage(bytes_read=4_096, bytes_total=4_096, rows_read=3, rows_total=3, complete=True)


def finding(**changes: Any) -> Finding:
    values: dict[str, Any] = {
        "resource": CUSTOMERS,
        "identifier": "SSN",
        "category": Category.PII,
        "sensitivity": Sensitivity.CRITICAL,
        "level": Level.RESTRICTED,
        "confidence": 0.951234567,
        "redacted": "5*********9",
        "fingerprint": "c0ffee" * 5,
        "location": Locator(start=40, end=51, byte_start=41, byte_end=52, line=2, column=9, row=1, field="ssn"),
        "evidence": (Evidence("pattern", "dashed", 0.651234567), Evidence("name", "column 'ssn'", 0.3)),
        "ruleset": "0123456789abcdef",
    }
    return Finding(**{**values, **changes})


def column(**changes: Any) -> ColumnRecord:
    values: dict[str, Any] = {
        "resource": CUSTOMERS,
        "table": "customers",
        "column": "ssn",
        "level": Level.RESTRICTED,
        "categories": (Category.PII,),
        "dominant_category": Category.PII,
        "detected_type": "SSN",
        "confidence": 97.123456,
        "confidence_level": "HIGH",
        "rule_score": 1.0,
        "composite_score": 0.97,
        "detection_methods": ("RULE_BASED", "PATTERN_BASED"),
        "detection_reason": "The name is 'ssn' and 3 of 3 values match.",
    }
    return ColumnRecord(**{**values, **changes})


def table(**changes: Any) -> TableRecord:
    values: dict[str, Any] = {
        "resource": CUSTOMERS,
        "table_name": "customers",
        "level": Level.RESTRICTED,
        "table_sensitivity_score": 97.1,
        "max_column_score": 97.1,
        "sensitive_share": 0.5,
        "dominant_table_category": Category.PII,
        "table_categories": (Category.PII,),
        "sensitive_columns": ("ssn",),
        "rows_read": 3,
    }
    return TableRecord(**{**values, **changes})


def classification(**changes: Any) -> Classification:
    values: dict[str, Any] = {
        "resource": CUSTOMERS,
        "level": Level.RESTRICTED,
        "categories": (Category.PII,),
        "identifiers": {"SSN": 1},
        "frameworks": ("GDPR", "HIPAA"),
        "confidence": 0.95123456,
        "coverage": PLAIN_COVERAGE,
        "because": "SSN was found with high confidence.",
    }
    return Classification(**{**values, **changes})


def gap(**changes: Any) -> Gap:
    values = {"resource": "file:///srv/data/broken.zip", "reason": "corrupt", "detail": "the archive ends too early"}
    return Gap(**{**values, **changes})


def skip(**changes: Any) -> Skip:
    return Skip(**{"resource": "file:///srv/data/logo.png", "reason": "media", "detail": "", **changes})


def summary(**changes: Any) -> Summary:
    values: dict[str, Any] = {
        "target": "file:///srv/data",
        "level": Level.RESTRICTED,
        "resources": 3,
        "findings": 1,
        "gaps": 1,
        "skips": 1,
        "seconds": 1.23456789,
        "bytes_read": 4_096,
        "by_level": {Level.RESTRICTED: 1, Level.UNCLASSIFIED: 1, Level.PUBLIC: 1},
        "by_identifier": {"SSN": 1},
        "test_values_ignored": 2,
        "suppressed": 0,
        "coverage": Coverage(bytes_read=4_096, bytes_total=8_192, complete=False, missed_upper_bound=0.0312345),
        "because": "SSN was found in customers.csv.",
    }
    return Summary(**{**values, **changes})


def every_kind() -> list[Any]:
    """One record of each kind, in the order of a scan."""
    return [finding(), column(), table(), classification(), gap(), skip(), summary()]
