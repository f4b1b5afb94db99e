"""Tables of DynamoDB. Source: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from assay.aws import uris
from assay.aws.failures import NOT_FOUND, failure_of, refusals
from assay.aws.paging import items
from assay.aws.session import Calls
from assay.model import Asset, Gap
from assay.observers.look import Look, Tags, as_tags

CALLS: Calls = frozenset({"dynamodb.ListTables", "dynamodb.DescribeTable", "dynamodb.ListTagsOfResource"})
TYPES = ("dynamodb:table",)


def observe(look: Look) -> Iterator[Asset | Gap]:
    """The tables of a region. One that may not be described is told without its size, and as a gap."""
    client = look.client("dynamodb")
    for name in items(client, "list_tables", "TableNames"):
        arn = look.arn("dynamodb", f"table/{name}")
        told: dict[str, Any] = {}
        try:
            told = client.describe_table(TableName=name)["Table"]
        except refusals() as error:
            failure = failure_of(error)
            if failure.reason == NOT_FOUND:
                continue  # deleted since it was listed
            yield Gap(resource=arn, reason=failure.reason, detail=f"its size is not known: {failure.detail}")
        yield Asset(
            arn=arn,
            type="dynamodb:table",
            name=name,
            account=look.account,
            region=look.region,
            status=told.get("TableStatus"),
            created=told.get("CreationDateTime"),
            size_bytes=told.get("TableSizeBytes"),
            items=told.get("ItemCount"),
            # Always: without a description of it, by a key that is DynamoDB's own.
            encrypted=True if told else None,
            tags=look.tags(arn, partial(_tags, client, arn)),
            uris=(uris.dynamodb_table(name),),
        )


def _tags(client: Any, arn: str) -> Tags:
    return as_tags(items(client, "list_tags_of_resource", "Tags", ResourceArn=arn))
