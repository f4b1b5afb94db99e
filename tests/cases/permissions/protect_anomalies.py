"""The logs of a trail are listed and read."""

from __future__ import annotations

import gzip
import json

from awsservers import REGION
from proving import Stage

NAME = (
    "AWSLogs/123456789012/CloudTrail/eu-west-1/2026/11/29/123456789012_CloudTrail_eu-west-1_20261129T2310Z_abc.json.gz"
)


def prepare(stage: Stage) -> None:
    """A bucket with one file of a trail."""
    s3 = stage.aws.client("s3")
    s3.create_bucket(Bucket="trail", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="trail", Key=NAME, Body=gzip.compress(json.dumps({"Records": []}).encode()))
    assert stage.assay("catalog", "init", "--catalog", "catalog.db") == 0


def scenario(stage: Stage) -> None:
    """All of it."""
    assert stage.assay("protect", "anomalies", "s3://trail/AWSLogs/", "--catalog", "catalog.db") == 0
