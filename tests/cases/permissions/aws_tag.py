"""Every kind of resource is tagged, and its tags are taken back."""

from __future__ import annotations

from proving import Stage
from tagging_for_tests import KINDS, Lake, classify, known

from assay.store.engine import open_catalog


def scenario(stage: Stage) -> None:
    """Two buckets, one of which takes tags one by one; the tags of a database, a cluster, a table and a volume."""
    lake, other = Lake(aws=stage.aws), Lake(aws=stage.aws, bucket="other")
    other.s3.put_bucket_abac(Bucket="other", AbacStatus={"Status": "Enabled"})
    change = lake.put("a.csv")
    arns = [kind.make(stage.aws) for kind in KINDS.values()]
    catalog = str(stage.folder / "catalog.db")
    with open_catalog(catalog, create=True) as made:
        resources = ["s3://lake/a.csv", "s3://other/b.csv", *arns]
        classify(made, dict.fromkeys(resources, known()), {"s3://lake/a.csv": change})
    targets = ["s3://lake", "s3://other", *arns]
    options = ("--catalog", catalog)
    # The object of the other bucket is gone.
    assert stage.assay("aws", "tag", *targets, "--yes", *options) == 3
    with open_catalog(catalog) as made, made.reading() as connection:
        from assay.store.plans import listed

        (plan,) = listed(connection, limit=5)
    assert plan.outcomes == {"applied": len(targets) + 1}
    assert stage.assay("aws", "tag", "--undo", plan.id, *options) == 0
