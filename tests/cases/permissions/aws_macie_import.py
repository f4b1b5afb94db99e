"""Findings are listed and told."""

from __future__ import annotations

from macie_for_tests import enabled, told
from proving import Stage

from assay.store.engine import open_catalog


def scenario(stage: Stage) -> None:
    """One finding."""
    enabled(stage.aws)
    stage.aws.strict.macie_holds("findings", told(1, "a.csv"))
    open_catalog("catalog.db", create=True).close()
    assert stage.assay("aws", "macie", "import", "--catalog", "catalog.db") == 0
