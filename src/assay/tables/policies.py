"""What follows from an identifier's category: protective policies."""

from __future__ import annotations

from collections.abc import Iterable

from assay.model import Category

POLICIES: dict[str, tuple[str, ...]] = {
    Category.PII: ("MASKING", "ACCESS_CONTROL", "RETENTION"),
    Category.PHI: ("ENCRYPTION", "ACCESS_CONTROL", "AUDIT_LOGGING", "RETENTION"),
    Category.PCI: ("TOKENIZATION", "ENCRYPTION", "ACCESS_CONTROL", "AUDIT_LOGGING"),
    Category.SECRETS: ("ROTATION", "ENCRYPTION", "ACCESS_CONTROL", "AUDIT_LOGGING"),
    Category.CUSTOM: ("ACCESS_CONTROL",),
}


def recommended(categories: Iterable[str]) -> tuple[str, ...]:
    """Policies for data of these categories, each once, in the order of the categories."""
    return tuple(
        dict.fromkeys(policy for category in categories for policy in POLICIES.get(category, POLICIES[Category.CUSTOM]))
    )
