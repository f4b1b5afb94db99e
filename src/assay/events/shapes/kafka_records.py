"""Records of topics as a function gets them, of Amazon MSK or of servers of one's own: a batch of several topics and partitions, each
record's value in base64, which may be an event of its own.

Source: https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html, https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from urllib.parse import quote

from assay.events.fields import Fields, Malformed
from assay.events.items import RECORDS, Parsed, RecordsItem, Refused, identity_of
from assay.events.shapes.kinesis_record import document_of
from assay.model.sensitive import Sensitive

_SOURCES = ("aws:kafka", "SelfManagedKafka")
_PLACE = ("partition", "offset")


def matches(event: Fields) -> bool:
    """Whether it is a batch of topics."""
    return any(event.has("eventSource", source) for source in _SOURCES)


def items(event: Fields) -> Iterator[Parsed]:
    """The records in their order; one that is deleted by its key (a tombstone) holds nothing. Raises `Malformed`."""
    brokers = event.text_or_none("bootstrapServers") or ""
    batch = event.under("records")
    arn = event.text_or_none("eventSourceArn")
    account = event.account_of_arn("eventSourceArn")
    for partition in event.raw("records"):
        # The others of the batch are done all the same.
        try:
            records = batch.each(partition)
        except Malformed as error:
            yield Refused(error.reason, error.where)
            continue
        for record in records:
            try:
                found = _item(record, brokers, arn or brokers, account)
            except Malformed as error:
                yield Refused(error.reason, error.where)
                continue
            if found is not None:
                yield found


def _item(record: Fields, brokers: str, cluster: str, account: str | None) -> RecordsItem | None:
    topic = record.text("topic")
    numbers = [record.raw(name) for name in _PLACE]
    for name, number in zip(_PLACE, numbers, strict=True):
        if isinstance(number, bool) or not isinstance(number, int):
            raise Malformed("must be a whole number", record.place(name))
    if record.raw("value") is None:
        return None
    try:
        data = base64.b64decode(record.text("value"), validate=True)
    except (binascii.Error, ValueError):
        raise Malformed("is no base64", record.place("value")) from None
    document = document_of(data)
    return RecordsItem(
        identity=identity_of("kafka", cluster, topic, *map(str, numbers)),
        resource=f"kafka://{brokers.lower()}/{quote(topic, safe='')}",
        source="kafka",
        type=RECORDS,
        at=record.moment("timestamp"),
        account=account,
        payload=Sensitive(
            data if document is None else json.dumps(document, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
        ),
        documents=document is not None,
    )
