"""Macie is enabled, and then publishes more often."""

from __future__ import annotations

from proving import Stage

from assay.store.engine import open_catalog


def scenario(stage: Stage) -> None:
    """A new session, and a change of it."""
    open_catalog("catalog.db", create=True).close()
    catalog = ("--catalog", "catalog.db")
    assert stage.assay("aws", "macie", "enable", "--yes", *catalog) == 0
    assert stage.assay("aws", "macie", "enable", "--publish", "6h", "--yes", *catalog) == 0
