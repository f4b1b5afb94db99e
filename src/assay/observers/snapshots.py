"""Snapshots of RDS, and whether the bucket and the key that one is to be exported with will do.

Sources: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBSnapshot.html and …/API_StartExportTask.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from assay.aws.arn import Arn
from assay.aws.failures import refusals
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.errors import ActionError

CALLS: Calls = frozenset(
    {"rds.DescribeDBSnapshots", "rds.DescribeDBClusterSnapshots", "s3.GetBucketLocation", "kms.DescribeKey"}
)

NO_SNAPSHOT = "no snapshot"
UNFIT = "cannot be exported"
_AVAILABLE = "available"
# https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ExportSnapshot.html
_ENGINES = frozenset({"postgres", "mysql", "mariadb", "aurora", "aurora-mysql", "aurora-postgresql"})
_FIRST_REGION = "us-east-1"
_OLD_NAMES = {"EU": "eu-west-1"}
_EARLY = datetime.min.replace(tzinfo=UTC)


class Snapshot(NamedTuple):
    """A snapshot that can be exported. `of` is the instance or the cluster; `gib` its storage, which is the most there may be to
    export (`None`: not known, as of Aurora)."""

    arn: str
    of: str
    engine: str
    gib: int | None
    at: datetime | None


def snapshot_of(session: Session, arn: Arn) -> Snapshot:
    """The snapshot of this ARN, or the newest of the instance or cluster. Raises `ActionError` where there is none that can be
    exported, and `AwsError`."""
    is_cluster = arn.kind.startswith("cluster")
    client = session.client("rds", arn.region)
    operation, key = ("describe_db_snapshots", "DBSnapshots")
    asked = {"snapshot": "DBSnapshotIdentifier", "db": "DBInstanceIdentifier"}
    if is_cluster:
        operation, key = ("describe_db_cluster_snapshots", "DBClusterSnapshots")
        asked = {"cluster-snapshot": "DBClusterSnapshotIdentifier", "cluster": "DBClusterIdentifier"}
    try:
        found = list(items(client, operation, key, **{asked[arn.kind]: arn.name}))
    except refusals() as error:
        raise told(error, str(arn)) from None
    ready = [each for each in found if str(each.get("Status", "")).lower() == _AVAILABLE]
    if not ready:
        state = f"; there are {len(found):,} that are not available" if found else ""
        raise ActionError(NO_SNAPSHOT, f"there is no snapshot of it that is available{state}; make one, and plan again")
    newest = max(ready, key=lambda each: each.get("SnapshotCreateTime") or _EARLY)
    if newest.get("Engine") not in _ENGINES:
        raise ActionError(
            UNFIT, f"snapshots of {newest.get('Engine')} cannot be exported to S3; scan the database itself"
        )
    return _snapshot(newest, is_cluster=is_cluster)


def _snapshot(given: Mapping[str, Any], *, is_cluster: bool) -> Snapshot:
    size = given.get("AllocatedStorage") or 0
    return Snapshot(
        arn=str(given["DBClusterSnapshotArn" if is_cluster else "DBSnapshotArn"]),
        of=str(given["DBClusterIdentifier" if is_cluster else "DBInstanceIdentifier"]),
        engine=str(given["Engine"]),
        # That of Aurora grows by itself, and is told as a constant.
        gib=size if size > 1 and not str(given["Engine"]).startswith("aurora") else None,
        at=given.get("SnapshotCreateTime"),
    )


def check_bucket(session: Session, bucket: str, region: str, account: str) -> None:
    """Raises `ActionError` for a bucket that is not in the snapshot's region, where RDS does not write, and `AwsError`."""
    try:
        answer = session.client("s3").get_bucket_location(Bucket=bucket, ExpectedBucketOwner=account)
    except refusals() as error:
        raise told(error, f"s3://{bucket}") from None
    where = answer.get("LocationConstraint") or _FIRST_REGION
    where = _OLD_NAMES.get(where, where)
    if where != region:
        raise ActionError(
            UNFIT, f"s3://{bucket} is in {where}, the snapshot in {region}; name a bucket of the same region"
        )


def key_arn(session: Session, key: str, region: str) -> str:
    """The ARN of a key (an ARN, an id or an alias). Raises `ActionError` for one that RDS does not encrypt exports with, and
    `AwsError`."""
    try:
        found = session.client("kms", region).describe_key(KeyId=key)["KeyMetadata"]
    except refusals() as error:
        raise told(error, key) from None
    if found.get("KeyManager") != "CUSTOMER":
        raise ActionError(UNFIT, f"{key}: is a key of AWS itself; exports are encrypted with one of your own")
    if found.get("KeySpec", "SYMMETRIC_DEFAULT") != "SYMMETRIC_DEFAULT" or found.get("KeyState") != "Enabled":
        raise ActionError(UNFIT, f"{key}: is not enabled, or not symmetric; give one that is both")
    return str(found["Arn"])
