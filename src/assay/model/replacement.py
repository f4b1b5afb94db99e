"""Replacements of databases and volumes that cannot be encrypted where they are: what they are called, and what has to be brought over."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TAG = "assay:migration"
"""The key of the tag that says of what something is the replacement, or a part of it."""
STEP = "assay:migration-step"
SNAPSHOT, COPY, REPLACEMENT, MEMBER, SETTINGS, STOPPED, SWITCH, RUNNING, RETIRED = (
    "snapshot", "encrypted copy", "replacement", "instance", "settings", "stopped", "switch", "running", "deleted",
)  # fmt: skip
"""Steps, as actions call them."""
ORIGINAL = "the original"
KEY = "key"
"""What in `Action.found` says the ARN of the key that a replacement is encrypted with; where it is not said, any key is meant."""


def is_encrypted(described: Mapping[str, Any], key: str | None) -> bool:
    """Whether an instance, a cluster, a volume or a snapshot is encrypted, with that key where one is said."""
    encrypted = described.get("StorageEncrypted", described.get("Encrypted"))
    return bool(encrypted) and (not key or described.get("KmsKeyId") == key)


CARRIED: Mapping[str, str] = {
    "DBParameterGroups": "parameter group",
    "OptionGroupMemberships": "option group",
    "VpcSecurityGroups": "security groups",
    "DBSubnetGroup": "subnets",
    "MonitoringInterval": "monitoring",
    "BackupRetentionPeriod": "backups",
    "DeletionProtection": "deletion protection",
    "IAMDatabaseAuthenticationEnabled": "signing in by IAM",
    "CopyTagsToSnapshot": "tags on snapshots",
    "EnabledCloudwatchLogsExports": "logs",
    "MultiAZ": "zones",
    "PubliclyAccessible": "public address",
    "StorageType": "kind of storage",
    "Iops": "operations of storage a second",
    "StorageThroughput": "throughput of storage",
    "TagList": "tags",
}
"""What of an instance a restored one has not by itself, as RDS and as people call it."""
OF_CLUSTERS: Mapping[str, str] = {
    "DBClusterParameterGroup": "parameter group",
    "VpcSecurityGroups": "security groups",
    "DBSubnetGroup": "subnets",
    "BackupRetentionPeriod": "backups",
    "PreferredBackupWindow": "time of backups",
    "PreferredMaintenanceWindow": "maintenance window",
    "DeletionProtection": "deletion protection",
    "IAMDatabaseAuthenticationEnabled": "signing in by IAM",
    "CopyTagsToSnapshot": "tags on snapshots",
    "EnabledCloudwatchLogsExports": "logs",
    "ServerlessV2ScalingConfiguration": "capacity",
    "TagList": "tags",
}
"""The same of a cluster."""
_NAMES = ("DBParameterGroupName", "OptionGroupName", "VpcSecurityGroupId", "DBSubnetGroupName")


def other_settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What a new instance has not as the old one has it, by what people call it."""
    return [told for name, told in CARRIED.items() if _plain(old.get(name)) != _plain(new.get(name))]


def other_cluster_settings(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """The same of clusters, whose roles are told by what they are for."""
    other = [told for name, told in OF_CLUSTERS.items() if _plain(old.get(name)) != _plain(new.get(name))]
    return other if set(roles_of(old)) <= set(roles_of(new)) else [*other, "roles"]


def roles_of(cluster: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The roles of a cluster, each with what it is for, which may be empty."""
    return [(str(each["RoleArn"]), str(each.get("FeatureName") or "")) for each in cluster.get("AssociatedRoles") or ()]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return next(
            (value[name] for name in _NAMES if name in value), sorted((str(k), str(v)) for k, v in value.items())
        )
    if isinstance(value, list):
        return sorted(
            str(_plain(each))
            for each in value
            if not (isinstance(each, Mapping) and str(each.get("Key", "")).startswith((TAG, "aws:")))
        )
    return value or None
