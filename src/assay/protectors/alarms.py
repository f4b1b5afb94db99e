"""Alarms of CloudWatch on a resource. `PutMetricAlarm` replaces one of that name; only what a plan names is written or deleted.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

from typing import Any

from assay.aws import alarms, s3settings
from assay.aws.arn import parse
from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "alarms"
CALLS: Calls = alarms.ALARMS | {"cloudwatch.PutMetricAlarm", "cloudwatch.DeleteAlarms", "s3.GetBucketLocation"}
_BUCKETS = "s3://"


def protector(session: Session, account: str) -> SettingProtector:
    """Changes alarms of the account."""
    return SettingProtector(session, account, _PART)


def _read(session: Session, resource: str, account: str) -> Any:
    region = region_of(session, resource, account)
    return region, alarms.alarms_of(session, region)


def region_of(session: Session, resource: str, account: str) -> str:
    """Where a resource's metrics are."""
    is_bucket = resource.startswith(_BUCKETS)
    return s3settings.region_of(session, resource, account) if is_bucket else parse(resource).region


def _state(raw: Any, action: Action) -> State:
    _, there = raw
    return {name: there.get(name) for name in action.after}


def _write(write: Write) -> None:
    region, _ = write.raw
    client = write.session.client("cloudwatch", region)
    gone = [name for name, alarm in write.sets.items() if alarm is None]
    for name, alarm in write.sets.items():
        if alarm is not None:
            client.put_metric_alarm(AlarmName=name, **alarm)
    if gone:
        client.delete_alarms(AlarmNames=gone)


_PART = Part(control=CONTROL, service="CloudWatch", calls=CALLS, read=_read, state=_state, write=_write)
