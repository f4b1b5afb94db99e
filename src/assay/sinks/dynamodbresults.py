"""The results table in DynamoDB: an item for every version of every classification, which expires after a year.

Key: `resource_arn` and `classified_at`; index `level-index` by level and time. `expires_at` is the time to live, in
seconds since 1970. Numbers are numbers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from assay.model import Standing

CALLS = frozenset({"dynamodb.DescribeTable", "dynamodb.BatchWriteItem"})

KEPT = timedelta(days=365)
EXPIRES = "expires_at"
_BATCH = 25
_TRIES = 6
KEYS = [("resource_arn", "HASH"), ("classified_at", "RANGE")]


def fits(client: Any, table: str) -> bool:
    """Whether a table has the keys of a results table. Raises what botocore raises."""
    found = client.describe_table(TableName=table)["Table"]["KeySchema"]
    return sorted((key["AttributeName"], key["KeyType"]) for key in found) == sorted(KEYS)


def item_of(standing: Standing) -> dict[str, Any]:
    """The item of one version of a classification, in Python's types."""
    found = standing.classification
    coverage = found.coverage
    item: dict[str, Any] = {
        "resource_arn": standing.arn or found.resource,
        "classified_at": standing.changed_at,
        "resource": found.resource,
        "level": str(found.level),
        "confidence": _number(found.confidence),
        "needs_review": found.needs_review,
        "identifiers": {name: Decimal(count) for name, count in found.identifiers.items()},
        "because": found.because,
        "version": Decimal(standing.version),
        "complete": coverage.complete,
        "bytes_read": Decimal(coverage.bytes_read),
        "bytes_total": Decimal(coverage.bytes_total),
        EXPIRES: Decimal(int((datetime.fromisoformat(standing.changed_at) + KEPT).timestamp())),
    }
    # A set in DynamoDB cannot be empty.
    if found.categories:
        item["categories"] = set(found.categories)
    if found.frameworks:
        item["frameworks"] = set(found.frameworks)
    return item


def write(
    client: Any, table: str, standings: Iterable[Standing], *, wait: Callable[[float], None] = time.sleep
) -> Iterator[tuple[Standing, bool]]:
    """Writes each, and says of each whether it is there. What the table has no capacity for is tried again, then given up."""
    from boto3.dynamodb.types import TypeSerializer

    typed = TypeSerializer().serialize
    batch: list[tuple[Standing, dict[str, Any]]] = []
    for standing in standings:
        batch.append((standing, {name: typed(value) for name, value in item_of(standing).items()}))
        if len(batch) == _BATCH:
            yield from _written(client, table, batch, wait)
            batch = []
    if batch:
        yield from _written(client, table, batch, wait)


def _written(
    client: Any, table: str, batch: list[tuple[Standing, dict[str, Any]]], wait: Callable[[float], None]
) -> Iterator[tuple[Standing, bool]]:
    left = [{"PutRequest": {"Item": item}} for _, item in batch]
    for attempt in range(_TRIES):
        if attempt:
            wait(0.1 * 2**attempt)
        answer = client.batch_write_item(RequestItems={table: left})
        left = (answer.get("UnprocessedItems") or {}).get(table) or []
        if not left:
            break
    missing = [_key(request["PutRequest"]["Item"]) for request in left]
    for standing, item in batch:
        yield standing, _key(item) not in missing


def _key(item: dict[str, Any]) -> tuple[Any, Any]:
    return item["resource_arn"], item["classified_at"]


def _number(value: float) -> Decimal:
    return Decimal(str(round(value, 4)))
