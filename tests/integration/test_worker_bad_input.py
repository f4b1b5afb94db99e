"""What events may bring that is bad: odd keys on every way, objects that AWS keeps back, regions that are off. Other work goes on."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_plus

import pytest
from awsservers import ACCOUNT, REGION, Aws
from s3plane import S3Plane
from sqlalchemy import select
from workers_for_tests import CSV, Queues, drain, levels, object_created, put, queues, set_phase, statuses, tags

from assay.aws.access import Access
from assay.aws.session import Session
from assay.model.review import Phase
from assay.sources.s3.address import uri_of
from assay.store.engine import Catalog
from assay.store.schema.events import events

KEYS = (
    "with space.csv",
    "a+b.csv",
    "a%2Fb.csv",
    "tab\there.csv",
    "größe/漢字 😀.csv",
    "a&b=c?d#e.csv",
    "./../up.csv",
    "quote'\"<x>.csv",
    " leading and trailing .csv ",
)


SERVER = frozenset({"s3.PutObject", "s3.GetObjectTagging"})


def notified(key: str, put: dict[str, Any]) -> dict[str, Any]:
    """As S3 tells a queue itself: the key is encoded as a form has it."""
    told = put["detail"]["object"]
    named = {"key": quote_plus(key), "size": told["size"], "eTag": told["etag"], "sequencer": told["sequencer"]}
    record = {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "awsRegion": REGION,
              "eventTime": "2026-03-02T08:15:00Z", "s3": {"bucket": {"name": "intake"}, "object": named}}  # fmt: skip
    return {"Records": [record]}


def called(key: str) -> dict[str, Any]:
    """As CloudTrail tells of the call."""
    asked = {"bucketName": "intake", "key": key}
    return {"id": f"trail {key}", "detail-type": "AWS API Call via CloudTrail", "source": "aws.s3", "account": ACCOUNT,
            "region": REGION, "time": "2026-03-02T08:15:02Z",
            "detail": {"eventName": "PutObject", "eventID": f"id {key}", "requestParameters": asked}}  # fmt: skip


@pytest.mark.usefixtures("intake")
@pytest.mark.parametrize("way", ["eventbridge", "notification", "cloudtrail"])
def test_every_key_is_read_and_tagged_whichever_way_it_is_told(
    catalog: Catalog, inbox: Queues, aws: Aws, way: str
) -> None:
    set_phase(catalog, "s3://intake/**", Phase.AUTOMATED)
    for key in KEYS:
        event = put(aws, key)
        inbox.send({"eventbridge": event, "notification": notified(key, event), "cloudtrail": called(key)}[way])
    drain(catalog, inbox)
    assert statuses(catalog) == {"done": len(KEYS)}
    assert levels(catalog) == dict.fromkeys((uri_of("intake", key) for key in KEYS), "restricted")
    for key in KEYS:
        assert tags(aws, key)["DataClassification"] == "restricted", key
    assert inbox.dead_letters() == []


def test_a_key_with_a_line_break_is_read_and_tagged_on_a_real_server(
    catalog: Catalog, aws: Aws, s3_plane: S3Plane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The emulator takes no such key."""
    key, bucket = "line\nbreak.csv", s3_plane.new_bucket()
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws.url)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3_plane.url)
    monkeypatch.setenv("AWS_REGION", REGION)
    client = Session(Access(), SERVER).client("s3")
    etag = client.put_object(Bucket=bucket, Key=key, Body=CSV)["ETag"].strip('"')
    set_phase(catalog, f"s3://{bucket}/**", Phase.AUTOMATED)
    event = object_created(key, "01", bucket=bucket, size=len(CSV))
    event["detail"]["object"]["etag"] = etag
    inbox = queues(aws)
    inbox.send(event)
    drain(catalog, inbox)
    assert levels(catalog) == {f"s3://{bucket}/line%0Abreak.csv": "restricted"}
    told = client.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    assert {"Key": "DataClassification", "Value": "restricted"} in told


@pytest.mark.usefixtures("intake")
def test_what_a_key_keeps_back_is_tried_again_given_up_and_everything_else_goes_on(
    catalog: Catalog, inbox: Queues, aws: Aws
) -> None:
    key = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
    body = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key}
    aws.client("s3").put_object(Bucket="intake", Key="locked.csv", Body=CSV, **body)
    etag = aws.client("s3").head_object(Bucket="intake", Key="locked.csv")["ETag"].strip('"')
    aws.strict.deny_key(key)
    event = object_created("locked.csv", "01", size=len(CSV))
    event["detail"]["object"]["etag"] = etag
    inbox.send(event, put(aws, "open.csv"))
    drain(catalog, inbox, attempts=1)
    assert levels(catalog) == {"s3://intake/open.csv": "restricted"}
    with catalog.reading() as connection:
        told = {row.resource: (row.status, row.reason) for row in connection.execute(select(events))}
    assert told == {
        "s3://intake/open.csv": ("done", ""),
        "s3://intake/locked.csv": ("dead", "key denied"),
    }
    (letter,) = inbox.dead_letters()
    assert letter["MessageAttributes"]["Reason"]["StringValue"] == "key denied"


@pytest.mark.usefixtures("intake")
def test_a_region_that_is_off_is_given_up_and_everything_else_goes_on(
    catalog: Catalog, inbox: Queues, aws: Aws
) -> None:
    inbox.send(put(aws, "far.csv"), put(aws, "near.csv"))
    aws.strict.fail("s3.GetObject", "OptInRequired", status=403, key="far.csv")
    drain(catalog, inbox, attempts=1)
    assert levels(catalog) == {"s3://intake/near.csv": "restricted"}
    with catalog.reading() as connection:
        told = {row.resource: (row.status, row.reason) for row in connection.execute(select(events))}
    assert told["s3://intake/far.csv"] == ("dead", "region disabled")
    assert inbox.waiting() == 0


@pytest.mark.usefixtures("intake")
def test_an_object_that_an_empty_one_or_one_too_large_took_the_place_of(
    catalog: Catalog, inbox: Queues, aws: Aws
) -> None:
    inbox.send(put(aws, "a.csv"), put(aws, "b.csv"))
    drain(catalog, inbox)
    assert set(levels(catalog).values()) == {"restricted"}
    inbox.send(put(aws, "a.csv", b"", sequencer="02"), object_created("b.csv", "02", size=50 * 1024**3))
    drain(catalog, inbox)
    with catalog.reading() as connection:
        reasons = {row.resource: row.reason for row in connection.execute(select(events)) if row.status == "skipped"}
    assert reasons == {"s3://intake/a.csv": "it is empty", "s3://intake/b.csv": "it is too large"}
