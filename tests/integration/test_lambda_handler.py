"""The function of AWS Lambda: the same work, and what has to come again."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from awsservers import Aws
from workers_for_tests import SSN, levels, object_created, row_changed, statuses

from assay.entry import lambda_handler
from assay.store.engine import Catalog, open_catalog

CONTEXT = SimpleNamespace(function_name="classify", aws_request_id="7f3c")


@pytest.fixture
def catalog(aws: Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Catalog]:
    url = str(tmp_path / "catalog.db")
    monkeypatch.setenv("ASSAY_CATALOG", url)
    monkeypatch.chdir(tmp_path)
    lambda_handler._parts.cache_clear()
    with open_catalog(url, create=True) as made:
        yield made
    lambda_handler._parts.cache_clear()


def message(number: int, body: Any, **more: Any) -> dict[str, Any]:
    return {"messageId": f"m{number}", "eventSource": "aws:sqs", "body": json.dumps(body), "attributes": more}


def failed(event: Any) -> list[str]:
    return [each["itemIdentifier"] for each in lambda_handler.handler(event, CONTEXT)["batchItemFailures"]]


def test_of_a_batch_only_what_failed_comes_again(catalog: Catalog, aws: Aws) -> None:
    aws.strict.deny("s3.GetObject")
    aws.strict.deny("s3.ListObjectsV2")
    batch = [message(1, row_changed(1, ssn=SSN)), message(2, object_created("a.csv", "01")), message(3, "hello"),
             message(4, {"Event": "s3:TestEvent"})]  # fmt: skip
    assert failed({"Records": batch}) == ["m2", "m3"]
    assert statuses(catalog) == {"done": 1, "waiting": 1, "refused": 1, "ignored": 1}
    assert failed({"Records": batch[:1]}) == []


def test_in_an_order_nothing_is_done_before_what_failed(catalog: Catalog, aws: Aws) -> None:
    batch = [message(at, body, MessageGroupId="g") for at, body in enumerate(["hello", row_changed(1, ssn=SSN)])]
    assert failed({"Records": batch}) == ["m0", "m1"]
    assert statuses(catalog) == {"refused": 1}
    bad = {**row_changed(2), "eventName": "UPSERT"}
    assert failed({"Records": [row_changed(1, ssn=SSN), bad, row_changed(3, ssn=SSN)]}) == [f"{2:030}"]
    assert statuses(catalog)["done"] == 1


def test_records_of_a_topic_are_judged_once_however_often_they_come(catalog: Catalog) -> None:
    told = base64.b64encode(json.dumps({"ssn": SSN}).encode()).decode()
    records = {"orders-0": [{"topic": "orders", "partition": 0, "offset": at, "value": told} for at in (4, 5)]}
    batch = {"eventSource": "SelfManagedKafka", "bootstrapServers": "broker:9092", "records": records}
    for _ in range(2):
        assert failed(batch) == []
    assert levels(catalog) == {"kafka://broker:9092/orders": "restricted"}
    assert statuses(catalog) == {"done": 2}


def test_records_that_a_producer_put_together_are_read_one_by_one(catalog: Catalog) -> None:
    # As the Kinesis Producer Library writes them: {"ssn": "512-44-7100"} of one key, {"n": 2} of another.
    message = b"\n\x01p\n\x01q" + b"\x1a\x1a\x08\x00\x1a\x16" + json.dumps({"ssn": SSN}).encode().ljust(22)
    message += b"\x1a\x0c\x08\x01\x1a\x08" + b'{"n": 2}'
    data = b"\xf3\x89\x9a\xc2" + message + hashlib.md5(message, usedforsecurity=False).digest()
    record = {
        "eventSource": "aws:kinesis",
        "eventID": "shardId-000000000000:7",
        "eventSourceARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks",
        "kinesis": {"sequenceNumber": "7", "data": base64.b64encode(data).decode()},
    }
    assert failed({"Records": [record]}) == []
    assert levels(catalog) == {"kinesis://clicks": "restricted"}


def test_an_event_by_itself_is_done_or_raised(catalog: Catalog) -> None:
    assert failed(object_created("gone.csv", "01", kind="Object Deleted")) == []
    with pytest.raises(lambda_handler.EventError, match="why is in the catalog"):
        lambda_handler.handler({"detail-type": "Weather", "source": "acme", "detail": {"ssn": SSN}}, CONTEXT)
    assert statuses(catalog) == {"skipped": 1, "refused": 1}
