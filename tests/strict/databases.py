"""What RDS refuses of changes of databases, which of them wait for the maintenance window, and what is made at once with them.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
"""

from __future__ import annotations

from typing import Any

from moto.rds.models import rds_backends

from strict.answers import Answer, RefusedError
from strict.recognised import Request
from strict.state import State

_LONGEST = 35
_WAITS = {
    "EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
    "BackupRetentionPeriod": "BackupRetentionPeriod",
    "DBInstanceClass": "DBInstanceClass",
    "EngineVersion": "EngineVersion",
}
"""What waits unless it is asked for at once, and how it is told until then."""
_HELD = {
    "IAMDatabaseAuthenticationEnabled": "enable_iam_database_authentication",
    "BackupRetentionPeriod": "backup_retention_period",
    "DBInstanceClass": "db_instance_class",
    "EngineVersion": "engine_version",
}
_ITS_CLUSTERS = ("BackupRetentionPeriod", "EngineVersion")
"""What an instance of a cluster has of that."""
_OF_CLUSTERS = (
    "BackupRetentionPeriod", "DeletionProtection", "EnableIAMDatabaseAuthentication", "CloudwatchLogsExportConfiguration",
    "CopyTagsToSnapshot",
)  # fmt: skip
_LOGS = {
    "postgres": {"postgresql", "upgrade", "iam-db-auth-error"},
    "aurora-postgresql": {"postgresql", "instance", "iam-db-auth-error"},
    "aurora-mysql": {"audit", "error", "general", "instance", "slowquery", "iam-db-auth-error"},
    "mysql": {"audit", "error", "general", "slowquery", "iam-db-auth-error"},
    "mariadb": {"audit", "error", "general", "slowquery", "iam-db-auth-error"},
}
_OTHER_LOGS = {"oracle": {"alert", "audit", "listener", "trace", "oemagent"}, "sqlserver": {"agent", "error"}}


def _held(request: Request) -> Any:
    backend = rds_backends[request.account][request.region]
    if "Cluster" in request.operation.name:
        return backend.clusters.get(str(request.parameters.get("DBClusterIdentifier")))
    return backend.databases.get(str(request.parameters.get("DBInstanceIdentifier")))


def _key(held: Any) -> str:
    return f"rds:{getattr(held, 'db_instance_identifier', None) or held.db_cluster_identifier}"


def _change(request: Request, remembered: State) -> None:
    held, given = _held(request), request.parameters
    if held is None:
        return
    is_cluster = "Cluster" in request.operation.name
    if remembered.status_of(_key(held)) != "ACTIVE":
        code = "InvalidDBClusterStateFault" if is_cluster else "InvalidDBInstanceState"
        raise RefusedError(code, "The database is not in the available state.", 400)
    if not is_cluster and held.db_cluster_identifier and set(_OF_CLUSTERS) & set(given):
        raise RefusedError("InvalidParameterCombination", "The requested parameter is set by the DB cluster.", 400)
    days = given.get("BackupRetentionPeriod")
    if days is not None and not int(is_cluster) <= int(days) <= _LONGEST:
        raise RefusedError("InvalidParameterValue", f"Invalid backup retention period: {days}.", 400)
    if given.get("EnableIAMDatabaseAuthentication") and held.engine not in _LOGS:
        raise RefusedError("InvalidParameterCombination", "IAM Database Authentication is not supported.", 400)
    logs = {log for asked in (given.get("CloudwatchLogsExportConfiguration") or {}).values() for log in asked}
    known = _LOGS.get(held.engine) or next(
        (names for start, names in _OTHER_LOGS.items() if held.engine.startswith(start)), set()
    )
    if logs - known:
        message = f"You cannot use the log types '{', '.join(sorted(logs - known))}' with engine {held.engine}."
        raise RefusedError("InvalidParameterCombination", message, 400)
    held.strict_before = {name: getattr(held, name, None) for name in _HELD.values()}
    if given.get("ApplyImmediately") or set(given) - set(_WAITS) - {"DBInstanceIdentifier", "DBClusterIdentifier"}:
        remembered.unsettle(_key(held), "modifying", 1)


def changed(request: Request, answer: Answer) -> Answer:
    held, given = _held(request), request.parameters
    if not answer.ok or held is None:
        return answer
    is_cluster = "Cluster" in request.operation.name
    before, pending = held.strict_before, dict(getattr(held, "pending_modified_values", None) or {})
    asked = {told: given[sent] for sent, told in _WAITS.items() if sent in given}
    if given.get("ApplyImmediately"):
        # Of an instance all that waits is made, of a cluster only what is asked for.
        made = asked if is_cluster else pending | asked
        pending = {name: value for name, value in pending.items() if name not in made}
    else:
        made = {name: value for name, value in asked.items() if _is_soon(name, value, before, is_cluster)}
        pending |= {name: value for name, value in asked.items() if name not in made}
    for name, attribute in _HELD.items():
        if name in _ITS_CLUSTERS and not is_cluster and held.db_cluster_identifier:
            continue
        setattr(held, attribute, made.get(name, before[attribute]))
    if is_cluster:
        held.iam_auth = held.enable_iam_database_authentication
        exports = given.get("CloudwatchLogsExportConfiguration") or {}
        there = [*held.enabled_cloudwatch_logs_exports, *exports.get("EnableLogTypes", ())]
        held.enabled_cloudwatch_logs_exports = [log for log in there if log not in exports.get("DisableLogTypes", ())]
    held.enabled_cloudwatch_logs_exports = list(dict.fromkeys(held.enabled_cloudwatch_logs_exports))
    held.pending_modified_values = pending
    return answer


def _is_soon(name: str, value: Any, before: dict[str, Any], is_cluster: bool) -> bool:
    """From some days of backups to others an instance goes without being asked to."""
    return name == "BackupRetentionPeriod" and not is_cluster and bool(value and before[_HELD[name]])


def _described(request: Request, remembered: State) -> None:
    """A database tells its status, which one that was changed gets back after it was looked at once."""
    backend = rds_backends[request.account][request.region]
    is_cluster = "Cluster" in request.operation.name
    named = request.parameters.get("DBClusterIdentifier" if is_cluster else "DBInstanceIdentifier")
    for held in (backend.clusters if is_cluster else backend.databases).values():
        if named is None or _key(held) == f"rds:{str(named).rpartition(':')[2]}":
            status = remembered.status_of(_key(held), described=True)
            if status != "ACTIVE":
                held.status = held.strict_status = status
            elif held.status == getattr(held, "strict_status", None):
                held.status = "available"


def _shared(request: Request, _: State) -> None:
    backend = rds_backends[request.account][request.region]
    held = backend.database_snapshots.get(str(request.parameters.get("DBSnapshotIdentifier")))
    if held is not None and held.encrypted and "all" in (request.parameters.get("ValuesToAdd") or ()):
        raise RefusedError("InvalidParameterValue", "You cannot share an encrypted snapshot publicly.", 400)


CHECKS = {
    "rds.ModifyDBInstance": _change,
    "rds.ModifyDBCluster": _change,
    "rds.DescribeDBInstances": _described,
    "rds.DescribeDBClusters": _described,
    "rds.ModifyDBSnapshotAttribute": _shared,
}
AFTER = {"rds.ModifyDBInstance": changed, "rds.ModifyDBCluster": changed}
