"""The four flags that keep a bucket from becoming public. `PutPublicAccessBlock` replaces all four, so that those which are on
are sent along.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html
"""

from __future__ import annotations

from typing import Any

from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.protectors.s3parts import calls, client, of_bucket, reading, seen
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "s3_public_access_block"
CALLS: Calls = calls("PutPublicAccessBlock DeletePublicAccessBlock", "public_access_block", "policy", "acl", "website")


def protector(session: Session, account: str) -> SettingProtector:
    """Changes buckets of the account."""
    return SettingProtector(session, account, _PART)


def _state(raw: Any, action: Action) -> State:
    """The flags that an action names; `None` where nothing at all is set."""
    return {name: None if raw is None else bool(raw.get(name)) for name in action.after}


def _write(write: Write) -> None:
    if all(value is None for value in write.sets.values()):
        client(write).delete_public_access_block(**of_bucket(write))
        return
    whole = {**(write.raw or {}), **{name: bool(value) for name, value in write.sets.items()}}
    client(write).put_public_access_block(PublicAccessBlockConfiguration=whole, **of_bucket(write))


_PART = Part(
    control=CONTROL,
    service="S3",
    calls=CALLS,
    read=reading("public_access_block"),
    state=_state,
    write=_write,
    seen=seen("policy", "acl", "website"),
)
