"""Objects are listed and read, also of all versions and of a bucket elsewhere; tables and streams are listed, described and read."""

from __future__ import annotations

from proving import Stage


def scenario(stage: Stage) -> None:
    """A bucket, versions of it, one of another region that does not say in which; all tables, all streams."""
    s3, dynamodb = stage.aws.client("s3"), stage.aws.client("dynamodb")
    s3.create_bucket(Bucket="orders", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="orders", Key="a.csv", Body=b"id,what\n1,lamp\n")
    assert stage.assay("scan", "s3://orders", "--jobs", "1") == 0
    assert stage.assay("scan", "s3://orders", "--versions", "--jobs", "1") == 0
    stage.aws.strict.fail("s3.ListObjectsV2", "PermanentRedirect", status=301, times=1)
    assert stage.assay("scan", "s3://orders", "--jobs", "1") == 0
    dynamodb.create_table(
        TableName="people",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName="people", Item={"id": {"S": "1"}})
    assert stage.assay("scan", "dynamodb://", "--jobs", "1") == 0
    assert stage.assay("scan", "dynamodb://people", "--full", "--jobs", "1") == 0
    kinesis = stage.aws.client("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    kinesis.put_record(StreamName="clicks", Data=b"{}", PartitionKey="1")
    assert stage.assay("scan", "kinesis://", "--jobs", "1") == 0
