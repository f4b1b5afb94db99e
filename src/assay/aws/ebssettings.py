"""What an account has set for the volumes and snapshots of a region, as EC2 tells it.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetEbsDefaultKmsKeyId.html, …/API_GetSnapshotBlockPublicAccessState.html
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from assay.aws.arn import Arn, parse
from assay.aws.failures import NOT_FOUND, refusals
from assay.aws.keys import key_of
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.errors import AwsError

DEFAULT: Calls = frozenset({"ec2.GetEbsEncryptionByDefault"})
KEY: Calls = frozenset({"ec2.GetEbsDefaultKmsKeyId"})
BLOCK: Calls = frozenset({"ec2.GetSnapshotBlockPublicAccessState"})
VOLUME: Calls = frozenset({"ec2.DescribeVolumes"})
SHARING: Calls = frozenset({"ec2.DescribeSnapshotAttribute"})
SNAPSHOTS: Calls = SHARING | {"ec2.DescribeSnapshots"}
EVERYBODY = "all"
UNBLOCKED, BLOCKED = "unblocked", "block-all-sharing"
SCHEME = "ebs://"
_AWS_ALIAS = "alias/aws/ebs"
_CREATE = "createVolumePermission"
_PAGE = {"PageSize": 500}
_AT_ONCE = 8


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


def sharing_of(session: Session, snapshot: str) -> list[str]:
    """Who else makes volumes of a snapshot, by its ARN: accounts, and `all` for everybody. Raises `AwsError`."""
    arn = parse(snapshot)
    try:
        client = session.client("ec2", arn.region)
        found = client.describe_snapshot_attribute(SnapshotId=arn.name, Attribute=_CREATE)
    except refusals() as error:
        raise told(error, "EC2") from None
    given = found.get("CreateVolumePermissions") or ()
    return sorted(str(each.get("Group") or each.get("UserId")) for each in given)


def share(session: Session, snapshot: str, *, everybody: bool) -> None:
    """Lets everybody make volumes of a snapshot, or no longer; accounts that are named stay. Raises what botocore raises."""
    arn = parse(snapshot)
    session.client("ec2", arn.region).modify_snapshot_attribute(
        SnapshotId=arn.name, Attribute=_CREATE, OperationType="add" if everybody else "remove", GroupNames=[EVERYBODY]
    )


def shared_snapshots(session: Session, account: str, region: str) -> dict[str, list[str]]:
    """The account's own snapshots of a region that others may use, by ARN, and who. EC2 tells it of one at a time. Raises `AwsError`."""

    def sharing(snapshot: str) -> list[str]:
        try:
            return sharing_of(session, snapshot)
        except AwsError as error:
            # One that was deleted meanwhile is nobody's.
            if error.reason == NOT_FOUND:
                return []
            raise

    try:
        client = session.client("ec2", region)
        found = [
            str(Arn(session.partition, "ec2", region, account, f"snapshot/{each['SnapshotId']}"))
            for each in items(client, "describe_snapshots", "Snapshots", OwnerIds=["self"], PaginationConfig=_PAGE)
        ]
    except refusals() as error:
        raise told(error, "EC2") from None
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        return {name: who for name, who in zip(found, threads.map(sharing, found), strict=True) if who}


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
