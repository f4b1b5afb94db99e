"""Every kind of resource is tagged, and its tags are taken back."""

from __future__ import annotations

from gluetables_for_tests import make_table
from proving import Stage
from tagging_for_tests import KINDS, Lake, classify, known

from assay.store.engine import open_catalog
from assay.store.plans import listed


def scenario(stage: Stage) -> None:
    """Two buckets, one of which takes tags one by one; the tags of a database, a cluster, a table and a volume; those of a
    table of the data catalog, and its LF-tags."""
    lake, other = Lake(aws=stage.aws), Lake(aws=stage.aws, bucket="other")
    other.s3.put_bucket_abac(Bucket="other", AbacStatus={"Status": "Enabled"})
    change = lake.put("a.csv")
    arns = [kind.make(stage.aws) for kind in KINDS.values()]
    resource = make_table(stage.aws)
    catalog = str(stage.folder / "catalog.db")
    with open_catalog(catalog, create=True) as made:
        resources = ["s3://lake/a.csv", "s3://other/b.csv", *arns, resource]
        classify(made, dict.fromkeys(resources, known()), {"s3://lake/a.csv": change})
    targets = ["s3://lake", "s3://other", *arns, resource]
    options = ("--catalog", catalog)
    # The object of the other bucket is gone.
    assert stage.assay("aws", "tag", *targets, "--yes", *options) == 3
    with open_catalog(catalog) as made, made.reading() as connection:
        (plan,) = listed(connection, limit=5)
    assert plan.outcomes == {"applied": len(targets) + 1}
    assert stage.assay("aws", "tag", "--undo", plan.id, *options) == 0
    _lake_formation(stage, resource, options)


def _lake_formation(stage: Stage, resource: str, options: tuple[str, ...]) -> None:
    """Once a key is made, once a value is added to the list of one, and both are taken back."""
    key = "dataclassification"
    for there in (None, "internal"):
        if there is not None:
            stage.aws.client("lakeformation").update_lf_tag(
                TagKey=key, TagValuesToDelete=["restricted"], TagValuesToAdd=[there]
            )
        assert stage.assay("aws", "tag", resource, "--lf-tags", "--yes", *options) == 0
        with open_catalog(options[1]) as made, made.reading() as connection:
            newest = listed(connection, limit=1)[0]
        assert stage.assay("aws", "tag", "--undo", newest.id, *options) == 0
