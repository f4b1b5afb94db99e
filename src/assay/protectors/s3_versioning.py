"""Versions of objects are kept. Taken back, versioning is suspended: it cannot be what it was before it was ever on.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
"""

from __future__ import annotations

from typing import Any

from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.protectors.s3parts import calls, client, of_bucket, reading
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "s3_versioning"
CALLS: Calls = calls("PutBucketVersioning", "versioning")
NAME, ON, OFF = "versioning", "Enabled", "not enabled"


def protector(session: Session, account: str) -> SettingProtector:
    """Changes buckets of the account."""
    return SettingProtector(session, account, _PART)


def _state(raw: Any, action: Action) -> State:  # noqa: ARG001  # every state has an action
    return {NAME: ON if (raw or {}).get("Status") == ON else OFF}


def _write(write: Write) -> None:
    status = ON if write.sets[NAME] == ON else "Suspended"
    client(write).put_bucket_versioning(VersioningConfiguration={"Status": status}, **of_bucket(write))


_PART = Part(control=CONTROL, service="S3", calls=CALLS, read=reading("versioning"), state=_state, write=_write)
