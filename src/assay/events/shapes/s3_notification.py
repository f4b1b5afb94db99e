"""A record of an S3 notification to a queue, a topic or a function. Keys are form-encoded: a space is a plus sign.

Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import unquote_plus

from assay.events.fields import Fields, Malformed
from assay.events.items import CREATED, DELETED, RESTORED, TAGS_CHANGED, VERSION_DELETED, Ignored, Parsed
from assay.events.shapes.objects import object_item

_TYPES = (
    ("ObjectCreated:", CREATED),
    ("ObjectRemoved:", DELETED),
    ("LifecycleExpiration:", DELETED),
    ("ObjectRestore:Completed", RESTORED),
    ("ObjectTagging:", TAGS_CHANGED),
)
_PERMANENT = ("ObjectRemoved:Delete", "LifecycleExpiration:Delete")
_NOTHING = (
    "ObjectRestore:",
    "ReducedRedundancyLostObject",
    "Replication:",
    "LifecycleTransition",
    "IntelligentTiering",
    "ObjectAcl:",
    "ObjectAnnotation:",
)


def matches(event: Fields) -> bool:
    """Whether it is a record of S3's."""
    return event.has("eventSource", "aws:s3") and "s3" in event


def items(event: Fields) -> Iterator[Parsed]:
    """The object. Raises `Malformed`."""
    name = event.text("eventName").removeprefix("s3:")
    kind = next((kind for beginning, kind in _TYPES if name.startswith(beginning)), None)
    if kind is None:
        if name.startswith(_NOTHING):
            yield Ignored("leaves the content as it is")
            return
        raise Malformed("is an event of S3 that is not known", event.place("eventName"))
    at = event.moment("eventTime")
    told = event.under("s3")
    found = told.under("object")
    try:
        key = unquote_plus(found.text("key"), errors="strict")
    except UnicodeDecodeError:
        raise Malformed("is no encoded UTF-8", found.place("key")) from None
    if name in _PERMANENT and "versionId" in found:
        kind = VERSION_DELETED
    # A record has no id of its own: what has no sequencer is told apart by its time and the request.
    request = event.under("responseElements").text_or_none("x-amz-request-id") if "responseElements" in event else None
    yield object_item(
        type=kind,
        bucket=told.under("bucket").text("name"),
        key=key,
        version=found.text_or_none("versionId"),
        sequencer=found.text_or_none("sequencer"),
        event=f"{event.raw('eventTime')} {request}",
        size=found.size("size"),
        etag=found.text_or_none("eTag"),
        at=at,
        region=event.region("awsRegion"),
    )
