"""What a job of Glue has written is scanned when it has ended: what its nodes say, its arguments, or the tables that changed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from awsservers import Aws
from rescans_for_tests import ARN, crawled, open_tasks, rescan, scans
from workers_for_tests import Queues, drain, levels, put, statuses

from assay.store.engine import Catalog

PARQUET = {"Name": "out", "Inputs": ["in"], "Path": "s3://intake/orders/"}
SOURCE = {"Name": "in", "Paths": ["s3://intake/raw/"]}


def ended(name: str = "nightly") -> dict[str, Any]:
    event = crawled(name) | {"detail-type": "Glue Job State Change"}
    return event | {"detail": {"jobName": name, "state": "SUCCEEDED", "jobRunId": "jr_1"}}


@pytest.fixture
def written(aws: Aws, intake: str) -> Aws:
    """A bucket with what a job read and wrote."""
    for key in ("raw/a.csv", "orders/b.csv", "people/c.csv", "tmp/d.csv"):
        put(aws, key, bucket=intake)
    return aws


def job(aws: Aws, *, arguments: dict[str, str] | None = None, **more: Any) -> None:
    glue = aws.client("glue")
    command = {"Name": "glueetl", "ScriptLocation": "s3://intake/tmp/job.py"}
    default = {"--TempDir": "s3://intake/tmp/", "--job-language": "python"}
    glue.create_job(Name="nightly", Role="r", Command=command, DefaultArguments=default, **more)
    glue.start_job_run(JobName="nightly", Arguments=arguments or {})
    # The emulator's run has succeeded when it was asked for twice.
    for _ in range(3):
        glue.get_job_runs(JobName="nightly")


def told(catalog: Catalog, inbox: Queues) -> None:
    inbox.send(ended())
    drain(catalog, inbox)
    assert statuses(catalog) == {"done": 1}


def test_the_targets_of_its_nodes(catalog: Catalog, catalog_url: str, inbox: Queues, written: Aws) -> None:
    glue = written.client("glue")
    glue.create_database(DatabaseInput={"Name": "lake"})
    where = {"Location": "s3://intake/people/"}
    glue.create_table(DatabaseName="lake", TableInput={"Name": "people", "StorageDescriptor": where})
    job(written)
    nodes = {
        "n1": {"S3CsvSource": {**SOURCE, "Separator": "comma", "QuoteChar": "quote"}},
        "n2": {"S3GlueParquetTarget": PARQUET},
        "n3": {"S3CatalogTarget": {"Name": "t", "Inputs": ["n1"], "Database": "lake", "Table": "people"}},
        "n4": {"PostgreSQLCatalogTarget": {"Name": "p", "Inputs": ["n1"], "Database": "shop", "Table": "orders"}},
    }
    written.strict.answer("glue.GetJob", {"Job": {"Name": "nightly", "CodeGenConfigurationNodes": nodes}})
    told(catalog, inbox)
    assert rescan(catalog, catalog_url) == {"rescan done": 1}
    assert set(levels(catalog)) == {"s3://intake/orders/b.csv", "s3://intake/people/c.csv"}


def test_the_places_that_its_run_was_told(catalog: Catalog, catalog_url: str, inbox: Queues, written: Aws) -> None:
    job(
        written,
        arguments={"--output": "s3://intake/orders/", "--also": "s3://intake/people,s3://intake/never-written/"},
    )
    told(catalog, inbox)
    assert rescan(catalog, catalog_url) == {"rescan done": 1}
    assert set(levels(catalog)) == {"s3://intake/orders/b.csv", "s3://intake/people/c.csv"}
    assert scans(catalog) == [
        ("s3://intake/never-written", "interrupted"),
        ("s3://intake/orders", "finished"),
        ("s3://intake/people", "finished"),
    ]


@pytest.mark.parametrize(("after", "is_found"), [(-60, False), (0, True), (3600, False)])
def test_the_tables_that_changed_while_it_ran(
    catalog: Catalog, catalog_url: str, inbox: Queues, written: Aws, after: int, is_found: bool
) -> None:
    job(written)
    now = datetime.now(UTC).replace(microsecond=0)
    run = {
        "Id": "jr_1",
        "JobName": "nightly",
        "JobRunState": "SUCCEEDED",
        "StartedOn": now,
        "LastModifiedOn": now + timedelta(seconds=90),
    }
    failed = {**run, "Id": "jr_0", "JobRunState": "FAILED", "StartedOn": now - timedelta(days=1)}
    written.strict.answer("glue.GetJobRuns", {"JobRuns": [run, failed]})
    written.client("glue").create_database(DatabaseInput={"Name": "lake"})
    table = {
        "Name": "people",
        "UpdateTime": now + timedelta(seconds=after),
        "StorageDescriptor": {"Location": "s3://intake/people/"},
    }
    written.strict.answer("glue.GetTables", {"TableList": [table]})
    told(catalog, inbox)
    assert rescan(catalog, catalog_url) == ({"rescan done": 1} if is_found else {"rescan dead": 1})
    assert set(levels(catalog)) == ({"s3://intake/people/c.csv"} if is_found else set())
    if not is_found:
        assert open_tasks(catalog) == [
            (ARN.format("glue", "job/nightly"), "dead", "its data lie nowhere that a scan reads")
        ]


def test_a_job_that_is_not_there_or_may_not_be_seen(
    catalog: Catalog, catalog_url: str, inbox: Queues, written: Aws
) -> None:
    inbox.send(ended("missing"), ended("nightly"))
    drain(catalog, inbox)
    job(written)
    written.strict.deny("glue.GetJobRuns")
    assert rescan(catalog, catalog_url, attempts=1) == {"rescan dead": 2}
    reasons = {resource: reason for resource, _, reason in open_tasks(catalog)}
    assert reasons == {
        ARN.format("glue", "job/missing"): "not found",
        ARN.format("glue", "job/nightly"): "access denied",
    }
