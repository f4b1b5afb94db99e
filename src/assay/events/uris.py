"""How resources of AWS are called."""

from __future__ import annotations

from urllib.parse import quote

_AS_THEY_ARE = "/~"


def of_object(bucket: str, key: str) -> str:
    """The URI of an object: every character of its key that has a meaning in a URI is percent-encoded, but the slash.

    >>> of_object("drop", "in/Q1 report+%.csv")
    's3://drop/in/Q1%20report%2B%25.csv'
    """
    return f"s3://{bucket}/{quote(key, safe=_AS_THEY_ARE, errors='surrogatepass')}"


def of_bucket(bucket: str) -> str:
    """The URI of a bucket."""
    return f"s3://{bucket}"


def of_table(table: str) -> str:
    """The URI of a table of DynamoDB."""
    return f"dynamodb://{table}"


def of_stream(stream: str) -> str:
    """The URI of a stream of Kinesis."""
    return f"kinesis://{stream}"
