"""A bucket tells EventBridge of its changes, and that is taken back."""

from __future__ import annotations

from proving import Stage

from assay.store.engine import open_catalog


def scenario(stage: Stage) -> None:
    """Set up and undone."""
    stage.aws.client("s3").create_bucket(Bucket="intake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    catalog = str(stage.folder / "catalog.db")
    open_catalog(catalog, create=True).close()
    assert stage.assay("aws", "setup-events", "intake", "--catalog", catalog) == 0
    assert stage.assay("aws", "setup-events", "intake", "--undo", "--catalog", catalog) == 0
