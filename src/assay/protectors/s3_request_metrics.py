"""CloudWatch has metrics of all requests of a bucket. Metrics of others, of a part of it, stay.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketMetricsConfiguration.html
"""

from __future__ import annotations

from typing import Any

from assay.aws import alarms
from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.protectors.s3parts import client, of_bucket
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "s3_request_metrics"
CALLS: Calls = alarms.METRICS | {"s3.PutBucketMetricsConfiguration", "s3.DeleteBucketMetricsConfiguration"}
NAME = "metrics of all requests"


def protector(session: Session, account: str) -> SettingProtector:
    """Changes buckets of the account."""
    return SettingProtector(session, account, _PART)


def _state(raw: Any, action: Action) -> State:
    """Whether the one that the action names is there."""
    wanted = action.after[NAME] or action.before[NAME]
    return {NAME: wanted if wanted in raw else None}


def _write(write: Write) -> None:
    name = write.sets[NAME]
    if name is None:
        client(write).delete_bucket_metrics_configuration(Id=_OWN, **of_bucket(write))
    else:
        client(write).put_bucket_metrics_configuration(Id=name, MetricsConfiguration={"Id": name}, **of_bucket(write))


_OWN = "EntireBucket"
_PART = Part(control=CONTROL, service="S3", calls=CALLS, read=alarms.request_metrics, state=_state, write=_write)
