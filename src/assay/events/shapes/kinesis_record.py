"""A record of a Kinesis stream as a function gets it: its data in base64, which may be an event of its own.

Source: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping

from assay.events.fields import Fields, Malformed
from assay.events.items import RECORDS, Parsed, RecordsItem, identity_of
from assay.events.shapes import dynamodb_stream
from assay.events.uris import of_stream
from assay.model.sensitive import Sensitive


def matches(event: Fields) -> bool:
    """Whether it is a record of a stream."""
    return event.has("eventSource", "aws:kinesis")


def items(event: Fields) -> Iterator[Parsed]:
    """The record; of a table that writes to the stream, what changed in it. Raises `Malformed`."""
    told = event.under("kinesis")
    try:
        data = base64.b64decode(told.text("data"), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("is no base64", told.place("data")) from None
    document = document_of(data)
    if isinstance(document, Mapping) and document.get("eventSource") == "aws:dynamodb":
        yield from dynamodb_stream.items(Fields(document, told.place("data")))
        return
    arn = event.text("eventSourceARN")
    sequence = told.text("sequenceNumber")
    stream = arn.rpartition("/")[2]
    yield RecordsItem(
        identity=identity_of("kinesis", arn, event.text_or_none("eventID"), sequence),
        resource=of_stream(stream),
        source="kinesis",
        type=RECORDS,
        at=told.moment("approximateArrivalTimestamp"),
        account=event.account_of_arn("eventSourceARN"),
        region=event.region("awsRegion"),
        payload=Sensitive(
            data if document is None else json.dumps(document, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        ),
        documents=document is not None,
    )


def document_of(data: bytes) -> object | None:
    """The data where it is one JSON object or list of them, however it is laid out."""
    if data[:1] not in (b"{", b"["):
        return None
    try:
        found: object = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return found
