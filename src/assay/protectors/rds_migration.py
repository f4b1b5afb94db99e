"""An instance of RDS is replaced by an encrypted one, step by step. What is made for SHOP is called SHOP-before, SHOP-encrypted, SHOP-new, and
SHOP itself SHOP-old once it was replaced.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html
https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from assay.aws.arn import parse
from assay.aws.failures import NOT_FOUND
from assay.aws.keys import CALLS as KEYS
from assay.aws.rdssettings import CHANGEABLE, database_of, pending_of, snapshot_of, status_of
from assay.aws.session import Calls, Session
from assay.errors import ActionError, AwsError
from assay.model.action import CHANGED, Action, State
from assay.model.replacement import (
    COPY,
    ORIGINAL,
    REPLACEMENT,
    RETIRED,
    SETTINGS,
    SNAPSHOT,
    STEP,
    SWITCH,
    TAG,
    other_settings,
)
from assay.protectors.keyed import check_usable
from assay.protectors.replacing import NOT_READY, ReplacingProtector, settled
from assay.protectors.replacing import Step as Making

CONTROL = "rds_migration"
READS: Calls = KEYS | {"rds.DescribeDBInstances", "rds.DescribeDBSnapshots"}
CALLS: Calls = READS | {
    "rds.CreateDBSnapshot", "rds.CopyDBSnapshot", "rds.RestoreDBInstanceFromDBSnapshot", "rds.ModifyDBInstance", "rds.DeleteDBInstance",
    "rds.DeleteDBSnapshot",
}  # fmt: skip
BEFORE, ENCRYPTED, NEW, OLD = "-before", "-encrypted", "-new", "-old"
AS_BEFORE = "as those of the original"
_FAILED = (
    "failed",
    "incompatible-restore",
    "incompatible-parameters",
    "incompatible-network",
    "inaccessible-encryption-credentials",
)


def protector(session: Session, account: str) -> ReplacingProtector:  # noqa: ARG001  # the ARN names the account
    """Changes instances of the account."""
    return ReplacingProtector(session, "RDS", CALLS, _STEPS)


def _of(action: Action, end: str, kind: str = "db") -> str:
    arn = parse(action.resource)
    return str(arn._replace(resource=f"{kind}:{arn.name}{end}"))


def _there(look: Callable[[Session, str], Mapping[str, Any]], session: Session, arn: str) -> Mapping[str, Any] | None:
    try:
        return look(session, arn)
    except AwsError as error:
        if error.reason == NOT_FOUND:
            return None
        raise


def _database(session: Session, action: Action, end: str) -> Mapping[str, Any] | None:
    found = _there(database_of, session, _of(action, end))
    if found is not None:
        settled(status_of(found), CHANGEABLE, _FAILED, f"{parse(action.resource).name}{end}")
    return found


def _snapshot(session: Session, action: Action, end: str) -> Mapping[str, Any] | None:
    found = _there(snapshot_of, session, _of(action, end, "snapshot"))
    if found is not None:
        settled(found.get("Status"), ("available",), _FAILED, f"{parse(action.resource).name}{end}")
    return found


def _client(session: Session, action: Action) -> Any:
    return session.client("rds", parse(action.resource).region)


def _marked(action: Action, step: str) -> list[dict[str, str]]:
    return [{"Key": TAG, "Value": parse(action.resource).name}, {"Key": STEP, "Value": step}]


def _see_snapshot(session: Session, action: Action) -> State:
    name = parse(action.resource).name
    found = _snapshot(session, action, BEFORE)
    if found is None:
        return {SNAPSHOT: None}
    of = str(found.get("DBInstanceIdentifier"))
    return {SNAPSHOT: f"{name}{BEFORE}" if of == name else f"{name}{BEFORE}, of {of}"}


def _make_snapshot(session: Session, action: Action) -> None:
    name = parse(action.resource).name
    _client(session, action).create_db_snapshot(
        DBInstanceIdentifier=name, DBSnapshotIdentifier=f"{name}{BEFORE}", Tags=_marked(action, SNAPSHOT)
    )


def _check_original(session: Session, action: Action) -> None:
    found = _database(session, action, "")
    if found is None or found.get("StorageEncrypted"):
        raise ActionError(CHANGED, "it is not there, or encrypted by now; plan it again")


def _see_copy(session: Session, action: Action) -> State:
    found = _snapshot(session, action, ENCRYPTED)
    return {COPY: None if found is None else _with_key(found.get("KmsKeyId"), found.get("Encrypted"))}


def _with_key(key: Any, encrypted: Any) -> str:
    return f"encrypted with {key}" if encrypted else "not encrypted"


def _make_copy(session: Session, action: Action) -> None:
    name = parse(action.resource).name
    _client(session, action).copy_db_snapshot(
        SourceDBSnapshotIdentifier=f"{name}{BEFORE}", TargetDBSnapshotIdentifier=f"{name}{ENCRYPTED}", KmsKeyId=_key(action),
        CopyTags=True, Tags=_marked(action, COPY),
    )  # fmt: skip


def _key(action: Action) -> str:
    return next(str(value) for value in action.after.values()).removeprefix("encrypted with ")


def _check_copy(session: Session, action: Action) -> None:
    check_usable(session, _key(action))
    if _snapshot(session, action, BEFORE) is None:
        raise ActionError(NOT_READY, "its snapshot is not there")


def _replacement(session: Session, action: Action) -> Mapping[str, Any] | None:
    """By its first name, or by that of the original once it has that."""
    found = _database(session, action, NEW)
    if found is None:
        serving = _database(session, action, "")
        found = serving if serving is not None and serving.get("StorageEncrypted") else None
    return found


def _see_replacement(session: Session, action: Action) -> State:
    found = _replacement(session, action)
    return {REPLACEMENT: None if found is None else _with_key(found.get("KmsKeyId"), found.get("StorageEncrypted"))}


def _check_replacement(session: Session, action: Action) -> None:
    copy = _snapshot(session, action, ENCRYPTED)
    if copy is None or _with_key(copy.get("KmsKeyId"), copy.get("Encrypted")) != action.after[REPLACEMENT]:
        raise ActionError(NOT_READY, "the encrypted copy of its snapshot is not there, or with another key")
    _check_original(session, action)


def _make_replacement(session: Session, action: Action) -> None:
    """With what the original has: a restored one has the usual of all that is not said."""
    name = parse(action.resource).name
    old = database_of(session, action.resource)
    given: dict[str, Any] = {
        "DBInstanceClass": old.get("DBInstanceClass"),
        "Port": (old.get("Endpoint") or {}).get("Port"),
        "DBSubnetGroupName": (old.get("DBSubnetGroup") or {}).get("DBSubnetGroupName"),
        "MultiAZ": old.get("MultiAZ"),
        "PubliclyAccessible": old.get("PubliclyAccessible"),
        "AutoMinorVersionUpgrade": old.get("AutoMinorVersionUpgrade"),
        "StorageType": old.get("StorageType"),
        "Iops": old.get("Iops") if str(old.get("StorageType")).startswith("io") else None,
        "VpcSecurityGroupIds": [each["VpcSecurityGroupId"] for each in old.get("VpcSecurityGroups") or ()] or None,
        "DBParameterGroupName": _own_group(old, "DBParameterGroups", "DBParameterGroupName"),
        "OptionGroupName": _own_group(old, "OptionGroupMemberships", "OptionGroupName"),
        "DeletionProtection": old.get("DeletionProtection"),
        "CopyTagsToSnapshot": old.get("CopyTagsToSnapshot"),
        "EnableIAMDatabaseAuthentication": old.get("IAMDatabaseAuthenticationEnabled"),
        "EnableCloudwatchLogsExports": old.get("EnabledCloudwatchLogsExports") or None,
    }  # fmt: skip
    tags = [each for each in old.get("TagList") or () if not str(each["Key"]).lower().startswith(("aws:", TAG))]
    _client(session, action).restore_db_instance_from_db_snapshot(
        DBInstanceIdentifier=f"{name}{NEW}",
        DBSnapshotIdentifier=f"{name}{ENCRYPTED}",
        Tags=[*tags, *_marked(action, REPLACEMENT)],
        **{name: value for name, value in given.items() if value is not None},
    )


def _own_group(old: Mapping[str, Any], key: str, name: str) -> str | None:
    """A group that somebody made; the usual one of an engine is given by RDS itself."""
    return next((str(each[name]) for each in old.get(key) or () if not str(each[name]).startswith("default")), None)


def _see_settings(session: Session, action: Action) -> State:
    new = _replacement(session, action)
    old = _database(session, action, OLD) or _database(session, action, "")
    if old is None or new is None:
        raise AwsError(NOT_FOUND, "RDS: the original or its replacement is not there")
    return {SETTINGS: AS_BEFORE if not other_settings(old, new) else None}


def _make_settings(session: Session, action: Action) -> None:
    """What a restore does not take: nobody else has left anything for the maintenance window of the replacement."""
    name = parse(action.resource).name
    old = database_of(session, action.resource)
    given: dict[str, Any] = {"BackupRetentionPeriod": int(old.get("BackupRetentionPeriod") or 0)}
    if old.get("MonitoringInterval"):
        given |= {"MonitoringInterval": old["MonitoringInterval"], "MonitoringRoleArn": old.get("MonitoringRoleArn")}
    _client(session, action).modify_db_instance(DBInstanceIdentifier=f"{name}{NEW}", ApplyImmediately=True, **given)


_NAMES = {"": "serving", NEW: "in the making", OLD: "kept"}


def _see_switch(session: Session, action: Action) -> State:
    """Which of the three names is whose: the original is the one that is not encrypted."""
    told: dict[str, str | None] = {}
    for end in _NAMES:
        found = _database(session, action, end)
        told[end] = None if found is None else (REPLACEMENT if found.get("StorageEncrypted") else ORIGINAL)
    return {SWITCH: "; ".join(f"{_NAMES[end]}: {whose or 'none'}" for end, whose in told.items())}


def _switched(serving: str, making: str, kept: str) -> str:
    return f"serving: {serving}; in the making: {making}; kept: {kept}"


UNSWITCHED, SWITCHED = _switched(ORIGINAL, REPLACEMENT, "none"), _switched(REPLACEMENT, "none", ORIGINAL)
_HALF = _switched("none", REPLACEMENT, ORIGINAL)


def _check_switch(session: Session, action: Action) -> None:
    for end in ("", NEW, OLD):
        found = _database(session, action, end)
        pending = [] if found is None else pending_of(found)
        if pending:
            detail = f"{', '.join(pending)} of others would be changed at once, too; plan it again after the maintenance window"
            raise ActionError(CHANGED, detail)


def _rename(session: Session, action: Action, of: str, to: str) -> None:
    """Waits for it: a name is free once what had it has its new one. Does nothing where it was done."""
    name = parse(action.resource).name
    if _database(session, action, of) is None:
        return
    _client(session, action).modify_db_instance(
        DBInstanceIdentifier=f"{name}{of}", NewDBInstanceIdentifier=f"{name}{to}", ApplyImmediately=True
    )


def _switch(session: Session, action: Action) -> None:
    if _see_switch(session, action)[SWITCH] == UNSWITCHED:
        _rename(session, action, "", OLD)
        _renamed(session, action, OLD)
    _rename(session, action, NEW, "")


def _switch_back(session: Session, action: Action) -> None:
    if _see_switch(session, action)[SWITCH] == SWITCHED:
        _rename(session, action, "", NEW)
        _renamed(session, action, NEW)
    _rename(session, action, OLD, "")


def _renamed(session: Session, action: Action, end: str) -> None:
    import time

    for seconds in (0.0, 0.2, 1.0, *(5.0,) * 60):
        time.sleep(seconds)
        try:
            if _database(session, action, end) is not None:
                return
        except AwsError as error:
            if error.reason == NOT_READY:
                raise
    raise AwsError("not settled", f"RDS: {parse(action.resource).name} has not its new name yet; apply the plan again")


def _see_retired(session: Session, action: Action) -> State:
    return {name: _retired(session, action, name) for name in action.after}


def _retired(session: Session, action: Action, name: str) -> str | None:
    kind = next(kind for kind in (OLD, BEFORE, ENCRYPTED) if name.endswith(f"{parse(action.resource).name}{kind}"))
    found = _database(session, action, OLD) if kind == OLD else _snapshot(session, action, kind)
    return None if found is None else "there"


def _check_retired(session: Session, action: Action) -> None:
    """Only once the replacement serves, and what is kept is the original."""
    if _see_switch(session, action)[SWITCH] not in (SWITCHED, _switched(REPLACEMENT, "none", "none")):
        raise ActionError(NOT_READY, "the replacement does not serve under its name: nothing is deleted")
    kept = _database(session, action, OLD)
    if kept is not None and kept.get("DeletionProtection"):
        raise ActionError(NOT_READY, "its deletion protection is on; whoever owns it switches that off first")


def _retire(session: Session, action: Action) -> None:
    client, ((named, _),) = _client(session, action), action.after.items()
    name = named.removeprefix(f"{RETIRED} ")
    if name.endswith(OLD):
        client.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True, DeleteAutomatedBackups=False)
    else:
        client.delete_db_snapshot(DBSnapshotIdentifier=name)


def _is_half(state: State, _: Action) -> bool:
    return state.get(SWITCH) == _HALF


_STEPS: Mapping[str, Making] = {
    SNAPSHOT: Making(see=_see_snapshot, make=_make_snapshot, check=_check_original),
    COPY: Making(see=_see_copy, make=_make_copy, check=_check_copy),
    REPLACEMENT: Making(see=_see_replacement, make=_make_replacement, check=_check_replacement),
    SETTINGS: Making(see=_see_settings, make=_make_settings),
    SWITCH: Making(see=_see_switch, make=_switch, check=_check_switch, back=_switch_back, between=_is_half),
    RETIRED: Making(see=_see_retired, make=_retire, check=_check_retired),
}
