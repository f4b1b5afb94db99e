"""Amazon SQS: long polling, batches of which a part may fail, and a dead-letter queue that says why.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from assay.aws.arn import parse
from assay.aws.failures import NOT_FOUND, refusals
from assay.aws.session import Calls, Session, told
from assay.errors import AwsError, UsageError
from assay.model.sensitive import Sensitive
from assay.ports import Depth, Message

CALLS: Calls = frozenset(
    {
        "sqs.GetQueueAttributes",
        "sqs.GetQueueUrl",
        "sqs.ReceiveMessage",
        "sqs.DeleteMessageBatch",
        "sqs.ChangeMessageVisibilityBatch",
        "sqs.SendMessage",
    }
)

_BATCH = 10
_LONGEST_WAIT = 20
_LONGEST_HIDDEN = 12 * 60 * 60
_COUNTED = ("ApproximateReceiveCount", "MessageGroupId")
_REASON_LENGTH = 256


class SqsQueue:
    """A queue by its URL. `visible_after` is for how many seconds a message that was received is kept from others."""

    def __init__(
        self,
        session: Session,
        url: str,
        *,
        visible_after: int,
        dead_letters: str | None = None,
    ) -> None:
        """Asks for the queue's attributes. `dead_letters` is the URL of its dead-letter queue, where it names none itself.

        Raises `UsageError` for a URL that is none, `AwsError` where the queue is not there or may not be used.
        """
        if not url.startswith(("http://", "https://")):
            raise UsageError(f"--queue {url}: must be the queue's URL, https://sqs.REGION.amazonaws.com/ACCOUNT/NAME")
        self.name = url.rstrip("/").rpartition("/")[2]
        self._url = url
        self._client = session.client("sqs", _region_of(url))
        self._visible_after = visible_after
        attributes = self._attributes("RedrivePolicy", "FifoQueue")
        self._dead_letters = dead_letters or self._own_dead_letters(attributes.get("RedrivePolicy"))
        self.has_dead_letters = self._dead_letters is not None

    def receive(self, most: int, *, wait: float) -> Sequence[Message]:
        answer = self._asked(
            lambda: self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=max(1, min(most, _BATCH)),
                WaitTimeSeconds=max(0, min(int(wait), _LONGEST_WAIT)),
                VisibilityTimeout=self._visible_after,
                MessageSystemAttributeNames=list(_COUNTED),
            )
        )
        return [
            Message(
                id=each["MessageId"],
                receipt=each["ReceiptHandle"],
                body=Sensitive(each.get("Body", "")),
                receives=int(each.get("Attributes", {}).get("ApproximateReceiveCount", 1)),
                group=each.get("Attributes", {}).get("MessageGroupId"),
            )
            for each in answer.get("Messages", ())
        ]

    def delete(self, messages: Sequence[Message]) -> Sequence[Message]:
        return self._batches(
            messages, lambda entries: self._client.delete_message_batch(QueueUrl=self._url, Entries=entries), {}
        )

    def extend(self, messages: Sequence[Message], *, seconds: float) -> Sequence[Message]:
        hidden = max(0, min(int(seconds), _LONGEST_HIDDEN))
        return self._batches(
            messages,
            lambda entries: self._client.change_message_visibility_batch(QueueUrl=self._url, Entries=entries),
            {"VisibilityTimeout": hidden},
        )

    def bury(self, message: Message, reason: str) -> bool:
        if self._dead_letters is None:
            return False
        about = {
            "Reason": reason[:_REASON_LENGTH] or "unknown",
            "SourceQueue": self.name,
            "SourceMessageId": message.id,
            "Receives": str(message.receives),
        }
        sent: dict[str, Any] = {
            "QueueUrl": self._dead_letters,
            "MessageBody": message.body.reveal(why="the message itself goes to the dead-letter queue"),
            "MessageAttributes": {name: {"DataType": "String", "StringValue": value} for name, value in about.items()},
        }
        if self._dead_letters.endswith(".fifo"):
            sent["MessageGroupId"] = message.group or self.name
            sent["MessageDeduplicationId"] = hashlib.sha256(f"{self._url} {message.id}".encode()).hexdigest()
        self._asked(lambda: self._client.send_message(**sent))
        # Only once it lies there; if this fails it comes again, and lies there twice.
        self.delete([message])
        return True

    def depth(self) -> Depth:
        names = (
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        )
        found = self._attributes(*names)
        return Depth(*(int(found.get(name, 0)) for name in names))

    def _attributes(self, *names: str) -> dict[str, str]:
        answer = self._asked(
            lambda: self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=[*names, "QueueArn"])
        )
        found: dict[str, str] = answer.get("Attributes", {})
        return found

    def _own_dead_letters(self, policy: str | None) -> str | None:
        """The URL of the queue that a redrive policy names."""
        try:
            arn = parse(json.loads(policy or "{}")["deadLetterTargetArn"])
        except (ValueError, KeyError, TypeError):
            return None
        answer = self._asked(
            lambda: self._client.get_queue_url(QueueName=arn.resource, QueueOwnerAWSAccountId=arn.account)
        )
        return str(answer["QueueUrl"])

    def _batches(
        self,
        messages: Sequence[Message],
        call: Callable[[list[dict[str, Any]]], dict[str, Any]],
        more: dict[str, Any],
    ) -> Sequence[Message]:
        """Those of the messages that the call failed for. What is not this delivery's any more is among them."""
        failed: list[Message] = []
        for start in range(0, len(messages), _BATCH):
            part = messages[start : start + _BATCH]
            entries = [{"Id": str(at), "ReceiptHandle": each.receipt, **more} for at, each in enumerate(part)]
            answer = self._asked(lambda entries=entries: call(entries))  # type: ignore[misc]  # bound now, called now
            failed += [part[int(entry["Id"])] for entry in answer.get("Failed", ())]
        return failed

    def _asked(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except refusals() as error:
            failure = told(error, f"queue {self.name}")
            if failure.reason == NOT_FOUND:
                failure = AwsError(
                    NOT_FOUND, f"queue {self.name}: there is no such queue; check its URL, and --profile"
                )
            raise failure from None


def _region_of(url: str) -> str | None:
    """The region in a queue's URL, which is where it is, whatever the environment says."""
    host = url.split("/")[2].split(".")
    return host[1] if len(host) > 3 and host[0] == "sqs" and host[2] == "amazonaws" else None
