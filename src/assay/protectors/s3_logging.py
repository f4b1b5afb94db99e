"""Who asked what of a bucket is logged, into another one.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html
"""

from __future__ import annotations

from typing import Any

from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.protectors.s3parts import calls, client, of_bucket, reading
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "s3_logging"
CALLS: Calls = calls("PutBucketLogging", "logging")
NAME = "logs_to"


def protector(session: Session, account: str) -> SettingProtector:
    """Changes buckets of the account."""
    return SettingProtector(session, account, _PART)


def _state(raw: Any, action: Action) -> State:  # noqa: ARG001  # every state has an action
    return {NAME: None if not raw else f"s3://{raw['TargetBucket']}/{raw.get('TargetPrefix', '')}"}


def _write(write: Write) -> None:
    to = write.sets[NAME]
    status: dict[str, Any] = {}
    if to is not None:
        bucket, _, prefix = str(to).removeprefix("s3://").partition("/")
        status = {"LoggingEnabled": {"TargetBucket": bucket, "TargetPrefix": prefix}}
    client(write).put_bucket_logging(BucketLoggingStatus=status, **of_bucket(write))


_PART = Part(control=CONTROL, service="S3", calls=CALLS, read=reading("logging"), state=_state, write=_write)
