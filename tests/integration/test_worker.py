"""The worker on a real queue of the emulator and a real catalog of each kind."""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter

import pytest
from awsservers import Aws
from sqlalchemy import select
from workers_for_tests import (
    CSV,
    SSN,
    Queues,
    audited,
    drain,
    impatient,
    levels,
    object_created,
    put,
    row_changed,
    set_phase,
    statuses,
    tags,
    worker,
)

from assay.app.retry import RetryError
from assay.app.work.handling import Handled
from assay.app.work.worker import Until
from assay.events.items import WorkItem
from assay.model.review import Phase
from assay.store.engine import Catalog
from assay.store.incoming import Incoming
from assay.store.schema.catalog import classification_versions, classifications, outbox
from assay.store.schema.events import events, tasks


@pytest.fixture
def queue(inbox: Queues) -> Queues:
    return inbox


def test_records_that_came_in_are_judged_and_kept_once(catalog: Catalog, queue: Queues) -> None:
    record = row_changed(1, ssn=SSN, name="Ada Park")
    queue.send({"Records": [record]}, {"Records": [record]}, record)
    counts = drain(catalog, queue)
    assert counts["done"] == 1
    assert counts["repeated"] == 2
    assert levels(catalog) == {"dynamodb://people": "restricted"}
    (entry,) = audited(catalog)
    assert (entry["outcome"], entry["level"], entry["identifiers"]["SSN"]) == ("done", "restricted", 1)
    assert queue.waiting() == 0
    with catalog.reading() as connection:
        (deliveries,) = connection.execute(select(events.c.deliveries)).scalars()
    assert deliveries >= 3


def test_a_record_never_lowers_and_harmless_ones_say_nothing_of_the_rest(catalog: Catalog, queue: Queues) -> None:
    queue.send(row_changed(1, colour="blue"))
    drain(catalog, queue)
    assert levels(catalog) == {"dynamodb://people": "unclassified"}
    queue.send(row_changed(2, mail="ada.park@posteo.de"))
    drain(catalog, queue)
    assert levels(catalog) == {"dynamodb://people": "internal"}
    queue.send(row_changed(3, ssn=SSN), row_changed(4, colour="red"), row_changed(5, mail="jo@posteo.de"))
    drain(catalog, queue)
    assert levels(catalog) == {"dynamodb://people": "restricted"}
    with catalog.reading() as connection:
        (record,) = connection.execute(select(classifications.c.record)).scalars()
        changes = [(row.old_level, row.new_level) for row in connection.execute(select(outbox).order_by(outbox.c.id))]
        asked = connection.execute(select(tasks.c.resource).where(tasks.c.kind == "rescan")).scalars().all()
    assert set(record["identifiers"]) >= {"SSN", "EMAIL"}
    assert record["coverage"]["complete"] is False
    assert changes == [(None, "unclassified"), ("unclassified", "internal"), ("internal", "restricted")]
    assert asked == ["dynamodb://people"]


class Reading:
    """Stands for reading an object: notes what was asked, and fails as it is told."""

    def __init__(self, fail: dict[str, list[Exception]] | None = None) -> None:
        self.seen: list[tuple[str, str | None]] = []
        self.fail = fail or {}

    def __call__(self, item: WorkItem, _event: Incoming) -> Handled:
        key = getattr(item, "key", item.resource)
        self.seen.append((key, getattr(item, "sequencer", None)))
        waiting = self.fail.get(key)
        if waiting:
            raise waiting.pop(0)
        return Handled(reason="read")


def test_an_older_event_of_a_key_is_dropped(catalog: Catalog, queue: Queues) -> None:
    reading = Reading()
    sequencers = [f"00A{digit}" for digit in "123456"]
    shuffled = [object_created("a.csv", each) for each in sequencers]
    random.Random(3).shuffle(shuffled)
    newest = next(at for at, event in enumerate(shuffled) if event["detail"]["object"]["sequencer"] == "00A6")
    queue.send(*shuffled)
    with worker(catalog, queue, concurrency=1) as made:
        made.processing.handle = reading
        made.run(Until.EMPTY)
    assert statuses(catalog)["stale"] >= len(shuffled) - 1 - newest
    assert set(statuses(catalog)) <= {"done", "stale"}
    assert reading.seen[-1] == ("a.csv", "00A6")
    assert len(audited(catalog)) == len(sequencers)


def test_one_key_is_worked_on_by_one_thread_at_a_time(catalog: Catalog, queue: Queues) -> None:
    busy: Counter[str] = Counter()
    most: Counter[str] = Counter()
    lock, together = threading.Lock(), threading.Event()

    def handle(item: WorkItem, _event: Incoming) -> Handled:
        with lock:
            busy[item.resource] += 1
            most[item.resource] = max(most[item.resource], busy[item.resource])
            most["all"] = max(most["all"], sum(busy.values()))
            if most["all"] > 1:
                together.set()
        # The first one waits until there is another.
        together.wait(60)
        time.sleep(0.02)
        with lock:
            busy[item.resource] -= 1
        return Handled()

    queue.send(*(object_created(f"k{at % 3}", f"0{at:03}") for at in range(18)))
    with worker(catalog, queue, concurrency=6) as made:
        made.processing.handle = handle
        made.run(Until.EMPTY)
    assert most["all"] > 1
    assert {most[name] for name in most if name != "all"} == {1}
    assert sum(statuses(catalog).values()) == 18


def test_what_fails_is_tried_again_and_given_up_with_its_reason(catalog: Catalog, queue: Queues) -> None:
    denied = [RetryError("access denied", counts=True) for _ in range(9)]
    broken = [ValueError(f"cannot parse {SSN}") for _ in range(9)]
    reading = Reading(
        {"denied.csv": denied, "broken.csv": broken, "late.csv": [RetryError("throttled", counts=False)] * 4}
    )
    queue.send(*(object_created(key, "01") for key in ("denied.csv", "broken.csv", "late.csv", "good.csv")))
    with worker(catalog, queue, attempts=2) as made:
        made.processing.handle = reading
        impatient(made)
        made.run(Until.EMPTY)
    assert statuses(catalog) == {"done": 2, "dead": 2}
    assert Counter(key for key, _ in reading.seen) == {"denied.csv": 2, "broken.csv": 2, "late.csv": 5, "good.csv": 1}
    letters = queue.dead_letters()
    reasons = {
        json.loads(letter["Body"])["detail"]["object"]["key"]: letter["MessageAttributes"]["Reason"]["StringValue"]
        for letter in letters
    }
    assert reasons == {"denied.csv": "access denied", "broken.csv": "unexpected ValueError"}
    assert letters[0]["MessageAttributes"]["SourceQueue"]["StringValue"] == "events"
    assert queue.waiting() == 0
    assert SSN not in json.dumps(audited(catalog))
    outcomes = Counter(entry["outcome"] for entry in audited(catalog))
    assert outcomes == {"done": 2, "dead": 2}


def test_a_dead_letter_that_is_sent_again_is_tried_again(catalog: Catalog, queue: Queues) -> None:
    reading = Reading({"a.csv": [RetryError("access denied", counts=True)]})
    queue.send(object_created("a.csv", "01"))
    with worker(catalog, queue, attempts=1) as made:
        made.processing.handle = reading
        made.run(Until.EMPTY)
    (letter,) = queue.dead_letters()
    queue.send(letter["Body"])
    with worker(catalog, queue, attempts=1) as made:
        made.processing.handle = reading
        made.run(Until.EMPTY)
    assert statuses(catalog) == {"done": 1}


def test_malformed_and_foreign_messages_are_kept_apart_and_the_rest_goes_on(catalog: Catalog, queue: Queues) -> None:
    half = {"Records": [row_changed(1, ssn=SSN), {"eventSource": "aws:s3", "s3": {}, "note": SSN}]}
    queue.send("hello", {"a": SSN}, {"Event": "s3:TestEvent"}, half, row_changed(2, colour="blue"))
    drain(catalog, queue)
    assert statuses(catalog) == {"refused": 3, "ignored": 1, "done": 2}
    letters = {letter["Body"]: letter["MessageAttributes"]["Reason"]["StringValue"] for letter in queue.dead_letters()}
    assert letters["hello"] == "is no JSON"
    assert letters[json.dumps({"a": SSN})] == "is no event that is known"
    assert letters[json.dumps(half)] == "Records[1].eventName is missing"
    with catalog.reading() as connection:
        for row in connection.execute(select(events)):
            assert SSN not in repr(row)


def test_without_a_dead_letter_queue_nothing_is_lost_and_it_is_said(catalog: Catalog, aws: Aws) -> None:
    client = aws.client("sqs")
    url = client.create_queue(QueueName="alone")["QueueUrl"]
    alone = Queues(client=client, url=url, dead=url)
    alone.send("hello")
    said: list[str] = []
    drain(catalog, alone, note=said.append)
    assert alone.waiting() == 1
    assert said == ["the queue has no dead-letter queue: what cannot be handled stays in it until it expires"]


def test_deleted_empty_and_too_large_objects_are_left_out_with_the_reason(catalog: Catalog, queue: Queues) -> None:
    queue.send(
        object_created("gone.csv", "01", kind="Object Deleted"),
        object_created("empty.csv", "01", size=0),
        object_created("huge.csv", "01", size=50 * 1024**3),
    )
    drain(catalog, queue)
    with catalog.reading() as connection:
        told = {row.resource: (row.status, row.reason) for row in connection.execute(select(events))}
    assert told == {
        "s3://intake/gone.csv": ("skipped", "it was deleted"),
        "s3://intake/empty.csv": ("skipped", "it is empty"),
        "s3://intake/huge.csv": ("skipped", "it is too large"),
    }


def test_a_worker_that_is_stopped_finishes_what_it_has_begun_and_gives_the_rest_back(
    catalog: Catalog, queue: Queues
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def handle(item: WorkItem, _event: Incoming) -> Handled:
        begun.set()
        assert go_on.wait(240)
        return Handled()

    queue.send(*(object_created(f"k{at}", "01") for at in range(8)))
    with worker(catalog, queue, concurrency=1, visible_after=600) as made:
        made.processing.handle = handle
        thread = threading.Thread(target=made.run)
        thread.start()
        assert begun.wait(240)
        made.stop.set()
        go_on.set()
        thread.join(240)
        assert not thread.is_alive()
    assert statuses(catalog) == {"done": 1}
    # They do not wait for their ten minutes.
    assert drain(catalog, queue)["skipped"] + statuses(catalog)["done"] >= 1
    assert queue.waiting() == 0


def test_what_takes_long_is_kept_from_others(catalog: Catalog, queue: Queues) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def handle(item: WorkItem, _event: Incoming) -> Handled:
        begun.set()
        assert go_on.wait(240)
        return Handled()

    queue.send(object_created("long.csv", "01"))
    with worker(catalog, queue, concurrency=1, visible_after=4) as made:
        made.processing.handle = handle
        thread = threading.Thread(target=made.run, args=(Until.EMPTY,))
        thread.start()
        assert begun.wait(240)
        others = []
        ends = time.monotonic() + 5.5
        while time.monotonic() < ends:
            others += queue.client.receive_message(QueueUrl=queue.url, VisibilityTimeout=0).get("Messages", [])
            time.sleep(0.1)
        go_on.set()
        thread.join(240)
    assert others == []
    with catalog.reading() as connection:
        (row,) = connection.execute(select(events)).all()
    assert (row.status, row.deliveries, row.attempts) == ("done", 1, 1)


def test_what_the_phase_allows_follows_and_is_made_up_for_after_a_crash(catalog: Catalog, queue: Queues) -> None:
    set_phase(catalog, "dynamodb://people", Phase.AUTOMATED)
    applied: list[str] = []
    crash = [True]

    def apply(item: WorkItem, _handled: Handled) -> None:
        if crash:
            crash.pop()
            raise RetryError("throttled", counts=False)
        applied.append(item.resource)

    queue.send(row_changed(1, ssn=SSN), row_changed(1, table="elsewhere", ssn=SSN))
    with worker(catalog, queue, concurrency=1) as made:
        made.processing.apply = apply
        impatient(made)
        made.run(Until.EMPTY)
    assert applied == ["dynamodb://people"]
    assert statuses(catalog) == {"done": 2}
    assert Counter(entry["gate"] for entry in audited(catalog)) == {"apply": 1, "review": 1}
    with catalog.reading() as connection:
        versions = connection.execute(select(classification_versions.c.version)).scalars().all()
    assert versions == [1, 1]


KEYS = ("in/Q1 report+100%2F.csv", "naïve/ünï.csv", "plain.csv")


@pytest.mark.usefixtures("intake")
def test_objects_are_read_classified_and_tagged_as_the_phase_allows(catalog: Catalog, queue: Queues, aws: Aws) -> None:
    set_phase(catalog, "s3://intake/**", Phase.AUTOMATED)
    queue.send(*(put(aws, key) for key in KEYS))
    aws.client("s3").put_object_tagging(
        Bucket="intake", Key="plain.csv", Tagging={"TagSet": [{"Key": "Owner", "Value": "sales"}]}
    )
    drain(catalog, queue)
    assert statuses(catalog) == {"done": len(KEYS)}
    assert Counter(levels(catalog).values()) == {"restricted": len(KEYS)}
    for key in KEYS:
        assert tags(aws, key)["DataClassification"] == "restricted", key
    assert tags(aws, "plain.csv")["Owner"] == "sales"
    assert len([entry for entry in audited(catalog) if entry["gate"] == "apply"]) == len(KEYS)


@pytest.mark.usefixtures("intake")
def test_in_pilot_nothing_is_tagged(catalog: Catalog, queue: Queues, aws: Aws) -> None:
    queue.send(put(aws, "plain.csv"))
    drain(catalog, queue)
    assert levels(catalog) == {"s3://intake/plain.csv": "restricted"}
    assert tags(aws, "plain.csv") == {}
    assert [entry["gate"] for entry in audited(catalog)] == ["review"]


@pytest.mark.usefixtures("intake")
def test_an_object_that_was_written_again_is_read_as_it_is_now(catalog: Catalog, queue: Queues, aws: Aws) -> None:
    first = put(aws, "a.csv", b"colour\nblue\n", sequencer="01")
    second = put(aws, "a.csv", CSV, sequencer="02")
    gone = put(aws, "gone.csv")
    aws.client("s3").delete_object(Bucket="intake", Key="gone.csv")
    queue.send(first, gone)
    drain(catalog, queue)
    assert levels(catalog) == {"s3://intake/a.csv": "restricted"}
    queue.send(second)
    drain(catalog, queue)
    assert statuses(catalog) == {"done": 2, "skipped": 1}
    with catalog.reading() as connection:
        assert connection.execute(select(classification_versions.c.version)).scalars().all() == [1]


@pytest.mark.usefixtures("intake")
def test_what_lies_below_a_key_is_not_read_with_it(catalog: Catalog, queue: Queues, aws: Aws) -> None:
    put(aws, "folder/inner.csv")
    queue.send(put(aws, "folder", b"colour\nblue\n"), put(aws, "folder/", b"colour\nred\n"))
    drain(catalog, queue)
    assert set(levels(catalog)) == {"s3://intake/folder", "s3://intake/folder/"}


@pytest.mark.usefixtures("intake")
def test_one_notification_by_two_ways_is_one_change(catalog: Catalog, queue: Queues, aws: Aws) -> None:
    native = put(aws, "a b.csv")
    found = native["detail"]["object"]
    told = {
        "eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "eventTime": "2026-03-02T08:15:00Z",
        "s3": {"bucket": {"name": "intake"},
               "object": {"key": "a+b.csv", "size": found["size"], "eTag": found["etag"], "sequencer": "01"}},
    }  # fmt: skip
    topic = {
        "Type": "Notification",
        "TopicArn": "arn:aws:sns:eu-west-1:1:t",
        "Message": json.dumps({"Records": [told]}),
    }
    queue.send(native, {"Records": [told]}, topic)
    counts = drain(catalog, queue)
    assert (counts["done"], counts["repeated"]) == (1, 2)
    assert len(audited(catalog)) == 1


@pytest.mark.usefixtures("intake")
def test_what_is_no_text_is_left_out_with_the_reason(catalog: Catalog, queue: Queues, aws: Aws) -> None:
    set_phase(catalog, "s3://intake/**", Phase.AUTOMATED)
    queue.send(put(aws, "logo.png", b"\x89PNG\r\n\x1a\n" + bytes(range(200))))
    drain(catalog, queue)
    with catalog.reading() as connection:
        (row,) = connection.execute(select(events)).all()
    assert (row.status, row.reason, row.gate) == ("skipped", "image", None)
    assert levels(catalog) == {"s3://intake/logo.png": "unclassified"}
    assert tags(aws, "logo.png") == {}


@pytest.mark.usefixtures("intake")
@pytest.mark.parametrize("refusal", ["deny", "throttle", "expire"])
def test_what_aws_refuses_for_a_while_is_done_in_the_end(
    refusal: str, catalog: Catalog, queue: Queues, aws: Aws
) -> None:
    queue.send(put(aws, "plain.csv"))
    getattr(aws.strict, refusal)("s3.GetObject", times=1)
    with worker(catalog, queue, concurrency=1) as made:
        impatient(made)
        made.run(Until.EMPTY)
    assert statuses(catalog) == {"done": 1}
    assert levels(catalog) == {"s3://intake/plain.csv": "restricted"}
    assert queue.dead_letters() == []
