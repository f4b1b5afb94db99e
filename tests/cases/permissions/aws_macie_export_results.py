"""Where results are kept is read, set, and read back."""

from __future__ import annotations

from macie_for_tests import KEY, enabled
from proving import Stage

from assay.store.engine import open_catalog


def scenario(stage: Stage) -> None:
    """A bucket and a key."""
    enabled(stage.aws)
    open_catalog("catalog.db", create=True).close()
    command = ("aws", "macie", "export-results", "--bucket", "results", "--key", KEY)
    assert stage.assay(*command, "--yes", "--catalog", "catalog.db") == 0
