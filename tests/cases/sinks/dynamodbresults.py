"""Items of a table of DynamoDB: at most 25 a request, one for each version of a classification."""

from __future__ import annotations

from typing import Any

from awsservers import Aws
from cases.sinks import Destination, name_of

from assay.sinks import resultstable
from assay.sinks.dynamodbresults import CALLS


def _prepare(aws: Aws) -> None:
    resultstable.make_table(aws.client("dynamodb"), "results")


def _there(aws: Aws) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for page in aws.client("dynamodb").get_paginator("scan").paginate(TableName="results"):
        for item in sorted(page["Items"], key=lambda item: item["classified_at"]["S"]):
            found.setdefault(name_of(item["resource"]["S"]), []).append(item["level"]["S"])
    return found


def _part(asked: dict[str, Any]) -> dict[str, Any]:
    """DynamoDB hands back what it had no room for. What else is in the request is not written either: an answer is all that this is."""
    return {"UnprocessedItems": {"results": asked["RequestItems"]["results"]}}


DESTINATION = Destination(
    options=("--results-table", "results"), prepare=_prepare, there=_there, calls=CALLS, write="dynamodb.BatchWriteItem",
    entries=lambda asked: len(asked["RequestItems"]["results"]), most=25, again="beside", argument="RequestItems", part=_part,
)  # fmt: skip
