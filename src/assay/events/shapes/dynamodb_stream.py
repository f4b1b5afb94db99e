"""A record of a DynamoDB stream: the attributes that changed, in DynamoDB's typed notation.

Records come so to a function, and so to a Kinesis data stream that a table writes to (which then is opened by
`kinesis_record`). Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_Record.html,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from assay.events.fields import Fields, Malformed
from assay.events.items import RECORDS, Ignored, Parsed, RecordsItem, identity_of
from assay.events.uris import of_table
from assay.model.sensitive import Sensitive

_DEEPEST = 32


def matches(event: Fields) -> bool:
    """Whether it is a record of a table."""
    return event.has("eventSource", "aws:dynamodb")


def items(event: Fields) -> Iterator[Parsed]:
    """The attributes that are new or other than before. Raises `Malformed`."""
    kind = event.text("eventName")
    if kind == "REMOVE":
        yield Ignored("brings no new values")
        return
    if kind not in ("INSERT", "MODIFY"):
        raise Malformed("must be INSERT, MODIFY or REMOVE", event.place("eventName"))
    change = event.under("dynamodb")
    if "NewImage" not in change:
        # Streams of keys only, or of what was before, do not tell what is new.
        new, where = change.raw("Keys"), change.place("Keys")
    else:
        new, where = change.raw("NewImage"), change.place("NewImage")
    if not isinstance(new, Mapping):
        raise Malformed("must be an object", where)
    old = change.raw("OldImage")
    before = old if isinstance(old, Mapping) else {}
    changed = {name: value for name, value in new.items() if name not in before or before[name] != value}
    if not changed:
        yield Ignored("brings no new values")
        return
    try:
        document = {str(name): _plain(value, 0) for name, value in changed.items()}
    except _NoValueError:
        raise Malformed("must hold typed attributes", where) from None
    arn = event.text_or_none("eventSourceARN")
    table = event.text_or_none("tableName") or _table(arn)
    if table is None:
        raise Malformed("must name the table's stream", event.place("eventSourceARN"))
    sequence = change.text_or_none("SequenceNumber") or event.text("eventID")
    yield RecordsItem(
        identity=identity_of("dynamodb", table, event.text_or_none("eventID"), sequence),
        resource=of_table(table),
        source="dynamodb",
        type=RECORDS,
        at=change.moment("ApproximateCreationDateTime"),
        account=event.account_of_arn("eventSourceARN"),
        region=event.region("awsRegion"),
        payload=Sensitive(json.dumps(document, ensure_ascii=False).encode("utf-8", "replace") + b"\n"),
        documents=True,
    )


def _table(arn: str | None) -> str | None:
    """The table of a stream's ARN, `arn:aws:dynamodb:REGION:ACCOUNT:table/NAME/stream/LABEL`."""
    parts = [] if arn is None else arn.split(":", 5)
    if len(parts) != 6 or parts[2] != "dynamodb" or not parts[5].startswith("table/"):
        return None
    return parts[5].split("/")[1] or None


class _NoValueError(ValueError):
    """What is no typed attribute."""


def _plain(value: Any, depth: int) -> Any:
    """A typed attribute as JSON has it. Numbers keep their digits; bytes stay as they are written, in base64."""
    if not isinstance(value, Mapping) or len(value) != 1 or depth > _DEEPEST:
        raise _NoValueError
    ((kind, held),) = value.items()
    if kind in ("S", "B") and isinstance(held, str):
        return held
    if kind == "N":
        return _number(held)
    if kind == "BOOL" and isinstance(held, bool):
        return held
    if kind == "NULL":
        return None
    if kind == "M" and isinstance(held, Mapping):
        return {str(name): _plain(inner, depth + 1) for name, inner in held.items()}
    if kind == "L" and isinstance(held, list):
        return [_plain(inner, depth + 1) for inner in held]
    if kind in ("SS", "BS") and isinstance(held, list) and all(isinstance(each, str) for each in held):
        return list(held)
    if kind == "NS" and isinstance(held, list):
        return [_number(each) for each in held]
    raise _NoValueError


def _number(held: Any) -> int | str:
    """A whole number as one, any other as its digits: 38 of them are more than a float holds."""
    if isinstance(held, bool) or not isinstance(held, str | int | float):
        raise _NoValueError
    try:
        number = Decimal(str(held))
    except InvalidOperation:
        raise _NoValueError from None
    text = str(held)
    return int(text) if text.lstrip("-").isdecimal() and number == number.to_integral_value() else text
