"""Instances, clusters and snapshots of RDS with all their settings, as protection looks at them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.aws import rdssettings
from assay.aws.arn import Arn, parse
from assay.aws.failures import NOT_FOUND, refusals
from assay.aws.keys import CALLS as KEYS
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.errors import AwsError
from assay.model.protection import ResourceState, ResourceType, Setting
from assay.observers.look import as_tags
from assay.observers.reading import read

CALLS: Calls = rdssettings.DATABASE | rdssettings.SNAPSHOT | rdssettings.SHARING | KEYS
KINDS = ("db", "cluster", "snapshot", "cluster-snapshot")
HOSTS, BESIDE = "hosts", "hosts_beside"
"""The settings that say by which addresses the catalog knows what lies in a database: its own, and those of what belongs to it."""

_LISTS: Mapping[str, tuple[str, str, str, Mapping[str, str]]] = {
    "db": ("describe_db_instances", "DBInstances", "DBInstanceArn", {}),
    "cluster": ("describe_db_clusters", "DBClusters", "DBClusterArn", {}),
    # Those that RDS makes by itself cannot be shared, and go with their database.
    "snapshot": ("describe_db_snapshots", "DBSnapshots", "DBSnapshotArn", {"SnapshotType": "manual"}),
    "cluster-snapshot": (
        "describe_db_cluster_snapshots", "DBClusterSnapshots", "DBClusterSnapshotArn", {"SnapshotType": "manual"},
    ),
}  # fmt: skip


class DatabaseObserver:
    """Reads databases and snapshots of the account."""

    def __init__(self, session: Session, account: str) -> None:
        self._session = session
        self._account = account

    def names(self, kind: str, region: str | None) -> Iterator[str]:
        """The ARNs of all of one of `KINDS` in a region. Raises `AwsError`."""
        operation, key, arn, more = _LISTS[kind]
        try:
            for each in items(self._session.client("rds", region), operation, key, **more):
                yield str(each[arn])
        except refusals() as error:
            raise told(error, "RDS") from None

    def observe(self, resource: str) -> ResourceState:
        """All settings. Raises `AwsError` where the resource itself is not to be seen."""
        arn = parse(resource)
        if arn.kind.endswith("snapshot"):
            found, kind = self._snapshot(resource), ResourceType.RDS_SNAPSHOT
        elif rdssettings.is_cluster(arn):
            found, kind = self._cluster(resource), ResourceType.RDS_CLUSTER
        else:
            found, kind = self._instance(resource), ResourceType.RDS_INSTANCE
        return ResourceState(resource=resource, type=kind, account=self._account, region=arn.region, settings=found)

    def _instance(self, resource: str) -> dict[str, Setting]:
        told_as = rdssettings.database_of(self._session, resource)
        cluster = told_as.get("DBClusterIdentifier")
        return {
            **self._both(told_as),
            "cluster": Setting(value=cluster),
            "public": Setting(value=bool(told_as.get("PubliclyAccessible"))),
            HOSTS: Setting(value=_hosts(told_as)),
            BESIDE: read(lambda: self._hosts_of(_beside(resource, "cluster", cluster))),
        }

    def _cluster(self, resource: str) -> dict[str, Setting]:
        told_as = rdssettings.database_of(self._session, resource)
        members = [str(each["DBInstanceIdentifier"]) for each in told_as.get("DBClusterMembers") or ()]
        return {
            **self._both(told_as),
            "members": Setting(value=members),
            HOSTS: Setting(value=_hosts(told_as)),
            BESIDE: read(lambda: [host for each in members for host in self._hosts_of(_beside(resource, "db", each))]),
        }

    def _both(self, told_as: Mapping[str, Any]) -> dict[str, Setting]:
        return {
            "status": Setting(value=rdssettings.status_of(told_as)),
            "engine": Setting(value=str(told_as.get("Engine") or "")),
            "size_bytes": Setting(value=_size(told_as)),
            "pending": Setting(value=rdssettings.pending_of(told_as)),
            "deletion_protection": Setting(value=bool(told_as.get("DeletionProtection"))),
            "backup_days": Setting(value=int(told_as.get("BackupRetentionPeriod") or 0)),
            "copy_tags": Setting(value=bool(told_as.get("CopyTagsToSnapshot"))),
            "log_exports": Setting(value=sorted(told_as.get("EnabledCloudwatchLogsExports") or ())),
            "iam_authentication": Setting(value=bool(told_as.get("IAMDatabaseAuthenticationEnabled"))),
            "multi_az": Setting(value=bool(told_as.get("MultiAZ"))),
            "encryption": read(lambda: rdssettings.encryption_of(self._session, told_as)),
            "tags": Setting(value=dict(as_tags(told_as.get("TagList")))),
        }

    def _snapshot(self, resource: str) -> dict[str, Setting]:
        told_as = rdssettings.snapshot_of(self._session, resource)
        of = told_as.get("DBInstanceIdentifier") or told_as.get("DBClusterIdentifier")
        kind = "cluster" if rdssettings.is_cluster(parse(resource)) else "db"
        return {
            "status": Setting(value=str(told_as.get("Status") or "unknown")),
            "engine": Setting(value=str(told_as.get("Engine") or "")),
            "made_by": Setting(value=str(told_as.get("SnapshotType") or "")),
            "of": Setting(value=of),
            "shared_with": read(lambda: rdssettings.sharing_of(self._session, resource)),
            "encryption": read(lambda: rdssettings.encryption_of(self._session, told_as)),
            "tags": Setting(value=dict(as_tags(told_as.get("TagList")))),
            BESIDE: read(lambda: self._hosts_of(_beside(resource, kind, of))),
        }

    def _hosts_of(self, resource: str | None) -> list[str]:
        """Addresses of what belongs to a resource; of what is gone none."""
        if resource is None:
            return []
        try:
            return _hosts(rdssettings.database_of(self._session, resource))
        except AwsError as error:
            if error.reason == NOT_FOUND:
                return []
            raise


def _size(told_as: Mapping[str, Any]) -> int | None:
    """What is allocated; Aurora tells 1, whatever it holds."""
    gigabytes = told_as.get("AllocatedStorage")
    if gigabytes is None or str(told_as.get("Engine")).startswith("aurora"):
        return None
    return int(gigabytes) * 2**30


def _beside(resource: str, kind: str, name: str | None) -> str | None:
    return None if not name else str(Arn(*parse(resource)[:4], f"{kind}:{name}"))


def _hosts(told_as: Mapping[str, Any]) -> list[str]:
    endpoint = told_as.get("Endpoint")
    if isinstance(endpoint, Mapping):
        found = [endpoint.get("Address")]
    else:
        found = [endpoint, told_as.get("ReaderEndpoint"), *(told_as.get("CustomEndpoints") or ())]
    return [str(host) for host in found if host]
