"""A message of a queue as a function gets it.

Source: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
"""

from __future__ import annotations

from assay.events.fields import Fields


def matches(event: Fields) -> bool:
    """Whether it is a queue's message."""
    return event.has("eventSource", "aws:sqs")


def opened(event: Fields) -> tuple[str, str]:
    """Where the message in it stands, and the message. Raises `Malformed`."""
    return event.place("body"), event.text("body")
