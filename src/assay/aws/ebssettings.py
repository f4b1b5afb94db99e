"""What an account has set for the volumes and snapshots of a region, as EC2 tells it.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetEbsDefaultKmsKeyId.html, …/API_GetSnapshotBlockPublicAccessState.html
"""

from __future__ import annotations

from typing import Any, NamedTuple

from assay.aws.arn import parse
from assay.aws.failures import NOT_FOUND, refusals
from assay.aws.keys import key_of
from assay.aws.session import Calls, Session, told
from assay.errors import AwsError

DEFAULT: Calls = frozenset({"ec2.GetEbsEncryptionByDefault"})
KEY: Calls = frozenset({"ec2.GetEbsDefaultKmsKeyId"})
BLOCK: Calls = frozenset({"ec2.GetSnapshotBlockPublicAccessState"})
VOLUME: Calls = frozenset({"ec2.DescribeVolumes"})
UNBLOCKED, BLOCKED = "unblocked", "block-all-sharing"
SCHEME = "ebs://"
_AWS_ALIAS = "alias/aws/ebs"


class Place(NamedTuple):
    """What `ebs://account/region` names: the settings of an account in a region, which have no ARN."""

    account: str
    region: str


def place_of(resource: str) -> Place:
    """
    >>> place_of("ebs://123456789012/eu-west-1")
    Place(account='123456789012', region='eu-west-1')
    """
    account, _, region = resource.removeprefix(SCHEME).partition("/")
    return Place(account, region)


def is_encrypting(session: Session, region: str) -> bool:
    """Whether new volumes are encrypted, whoever makes them. Raises `AwsError`."""
    try:
        return bool(session.client("ec2", region).get_ebs_encryption_by_default()["EbsEncryptionByDefault"])
    except refusals() as error:
        raise told(error, "EC2") from None


def default_key(session: Session, region: str) -> str | None:
    """The key of one's own that new volumes are encrypted with, `None` where it is AWS's. Raises `AwsError`."""
    try:
        named = str(session.client("ec2", region).get_ebs_default_kms_key_id().get("KmsKeyId") or _AWS_ALIAS)
    except refusals() as error:
        raise told(error, "EC2") from None
    if named.endswith(_AWS_ALIAS):
        return None
    key = key_of(session, named, region)
    return None if key.is_aws else key.arn


def snapshot_block(session: Session, region: str) -> dict[str, str]:
    """Which sharing of snapshots with everybody is blocked, and who manages that. Raises `AwsError`."""
    try:
        found = session.client("ec2", region).get_snapshot_block_public_access_state()
    except refusals() as error:
        raise told(error, "EC2") from None
    return {"state": str(found.get("State") or UNBLOCKED), "managed_by": str(found.get("ManagedBy") or "account")}


def volume_of(session: Session, resource: str) -> dict[str, Any]:
    """The description of a volume. Raises `AwsError`."""
    arn = parse(resource)
    try:
        found = session.client("ec2", arn.region).describe_volumes(VolumeIds=[arn.name])["Volumes"]
    except refusals() as error:
        raise told(error, "EC2") from None
    if not found:
        raise AwsError(NOT_FOUND, f"EC2: there is no {resource} here")
    volume: dict[str, Any] = found[0]
    return volume
