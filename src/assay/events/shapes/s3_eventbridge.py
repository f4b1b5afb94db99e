"""S3 → EventBridge: native events, whose keys are as they are.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
"""

from __future__ import annotations

from collections.abc import Iterator

from assay.events.fields import Fields
from assay.events.items import CREATED, DELETED, RESTORED, TAGS_CHANGED, VERSION_DELETED, Ignored, Parsed
from assay.events.shapes.eventbridge import is_from, told
from assay.events.shapes.objects import object_item

_TYPES = {
    "Object Created": CREATED,
    "Object Deleted": DELETED,
    "Object Restore Completed": RESTORED,
    "Object Tags Added": TAGS_CHANGED,
    "Object Tags Deleted": TAGS_CHANGED,
}
_NOTHING = (
    "Object Restore Initiated",
    "Object Restore Expired",
    "Object Storage Class Changed",
    "Object Access Tier Changed",
    "Object ACL Updated",
)


def matches(event: Fields) -> bool:
    """Whether it is one of S3's own kinds."""
    return is_from(event, "aws.s3", *_TYPES, *_NOTHING)


def items(event: Fields) -> Iterator[Parsed]:
    """The object."""
    kind = event.text("detail-type")
    if kind in _NOTHING:
        yield Ignored("leaves the content as it is")
        return
    around = told(event)
    detail = event.under("detail")
    found = detail.under("object")
    is_version = detail.has("deletion-type", "Permanently Deleted") and "version-id" in found
    yield object_item(
        type=VERSION_DELETED if is_version else _TYPES[kind],
        bucket=detail.under("bucket").text("name"),
        key=found.text("key"),
        version=found.text_or_none("version-id"),
        sequencer=found.text_or_none("sequencer"),
        event=around.id,
        size=found.size("size"),
        etag=found.text_or_none("etag"),
        at=around.at,
        account=around.account,
        region=around.region,
    )
