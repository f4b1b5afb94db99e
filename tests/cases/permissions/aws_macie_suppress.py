"""Filters are made for what was accepted, and deleted when that ends."""

from __future__ import annotations

from macie_for_tests import accept, enabled, take_back
from proving import Stage

from assay.store.engine import open_catalog


def scenario(stage: Stage) -> None:
    """One exception that comes and goes."""
    enabled(stage.aws)
    with open_catalog("catalog.db", create=True) as catalog:
        override = accept(catalog, "SSN", "s3://lake/a.csv")
    assert stage.assay("aws", "macie", "suppress", "--yes", "--catalog", "catalog.db") == 0
    assert stage.assay("aws", "macie", "suppress", "--catalog", "catalog.db") == 0
    with open_catalog("catalog.db") as catalog:
        take_back(catalog, override)
    assert stage.assay("aws", "macie", "suppress", "--yes", "--catalog", "catalog.db") == 0
