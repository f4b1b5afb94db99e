"""A worker reads objects, tags them and their buckets, buries what it cannot handle, and judges records of tables."""

from __future__ import annotations

from datetime import UTC, datetime

from proving import Stage
from workers_for_tests import SSN, object_created, queues, row_changed

from assay.model.review import Phase, PhaseRow
from assay.store import phases
from assay.store.engine import open_catalog


def scenario(stage: Stage) -> None:
    """An object as it was told of, one of which no more than its name is, a table, and what is no event."""
    s3, dynamodb = stage.aws.client("s3"), stage.aws.client("dynamodb")
    s3.create_bucket(Bucket="intake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    dynamodb.create_table(
        TableName="people",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    body = f"name,ssn\nAda Park,{SSN}\n".encode()
    told = object_created("a.csv", "01", size=len(body))
    told["detail"]["object"]["etag"] = s3.put_object(Bucket="intake", Key="a.csv", Body=body)["ETag"].strip('"')
    for key in ("b.csv", "c.csv", "d.csv"):
        s3.put_object(Bucket="intake", Key=key, Body=body)
    # A bucket whose tags decide on access takes them one by one.
    s3.create_bucket(Bucket="guarded", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_abac(Bucket="guarded", AbacStatus={"Status": "Enabled"})
    s3.put_object(Bucket="guarded", Key="e.csv", Body=body)
    queue = queues(stage.aws)
    queue.send(told, object_created("b.csv", "01"), row_changed(1, ssn=SSN), "hello")
    queue.send(object_created("e.csv", "01", bucket="guarded"))
    catalog = str(stage.folder / "catalog.db")
    with open_catalog(catalog, create=True) as made, made.transaction() as connection:
        row = PhaseRow(
            scope="**", phase=Phase.AUTOMATED, since=datetime.now(UTC), by="test", reason="", version=1
        )  # fmt: skip
        phases.set_phase(connection, row, None, {})
    # What is no event is told.
    arguments = ("worker", "--queue", queue.url, "--catalog", catalog, "--until-empty")
    assert stage.assay(*arguments) == 3
    assert {tag["Key"] for tag in s3.get_object_tagging(Bucket="intake", Key="b.csv")["TagSet"]}
    # What may not be read is given back, to be tried again later.
    stage.aws.strict.deny("s3.GetObject", times=1)
    queue.send(object_created("c.csv", "01"))
    assert stage.assay(*arguments) == 0
    # A bucket of another region that does not say in which.
    stage.aws.strict.fail("s3.GetObject", "PermanentRedirect", status=301, times=1)
    queue.send(object_created("d.csv", "01"))
    assert stage.assay(*arguments) == 0
