"""How a resource is watched, by levels: metrics and alarms that are made, and what of a level is left to people.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.model.protection import ResourceState, ResourceType
from assay.protect.points import Point, changed, manual, ok, unknown
from assay.protect.policy import Asked, wants

ORDER = ("s3_request_metrics", "dynamodb_insights", "alarms")
CONTROL = "monitoring"
ENTIRE = "EntireBucket"
_LEVELS = ("none", "standard", "enhanced", "comprehensive")
_LEAST_FREE = 0.1
_OPERATIONS = ("GetItem", "PutItem", "Query")
_BY_HAND: Mapping[ResourceType, tuple[str, str, str]] = {
    ResourceType.S3_BUCKET: ("", "an alarm on changes of its policy", "GuardDuty for S3, anomaly baselines"),
    ResourceType.DYNAMODB_TABLE: ("", "", "anomaly baselines"),
    ResourceType.RDS_INSTANCE: (
        "an alarm on connections, whose number is its own",
        "Enhanced Monitoring every 60 seconds",
        "Performance Insights, an audit log, anomaly baselines",
    ),
    ResourceType.RDS_CLUSTER: (
        "alarms on its members",
        "Enhanced Monitoring of its members",
        "an audit log, anomaly baselines",
    ),
    ResourceType.EBS_VOLUME: ("", "an alarm on sharing of its snapshots", "data events of direct access to its blocks"),
}


def points_of(state: ResourceState, asked: Mapping[str, Asked]) -> Iterator[Point]:
    """What of the level that is asked for is there, what is made, and what is left."""
    if not wants(asked, CONTROL) or state.type not in _BY_HAND:
        return
    level = _LEVELS.index(str(asked[CONTROL].value))
    made = list(_made(state, asked, level))
    yield from made
    left = ", ".join(part for part in _BY_HAND[state.type][:level] if part)
    if left:
        yield manual(CONTROL, f"of {asked[CONTROL].value} monitoring assay does not make: {left}")
    elif not made:
        yield ok(CONTROL, f"{asked[CONTROL].value} monitoring is there")


def _made(state: ResourceState, asked: Mapping[str, Asked], level: int) -> Iterator[Point]:
    metrics: list[str] = []
    if state.type is ResourceType.S3_BUCKET:
        setting = state.get("request_metrics")
        if not setting.is_known:
            yield unknown(CONTROL, setting, "which metrics of requests it has")
            return
        metrics = setting.value
        if not metrics:
            yield _metrics()
    if state.type is ResourceType.DYNAMODB_TABLE and level >= _LEVELS.index("enhanced"):
        yield from _insights(state)
    wanted = alarms_of(state, level, metrics[0] if metrics else ENTIRE)
    if not wanted:
        return
    setting = state.get("alarms")
    if not setting.is_known:
        yield unknown(CONTROL, setting, "which alarms it has")
        return
    topic = [str(asked["alarm_topic"].value)] if "alarm_topic" in asked else []
    after = {name: {**alarm, "AlarmActions": topic} for name, alarm in wanted.items()}
    missing = {name: alarm for name, alarm in after.items() if not _is_there(setting.value.get(name), alarm, topic)}
    silent = "" if topic else "; nobody is told of it: name a topic with alarm_topic"
    for name, alarm in missing.items():
        # One by one, so that one that was interrupted leaves none half made.
        yield changed(
            CONTROL,
            "alarms",
            setting.value,
            {name: alarm},
            detail=f"an alarm on {alarm['MetricName']}",
            note=f"paid for each month{silent}",
        )


def _is_there(found: Mapping[str, Any] | None, alarm: Mapping[str, Any], topic: list[str]) -> bool:
    """Where nobody names a topic, whoever added one to an alarm keeps it."""
    if found is None:
        return False
    return found == alarm or (not topic and {**found, "AlarmActions": []} == alarm)


def _metrics() -> Point:
    name = "metrics of all requests"
    return changed(
        CONTROL, "s3_request_metrics", {name: None}, {name: ENTIRE}, detail=name, note="paid for by metric, each month"
    )


def _insights(state: ResourceState) -> Iterator[Point]:
    setting = state.get("contributor_insights")
    if not setting.is_known:
        yield unknown(CONTROL, setting, "whether Contributor Insights is on")
        return
    if not setting.value:
        name = "contributor insights"
        yield changed(
            CONTROL,
            "dynamodb_insights",
            {name: False},
            {name: True},
            detail="Contributor Insights tells which keys are asked for most",
            person="keys of items, which may be sensitive, stand in CloudWatch then, for whoever reads its metrics",
            note="paid for by event",
        )


def alarms_of(state: ResourceState, level: int, filter_id: str) -> dict[str, dict[str, Any]]:
    """The alarms of a resource at a level of monitoring (1: standard), by name."""
    name = state.resource.rpartition("/")[2].rpartition(":")[2]
    made: list[dict[str, Any]] = []
    match state.type:
        case ResourceType.S3_BUCKET if level >= _LEVELS.index("enhanced"):
            where = {"BucketName": name, "FilterId": filter_id}
            made = [
                _alarm("AWS/S3", "5xxErrors", where, "Sum", 10.0),
                _alarm("AWS/S3", "4xxErrors", where, "Average", 0.05, periods=3),
            ]
        case ResourceType.DYNAMODB_TABLE:
            table = {"TableName": name}
            made = [
                _alarm("AWS/DynamoDB", metric, table, "Sum", 10.0)
                for metric in ("ReadThrottleEvents", "WriteThrottleEvents")
            ]
            made += [
                _alarm("AWS/DynamoDB", "SystemErrors", {**table, "Operation": each}, "Sum", 1.0) for each in _OPERATIONS
            ]
        case ResourceType.RDS_INSTANCE:
            where = {"DBInstanceIdentifier": name}
            made = [_alarm("AWS/RDS", "CPUUtilization", where, "Average", 90.0, periods=3)]
            size = state.get("size_bytes").value
            if size:
                free = float(int(size * _LEAST_FREE))
                made.append(_alarm("AWS/RDS", "FreeStorageSpace", where, "Average", free, below=True))
        case ResourceType.EBS_VOLUME:
            made = [_alarm("AWS/EBS", "VolumeStalledIOCheck", {"VolumeId": name}, "Maximum", 1.0)]
    start = f"assay-{state.type}-{name}-"
    return {start + "-".join([str(each["MetricName"]), *_operation(each)]): each for each in made}


def _operation(alarm: Mapping[str, Any]) -> list[str]:
    return [str(each["Value"]) for each in alarm["Dimensions"] if each["Name"] == "Operation"]


def _alarm(
    namespace: str,
    metric: str,
    where: Mapping[str, str],
    statistic: str,
    threshold: float,
    *,
    periods: int = 1,
    below: bool = False,
) -> dict[str, Any]:
    return {
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(where.items())],
        "Statistic": statistic,
        "Period": 300,
        "EvaluationPeriods": periods,
        "Threshold": threshold,
        "ComparisonOperator": "LessThanThreshold" if below else "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [],
    }
