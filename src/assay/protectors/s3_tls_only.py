"""Requests without TLS are denied, by a statement in the bucket's policy. `PutBucketPolicy` replaces all of the policy, so that
what others wrote is read and sent along.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
"""

from __future__ import annotations

import json
from typing import Any

from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.model.policydocument import plain, statements_of
from assay.protectors.s3parts import calls, client, of_bucket, reading, seen
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "s3_tls_only"
CALLS: Calls = calls("PutBucketPolicy DeleteBucketPolicy", "policy")

_NAME = "statement "
_VERSION = "2012-10-17"


def protector(session: Session, account: str) -> SettingProtector:
    """Changes buckets of the account."""
    return SettingProtector(session, account, PART)


def state_of(raw: Any, action: Action) -> State:
    """The statements that an action names, by their Sid: `statement AssayTlsOnly`."""
    there = {str(each["Sid"]): plain(each) for each in statements_of(raw) if "Sid" in each}
    return {name: there.get(name.removeprefix(_NAME)) for name in action.after}


def merged(policy: Any, sets: State) -> Any:
    """The whole policy with the statements of `sets` as they have to be (`None`: not there) behind those of others; `None` where
    nothing is left."""
    kept = [each for each in statements_of(policy) if f"{_NAME}{each.get('Sid')}" not in sets]
    whole = [*kept, *(statement for statement in sets.values() if statement is not None)]
    return {**(policy or {"Version": _VERSION}), "Statement": whole} if whole else None


def _write(write: Write) -> None:
    whole = merged(write.raw, write.sets)
    if whole is None:
        client(write).delete_bucket_policy(**of_bucket(write))
        return
    client(write).put_bucket_policy(Policy=json.dumps(whole), **of_bucket(write))


PART = Part(
    control=CONTROL,
    service="S3",
    calls=CALLS,
    read=reading("policy"),
    state=state_of,
    write=_write,
    seen=seen("policy"),
)
