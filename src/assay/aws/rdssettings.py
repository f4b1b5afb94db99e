"""The settings of databases of RDS and of their snapshots, as the service tells them.

Source: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DBInstance.html, …/API_DBCluster.html, …/API_DBSnapshotAttribute.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from assay.aws.arn import Arn, parse
from assay.aws.failures import NOT_FOUND, refusals
from assay.aws.keys import key_of
from assay.aws.session import Calls, Session, told
from assay.errors import AwsError

DATABASE: Calls = frozenset({"rds.DescribeDBInstances", "rds.DescribeDBClusters"})
SNAPSHOT: Calls = frozenset({"rds.DescribeDBSnapshots", "rds.DescribeDBClusterSnapshots"})
SHARING: Calls = frozenset({"rds.DescribeDBSnapshotAttributes", "rds.DescribeDBClusterSnapshotAttributes"})
NOT_SETTLED = "not settled"
NOT_ENCRYPTED, AWS_KMS, OWN_KEY = "none", "aws-kms", "customer-key"
EVERYBODY = "all"
CHANGEABLE = ("available", "storage-optimization")
"""Statuses in which a database takes changes."""

_PAUSES = (0.0, 0.2, 0.5, 1.0, 2.0, *(5.0,) * 58)
"""Seconds before each look: most changes take a moment, some minutes."""
_RESTORE = "restore"


def is_cluster(arn: Arn) -> bool:
    """Whether a cluster, or a snapshot of one, is meant."""
    return arn.kind.startswith("cluster")


def database_of(session: Session, resource: str) -> dict[str, Any]:
    """The description of an instance or a cluster. Raises `AwsError`."""
    arn = parse(resource)
    client = session.client("rds", arn.region)
    try:
        if is_cluster(arn):
            found = client.describe_db_clusters(DBClusterIdentifier=arn.name)["DBClusters"]
        else:
            found = client.describe_db_instances(DBInstanceIdentifier=arn.name)["DBInstances"]
    except refusals() as error:
        raise told(error, "RDS") from None
    return _the(found, ("DBClusterArn", "DBInstanceArn"), resource)


def snapshot_of(session: Session, resource: str) -> dict[str, Any]:
    """The description of a snapshot of either. Raises `AwsError`."""
    arn = parse(resource)
    client = session.client("rds", arn.region)
    try:
        if is_cluster(arn):
            answer = client.describe_db_cluster_snapshots(DBClusterSnapshotIdentifier=arn.name)
            found = answer["DBClusterSnapshots"]
        else:
            found = client.describe_db_snapshots(DBSnapshotIdentifier=arn.name)["DBSnapshots"]
    except refusals() as error:
        raise told(error, "RDS") from None
    return _the(found, ("DBClusterSnapshotArn", "DBSnapshotArn"), resource)


def _the(found: Any, names: tuple[str, ...], resource: str) -> dict[str, Any]:
    """Names are those of an account: one of another account must not be taken for it."""
    for each in found:
        if resource in [each.get(name) for name in names]:
            whole: dict[str, Any] = each
            return whole
    raise AwsError(NOT_FOUND, f"RDS: there is no {resource} here")


def status_of(database: Mapping[str, Any]) -> str:
    """Of an instance or a cluster."""
    return str(database.get("DBInstanceStatus") or database.get("Status") or "unknown")


def pending_of(database: Mapping[str, Any]) -> list[str]:
    """What waits for the next maintenance window, by name. Exports of logs do not: they are under way."""
    pending = database.get("PendingModifiedValues") or {}
    return sorted(
        name
        for name, value in pending.items()
        if value not in (None, {}, [], "") and name != "PendingCloudwatchLogsExports"
    )


def settled_database(session: Session, resource: str, pause: Callable[[float], None] = time.sleep) -> dict[str, Any]:
    """The description of a database that nothing is being done to: one that changes is looked at again, for five minutes. Raises `AwsError`."""
    for seconds in _PAUSES:
        pause(seconds)
        found = database_of(session, resource)
        under_way = (found.get("PendingModifiedValues") or {}).get("PendingCloudwatchLogsExports")
        if status_of(found) in CHANGEABLE and not under_way:
            return found
    raise AwsError(NOT_SETTLED, f"RDS: the database is {status_of(found)}; look again later")


def encryption_of(session: Session, described: Mapping[str, Any]) -> dict[str, Any]:
    """With whose key a database or a snapshot is encrypted, if it is, and with which where it is one's own. Raises `AwsError`."""
    if not described.get("StorageEncrypted", described.get("Encrypted")):
        return {"encryption": NOT_ENCRYPTED, "key": None}
    key = described.get("KmsKeyId")
    if not key or key_of(session, str(key)).is_aws:
        return {"encryption": AWS_KMS, "key": None}
    return {"encryption": OWN_KEY, "key": key}


def sharing_of(session: Session, resource: str) -> list[str]:
    """Who else restores a snapshot: accounts, and `all` for everybody. Raises `AwsError`."""
    arn = parse(resource)
    client = session.client("rds", arn.region)
    try:
        if is_cluster(arn):
            answer = client.describe_db_cluster_snapshot_attributes(DBClusterSnapshotIdentifier=arn.name)
            attributes = answer["DBClusterSnapshotAttributesResult"].get("DBClusterSnapshotAttributes") or ()
        else:
            answer = client.describe_db_snapshot_attributes(DBSnapshotIdentifier=arn.name)
            attributes = answer["DBSnapshotAttributesResult"].get("DBSnapshotAttributes") or ()
    except refusals() as error:
        raise told(error, "RDS") from None
    return sorted(
        str(value)
        for each in attributes
        if each.get("AttributeName") == _RESTORE
        for value in each.get("AttributeValues") or ()
    )


def share(session: Session, resource: str, *, everybody: bool) -> None:
    """Lets everybody restore a snapshot, or no longer; accounts that are named stay. Raises what botocore raises."""
    arn = parse(resource)
    client = session.client("rds", arn.region)
    change = {"AttributeName": _RESTORE, ("ValuesToAdd" if everybody else "ValuesToRemove"): [EVERYBODY]}
    if is_cluster(arn):
        client.modify_db_cluster_snapshot_attribute(DBClusterSnapshotIdentifier=arn.name, **change)
    else:
        client.modify_db_snapshot_attribute(DBSnapshotIdentifier=arn.name, **change)


def modify(session: Session, resource: str, **change: Any) -> None:
    """Changes an instance or a cluster. Raises what botocore raises."""
    arn = parse(resource)
    client = session.client("rds", arn.region)
    if is_cluster(arn):
        client.modify_db_cluster(DBClusterIdentifier=arn.name, **change)
    else:
        client.modify_db_instance(DBInstanceIdentifier=arn.name, **change)
