"""What tests of the strict layer share: a bucket, a table, a queue, and what a refusal is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from awsservers import REGION, Aws
from botocore.exceptions import ClientError

HERE = {"LocationConstraint": REGION}


def refused(call: Callable[..., Any], **parameters: Any) -> tuple[str, int]:
    """Code and status of a refusal."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    told = caught.value.response
    return told["Error"]["Code"], told["ResponseMetadata"]["HTTPStatusCode"]


def tag_set(*tags: tuple[str, str]) -> dict[str, Any]:
    return {"TagSet": [{"Key": key, "Value": value} for key, value in tags]}


def numbered(count: int) -> list[tuple[str, str]]:
    return [(f"k{number}", "v") for number in range(count)]


def listed(*tags: tuple[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags]


@pytest.fixture
def s3(aws: Aws) -> Any:
    """A client, and a bucket `orders` with an object `a.csv`."""
    client = aws.client("s3")
    client.create_bucket(Bucket="orders", CreateBucketConfiguration=HERE)
    client.put_object(Bucket="orders", Key="a.csv", Body=b"name\n")
    return client


@pytest.fixture
def table(aws: Aws) -> Any:
    """A client, and a table `orders`."""
    client = aws.client("dynamodb")
    new_table(client, "orders")
    return client


def new_table(client: Any, name: str, **more: Any) -> None:
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **more,
    )


ILLEGAL = [
    [("level", "a,b")],
    [("a,b", "x")],
    [("a;b", "x")],
    [("level", "a\tb")],
    [("level", "50%")],
    [("level", "x" * 257)],
    [("k" * 129, "x")],
    [("", "x")],
    [("level", "1"), ("level", "2")],
]


@pytest.fixture
def queue(aws: Aws) -> tuple[Any, str]:
    client = aws.client("sqs")
    return client, client.create_queue(QueueName="orders")["QueueUrl"]
