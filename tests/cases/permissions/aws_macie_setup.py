"""Macie is enabled and given an identifier of ours, and both are found there the second time."""

from __future__ import annotations

from proving import Stage

from assay.store.engine import open_catalog


def scenario(stage: Stage) -> None:
    """Twice, and once more with how often findings are published."""
    open_catalog("catalog.db", create=True).close()
    command = ("macie", "setup", "EMPLOYEE_NUMBER", "--yes", "--catalog", "catalog.db")
    assert stage.assay(*command) == 0
    assert stage.assay(*command) == 0
    assert stage.assay(*command, "--publish", "6h") == 0
