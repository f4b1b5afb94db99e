"""What events ask to be scanned as a whole is scanned, once, through the line into the catalog, or given up with its reason."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from awsservers import Aws
from rescans_for_tests import ARN, bucket_created, crawled, created, make_due, open_tasks, rescan, scans
from sqlalchemy import select
from workers_for_tests import CSV, SSN, Queues, drain, levels, put, row_changed, statuses

from assay.app.work.workers import Parts, Rescans
from assay.store import tasks
from assay.store.engine import Catalog
from assay.store.schema.audit import audit_log
from assay.store.schema.catalog import readings
from assay.store.schema.events import tasks as table


@pytest.fixture
def ask(catalog: Catalog, inbox: Queues) -> Callable[..., None]:
    """Has a worker take events that ask for scans."""

    def asked(*events: dict[str, Any]) -> None:
        inbox.send(*events)
        drain(catalog, inbox)

    return asked


def states(catalog: Catalog) -> dict[str, str]:
    with catalog.reading() as connection:
        wanted = select(table.c.resource, table.c.status).where(table.c.kind == "rescan")
        return {row.resource: row.status for row in connection.execute(wanted)}


@pytest.mark.usefixtures("intake")
def test_a_bucket_that_is_new_is_scanned_once_however_often_it_is_told_of(
    catalog: Catalog, catalog_url: str, aws: Aws, ask: Callable[..., None]
) -> None:
    put(aws, "a.csv")
    put(aws, "sub/b.csv", b"colour\nblue\n")
    ask(*(bucket_created("intake", number) for number in range(3)))
    assert levels(catalog) == {}
    assert statuses(catalog) == {"done": 3}
    assert rescan(catalog, catalog_url) == {"rescan done": 1}
    assert levels(catalog) == {"s3://intake/a.csv": "restricted", "s3://intake/sub/b.csv": "public"}
    assert scans(catalog) == [("s3://intake", "finished")]
    assert rescan(catalog, catalog_url) == {}
    ask(bucket_created("intake", 9))
    put(aws, "c.csv")
    aws.strict.calls.clear()
    assert rescan(catalog, catalog_url) == {"rescan done": 1}
    assert len(aws.strict.calls.made("s3.GetObject")) == 1, "what has not changed is not read again"
    assert len(levels(catalog)) == 3


def test_a_table_is_scanned_in_the_region_that_the_event_tells(
    catalog: Catalog, catalog_url: str, aws: Aws, ask: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = aws.client("dynamodb")
    client.create_table(
        TableName="people",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.put_item(TableName="people", Item={"id": {"S": "1"}, "ssn": {"S": SSN}, "name": {"S": "Ada Park"}})
    ask(created("people", "CreateTable", tableName="people"), row_changed(7, table="people", colour="blue"))
    assert levels(catalog) == {"dynamodb://people": "unclassified"}
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    assert rescan(catalog, catalog_url) == {"rescan done": 1}
    assert levels(catalog) == {"dynamodb://people": "restricted"}


@pytest.mark.usefixtures("intake")
def test_where_glue_says_that_data_lie_is_scanned(
    catalog: Catalog, catalog_url: str, aws: Aws, ask: Callable[..., None]
) -> None:
    put(aws, "orders/2026/a.csv")
    put(aws, "people/b.csv")
    put(aws, "other/c.csv")
    glue = aws.client("glue")
    glue.create_database(DatabaseInput={"Name": "lake"})
    where = {"Location": "s3://intake/people/"}
    glue.create_table(DatabaseName="lake", TableInput={"Name": "people", "StorageDescriptor": where})
    glue.create_table(DatabaseName="lake", TableInput={"Name": "nowhere", "StorageDescriptor": {}})
    paths = [{"Path": "s3://intake/orders"}, {"Path": "s3://intake/orders/2026/"}]
    catalogs = [{"DatabaseName": "lake", "Tables": ["people"]}]
    glue.create_crawler(Name="nightly", Role="r", Targets={"S3Targets": paths, "CatalogTargets": catalogs})
    glue.create_crawler(Name="empty", Role="r", Targets={"JdbcTargets": [{"ConnectionName": "c", "Path": "p"}]})
    ask(crawled("nightly"), crawled("empty"))
    assert rescan(catalog, catalog_url) == {"rescan done": 1, "rescan dead": 1}
    assert set(levels(catalog)) == {"s3://intake/orders/2026/a.csv", "s3://intake/people/b.csv"}
    assert scans(catalog) == [("s3://intake/orders", "finished"), ("s3://intake/people", "finished")]
    assert open_tasks(catalog) == [
        (ARN.format("glue", "crawler/empty"), "dead", "its data lie nowhere that a scan reads")
    ]


def test_what_no_scan_can_read_is_left_out_with_the_reason(
    catalog: Catalog, catalog_url: str, ask: Callable[..., None]
) -> None:
    volume = created("v", "CreateVolume") | {"source": "aws.ec2"}
    volume["detail"]["responseElements"] = {"volumeId": "vol-0598c7d356eba48d7"}
    ask(volume)
    assert statuses(catalog) == {"skipped": 1}
    assert open_tasks(catalog) == []
    assert rescan(catalog, catalog_url) == {}


@pytest.mark.usefixtures("intake")
def test_what_fails_is_tried_again_later_and_given_up_with_its_reason_and_one_entry(
    catalog: Catalog, catalog_url: str, aws: Aws, ask: Callable[..., None]
) -> None:
    put(aws, "a.csv")
    ask(bucket_created("intake"), bucket_created("missing"))
    denial = aws.strict.deny("s3.ListObjectsV2")
    assert rescan(catalog, catalog_url, attempts=2) == {"rescan put off": 2}
    assert rescan(catalog, catalog_url, attempts=2) == {}, "it is not tried again before it is due"
    make_due(catalog)
    assert rescan(catalog, catalog_url, attempts=2) == {"rescan dead": 2}
    told = {resource: (status, reason) for resource, status, reason in open_tasks(catalog)}
    assert told["s3://intake"] == ("dead", "access denied")
    assert told["s3://missing"][0] == "dead"
    with catalog.reading() as connection:
        wanted = select(audit_log.c.resource).where(audit_log.c.action == tasks.GIVEN_UP)
        assert sorted(connection.execute(wanted).scalars()) == ["s3://intake", "s3://missing"]
    denial.left = 0
    ask(bucket_created("intake", 2))
    assert rescan(catalog, catalog_url, attempts=2) == {"rescan done": 1}
    assert levels(catalog)["s3://intake/a.csv"] == "restricted"


@pytest.mark.usefixtures("intake")
def test_what_is_stopped_in_the_middle_goes_on_where_it_was(
    catalog: Catalog, catalog_url: str, aws: Aws, ask: Callable[..., None]
) -> None:
    keys = [f"k{number:02}.csv" for number in range(12)]
    for key in keys:
        put(aws, key)
    ask(bucket_created("intake"))

    def stop_soon(made: Parts, stop: threading.Event) -> None:
        calls = 0

        def is_stopped() -> bool:
            nonlocal calls
            calls += 1
            return calls > 9

        made.tasks.one(is_stopped)
        stop.set()

    assert rescan(catalog, catalog_url, until=stop_soon) == {"rescan put off": 1}
    assert 0 < len(levels(catalog)) < len(keys)
    assert open_tasks(catalog) == [("s3://intake", "waiting", "it was stopped, and goes on where it is")]
    assert scans(catalog) == [("s3://intake", "interrupted")]
    assert rescan(catalog, catalog_url, attempts=1) == {"rescan done": 1}, "that was no failure"
    assert scans(catalog) == [("s3://intake", "finished")], "it is the same run"
    assert levels(catalog) == {f"s3://intake/{key}": "restricted" for key in keys}
    with catalog.reading() as connection:
        states = connection.execute(select(readings.c.state)).scalars().all()
    assert states.count("done") <= len(keys) + 1, "nothing is read twice but what was being read"


@pytest.mark.usefixtures("intake")
def test_one_that_takes_long_lets_others_have_their_turn(
    catalog: Catalog, catalog_url: str, aws: Aws, ask: Callable[..., None]
) -> None:
    aws.client("s3").create_bucket(Bucket="small", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    # Large enough to be read one after the other.
    large = CSV + b"-,-\n" * 600_000
    for number in range(4):
        put(aws, f"k{number}.csv", large)
    put(aws, "a.csv", bucket="small")
    aws.strict.delay("s3.GetObject", 0.2)
    ask(bucket_created("intake"), bucket_created("small"))
    order: list[str] = []

    def watched(made: Parts, _stop: threading.Event) -> None:
        inner = made.tasks.works[tasks.Kind.RESCAN]

        def work(task: tasks.Task, is_to_end: Callable[[], bool]) -> str:
            order.append(task.resource)
            return inner(task, is_to_end)

        made.tasks.works = {tasks.Kind.RESCAN: work}

    counts = rescan(catalog, catalog_url, until=watched, rescans={"seconds": 0.0})
    assert counts["rescan done"] == 2
    assert counts["rescan put off"] >= 1
    assert order.index("s3://small") <= 1, "it waits for one turn of the other at most"
    assert len(levels(catalog)) == 5


@pytest.mark.usefixtures("intake")
def test_a_scan_that_takes_longer_than_its_claim_is_kept_from_others(
    catalog: Catalog, catalog_url: str, aws: Aws, ask: Callable[..., None]
) -> None:
    put(aws, "a.csv")
    ask(bucket_created("intake"))
    others: list[tasks.Task | None] = []

    def slow(made: Parts, _stop: threading.Event) -> None:
        made.tasks.lease = timedelta(seconds=3)
        inner = made.tasks.works[tasks.Kind.RESCAN]

        def work(task: tasks.Task, is_to_end: Callable[[], bool]) -> str:
            time.sleep(4.5)
            with catalog.transaction() as connection:
                others.append(tasks.take(connection, (tasks.Kind.RESCAN,), timedelta(minutes=1), early=True))
            return inner(task, is_to_end)

        made.tasks.works = {tasks.Kind.RESCAN: work}

    assert rescan(catalog, catalog_url, until=slow) == {"rescan done": 1}
    assert others == [None]


def test_a_task_that_is_wrong_in_itself_does_not_end_the_work_on_others(catalog: Catalog, catalog_url: str) -> None:
    with catalog.transaction() as connection:
        tasks.ask(connection, tasks.Kind.RESCAN, "s3://no_bucket!/", because="a test")

    def broken(made: Parts, _stop: threading.Event) -> None:
        def work(_task: tasks.Task, _is_to_end: Callable[[], bool]) -> str:
            raise ValueError(f"cannot parse {SSN}")

        made.tasks.works = {tasks.Kind.RESCAN: work}

    assert rescan(catalog, catalog_url, until=broken, attempts=1) == {"rescan dead": 1}
    assert open_tasks(catalog) == [("s3://no_bucket!/", "dead", "unexpected ValueError")]
    with catalog.reading() as connection:
        assert SSN not in repr(connection.execute(select(audit_log.c.details)).all())


@pytest.mark.usefixtures("intake")
def test_the_worker_does_it_beside_its_events(catalog: Catalog, catalog_url: str, aws: Aws, inbox: Queues) -> None:
    put(aws, "old.csv", CSV)
    inbox.send(bucket_created("intake"), row_changed(1, ssn=SSN))
    drain(catalog, inbox, rescans=Rescans(catalog_url=catalog_url))
    assert levels(catalog) == {"s3://intake/old.csv": "restricted", "dynamodb://people": "restricted"}
    assert states(catalog) == {"s3://intake": "done"}
