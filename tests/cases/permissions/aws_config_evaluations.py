"""Every kind of resource that AWS Config records is evaluated."""

from __future__ import annotations

from proving import Stage
from tagging_for_tests import KINDS, Lake, classify, known

from assay.store.engine import open_catalog


def scenario(stage: Stage) -> None:
    """A bucket, a database, a cluster, a table and a volume."""
    Lake(aws=stage.aws)
    targets = ["s3://lake", *(kind.make(stage.aws) for kind in KINDS.values())]
    catalog = str(stage.folder / "catalog.db")
    with open_catalog(catalog, create=True) as made:
        classify(made, dict.fromkeys(targets, known()))
    assert stage.assay("aws", "config-evaluations", *targets, "--test", "--catalog", catalog) == 0
