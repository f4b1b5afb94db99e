"""Queues with a dead-letter queue, events as S3 and DynamoDB send them, and workers on them, for tests."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from awsservers import Aws
from sqlalchemy import func, select

from assay.app.config.settings import Settings, load_settings
from assay.app.work import workers
from assay.app.work.worker import Until, Worker
from assay.model.review import Phase, PhaseRow
from assay.store import phases
from assay.store.engine import Catalog
from assay.store.schema.audit import audit_log
from assay.store.schema.catalog import classifications
from assay.store.schema.events import events

SSN = "536-90-4399"
CSV = f"name,ssn\nAda Park,{SSN}\nJo Reyes,601-55-3127\n".encode()


@dataclass(kw_only=True)
class Queues:
    """A queue and its dead-letter queue."""

    client: Any
    url: str
    dead: str
    sent: int = field(default=0)

    def send(self, *bodies: Any) -> None:
        for body in bodies:
            self.sent += 1
            self.client.send_message(QueueUrl=self.url, MessageBody=body if isinstance(body, str) else json.dumps(body))

    def waiting(self, url: str | None = None) -> int:
        """Messages that are there, seen or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.client.get_queue_attributes(QueueUrl=url or self.url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    def dead_letters(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            answer = self.client.receive_message(
                QueueUrl=self.dead, MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=600
            )
            if not answer.get("Messages"):
                return found
            found += answer["Messages"]


def queues(aws: Aws, name: str = "events") -> Queues:
    client = aws.client("sqs")
    dead = client.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "1000"})
    url = client.create_queue(QueueName=name, Attributes={"RedrivePolicy": policy})["QueueUrl"]
    return Queues(client=client, url=url, dead=dead)


def row_changed(number: int, table: str = "people", **attributes: str) -> dict[str, Any]:
    """A record of a DynamoDB stream."""
    return {
        "eventID": f"e{number}",
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-west-1",
        "dynamodb": {
            "NewImage": {name: {"S": value} for name, value in attributes.items()},
            "SequenceNumber": f"{number:030}",
        },
        "eventSourceARN": f"arn:aws:dynamodb:eu-west-1:123456789012:table/{table}/stream/2026-03-01T00:00:00.000",
    }


def object_created(
    key: str, sequencer: str, *, bucket: str = "intake", size: int = 100, kind: str = "Object Created"
) -> dict[str, Any]:
    """A native event of S3."""
    return {
        "version": "0",
        "id": f"{bucket}-{key}-{sequencer}",
        "detail-type": kind,
        "source": "aws.s3",
        "account": "123456789012",
        "time": "2026-03-02T08:15:00Z",
        "region": "eu-west-1",
        "detail": {"bucket": {"name": bucket}, "object": {"key": key, "size": size, "sequencer": sequencer}},
    }


def put(aws: Aws, key: str, body: bytes = CSV, bucket: str = "intake", sequencer: str = "01") -> dict[str, Any]:
    """Puts an object, and gives the event that S3 would send."""
    answer = aws.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
    event = object_created(key, sequencer, bucket=bucket, size=len(body))
    event["detail"]["object"]["etag"] = answer["ETag"].strip('"')
    return event


def object_deleted(key: str, sequencer: str | None, **about: str) -> dict[str, Any]:
    """A native event of S3 about an object that is gone; `about` are fields of the object."""
    event = object_created(key, sequencer or "", kind="Object Deleted")
    told = {name: value for name, value in event["detail"]["object"].items() if name == "key"}
    event["detail"]["object"] = told | ({} if sequencer is None else {"sequencer": sequencer}) | about
    return event


def tags(aws: Aws, key: str, bucket: str = "intake") -> dict[str, str]:
    found = aws.client("s3").get_object_tagging(Bucket=bucket, Key=key)["TagSet"]
    return {tag["Key"]: tag["Value"] for tag in found}


def set_phase(catalog: Catalog, scope: str, phase: Phase) -> None:
    row = PhaseRow(scope=scope, phase=phase, since=datetime.now(UTC), by="test", reason="", version=1)
    with catalog.transaction() as connection:
        phases.set_phase(connection, row, None, {})


def impatient(worker: Worker) -> None:
    """What is given back is seen again at once, and nothing slows down."""
    extend = worker.queue.extend
    worker.queue.extend = lambda messages, seconds: extend(messages, seconds=0)  # type: ignore[method-assign]
    worker.longest_pause = 0.05


@contextmanager
def worker(
    catalog: Catalog,
    queue: Queues,
    *,
    rescans: workers.Rescans | None = None,
    note: Callable[[str], None] = lambda _text: None,
    settings: Settings | None = None,
    **asked: Any,
) -> Iterator[Worker]:
    """A worker on the queue; `asked` as `workers.Asked` has it."""
    how = workers.Asked(**{"concurrency": 2, "visible_after": 30, **asked})
    with workers.worker(catalog, settings or load_settings(), how, queue.url, rescans=rescans, note=note) as made:
        yield made


def drain(catalog: Catalog, queue: Queues, **options: Any) -> Counter[str]:
    """Works until the queue is empty."""
    with worker(catalog, queue, **options) as made:
        return made.run(Until.EMPTY)


def levels(catalog: Catalog) -> dict[str, str]:
    """The level of each resource now."""
    with catalog.reading() as connection:
        rows = connection.execute(select(classifications.c.record))
        return {record["resource"]: record["level"] for (record,) in rows}


def statuses(catalog: Catalog) -> Counter[str]:
    with catalog.reading() as connection:
        rows = connection.execute(select(events.c.status, func.count()).group_by(events.c.status))
        return Counter({status: int(number) for status, number in rows})


def audited(catalog: Catalog) -> list[dict[str, Any]]:
    """The details of the audit entries of events."""
    with catalog.reading() as connection:
        rows = connection.execute(
            select(audit_log.c.details).where(audit_log.c.action == "EVENT_HANDLED").order_by(audit_log.c.seq)
        )
        return [json.loads(details) for (details,) in rows]
