"""EBS: volumes that came into being, those of new instances included, of which there is no call of their own.

Source: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-cloud-watch-events.html
"""

from __future__ import annotations

from collections.abc import Iterator

from assay.events.fields import Fields, Malformed
from assay.events.items import CREATED, Ignored, Parsed, RescanItem, identity_of
from assay.events.shapes.eventbridge import is_from, told


def matches(event: Fields) -> bool:
    """Whether it is about a volume."""
    return is_from(event, "aws.ec2", "EBS Volume Notification")


def items(event: Fields) -> Iterator[Parsed]:
    """The volume. Raises `Malformed`."""
    around = told(event)
    detail = event.under("detail")
    if detail.text("event") != "createVolume" or detail.raw("result") != "available":
        yield Ignored("is no new volume")
        return
    named = event.raw("resources")
    volumes = (
        [each for each in named if isinstance(each, str) and ":volume/" in each] if isinstance(named, list) else []
    )
    if not volumes:
        raise Malformed("must name the volume", event.place("resources"))
    for arn in volumes:
        yield RescanItem(
            identity=identity_of("ebs", around.id, arn),
            resource=arn,
            source="ebs",
            type=CREATED,
            at=around.at,
            account=around.account,
            region=around.region,
            because="it is new",
        )
