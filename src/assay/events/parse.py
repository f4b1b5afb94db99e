"""A message → what it asks for. `SHAPES` are tried in their order; envelopes are opened, and what is in them is parsed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any

from assay.events.fields import Fields, Malformed
from assay.events.items import Parsed, Refused
from assay.events.shapes import (
    cloudtrail,
    dynamodb_stream,
    ebs_volume,
    glue_state,
    kafka_records,
    kinesis_record,
    lambda_queue,
    macie_finding,
    rds_event,
    s3_eventbridge,
    s3_notification,
    s3_test,
    sns_notification,
    tag_change,
)

SHAPES: tuple[ModuleType, ...] = (
    s3_eventbridge,
    s3_notification,
    s3_test,
    cloudtrail,
    dynamodb_stream,
    kinesis_record,
    kafka_records,
    rds_event,
    glue_state,
    ebs_volume,
    macie_finding,
    tag_change,
    sns_notification,
    lambda_queue,
)
"""Each has `matches(event)`, and `items(event)` that yields what it asks for, or `opened(event)` that yields messages."""

_DEEPEST = 5
_MOST_BYTES = 8 * 1024 * 1024
UNKNOWN = "is no event that is known"


def parse(body: str | bytes) -> list[Parsed]:
    """What a message asks for, in its order; one thing that cannot be understood does not keep the others from being done."""
    return list(_parsed(body, "", 0))


def _parsed(body: str | bytes, where: str, depth: int) -> Iterator[Parsed]:
    if len(body) > _MOST_BYTES:
        yield Refused("is too large", where)
        return
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        yield Refused("is no JSON", where)
        return
    yield from parsed_value(value, where, depth)


def parsed_value(value: Any, where: str = "", depth: int = 0) -> Iterator[Parsed]:
    """What an event asks for that is an object already; a list is a batch of events."""
    if depth > _DEEPEST:
        yield Refused("is nested too deeply", where)
        return
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from parsed_value(each, f"{where}[{number}]", depth + 1)
        return
    if not isinstance(value, Mapping):
        yield Refused("must be an object", where)
        return
    event = Fields(value, where)
    if isinstance(value.get("Records"), list):
        # Records of one batch may be of several shapes, and each stands for itself.
        if not value["Records"]:
            yield Refused("is an empty batch", event.place("Records"))
        for number, record in enumerate(value["Records"]):
            yield from _record(record, f"{event.place('Records')}[{number}]", depth)
        return
    yield from _shaped(event, depth)


def _record(record: Any, where: str, depth: int) -> Iterator[Parsed]:
    if not isinstance(record, Mapping):
        yield Refused("must be an object", where)
        return
    yield from _shaped(Fields(record, where), depth)


def _shaped(event: Fields, depth: int) -> Iterator[Parsed]:
    shape = next((each for each in SHAPES if each.matches(event)), None)
    if shape is None:
        yield Refused(UNKNOWN, event.where)
        return
    try:
        if hasattr(shape, "opened"):
            where, inner = shape.opened(event)
            if isinstance(inner, str | bytes):
                yield from _parsed(inner, where, depth + 1)
            else:
                yield from parsed_value(inner, where, depth + 1)
            return
        yield from shape.items(event)
    except Malformed as error:
        yield Refused(error.reason, error.where)
