"""What RDS refuses of clusters that are restored, named anew and deleted, and what the emulator leaves out of it: what is restored has what was
said and no more, and no instances; an instance goes with its cluster when that gets another name.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBClusterFromSnapshot.html
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CopyDBClusterSnapshot.html
"""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.session import Session
from moto.rds.models import DBCluster, DBInstance, rds_backends
from moto.rds.utils import ClusterEngine, DbInstanceEngine

from strict import databases, state
from strict.answers import Answer, RefusedError
from strict.recognised import Request
from strict.state import State

_OF_A_CLUSTER = {
    "BackupRetentionPeriod", "DBName", "DeletionProtection", "EnableCloudwatchLogsExports", "EnableIAMDatabaseAuthentication",
    "KmsKeyId", "MasterUserPassword", "MasterUsername", "PreferredBackupWindow", "StorageEncrypted", "VpcSecurityGroupIds",
}  # fmt: skip
"""What an instance of a cluster is not made with: it is the cluster's."""

_DOCUMENTDB = "docdb"


def install() -> None:
    """DocumentDB is listed and changed by RDS, and the emulator does not know the engine."""
    for kind, name in ((ClusterEngine, "list_cluster_engines"), (DbInstanceEngine, "valid_db_instance_engine")):
        known_to = getattr(kind, name)
        if _DOCUMENTDB not in known_to():
            setattr(kind, name, lambda known_to=known_to: [*known_to(), _DOCUMENTDB])
    for kind, name, usual in ((DBCluster, "default_port", 27017), (DBInstance, "default_port", 27017), (DBCluster, "default_allocated_storage", 1),
                              (DBCluster, "default_engine_version", "5.0.0")):  # fmt: skip
        before = getattr(kind, name)
        if getattr(before, "of_documentdb", None) is None:
            setattr(kind, name, staticmethod(_beside(before, usual)))


def _beside(before: Any, usual: Any) -> Any:
    def told(engine: str, **more: Any) -> Any:
        return usual if engine == _DOCUMENTDB else before(engine, **more)

    told.of_documentdb = True  # type: ignore[attr-defined]
    return told


def _rds(request: Request) -> Any:
    return rds_backends[request.account][request.region]


@cache
def known(engine: str, operation: str) -> frozenset[str] | None:
    """What an operation takes for engines that have a model of their own."""
    if engine not in ("docdb", "neptune"):
        return None
    shape = Session().get_service_model(engine).operation_model(operation).input_shape
    return None if shape is None else frozenset(shape.members)


def _takes(request: Request, engine: str) -> None:
    takes = known(engine, request.operation.name)
    unknown = sorted(set(request.parameters) - takes) if takes is not None else []
    if unknown:
        raise RefusedError("InvalidParameterCombination", f"{engine} does not take {', '.join(unknown)}.", 400)


def _key(request: Request) -> Any:
    key = request.parameters.get("KmsKeyId")
    found = state.kms_key(request.account, request.region, key) if key else None
    if key and (found is None or found.key_state != "Enabled"):
        raise RefusedError("KMSKeyNotAccessibleFault", f"The KMS key {key} is not there or not enabled.", 400)
    return found


def _restore(request: Request, _: State) -> None:
    source = _rds(request).cluster_snapshots.get(request.parameters["SnapshotIdentifier"])
    if request.parameters["DBClusterIdentifier"] in _rds(request).clusters:
        raise RefusedError("DBClusterAlreadyExistsFault", "DB Cluster already exists", 400)
    if source is None:
        return
    if source.engine != request.parameters["Engine"]:
        raise RefusedError("InvalidParameterCombination", "The engine is not that of the snapshot.", 400)
    _takes(request, source.engine)
    _key(request)
    if request.parameters.get("BacktrackWindow") and source.engine != "aurora-mysql":
        raise RefusedError("InvalidParameterCombination", "Backtrack is not enabled for this engine.", 400)
    # The emulator takes the password of the source along, which clusters of Neptune have not.
    if not hasattr(source.cluster, "_master_user_password"):
        source.cluster._master_user_password = "none-there"  # no password


def _restored(request: Request, answer: Answer) -> Answer:
    held = _rds(request).clusters.get(request.parameters["DBClusterIdentifier"])
    source = _rds(request).cluster_snapshots.get(request.parameters["SnapshotIdentifier"])
    if not answer.ok or held is None or source is None:
        return answer
    given, key = request.parameters, _key(request)
    held.storage_encrypted = bool(source.encrypted or key)
    held.kms_key_id = str(key.arn) if key else source.kms_key_id
    held.backup_retention_period = 1
    held.preferred_backup_window, held.preferred_maintenance_window = "03:00-03:30", "sun:05:00-sun:05:30"
    held.deletion_protection = bool(given.get("DeletionProtection"))
    held.copy_tags_to_snapshot = bool(given.get("CopyTagsToSnapshot"))
    held.iam_auth = held.enable_iam_database_authentication = bool(given.get("EnableIAMDatabaseAuthentication"))
    held.enabled_cloudwatch_logs_exports = list(given.get("EnableCloudwatchLogsExports") or ())
    usual = "default.neptune1.3" if held.engine == "neptune" else "default.aurora8.0"
    held.parameter_group = given.get("DBClusterParameterGroupName") or usual
    held.vpc_security_group_ids = list(given.get("VpcSecurityGroupIds") or ())
    held.serverless_v2_scaling_configuration = given.get("ServerlessV2ScalingConfiguration")
    held.tags = list(given.get("Tags") or ())
    held._associated_roles = []
    return answer


def _copy(request: Request, _: State) -> None:
    source = _rds(request).cluster_snapshots.get(request.parameters["SourceDBClusterSnapshotIdentifier"])
    if source is not None and request.parameters.get("KmsKeyId") and not source.encrypted:
        raise RefusedError(
            "InvalidParameterCombination", "A cluster snapshot that is not encrypted cannot be copied with a key.", 400
        )


def _make_instance(request: Request, _: State) -> None:
    cluster = _rds(request).clusters.get(str(request.parameters.get("DBClusterIdentifier") or ""))
    if cluster is None:
        return
    _takes(request, cluster.engine)
    of_cluster = sorted(_OF_A_CLUSTER & set(request.parameters))
    if of_cluster:
        raise RefusedError("InvalidParameterCombination", f"{', '.join(of_cluster)}: set by the DB cluster.", 400)


def _rename(request: Request, _: State) -> None:
    new, backend = request.parameters.get("NewDBClusterIdentifier"), _rds(request)
    held = backend.clusters.get(request.parameters["DBClusterIdentifier"])
    if held is None:
        return
    _takes(request, held.engine)
    if new and new in backend.clusters:
        raise RefusedError("DBClusterAlreadyExistsFault", f"DB Cluster {new} already exists", 400)
    held.strict_members = list(held._members)


def _renamed(request: Request, answer: Answer) -> Answer:
    """Instances go with their cluster; without a new name it is a change as any other."""
    new = request.parameters.get("NewDBClusterIdentifier")
    if not new:
        return databases.changed(request, answer)
    held = _rds(request).clusters.get(new)
    if answer.ok and held is not None:
        for member in held.strict_members:
            member.db_cluster_identifier = held.db_cluster_identifier
    return answer


def _rename_instance(request: Request, _: State) -> None:
    new, backend = request.parameters.get("NewDBInstanceIdentifier"), _rds(request)
    held = backend.databases.get(request.parameters["DBInstanceIdentifier"])
    if held is not None and held.db_cluster_identifier:
        _takes(request, held.engine)
    if new and new in backend.databases:
        raise RefusedError("DBInstanceAlreadyExists", f"DB Instance {new} already exists", 400)


def _delete(request: Request, _: State) -> None:
    held = _rds(request).clusters.get(request.parameters["DBClusterIdentifier"])
    if held is None:
        return
    _takes(request, held.engine)
    if held._members:
        raise RefusedError(
            "InvalidDBClusterStateFault",
            "Cluster cannot be deleted, it still contains DB instances in non-deleting state.",
            400,
        )
    if not request.parameters.get("SkipFinalSnapshot") and not request.parameters.get("FinalDBSnapshotIdentifier"):
        raise RefusedError(
            "InvalidParameterCombination", "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is set.", 400
        )


def _delete_instance(request: Request, _: State) -> None:
    held = _rds(request).databases.get(request.parameters["DBInstanceIdentifier"])
    if held is not None and held.db_cluster_identifier:
        _takes(request, held.engine)


CHECKS = {
    "rds.RestoreDBClusterFromSnapshot": _restore,
    "rds.CopyDBClusterSnapshot": _copy,
    "rds.CreateDBInstance": _make_instance,
    "rds.ModifyDBCluster": _rename,
    "rds.ModifyDBInstance": _rename_instance,
    "rds.DeleteDBCluster": _delete,
    "rds.DeleteDBInstance": _delete_instance,
}
AFTER = {"rds.RestoreDBClusterFromSnapshot": _restored, "rds.ModifyDBCluster": _renamed}
