"""Macie: a finding is the event's detail itself. What it is about is looked at again.

Source: https://docs.aws.amazon.com/macie/latest/user/findings-publish-event-schemas.html
"""

from __future__ import annotations

from collections.abc import Iterator

from assay.events.fields import Fields
from assay.events.items import REPORTED, Ignored, Parsed, RescanItem, identity_of
from assay.events.shapes.eventbridge import is_from, told
from assay.events.shapes.objects import object_item
from assay.events.uris import of_bucket


def matches(event: Fields) -> bool:
    """Whether it is a finding."""
    return is_from(event, "aws.macie", "Macie Finding")


def items(event: Fields) -> Iterator[Parsed]:
    """The object, or for a finding about a bucket the bucket. Raises `Malformed`."""
    around = told(event)
    finding = event.under("detail")
    number = finding.text("id")
    if finding.raw("archived") is True:
        yield Ignored("is a finding that was archived")
        return
    affected = finding.under("resourcesAffected")
    bucket = affected.under("s3Bucket").text("name")
    at = finding.moment("updatedAt") or around.at
    account = finding.account("accountId") or around.account
    region = finding.region("region") or around.region
    if "s3Object" in affected:
        found = affected.under("s3Object")
        yield object_item(
            type=REPORTED,
            bucket=bucket,
            key=found.text("key"),
            version=found.text_or_none("versionId"),
            # A finding that was updated has the same number.
            event=f"macie {number} {finding.raw('updatedAt')}",
            size=found.size("size"),
            etag=found.text_or_none("eTag"),
            at=at,
            account=account,
            region=region,
        )
        return
    yield RescanItem(
        identity=identity_of("macie", number, str(finding.raw("updatedAt"))),
        resource=of_bucket(bucket),
        source="s3",
        type=REPORTED,
        at=at,
        account=account,
        region=region,
        because="Macie reports it",
    )
