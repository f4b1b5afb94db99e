"""Numbers of the catalog for CloudWatch, in its Embedded Metric Format: a line of a log group becomes metrics.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from assay.aws.failures import code_of, refusals

CALLS = frozenset({"logs.CreateLogStream", "logs.PutLogEvents"})

NAMESPACE = "assay"
_STREAM = "assay-catalog"


def lines_of(by_level: Mapping[str, int], *, needs_review: int, at: int, catalog: str) -> list[dict[str, Any]]:
    """One line a level, and one for what waits for review. `at` is in milliseconds since 1970."""
    lines = [_line({"Level": level}, "Resources", number, at, catalog) for level, number in by_level.items()]
    return [*lines, _line({}, "NeedsReview", needs_review, at, catalog)]


def _line(dimensions: dict[str, str], name: str, number: int, at: int, catalog: str) -> dict[str, Any]:
    metrics = [
        {"Namespace": NAMESPACE, "Dimensions": [["Catalog", *dimensions]], "Metrics": [{"Name": name, "Unit": "Count"}]}
    ]
    return {"_aws": {"Timestamp": at, "CloudWatchMetrics": metrics}, "Catalog": catalog, **dimensions, name: number}


def put(client: Any, group: str, lines: Sequence[dict[str, Any]]) -> int:
    """Writes the lines to a log group that is there, and says how many were taken. Raises what botocore raises."""
    try:
        client.create_log_stream(logGroupName=group, logStreamName=_STREAM)
    except refusals() as error:
        if code_of(error) != "ResourceAlreadyExistsException":
            raise
    events = [{"timestamp": line["_aws"]["Timestamp"], "message": orjson.dumps(line).decode()} for line in lines]
    answer = client.put_log_events(logGroupName=group, logStreamName=_STREAM, logEvents=events)
    # An answer of success may say that some are too old or too new (a clock that is wrong): those are nowhere.
    refused = answer.get("rejectedLogEventsInfo") or {}
    first = max(int(refused.get("tooOldLogEventEndIndex", 0)), int(refused.get("expiredLogEventEndIndex", 0)))
    return max(0, int(refused.get("tooNewLogEventStartIndex", len(events))) - first)
