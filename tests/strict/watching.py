"""Metrics of requests and Contributor Insights, which the emulator has not.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketMetricsConfiguration.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from strict.answers import Answer, RefusedError
from strict.injections import answering
from strict.recognised import Request
from strict.state import State


def _metrics(request: Request, remembered: State) -> Answer:
    held: dict[str, Any] = remembered.held("s3", request.account, request.parameters["Bucket"], "metrics")
    wanted = request.parameters.get("Id")
    if request.operation.name == "PutBucketMetricsConfiguration":
        held[str(wanted)] = request.parameters["MetricsConfiguration"]
        return Answer(200, [], b"")
    if request.operation.name == "DeleteBucketMetricsConfiguration":
        if wanted not in held:
            raise RefusedError("NoSuchConfiguration", "The specified configuration does not exist.", 404)
        del held[str(wanted)]
        return Answer(204, [], b"")
    told = "".join(f"<MetricsConfiguration><Id>{name}</Id></MetricsConfiguration>" for name in sorted(held))
    body = f"<ListMetricsConfigurationsResult>{told}<IsTruncated>false</IsTruncated></ListMetricsConfigurationsResult>"
    return Answer(200, [("Content-Type", "application/xml")], body.encode())


def _insights(request: Request, remembered: State) -> Answer:
    name = str(request.parameters["TableName"]).rpartition("/")[2]
    if name not in dynamodb_backends[request.account][request.region].tables:
        raise RefusedError("ResourceNotFoundException", "Requested resource not found", 400)
    held = remembered.held("dynamodb", request.account, request.region, "insights")
    if request.operation.name == "UpdateContributorInsights":
        is_on = request.parameters["ContributorInsightsAction"] == "ENABLE"
        held[name] = "ENABLED" if is_on else "DISABLED"
    told = {"TableName": name, "ContributorInsightsStatus": held.get(name, "DISABLED")}
    answer = answering(request.name, told)(request)
    assert answer is not None
    return answer


INSTEAD: dict[str, Callable[[Request, State], Answer | None]] = {
    **dict.fromkeys(
        (
            "s3.PutBucketMetricsConfiguration",
            "s3.DeleteBucketMetricsConfiguration",
            "s3.ListBucketMetricsConfigurations",
        ),
        _metrics,
    ),
    "dynamodb.DescribeContributorInsights": _insights,
    "dynamodb.UpdateContributorInsights": _insights,
}
