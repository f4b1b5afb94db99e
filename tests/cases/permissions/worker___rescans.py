"""Buckets, tables, and where crawlers and databases of Glue have their data are scanned as events ask for."""

from __future__ import annotations

from awsservers import ACCOUNT
from proving import Stage

from assay.store import tasks
from assay.store.engine import open_catalog

GLUE = f"arn:aws:glue:eu-west-1:{ACCOUNT}:"


def scenario(stage: Stage) -> None:
    """A bucket, a table and one that is not there, a crawler that names a table, jobs, a database of Glue; a bucket elsewhere."""
    s3, dynamodb, glue = (stage.aws.client(name) for name in ("s3", "dynamodb", "glue"))
    for bucket in ("intake", "lake"):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        s3.put_object(Bucket=bucket, Key="people/a.csv", Body=b"id,what\n1,lamp\n")
    dynamodb.create_table(
        TableName="people",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName="people", Item={"id": {"S": "1"}})
    glue.create_database(DatabaseInput={"Name": "lake"})
    where = {"Location": "s3://lake/people/"}
    glue.create_table(DatabaseName="lake", TableInput={"Name": "people", "StorageDescriptor": where})
    named = [{"DatabaseName": "lake", "Tables": ["people"]}]
    glue.create_crawler(Name="nightly", Role="r", Targets={"CatalogTargets": named})
    command = {"Name": "glueetl", "ScriptLocation": "s3://lake/job.py"}
    glue.create_job(Name="hourly", Role="r", Command=command)
    glue.start_job_run(JobName="hourly")
    for _ in range(3):
        glue.get_job_runs(JobName="hourly")
    catalog = str(stage.folder / "catalog.db")
    with open_catalog(catalog, create=True) as made, made.transaction() as connection:
        for resource in (
            "s3://intake",
            "dynamodb://people",
            "dynamodb://missing",
            f"{GLUE}crawler/nightly",
            f"{GLUE}database/lake",
            f"{GLUE}job/hourly",
        ):
            tasks.ask(connection, tasks.Kind.RESCAN, resource, because="a test", region="eu-west-1")
    stage.aws.strict.fail("s3.ListObjectsV2", "PermanentRedirect", status=301, times=1)
    arguments = ("worker", "--rescans", "--catalog", catalog, "--until-empty", "--no-tags", "--attempts", "1")
    # One table is not there, and of the job nothing tells what it wrote: they are given up.
    assert stage.assay(*arguments) == 3
    with open_catalog(catalog) as made, made.reading() as connection:
        assert tasks.numbers(connection) == {"rescan": {"dead": 2, "done": 4}}
