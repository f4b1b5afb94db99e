"""A cluster of Aurora, DocumentDB or Neptune is replaced by an encrypted one, step by step: a snapshot, a cluster that is restored from it with
a key (a copy of a snapshot that is not encrypted cannot be encrypted, as one of an instance can), an instance for each that there is, and the
names of all of them.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterFromSnapshot.html
https://docs.aws.amazon.com/documentdb/latest/developerguide/encryption-at-rest.html
https://docs.aws.amazon.com/neptune/latest/userguide/encrypt.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from assay.aws.arn import parse
from assay.aws.failures import refusals
from assay.aws.keys import CALLS as KEYS
from assay.aws.rdssettings import database_of
from assay.aws.session import Calls, Session, told
from assay.errors import ActionError
from assay.model.action import CHANGED, Action, State
from assay.model.replacement import MEMBER, REPLACEMENT, RETIRED, SETTINGS, SWITCH, other_cluster_settings, roles_of
from assay.protectors import rds_replacing as databases
from assay.protectors.keyed import check_usable
from assay.protectors.rds_replacing import AS_BEFORE, BEFORE, NEW, OLD, given, marked, name_of, own_group, scaling
from assay.protectors.replacing import NOT_READY, ReplacingProtector
from assay.protectors.replacing import Step as Making

CONTROL = "rds_cluster_migration"
READS: Calls = KEYS | {
    "rds.DescribeDBClusters", "rds.DescribeDBClusterSnapshots", "rds.DescribeDBInstances",
}  # fmt: skip
CALLS: Calls = READS | {
    "rds.ListTagsForResource", "rds.CreateDBClusterSnapshot", "rds.RestoreDBClusterFromSnapshot", "rds.CreateDBInstance", "rds.ModifyDBCluster",
    "rds.AddRoleToDBCluster", "rds.ModifyDBInstance", "rds.DeleteDBInstance", "rds.DeleteDBCluster", "rds.DeleteDBClusterSnapshot",
}  # fmt: skip
OF = "member"
"""What in `Action.found` says which instance of the cluster an action is about."""
IN_REPLACEMENT = "in the replacement"
DOCUMENTDB, NEPTUNE, AURORA = "docdb", "neptune", "aurora"


def protector(session: Session, account: str) -> ReplacingProtector:  # noqa: ARG001  # the ARN names the account
    """Changes clusters of the account, and their instances."""
    return ReplacingProtector(session, "RDS", CALLS, _STEPS)


def _check_replacement(session: Session, action: Action) -> None:
    check_usable(session, databases.key_of(action))
    if databases.snapshot(session, action.resource, BEFORE) is None:
        raise ActionError(NOT_READY, "its snapshot is not there")
    databases.check_original(session, action)


def _tags(session: Session, arn: str) -> list[dict[str, str]]:
    try:
        return databases.kept_tags(
            session.client("rds", parse(arn).region).list_tags_for_resource(ResourceName=arn)["TagList"]
        )
    except refusals() as error:
        raise told(error, "RDS") from None


def _make_replacement(session: Session, action: Action) -> None:
    """With what the original has: a restored one has the usual of all that is not said."""
    name, old = name_of(action), database_of(session, action.resource)
    engine = str(old.get("Engine"))
    more: dict[str, Any] = {}
    if engine != DOCUMENTDB:
        more = given(EnableIAMDatabaseAuthentication=old.get("IAMDatabaseAuthenticationEnabled"))
    if engine == "aurora-mysql":
        more |= given(BacktrackWindow=old.get("BacktrackWindow") or None)
    databases.client(session, action).restore_db_cluster_from_snapshot(
        DBClusterIdentifier=f"{name}{NEW}",
        SnapshotIdentifier=f"{name}{BEFORE}",
        Engine=engine,
        KmsKeyId=databases.key_of(action),
        Tags=[*_tags(session, action.resource), *marked(action, REPLACEMENT)],
        **given(
            EngineVersion=old.get("EngineVersion"),
            Port=old.get("Port"),
            DBSubnetGroupName=old.get("DBSubnetGroup"),
            VpcSecurityGroupIds=[each["VpcSecurityGroupId"] for each in old.get("VpcSecurityGroups") or ()] or None,
            DBClusterParameterGroupName=own_group(old.get("DBClusterParameterGroup")),
            DeletionProtection=old.get("DeletionProtection"),
            CopyTagsToSnapshot=old.get("CopyTagsToSnapshot"),
            EnableCloudwatchLogsExports=old.get("EnabledCloudwatchLogsExports") or None,
            ServerlessV2ScalingConfiguration=scaling(old),
            # Told only where it is not the usual one, which cannot be asked for by its name everywhere.
            StorageType=old.get("StorageType") if "iopt" in str(old.get("StorageType")) else None,
            NetworkType=old.get("NetworkType"),
            **more,
        ),
    )


def _member(action: Action) -> str:
    """The ARN of the instance that an action is about, by its first name."""
    return str(parse(action.resource)._replace(resource=f"db:{action.found[OF]}"))


def _see_member(session: Session, action: Action) -> State:
    """By its first name, or by that of the original's instance once it has that; in which cluster it is."""
    found = databases.database(session, _member(action), NEW)
    if found is None:
        serving = databases.database(session, _member(action))
        found = serving if serving is not None and serving.get("StorageEncrypted") else None
    ((named, _),) = action.after.items()
    if found is None:
        return {named: None}
    cluster, name = found.get("DBClusterIdentifier"), name_of(action)
    return {
        named: IN_REPLACEMENT
        if cluster in (f"{name}{NEW}", name) and found.get("StorageEncrypted")
        else f"in {cluster}"
    }


def _check_member(session: Session, action: Action) -> None:
    if databases.database(session, action.resource, NEW) is None:
        raise ActionError(NOT_READY, "its replacement is not there")
    if databases.database(session, _member(action)) is None:
        raise ActionError(CHANGED, f"{action.found[OF]} is not there any more; plan it again")


def _make_member(session: Session, action: Action) -> None:
    """Of the same class, in the same zone, with the same tags, and as soon the writer."""
    old = database_of(session, _member(action))
    engine, more = str(old.get("Engine")), {}
    if engine != DOCUMENTDB:
        groups = [each["DBParameterGroupName"] for each in old.get("DBParameterGroups") or ()]
        more = given(DBParameterGroupName=next((group for each in groups if (group := own_group(each))), None))
        if old.get("MonitoringInterval"):
            more |= {"MonitoringInterval": old["MonitoringInterval"], "MonitoringRoleArn": old.get("MonitoringRoleArn")}
    if engine.startswith(AURORA):
        more |= given(
            PubliclyAccessible=old.get("PubliclyAccessible"),
            PerformanceInsightsRetentionPeriod=old.get("PerformanceInsightsRetentionPeriod"),
        )
    insights = bool(old.get("PerformanceInsightsEnabled"))
    databases.client(session, action).create_db_instance(
        DBInstanceIdentifier=f"{action.found[OF]}{NEW}",
        DBClusterIdentifier=f"{name_of(action)}{NEW}",
        Engine=engine,
        DBInstanceClass=old.get("DBInstanceClass"),
        Tags=[*_tags(session, _member(action)), *marked(action, MEMBER)],
        **given(
            AvailabilityZone=old.get("AvailabilityZone"),
            PromotionTier=old.get("PromotionTier"),
            AutoMinorVersionUpgrade=old.get("AutoMinorVersionUpgrade"),
            PreferredMaintenanceWindow=old.get("PreferredMaintenanceWindow"),
            EnablePerformanceInsights=insights or None,
            PerformanceInsightsKMSKeyId=old.get("PerformanceInsightsKMSKeyId") if insights else None,
            **more,
        ),
    )


def _see_settings(session: Session, action: Action) -> State:
    old, new = databases.original_and_replacement(session, action)
    return {SETTINGS: AS_BEFORE if not other_cluster_settings(old, new) else None}


def _make_settings(session: Session, action: Action) -> None:
    """What a restore does not take, and the roles that are not there yet: a run that was killed has made some of it."""
    old, new = databases.original_and_replacement(session, action)
    client, name = databases.client(session, action), f"{name_of(action)}{NEW}"
    client.modify_db_cluster(
        DBClusterIdentifier=name,
        ApplyImmediately=True,
        **given(
            BackupRetentionPeriod=old.get("BackupRetentionPeriod"),
            PreferredBackupWindow=old.get("PreferredBackupWindow"),
            PreferredMaintenanceWindow=old.get("PreferredMaintenanceWindow"),
        ),
    )
    for arn, feature in roles_of(old):
        if (arn, feature) not in roles_of(new):
            client.add_role_to_db_cluster(DBClusterIdentifier=name, RoleArn=arn, **given(FeatureName=feature or None))


def _rename_cluster(client: Any, name: str, new: str) -> None:
    client.modify_db_cluster(DBClusterIdentifier=name, NewDBClusterIdentifier=new, ApplyImmediately=True)


def _rename_member(client: Any, name: str, new: str) -> None:
    client.modify_db_instance(DBInstanceIdentifier=name, NewDBInstanceIdentifier=new, ApplyImmediately=True)


def _snapshot(client: Any, name: str, snapshot: str, tags: Sequence[Mapping[str, str]]) -> None:
    client.create_db_cluster_snapshot(DBClusterIdentifier=name, DBClusterSnapshotIdentifier=snapshot, Tags=tags)


def _delete_cluster(client: Any, name: str, found: Mapping[str, Any]) -> None:
    """Backups of Aurora that RDS made by itself stay for as long as they were to be kept; the others know no such thing."""
    more = {"DeleteAutomatedBackups": False} if str(found.get("Engine")).startswith(AURORA) else {}
    client.delete_db_cluster(DBClusterIdentifier=name, SkipFinalSnapshot=True, **more)


def _delete_snapshot(client: Any, name: str) -> None:
    client.delete_db_cluster_snapshot(DBClusterSnapshotIdentifier=name)


_ALIKE = databases.steps(
    databases.Calls(
        snapshot=_snapshot, rename=_rename_cluster, delete=_delete_cluster, delete_snapshot=_delete_snapshot
    )
)
_OF_MEMBERS = databases.switch_step(_member, _rename_member)


def _see_retired(session: Session, action: Action) -> State:
    if OF not in action.found:
        return _ALIKE[RETIRED].see(session, action)
    found = databases.database(session, _member(action), OLD)
    return dict.fromkeys(action.after, None if found is None else "there")


def _check_retired(session: Session, action: Action) -> None:
    """An instance only where it is one of the original, and not encrypted."""
    databases.check_retired(session, action)
    kept = databases.database(session, _member(action), OLD) if OF in action.found else None
    if kept is None:
        return
    if kept.get("DBClusterIdentifier") != f"{name_of(action)}{OLD}" or kept.get("StorageEncrypted"):
        raise ActionError(NOT_READY, f"{action.found[OF]}{OLD} is not of the original: it is not deleted")
    if databases.names_of(session, _member(action), None) != databases.SWITCHED:
        raise ActionError(NOT_READY, f"nothing serves under the name {action.found[OF]}: nothing is deleted")


def _retire(session: Session, action: Action) -> None:
    if OF not in action.found:
        _ALIKE[RETIRED].make(session, action)
        return
    kept = databases.database(session, _member(action), OLD) or {}
    # An instance of a cluster has no snapshots of its own; DocumentDB does not know what it would be not to make one.
    more = {} if kept.get("Engine") == DOCUMENTDB else {"SkipFinalSnapshot": True}
    databases.client(session, action).delete_db_instance(DBInstanceIdentifier=f"{action.found[OF]}{OLD}", **more)


def _switch() -> Making:
    """Of the cluster, or of one of its instances."""

    def one(action: Action) -> Making:
        return _OF_MEMBERS if OF in action.found else _ALIKE[SWITCH]

    def back(session: Session, action: Action) -> None:
        taken_back = one(action).back
        assert taken_back is not None
        taken_back(session, action)

    return Making(
        see=lambda session, action: one(action).see(session, action),
        make=lambda session, action: one(action).make(session, action),
        check=lambda session, action: one(action).check(session, action),
        back=back,
        between=lambda state, action: one(action).between(state, action),
    )


_STEPS: Mapping[str, Making] = {
    **_ALIKE,
    REPLACEMENT: Making(see=databases.see_replacement, make=_make_replacement, check=_check_replacement),
    MEMBER: Making(see=_see_member, make=_make_member, check=_check_member),
    SETTINGS: Making(see=_see_settings, make=_make_settings),
    SWITCH: _switch(),
    RETIRED: Making(see=_see_retired, make=_retire, check=_check_retired),
}
