"""A job for a part of a bucket is estimated, made and described."""

from __future__ import annotations

from macie_for_tests import bucket, enabled
from proving import Stage

from assay.store.engine import open_catalog


def scenario(stage: Stage) -> None:
    """One bucket."""
    enabled(stage.aws)
    bucket(stage.aws, "lake", a_csv="x")
    open_catalog("catalog.db", create=True).close()
    assert stage.assay("aws", "macie", "reclassify", "s3://lake/a", "--yes", "--catalog", "catalog.db") == 0
