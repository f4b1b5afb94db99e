"""Alarms of CloudWatch and metrics of requests, as the services tell them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
"""

from __future__ import annotations

from typing import Any

from assay.aws.failures import refusals
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.aws.tagsets import place_of

ALARMS: Calls = frozenset({"cloudwatch.DescribeAlarms"})
METRICS: Calls = frozenset({"s3.ListBucketMetricsConfigurations"})
INSIGHTS: Calls = frozenset({"dynamodb.DescribeContributorInsights"})
PREFIX = "assay-"
FIELDS = (
    "Namespace", "MetricName", "Dimensions", "Statistic", "Period", "EvaluationPeriods", "Threshold", "ComparisonOperator",
    "TreatMissingData", "AlarmActions",
)  # fmt: skip
"""What of an alarm is compared and written."""


def alarms_of(session: Session, region: str, prefix: str = PREFIX) -> dict[str, dict[str, Any]]:
    """The alarms of a region whose names begin so, by name. Raises `AwsError`."""
    try:
        client = session.client("cloudwatch", region)
        found = items(client, "describe_alarms", "MetricAlarms", AlarmNamePrefix=prefix)
        return {str(each["AlarmName"]): plain(each) for each in found}
    except refusals() as error:
        raise told(error, "CloudWatch") from None


def plain(alarm: dict[str, Any]) -> dict[str, Any]:
    """An alarm as far as it is compared, in one form."""
    made = {name: alarm.get(name) for name in FIELDS}
    made["Dimensions"] = sorted(alarm.get("Dimensions") or (), key=lambda each: each["Name"])
    made["AlarmActions"] = sorted(alarm.get("AlarmActions") or ())
    made["Threshold"] = float(alarm.get("Threshold") or 0)
    return made


def request_metrics(session: Session, bucket: str, account: str) -> list[str]:
    """The ids of metrics that are of all requests of a bucket. Raises `AwsError`."""
    try:
        found = items(
            session.client("s3"),
            "list_bucket_metrics_configurations",
            "MetricsConfigurationList",
            Bucket=place_of(bucket).bucket,
            ExpectedBucketOwner=account,
        )
        return sorted(str(each["Id"]) for each in found if not each.get("Filter"))
    except refusals() as error:
        raise told(error, "S3") from None


def has_insights(session: Session, region: str, table: str) -> bool:
    """Whether Contributor Insights looks at a table. Raises `AwsError`."""
    try:
        answer = session.client("dynamodb", region).describe_contributor_insights(TableName=table)
        return answer.get("ContributorInsightsStatus") in ("ENABLED", "ENABLING")
    except refusals() as error:
        raise told(error, "DynamoDB") from None
