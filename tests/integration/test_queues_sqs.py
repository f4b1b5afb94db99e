"""Queues of SQS on the emulator: what a part of a batch fails for, what is hidden, and what is buried."""

from __future__ import annotations

import pytest
from awsservers import Aws
from workers_for_tests import Queues, queues

from assay.aws.access import Access
from assay.aws.session import Session
from assay.errors import AwsError, UsageError
from assay.queues import sqs


@pytest.fixture
def made(aws: Aws) -> Queues:
    return queues(aws)


def opened(url: str, **options: object) -> sqs.SqsQueue:
    return sqs.SqsQueue(Session(Access(), sqs.CALLS), url, visible_after=30, **options)  # type: ignore[arg-type]


def test_messages_are_received_once_and_deleted(made: Queues) -> None:
    made.send(*map(str, range(15)))
    queue = opened(made.url)
    first = queue.receive(100, wait=0)
    rest = queue.receive(100, wait=0)
    assert len(first) == 10
    assert {message.body.reveal(why="test") for message in (*first, *rest)} == set(map(str, range(15)))
    assert queue.receive(10, wait=0) == []
    assert queue.depth() == (0, 15, 0)
    assert queue.delete([*first, *rest]) == []
    assert queue.depth() == (0, 0, 0)


def test_a_body_is_not_told_by_accident(made: Queues) -> None:
    made.send("536-90-4399")
    (message,) = opened(made.url).receive(1, wait=0)
    # Its id is drawn, and may hold any three digits.
    assert "536-90" not in repr(message)


def test_given_back_it_is_there_at_once_and_counts_its_receives(made: Queues) -> None:
    made.send("a")
    queue = opened(made.url)
    (first,) = queue.receive(1, wait=0)
    assert queue.extend([first], seconds=0) == []
    (second,) = queue.receive(1, wait=0)
    assert (first.receives, second.receives, first.id == second.id) == (1, 2, True)


def test_what_is_gone_fails_alone(made: Queues) -> None:
    made.send("a", "b")
    queue = opened(made.url)
    first, second = queue.receive(2, wait=0)
    broken = second._replace(receipt="no such receipt")
    assert queue.delete([first, broken]) == [broken]
    assert queue.depth() == (0, 1, 0)


def test_what_cannot_be_handled_lies_in_the_dead_letter_queue_with_the_reason(made: Queues) -> None:
    made.send("hello")
    queue = opened(made.url)
    assert queue.has_dead_letters
    (message,) = queue.receive(1, wait=0)
    assert queue.bury(message, "is no JSON")
    (letter,) = made.dead_letters()
    told = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert letter["Body"] == "hello"
    assert told == {
        "Reason": "is no JSON", "SourceQueue": "events", "SourceMessageId": message.id, "Receives": "1",
    }  # fmt: skip
    assert made.waiting() == 0


def test_what_the_dead_letter_queue_does_not_take_stays_where_it_is(aws: Aws, made: Queues) -> None:
    made.send("hello")
    queue = opened(made.url)
    (message,) = queue.receive(1, wait=0)
    denied = aws.strict.deny("sqs.SendMessage")
    with pytest.raises(AwsError, match="access denied"):
        queue.bury(message, "is no JSON")
    denied.end()
    # It is neither lost nor buried: it is still this delivery's, and comes again.
    assert not aws.strict.calls.made("sqs.DeleteMessageBatch")
    assert queue.depth() == (0, 1, 0)
    assert made.dead_letters() == []
    assert queue.extend([message], seconds=0) == []
    (again,) = queue.receive(1, wait=0)
    assert again.id == message.id
    # The order of the calls, where both succeed.
    aws.strict.calls.clear()
    assert queue.bury(again, "is no JSON")
    assert [call.name for call in aws.strict.calls] == ["sqs.SendMessage", "sqs.DeleteMessageBatch"]


def test_a_queue_that_keeps_an_order_has_such_a_dead_letter_queue(aws: Aws) -> None:
    client = aws.client("sqs")
    dead = client.create_queue(QueueName="d.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    url = client.create_queue(QueueName="q.fifo", Attributes={"FifoQueue": "true"})["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g", MessageDeduplicationId="1")
    queue = opened(url, dead_letters=dead)
    (message,) = queue.receive(1, wait=0)
    assert message.group == "g"
    assert queue.bury(message, "why")
    assert len(Queues(client=client, url=url, dead=dead).dead_letters()) == 1


def test_one_that_is_not_there_or_no_url_is_said(aws: Aws) -> None:
    with pytest.raises(UsageError, match=r"--queue events: must be the queue's URL"):
        opened("events")
    with pytest.raises(AwsError, match="there is no such queue; check its URL.*not found"):
        opened(f"{aws.url}/123456789012/none")


def test_throttling_is_told_as_such(aws: Aws, made: Queues) -> None:
    queue = opened(made.url)
    aws.strict.throttle("sqs.ReceiveMessage")
    with pytest.raises(AwsError) as raised:
        queue.receive(1, wait=0)
    assert raised.value.reason == "throttled"


def test_the_region_is_that_of_the_url() -> None:
    assert sqs._region_of("https://sqs.eu-north-1.amazonaws.com/123456789012/q") == "eu-north-1"
    assert sqs._region_of("https://sqs.cn-north-1.amazonaws.com.cn/123456789012/q") == "cn-north-1"
    assert sqs._region_of("http://127.0.0.1:5000/123456789012/q") is None


def test_more_than_a_batch_is_given_more_time(made: Queues, aws: Aws) -> None:
    made.send(*map(str, range(12)))
    queue = opened(made.url)
    messages = [*queue.receive(10, wait=0), *queue.receive(10, wait=0)]
    assert queue.extend(messages, seconds=60) == []
    sent = [len(call.parameters["Entries"]) for call in aws.strict.calls.made("sqs.ChangeMessageVisibilityBatch")]
    assert sent == [10, 2]
