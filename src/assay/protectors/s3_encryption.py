"""How new objects of a bucket are encrypted. Objects that are there stay as they are.

S3 does not look whether a key is there: whoever plans does, and it is looked at again before it is written.
https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
"""

from __future__ import annotations

from typing import Any

from assay.aws.session import Calls, Session
from assay.model.action import Action, State
from assay.protectors.keyed import KEY, check_usable, resolved
from assay.protectors.s3parts import calls, client, of_bucket, reading, seen
from assay.protectors.settings import Part, SettingProtector, Write

CONTROL = "s3_encryption"
CALLS: Calls = calls("PutBucketEncryption", "encryption", "policy") | {"kms.DescribeKey"}
ALGORITHM, BUCKET_KEY = "algorithm", "bucket_key"

_ALWAYS = "AES256"
_DEFAULT = "ApplyServerSideEncryptionByDefault"


def protector(session: Session, account: str) -> SettingProtector:
    """Changes buckets of the account."""
    return SettingProtector(session, account, _PART)


def state_of(raw: Any) -> dict[str, Any]:
    """Algorithm and key of the first rule, which is the only one that S3 takes; without one S3 uses its own keys."""
    rule = _rule(raw)
    default = rule.get(_DEFAULT, {})
    return {
        ALGORITHM: default.get("SSEAlgorithm", _ALWAYS),
        KEY: default.get("KMSMasterKeyID"),
        BUCKET_KEY: bool(rule.get("BucketKeyEnabled")),
    }


def _rule(raw: Any) -> dict[str, Any]:
    rules = (raw or {}).get("Rules") or [{}]
    return dict(rules[0])


def _state(raw: Any, action: Action) -> State:  # noqa: ARG001  # every state has an action
    return state_of(raw)


def _write(write: Write) -> None:
    algorithm, key = write.sets[ALGORITHM], write.sets[KEY]
    if key is not None:
        check_usable(write.session, key)
    # What else the rule says, such as which ways of encryption are blocked, stays.
    rule = _rule(write.raw) | {
        _DEFAULT: {"SSEAlgorithm": algorithm} | ({} if key is None else {"KMSMasterKeyID": key}),
        "BucketKeyEnabled": bool(write.sets[BUCKET_KEY]),
    }
    client(write).put_bucket_encryption(ServerSideEncryptionConfiguration={"Rules": [rule]}, **of_bucket(write))


_PART = Part(
    control=CONTROL,
    service="S3",
    calls=CALLS,
    read=reading("encryption"),
    state=_state,
    write=_write,
    resolve=resolved,
    seen=seen("policy"),
)
