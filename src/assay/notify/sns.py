"""SNS: a message for each thing that somebody should know.

Limits: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
"""

from __future__ import annotations

import hashlib
from typing import Any

CALLS = frozenset({"sns.Publish"})

_SUBJECT = 100


def subject_of(text: str) -> str:
    """A subject as SNS takes it: ASCII without control characters, not beginning with a space, at most 100 characters."""
    plain = "".join(character if " " <= character <= "~" else "?" for character in text).lstrip() or "assay"
    return plain if len(plain) <= _SUBJECT else plain[: _SUBJECT - 3] + "..."


def publish(client: Any, topic: str, *, subject: str, message: str, level: str, resource: str, event: str) -> None:
    """Sends one message. On a FIFO topic messages of one resource stay in order, and an `event` is not told twice."""
    extra: dict[str, Any] = {}
    if topic.endswith(".fifo"):
        group = hashlib.sha256(resource.encode()).hexdigest()
        extra = {"MessageGroupId": group, "MessageDeduplicationId": event}
    client.publish(
        TopicArn=topic,
        Subject=subject_of(subject),
        Message=message,
        MessageAttributes={"level": {"DataType": "String", "StringValue": level}},
        **extra,
    )
