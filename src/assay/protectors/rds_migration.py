"""An instance of RDS is replaced by an encrypted one, step by step: a snapshot, an encrypted copy of it, and what is restored from that.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.aws.keys import CALLS as KEYS
from assay.aws.rdssettings import database_of
from assay.aws.session import Calls, Session
from assay.errors import ActionError
from assay.model.action import Action, State
from assay.model.replacement import COPY, REPLACEMENT, SETTINGS, other_settings
from assay.protectors import rds_replacing as databases
from assay.protectors.keyed import check_usable
from assay.protectors.rds_replacing import AS_BEFORE, BEFORE, ENCRYPTED, NEW, group_of, marked, name_of, with_key
from assay.protectors.replacing import NOT_READY, ReplacingProtector
from assay.protectors.replacing import Step as Making

CONTROL = "rds_migration"
_GP3_IOPS, _GP3_THROUGHPUT = 3_000, 125
"""What every gp3 has. https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html"""
READS: Calls = KEYS | {"rds.DescribeDBInstances", "rds.DescribeDBSnapshots"}
CALLS: Calls = READS | {
    "rds.CreateDBSnapshot", "rds.CopyDBSnapshot", "rds.RestoreDBInstanceFromDBSnapshot", "rds.ModifyDBInstance", "rds.DeleteDBInstance",
    "rds.DeleteDBSnapshot",
}  # fmt: skip


def protector(session: Session, account: str) -> ReplacingProtector:  # noqa: ARG001  # the ARN names the account
    """Changes instances of the account."""
    return ReplacingProtector(session, "RDS", CALLS, _STEPS)


def _see_copy(session: Session, action: Action) -> State:
    found = databases.snapshot(session, action.resource, ENCRYPTED)
    return {COPY: None if found is None else with_key(found.get("KmsKeyId"), found.get("Encrypted"))}


def _make_copy(session: Session, action: Action) -> None:
    name = name_of(action)
    databases.client(session, action).copy_db_snapshot(
        SourceDBSnapshotIdentifier=f"{name}{BEFORE}", TargetDBSnapshotIdentifier=f"{name}{ENCRYPTED}",
        KmsKeyId=databases.key_of(action), CopyTags=True, Tags=marked(action, COPY),
    )  # fmt: skip


def _check_copy(session: Session, action: Action) -> None:
    check_usable(session, databases.key_of(action))
    if databases.snapshot(session, action.resource, BEFORE) is None:
        raise ActionError(NOT_READY, "its snapshot is not there")


def _check_replacement(session: Session, action: Action) -> None:
    copy = databases.snapshot(session, action.resource, ENCRYPTED)
    if copy is None or with_key(copy.get("KmsKeyId"), copy.get("Encrypted")) != action.after[REPLACEMENT]:
        raise ActionError(NOT_READY, "the encrypted copy of its snapshot is not there, or with another key")
    databases.check_original(session, action)


def _speed(old: Mapping[str, Any]) -> dict[str, Any]:
    """How quick its storage is. What a gp3 has at least is not asked for: RDS refuses that for small storage, which can have no other."""
    kind, iops, throughput = str(old.get("StorageType")), old.get("Iops"), old.get("StorageThroughput")
    if kind.startswith("io"):
        return {"Iops": iops}
    if kind != "gp3" or ((iops or 0) <= _GP3_IOPS and (throughput or 0) <= _GP3_THROUGHPUT):
        return {}
    return {"Iops": iops, "StorageThroughput": throughput}


def _make_replacement(session: Session, action: Action) -> None:
    """With what the original has: a restored one has the usual of all that is not said."""
    name = name_of(action)
    old = database_of(session, action.resource)
    databases.client(session, action).restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier=f"{name}{NEW}",
        DBSnapshotIdentifier=f"{name}{ENCRYPTED}",
        Tags=[*databases.kept_tags(old.get("TagList")), *marked(action, REPLACEMENT)],
        **databases.given(
            DBInstanceClass=old.get("DBInstanceClass"),
            Port=(old.get("Endpoint") or {}).get("Port"),
            DBSubnetGroupName=(old.get("DBSubnetGroup") or {}).get("DBSubnetGroupName"),
            MultiAZ=old.get("MultiAZ"),
            PubliclyAccessible=old.get("PubliclyAccessible"),
            AutoMinorVersionUpgrade=old.get("AutoMinorVersionUpgrade"),
            StorageType=old.get("StorageType"),
            **_speed(old),
            VpcSecurityGroupIds=[each["VpcSecurityGroupId"] for each in old.get("VpcSecurityGroups") or ()] or None,
            DBParameterGroupName=group_of(old, "DBParameterGroups", "DBParameterGroupName"),
            OptionGroupName=group_of(old, "OptionGroupMemberships", "OptionGroupName"),
            DeletionProtection=old.get("DeletionProtection"),
            CopyTagsToSnapshot=old.get("CopyTagsToSnapshot"),
            EnableIAMDatabaseAuthentication=old.get("IAMDatabaseAuthenticationEnabled"),
            EnableCloudwatchLogsExports=old.get("EnabledCloudwatchLogsExports") or None,
        ),
    )


def _see_settings(session: Session, action: Action) -> State:
    old, new = databases.original_and_replacement(session, action)
    return {SETTINGS: AS_BEFORE if not other_settings(old, new) else None}


def _make_settings(session: Session, action: Action) -> None:
    """What a restore does not take: nobody else has left anything for the maintenance window of the replacement."""
    old = database_of(session, action.resource)
    given: dict[str, Any] = {"BackupRetentionPeriod": int(old.get("BackupRetentionPeriod") or 0)}
    if old.get("MonitoringInterval"):
        given |= {"MonitoringInterval": old["MonitoringInterval"], "MonitoringRoleArn": old.get("MonitoringRoleArn")}
    databases.client(session, action).modify_db_instance(
        DBInstanceIdentifier=f"{name_of(action)}{NEW}", ApplyImmediately=True, **given
    )


def _snapshot(client: Any, name: str, snapshot: str, tags: list[dict[str, str]]) -> None:
    client.create_db_snapshot(DBInstanceIdentifier=name, DBSnapshotIdentifier=snapshot, Tags=tags)


def _rename(client: Any, name: str, new: str) -> None:
    client.modify_db_instance(DBInstanceIdentifier=name, NewDBInstanceIdentifier=new, ApplyImmediately=True)


def _delete(client: Any, name: str, _: Mapping[str, Any]) -> None:
    client.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True, DeleteAutomatedBackups=False)


def _delete_snapshot(client: Any, name: str) -> None:
    client.delete_db_snapshot(DBSnapshotIdentifier=name)


_STEPS: Mapping[str, Making] = {
    **databases.steps(
        databases.Calls(snapshot=_snapshot, rename=_rename, delete=_delete, delete_snapshot=_delete_snapshot)
    ),
    COPY: Making(see=_see_copy, make=_make_copy, check=_check_copy),
    REPLACEMENT: Making(see=databases.see_replacement, make=_make_replacement, check=_check_replacement),
    SETTINGS: Making(see=_see_settings, make=_make_settings),
}
