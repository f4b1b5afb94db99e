"""Tables of Glue are listed, and read from their objects."""

from __future__ import annotations

from proving import Stage


def scenario(stage: Stage) -> None:
    """All tables, one by its name, and one with partitions."""
    s3 = stage.aws.client("s3")
    s3.create_bucket(Bucket="orders", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="orders", Key="a.csv", Body=b"1,lamp\n")
    client = stage.aws.client("glue")
    client.create_database(DatabaseInput={"Name": "sales"})
    columns = [{"Name": "id", "Type": "string"}]
    serde = {"SerializationLibrary": "org.apache.hadoop.hive.serde2.OpenCSVSerde"}
    stored = {"Columns": columns, "Location": "s3://orders/", "SerdeInfo": serde}
    told = {"Name": "orders", "StorageDescriptor": stored, "PartitionKeys": [{"Name": "day", "Type": "string"}]}
    client.create_table(DatabaseName="sales", TableInput=told)
    assert stage.assay("scan", "glue://", "--jobs", "1") == 0
    assert stage.assay("scan", "glue://sales/orders", "--jobs", "1") == 0
    stage.aws.strict.fail("s3.ListObjectsV2", "PermanentRedirect", status=301, times=1)
    assert stage.assay("scan", "glue://sales/orders", "--jobs", "1") == 0
