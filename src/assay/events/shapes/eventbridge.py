"""What every event of EventBridge has around its `detail`.

Source: https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from assay.events.fields import Fields

_PARTITIONS = (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov"))


class Told(NamedTuple):
    """Which event it is, and when, in which account and region it happened."""

    id: str
    at: datetime | None
    account: str | None
    region: str | None

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource where the event happened."""
        region = self.region or ""
        partition = next((name for start, name in _PARTITIONS if region.startswith(start)), "aws")
        return f"arn:{partition}:{service}:{region}:{self.account or ''}:{resource}"


def is_from(event: Fields, source: str, *kinds: str) -> bool:
    """Whether it comes from `source` and is one of `kinds` (`detail-type`), or any where none are named."""
    kind = event.raw("detail-type")
    return event.has("source", source) and isinstance(kind, str) and (not kinds or kind in kinds)


def told(event: Fields) -> Told:
    """What is around the detail. Raises `Malformed`."""
    return Told(event.text("id"), event.moment("time"), event.account("account"), event.region("region"))
