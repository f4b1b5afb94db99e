"""A job is estimated, its names are looked up, it is made and described."""

from __future__ import annotations

from macie_for_tests import allow_list, bucket, enabled
from proving import Stage

from assay.store.engine import open_catalog


def scenario(stage: Stage) -> None:
    """With everything that has a name."""
    enabled(stage.aws).create_custom_data_identifier(name="badge", regex=r"B\d{6}")
    bucket(stage.aws, "lake", a_csv="x")
    stage.aws.strict.macie_holds("allow-lists", allow_list("test data"))
    open_catalog("catalog.db", create=True).close()
    named = ("-i", "badge", "--allow-list", "test data", "--managed", "include:NAME")
    assert (
        stage.assay("aws", "macie", "job", "once", "--bucket", "lake", *named, "--yes", "--catalog", "catalog.db") == 0
    )
