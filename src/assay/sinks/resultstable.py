"""Makes the results table that `dynamodbresults` writes to."""

from __future__ import annotations

from typing import Any

from assay.sinks.dynamodbresults import EXPIRES, KEYS

CALLS = frozenset({"dynamodb.CreateTable", "dynamodb.DescribeTable", "dynamodb.UpdateTimeToLive"})

INDEX = "level-index"


def make_table(client: Any, table: str) -> None:
    """Makes the table, with its index, its stream of old and new images, and its time to live. Raises what botocore raises."""
    client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in KEYS],
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("resource_arn", "classified_at", "level")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": INDEX,
                "KeySchema": [
                    {"AttributeName": "level", "KeyType": "HASH"},
                    {"AttributeName": "classified_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        SSESpecification={"Enabled": True, "SSEType": "KMS"},
    )
    # It takes no settings before it is active.
    client.get_waiter("table_exists").wait(TableName=table)
    client.update_time_to_live(TableName=table, TimeToLiveSpecification={"Enabled": True, "AttributeName": EXPIRES})
