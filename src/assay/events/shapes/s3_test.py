"""What S3 sends once when notifications are switched on.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

from __future__ import annotations

from collections.abc import Iterator

from assay.events.fields import Fields
from assay.events.items import Ignored, Parsed


def matches(event: Fields) -> bool:
    """Whether it is the test."""
    return event.has("Event", "s3:TestEvent")


def items(_event: Fields) -> Iterator[Parsed]:
    """Nothing is to be done."""
    yield Ignored("is S3's test of the notification")
