"""AWS Backup, as far as the emulator has it not: what plans are of, what was backed up, what is restored; and what it refuses.

A run of a plan (`StrictLayer.backs_up`) copies what the emulator holds of all that has the plan's tag; a restore writes it anew.
https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Operations_AWS_Backup.html
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from moto.backup.models import backup_backends
from moto.dynamodb.models import dynamodb_backends
from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.rds.models import rds_backends

from strict import state
from strict.answers import Answer, RefusedError
from strict.injections import answering
from strict.recognised import Request
from strict.state import State

_WRONG, _GONE = "InvalidParameterValueException", "ResourceNotFoundException"
_CONTINUOUS_DAYS = 35
_LEAST_START = 60
_USUAL = {"DynamoDB": True, "RDS": True, "Aurora": True, "EBS": True, "S3": True, "EC2": True, "EFS": True}
_CONTINUOUS = ("s3", "rds")


def _backend(request: Request) -> Any:
    return backup_backends[request.account][request.region]


def held(remembered: State, account: str, region: str, kind: str) -> dict[str, Any]:
    return remembered.held("backup", account, region, kind)


def _held(request: Request, remembered: State, kind: str) -> dict[str, Any]:
    return held(remembered, request.account, request.region, kind)


def _wrong(message: str, code: str = _WRONG) -> RefusedError:
    return RefusedError(code, message, 400)


# What AWS refuses.


def _vault(request: Request, _: State) -> None:
    if request.parameters["BackupVaultName"] in _backend(request).vaults:
        raise RefusedError("AlreadyExistsException", "Backup vault with the same name already exists.")
    key = request.parameters.get("EncryptionKeyArn")
    if key is None:
        return
    found = state.kms_key(request.account, request.region, key)
    if found is None or found.key_state != "Enabled" or ":alias/" in key:
        raise _wrong("The provided KMS key cannot be used.")


def _described(request: Request, _: State) -> None:
    """A vault that is not there is not told from one that may not be seen."""
    if request.parameters["BackupVaultName"] not in _backend(request).vaults:
        raise RefusedError("AccessDeniedException", "Insufficient privileges to perform this action.", 403)


def _plan(request: Request, _: State) -> None:
    document = request.parameters["BackupPlan"]
    names = [rule["RuleName"] for rule in document["Rules"]]
    if len(set(names)) < len(names):
        raise _wrong("Rule names must be unique.")
    for rule in document["Rules"]:
        if rule["TargetBackupVaultName"] not in _backend(request).vaults:
            raise _wrong(f"Backup vault {rule['TargetBackupVaultName']} does not exist.")
        start, end = rule.get("StartWindowMinutes", 480), rule.get("CompletionWindowMinutes", 10_080)
        if start < _LEAST_START or end < start + _LEAST_START:
            raise _wrong(
                "The completion window must be at least 60 minutes longer than the start window, which is at least 60."
            )
        days = rule.get("Lifecycle", {}).get("DeleteAfterDays")
        if rule.get("EnableContinuousBackup") and (days is None or days > _CONTINUOUS_DAYS):
            raise _wrong("Continuous backups are kept 35 days at most.")
        for each in rule.get("CopyActions", ()):
            if ":backup-vault:" not in each["DestinationBackupVaultArn"]:
                raise _wrong("The destination is no vault.")


def _selection(request: Request, remembered: State) -> None:
    _one_plan(request)
    wanted = request.parameters["BackupSelection"]
    if not any(wanted.get(name) for name in ("Resources", "ListOfTags")):
        raise _wrong("A selection is of something.")
    role = iam_backends[request.account]["aws"].roles
    found = next((each for each in role.values() if each.arn == wanted["IamRoleArn"]), None)
    if found is None or "backup.amazonaws.com" not in found.assume_role_policy_document:
        raise _wrong("IAM Role cannot be assumed by AWS Backup.")
    plan = request.parameters["BackupPlanId"]
    if any(
        each["plan"] == plan and each["SelectionName"] == wanted["SelectionName"]
        for each in _held(request, remembered, "selections").values()
    ):
        raise _wrong("A selection of that name is there.", "AlreadyExistsException")


def _deleted(request: Request, remembered: State) -> None:
    plan = request.parameters["BackupPlanId"]
    if any(each["plan"] == plan for each in _held(request, remembered, "selections").values()):
        raise _wrong("The plan has selections.", "InvalidRequestException")


def _one_plan(request: Request) -> Any:
    found = _backend(request).plans.get(request.parameters["BackupPlanId"])
    if found is None or found.deletion_date is not None:
        raise _wrong("Failed reading Backup plan with provided version", _GONE)
    return found


CHECKS: dict[str, Any] = {
    "backup.CreateBackupVault": _vault,
    "backup.DescribeBackupVault": _described,
    "backup.CreateBackupPlan": _plan,
    "backup.UpdateBackupPlan": _plan,
    "backup.CreateBackupSelection": _selection,
    "backup.DeleteBackupPlan": _deleted,
}


# What the emulator has not.


def _updated(request: Request, remembered: State) -> dict[str, Any]:  # as all of them
    """All rules are replaced, and have new ids."""
    found = _one_plan(request)
    document = copy.deepcopy(request.parameters["BackupPlan"])
    for rule in document["Rules"]:
        rule["RuleId"] = str(uuid4())
        rule.setdefault("ScheduleExpressionTimezone", "Etc/UTC")
    found.backup_plan, found.version_id = document, uuid4().hex
    return {"BackupPlanId": found.backup_plan_id, "BackupPlanArn": found.backup_plan_arn, "VersionId": found.version_id}


def _selected(request: Request, remembered: State) -> dict[str, Any]:
    plan, number = request.parameters["BackupPlanId"], str(uuid4())
    _held(request, remembered, "selections")[number] = {"plan": plan, **request.parameters["BackupSelection"]}
    return {"SelectionId": number, "BackupPlanId": plan}


def _selections(request: Request, remembered: State) -> dict[str, Any]:
    _one_plan(request)
    return {
        "BackupSelectionsList": [
            {"SelectionId": number, "SelectionName": each["SelectionName"], "BackupPlanId": each["plan"]}
            for number, each in _held(request, remembered, "selections").items()
            if each["plan"] == request.parameters["BackupPlanId"]
        ]
    }


def _one_selection(request: Request, remembered: State) -> dict[str, Any]:
    number = request.parameters["SelectionId"]
    found = _held(request, remembered, "selections").get(number)
    if found is None:
        raise _wrong("There is no such selection.", _GONE)
    told = {name: value for name, value in found.items() if name != "plan"}
    return {"BackupSelection": told, "SelectionId": number, "BackupPlanId": found["plan"]}


def _unselected(request: Request, remembered: State) -> dict[str, Any]:
    _held(request, remembered, "selections").pop(request.parameters["SelectionId"], None)
    return {}


def _protected(request: Request, remembered: State) -> dict[str, Any]:
    return {"Results": list(_held(request, remembered, "protected").values())}


def _one_protected(request: Request, remembered: State) -> dict[str, Any]:
    found = _held(request, remembered, "protected").get(request.parameters["ResourceArn"])
    if found is None:
        raise _wrong("There is no such resource.", _GONE)
    return dict(found)


def _settings(request: Request, remembered: State) -> dict[str, Any]:
    own = _held(request, remembered, "settings")
    return {
        "ResourceTypeOptInPreference": {**_USUAL, **own.get("opted", {})},
        "ResourceTypeManagementPreference": {"DynamoDB": False, "EFS": True, **own.get("managed", {})},
    }


def _set(request: Request, remembered: State) -> dict[str, Any]:
    own = _held(request, remembered, "settings")
    own.setdefault("opted", {}).update(request.parameters.get("ResourceTypeOptInPreference", {}))
    own.setdefault("managed", {}).update(request.parameters.get("ResourceTypeManagementPreference", {}))
    return {}


def _points(request: Request, remembered: State) -> dict[str, Any]:
    return {
        "RecoveryPoints": [
            {name: value for name, value in point.items() if name not in ("content", "resource", "lists")}
            for point in _held(request, remembered, "points").values()
            if point["resource"] == request.parameters["ResourceArn"]
        ]
    }


def _restore(request: Request, remembered: State) -> dict[str, Any]:
    """What was copied is written where it is told to; the job is told as running once."""
    point = _held(request, remembered, "points").get(request.parameters["RecoveryPointArn"])
    if point is None:
        raise _wrong("There is no such recovery point.", _GONE)
    number, metadata = str(uuid4()), request.parameters["Metadata"]
    problem, made = "", ""
    try:
        made = _RESTORES[point["resource"].split(":")[2]](request, point, metadata)
    except RefusedError as error:
        problem = error.message
    jobs = _held(request, remembered, "jobs")
    jobs[number] = {
        "RestoreJobId": number,
        "Status": "RUNNING",
        "next": "FAILED" if problem else "COMPLETED",
        "StatusMessage": problem or "done",
        "RecoveryPointArn": point["RecoveryPointArn"],
        **({"CreatedResourceArn": made} if made else {}),
    }
    return {"RestoreJobId": number}


def _restored_table(request: Request, point: dict[str, Any], metadata: dict[str, str]) -> str:
    backend = dynamodb_backends[request.account][request.region]
    name = metadata.get("targetTableName", "")
    if not name or name in backend.tables:
        raise _wrong(f"Table already exists: {name}")
    made = copy.deepcopy(point["content"])
    made.name, made.table_arn = name, f"arn:aws:dynamodb:{request.region}:{request.account}:table/{name}"
    # Deletion protection and tags are none of what is restored.
    made.deletion_protection_enabled, made.tags = False, []
    backend.tables[name] = made
    return str(made.table_arn)


def _has_lists(held_bucket: Any) -> bool:
    """Whether access control lists are enabled."""
    from strict.s3 import ownership_of

    return ownership_of(held_bucket) != "BucketOwnerEnforced"


def _restored_bucket(request: Request, point: dict[str, Any], metadata: dict[str, str]) -> str:  # as both
    into = state.bucket(metadata.get("DestinationBucketName"))
    if into is None:
        raise _wrong("The destination bucket does not exist.")
    if into.versioning_status != "Enabled":
        raise _wrong("The destination bucket has to keep versions.")
    if point["lists"] and not _has_lists(into):
        raise _wrong("The destination bucket has to have access control lists enabled.")
    for key, held_object in point["content"].items():
        into.keys[key] = copy.copy(held_object)
        into.keys[key].bucket_name = into.name
    return str(into.arn)


_RESTORES: dict[str, Callable[..., str]] = {"dynamodb": _restored_table, "s3": _restored_bucket}


def _job(request: Request, remembered: State) -> dict[str, Any]:
    job = _held(request, remembered, "jobs").get(request.parameters["RestoreJobId"])
    if job is None:
        raise _wrong("There is no such job.", _GONE)
    told = {name: value for name, value in job.items() if name != "next"}
    job["Status"] = job["next"]
    return told


_ANSWERS: dict[str, Callable[[Request, State], dict[str, Any]]] = {
    "backup.UpdateBackupPlan": _updated,
    "backup.CreateBackupSelection": _selected,
    "backup.ListBackupSelections": _selections,
    "backup.GetBackupSelection": _one_selection,
    "backup.DeleteBackupSelection": _unselected,
    "backup.ListProtectedResources": _protected,
    "backup.DescribeProtectedResource": _one_protected,
    "backup.DescribeRegionSettings": _settings,
    "backup.UpdateRegionSettings": _set,
    "backup.ListRecoveryPointsByResource": _points,
    "backup.StartRestoreJob": _restore,
    "backup.DescribeRestoreJob": _job,
}


def answered(request: Request, remembered: State) -> Answer | None:
    """The answer to a call of AWS Backup that the emulator does not have; `None` for others."""
    answer = _ANSWERS.get(request.name)
    if answer is None:
        return None
    told = answer(request, remembered)
    if request.operation.output_shape is None:
        return Answer(200, [("Content-Type", "application/json")], b"")
    return answering(request.name, told)(request)


def run(remembered: State, account: str, region: str, at: datetime | None = None) -> list[str]:
    """What happens at night: all that has the tag of a plan that is of something is copied. The ARNs of what was."""
    when = at or datetime.now(UTC)
    done = []
    settings = held(remembered, account, region, "settings").get("opted", {})
    for selection in held(remembered, account, region, "selections").values():
        plan = backup_backends[account][region].plans[selection["plan"]]
        for tag in selection.get("ListOfTags", ()):
            for arn, content in _tagged(account, region, tag["ConditionKey"], tag["ConditionValue"]):
                service = {"s3": "S3", "dynamodb": "DynamoDB", "rds": "RDS", "ec2": "EBS"}[arn.split(":")[2]]
                if not {**_USUAL, **settings}[service]:
                    continue
                vault = plan.backup_plan["Rules"][0]["TargetBackupVaultName"]
                _copied(remembered, account, region, arn, content, vault, when, service)
                done.append(arn)
    return done


def _copied(
    remembered: State, account: str, region: str, arn: str, content: Any, vault: str, when: datetime, service: str
) -> None:
    vault_arn = backup_backends[account][region].vaults[vault].backup_vault_arn
    point = _SNAPSHOTS.get(service, _own_point)(account, region, arn)
    if service == "EBS":
        # What a snapshot holds, block by block; two of them hold the same.
        blocks = {0: b"boot" * 128, 3: b"data" * 128, 7: b"data" * 128}
        remembered.held("ebs", account, region, "blocks")[point.rpartition("/")[2]] = blocks
    held(remembered, account, region, "points")[point] = {
        "RecoveryPointArn": point,
        "BackupVaultName": vault,
        "CreationDate": when,
        "Status": "COMPLETED",
        "resource": arn,
        "content": content,
        "lists": service == "S3" and _has_lists(state.bucket(arn.rpartition(":")[2])),
    }
    held(remembered, account, region, "protected")[arn] = {
        "ResourceArn": arn,
        "ResourceType": service,
        "LastBackupTime": when,
        "LastBackupVaultArn": vault_arn,
        "LastRecoveryPointArn": point,
    }


def _own_point(account: str, region: str, _: str) -> str:
    return f"arn:aws:backup:{region}:{account}:recovery-point:{uuid4()}"


def _snapshot_of_database(account: str, region: str, arn: str) -> str:
    """A snapshot of RDS, which has its content."""
    rds, (kind, name) = rds_backends[account][region], arn.split(":")[5:]
    if kind == "cluster":
        made = rds.create_db_cluster_snapshot(name, f"awsbackup:job-{uuid4()}")
        return str(made.db_cluster_snapshot_arn)
    made = rds.create_db_snapshot(name, f"awsbackup:job-{uuid4()}")
    return str(made.db_snapshot_arn)


def _snapshot_of_volume(account: str, region: str, arn: str) -> str:
    """A snapshot of EC2, whose blocks the direct calls read."""
    ec2 = ec2_backends[account][region]
    made = ec2.create_snapshot(arn.rpartition("/")[2], "This snapshot is created by the AWS Backup service.")
    made.status = "completed"
    return f"arn:aws:ec2:{region}::snapshot/{made.id}"


_SNAPSHOTS = {"RDS": _snapshot_of_database, "EBS": _snapshot_of_volume}


def _tagged(account: str, region: str, key: str, value: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    from moto.s3.models import s3_backends

    for held_bucket in s3_backends[account]["aws"].buckets.values():
        here = held_bucket.region_name == region and held_bucket.versioning_status == "Enabled"
        if here and state.bucket_tags(held_bucket).get(key) == value:
            found.append((held_bucket.arn, {name: copy.copy(each) for name, each in held_bucket.keys.items()}))
    tag = {"Key": key, "Value": value}
    rds, ec2 = rds_backends[account][region], ec2_backends[account][region]
    tables = dynamodb_backends[account][region].tables.values()
    found += [(table.table_arn, copy.deepcopy(table)) for table in tables if tag in table.tags]
    found += [(each.arn, None) for each in (*rds.databases.values(), *rds.clusters.values()) if tag in each.tags]
    found += [
        (f"arn:aws:ec2:{region}:{account}:volume/{each.id}", None)
        for each in ec2.volumes.values()
        if any(one["key"] == key and one["value"] == value for one in each.get_tags())
    ]
    return found
