"""The envelope of a topic, as it comes over a queue, and as a function gets it.

Source: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html,
https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
"""

from __future__ import annotations

from assay.events.fields import Fields


def matches(event: Fields) -> bool:
    """Whether it is a topic's message."""
    if event.has("EventSource", "aws:sns"):
        return "Sns" in event
    return event.has("Type", "Notification") and "TopicArn" in event


def opened(event: Fields) -> tuple[str, str]:
    """Where the message in it stands, and the message. Raises `Malformed`."""
    told = event.under("Sns") if "Sns" in event else event
    return told.place("Message"), told.text("Message")
