"""Custom data identifiers are looked up, made, and found again."""

from __future__ import annotations

from macie_for_tests import enabled
from proving import Stage

from assay.store.engine import open_catalog


def scenario(stage: Stage) -> None:
    """One of ours."""
    enabled(stage.aws)
    open_catalog("catalog.db", create=True).close()
    command = ("aws", "macie", "create-identifiers", "EMPLOYEE_NUMBER", "--yes", "--catalog", "catalog.db")
    assert stage.assay(*command) == 0
    assert stage.assay(*command) == 0
