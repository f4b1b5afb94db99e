"""What the three shapes that tell of an object have in common once they are read."""

from __future__ import annotations

from datetime import datetime

from assay.events.items import ObjectItem, identity_of
from assay.events.uris import of_object


def object_item(
    *,
    type: str,  # noqa: A002  # what the field is called
    bucket: str,
    key: str,
    version: str | None = None,
    sequencer: str | None = None,
    event: str | None = None,
    size: int | None = None,
    etag: str | None = None,
    at: datetime | None = None,
    account: str | None = None,
    region: str | None = None,
) -> ObjectItem:
    """An item whose identity is bucket, key, version and sequencer, whoever tells of it; without a sequencer, the event's id."""
    version = None if version == "null" else version
    known = ("s3", bucket, key, version)
    identity = identity_of(*known, sequencer.upper()) if sequencer else identity_of(*known, type, event)
    return ObjectItem(
        identity=identity,
        resource=of_object(bucket, key),
        source="s3",
        type=type,
        at=at,
        account=account,
        region=region,
        bucket=bucket,
        key=key,
        version=version,
        sequencer=sequencer,
        size=size,
        etag=None if etag is None else etag.strip('"'),
    )
