"""A bucket is listed and read: as it is, with all versions, and where AWS does not say in which region it is."""

from __future__ import annotations

from awsservers import REGION
from proving import Stage


def scenario(stage: Stage) -> None:
    """The last makes the library ask for the bucket's region by itself."""
    client = stage.aws.client("s3")
    client.create_bucket(Bucket="orders", CreateBucketConfiguration={"LocationConstraint": REGION})
    client.put_object(Bucket="orders", Key="a.csv", Body=b"name\nada\n")
    assert stage.assay("scan", "s3://orders") == 0
    assert stage.assay("scan", "s3://orders", "--versions") == 0
    stage.aws.strict.fail("s3.ListObjectsV2", "PermanentRedirect", status=301, times=1)
    assert stage.assay("scan", "s3://orders") == 0
