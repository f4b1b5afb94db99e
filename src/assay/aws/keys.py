"""KMS keys as protection has to know them: whether one is there, and usable.

https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
"""

from __future__ import annotations

from typing import NamedTuple

from assay.aws.arn import parse
from assay.aws.failures import refusals
from assay.aws.session import Calls, Session, told

CALLS: Calls = frozenset({"kms.DescribeKey"})
ENABLED = "Enabled"
_ENCRYPTS = "ENCRYPT_DECRYPT"


class Key(NamedTuple):
    """A key: its ARN, `state` as KMS tells it, `usage`, and whether it is AWS's own."""

    arn: str
    state: str
    usage: str
    is_aws: bool

    @property
    def is_usable(self) -> bool:
        return self.state == ENABLED and self.usage == _ENCRYPTS

    @property
    def region(self) -> str:
        return parse(self.arn).region


def key_of(session: Session, named: str, region: str | None = None) -> Key:
    """The key that an id, an ARN or an alias names, in its own or the given region. Raises `AwsError`."""
    where = parse(named).region if named.startswith("arn:") else region
    try:
        answer = session.client("kms", where).describe_key(KeyId=named)["KeyMetadata"]
    except refusals() as error:
        raise told(error, "KMS") from None
    return Key(
        answer["Arn"], str(answer["KeyState"]), str(answer.get("KeyUsage", "")), answer.get("KeyManager") == "AWS"
    )


def is_rotated(session: Session, key: Key) -> bool:
    """Whether a key is rotated by itself. Raises `AwsError`."""
    try:
        return bool(session.client("kms", key.region).get_key_rotation_status(KeyId=key.arn)["KeyRotationEnabled"])
    except refusals() as error:
        raise told(error, "KMS") from None
