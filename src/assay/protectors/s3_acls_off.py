"""Access control lists are switched off: the bucket's owner owns every object.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html
"""

from __future__ import annotations

from typing import Any

from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.protectors.s3parts import calls, client, of_bucket, reading, seen
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "s3_acls_off"
CALLS: Calls = calls("PutBucketOwnershipControls DeleteBucketOwnershipControls", "ownership", "acl")
NAME = "object_ownership"


def protector(session: Session, account: str) -> SettingProtector:
    """Changes buckets of the account."""
    return SettingProtector(session, account, _PART)


def _state(raw: Any, action: Action) -> State:  # noqa: ARG001  # every state has an action
    return {NAME: raw}


def _write(write: Write) -> None:
    value = write.sets[NAME]
    if value is None:
        client(write).delete_bucket_ownership_controls(**of_bucket(write))
        return
    client(write).put_bucket_ownership_controls(
        OwnershipControls={"Rules": [{"ObjectOwnership": value}]}, **of_bucket(write)
    )


_PART = Part(
    control=CONTROL,
    service="S3",
    calls=CALLS,
    read=reading("ownership"),
    state=_state,
    write=_write,
    seen=seen("acl"),
)
