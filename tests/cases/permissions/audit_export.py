"""The audit log goes to a bucket and to a log group, and goes on there."""

from __future__ import annotations

from proving import Stage

from assay.store.engine import open_catalog


def scenario(stage: Stage) -> None:
    stage.aws.client("s3").create_bucket(Bucket="trail", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    stage.aws.client("logs").create_log_group(logGroupName="/assay/audit")
    open_catalog("catalog.db", create=True).close()
    catalog = ("--catalog", "catalog.db")
    for scope in ("s3://a", "s3://b"):
        assert stage.assay("phase", "set", scope, "pilot", "--reason", "a test", *catalog) == 0
        assert stage.assay("audit", "export", "--to", "s3://trail/logs", *catalog) == 0
        assert stage.assay("audit", "export", "--to", "logs:/assay/audit", *catalog) == 0
