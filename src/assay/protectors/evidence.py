"""What an incident has to keep: snapshots of databases, volumes and tables, logs and the files of a trail in a bucket of evidence, and Object
Lock. Each is made once, found again by its name or tag, and never deleted: nothing of it can be taken back.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/S3Export.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from assay.aws import s3settings
from assay.aws.arn import parse
from assay.aws.failures import NOT_FOUND, refusals
from assay.aws.paging import items
from assay.aws.rdssettings import SNAPSHOT as RDS_SNAPSHOTS
from assay.aws.rdssettings import is_cluster, snapshot_of
from assay.aws.session import Calls, Session, told
from assay.aws.tagsets import place_of
from assay.errors import ActionError, AwsError
from assay.model.action import Action, State
from assay.model.policydocument import statements_of
from assay.protectors.replacing import NOT_READY, ReplacingProtector, settled
from assay.protectors.replacing import Step as Making

CONTROL, PLACES = "evidence", "evidence_bucket"
READS: Calls = RDS_SNAPSHOTS | s3settings.calls_of("policy", "object_lock", "versioning") | {
    "s3.GetBucketLocation", "s3.ListObjectsV2", "ec2.DescribeSnapshots", "dynamodb.ListBackups", "logs.DescribeExportTasks",
}  # fmt: skip
CALLS: Calls = READS | {
    "s3.CreateBucket", "s3.PutBucketPolicy", "s3.PutObjectLockConfiguration", "s3.CopyObject", "rds.CreateDBSnapshot",
    "rds.CreateDBClusterSnapshot", "ec2.CreateSnapshot", "dynamodb.CreateBackup", "logs.CreateExportTask",
}  # fmt: skip
TAG = "assay:incident"
PLACE, COPY, LOGS, TRAIL, LOCK = "bucket of evidence", "snapshot", "logs", "files of the trail", "object lock"
"""Steps, as states call them."""
BUCKET, SINCE, UNTIL, NAME = "bucket", "since", "until", "name"
"""What in `Action.found` says where evidence goes, of which time, and under which name."""
DAYS = 365
_SID, _PART = "AssayLogExport", "not whole"
_HOME = "us-east-1"
_LONGEST = 63
"""The longest name of a snapshot of a cluster."""
_RUNNING = ("PENDING", "PENDING_CANCEL", "RUNNING")


def protector(session: Session, account: str) -> ReplacingProtector:
    """Keeps evidence of the account."""
    return ReplacingProtector(session, "evidence", CALLS, _steps(account))


def _steps(account: str) -> Mapping[str, Making]:
    def see_place(session: Session, action: Action) -> State:
        return _see_place(session, action, account)

    def make_place(session: Session, action: Action) -> None:
        _make_place(session, action, account)

    def see_lock(session: Session, action: Action) -> State:
        found = s3settings.raw_of(session, action.resource, account, "object_lock") or {}
        return {LOCK: found.get("ObjectLockEnabled")}

    def check_lock(session: Session, action: Action) -> None:
        found = s3settings.raw_of(session, action.resource, account, "versioning") or {}
        if found.get("Status") != "Enabled":
            raise ActionError(NOT_READY, "versions are not kept yet, which Object Lock needs")

    def make_lock(session: Session, action: Action) -> None:
        session.client("s3").put_object_lock_configuration(
            Bucket=place_of(action.resource).bucket, ExpectedBucketOwner=account, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"}
        )  # fmt: skip

    def see_trail(session: Session, action: Action) -> State:
        return {TRAIL: "copied" if next(_missing(session, action, account), None) is None else None}

    def make_trail(session: Session, action: Action) -> None:
        client, bucket = session.client("s3"), place_of(action.resource).bucket
        for key, where in list(_missing(session, action, account)):
            client.copy_object(
                Bucket=action.found[BUCKET], Key=where, CopySource={"Bucket": bucket, "Key": key}, ExpectedBucketOwner=account,
                ExpectedSourceBucketOwner=account,
            )  # fmt: skip

    return {
        PLACE: Making(see=see_place, make=make_place, between=lambda state, _: state[PLACE] == _PART),
        COPY: Making(see=_see_copy, make=_make_copy),
        LOGS: Making(see=_see_logs, make=_make_logs),
        TRAIL: Making(see=see_trail, make=make_trail),
        LOCK: Making(see=see_lock, make=make_lock, check=check_lock),
    }


def log_statements(bucket: str, partition: str, account: str, region: str) -> list[dict[str, Any]]:
    """Let CloudWatch Logs of the region write what the account exports, and nobody else."""
    arn = f"arn:{partition}:s3:::{bucket}"
    condition = {
        "StringEquals": {"aws:SourceAccount": account},
        "ArnLike": {"aws:SourceArn": f"arn:{partition}:logs:{region}:{account}:*"},
    }
    who = {"Service": f"logs.{region}.amazonaws.com"}
    return [
        {
            "Sid": f"{_SID}{part}",
            "Effect": "Allow",
            "Principal": who,
            "Action": action,
            "Resource": resource,
            "Condition": condition,
        }
        for part, action, resource in (("Acl", "s3:GetBucketAcl", arn), ("Put", "s3:PutObject", f"{arn}/*"))
    ]


def _see_place(session: Session, action: Action, account: str) -> State:
    try:
        region = s3settings.region_of(session, action.resource, account)
    except AwsError as error:
        if error.reason == NOT_FOUND:
            return {PLACE: None}
        raise
    policy = s3settings.raw_of(session, action.resource, account, "policy")
    lock = s3settings.raw_of(session, action.resource, account, "object_lock") or {}
    sids = {str(each.get("Sid")) for each in statements_of(policy)}
    whole = {f"{_SID}Acl", f"{_SID}Put"} <= sids and bool(lock.get("Rule"))
    return {PLACE: region if whole else _PART}


def _make_place(session: Session, action: Action, account: str) -> None:
    """With Object Lock from its first moment; what is missing of one that a killed run left is added."""
    region, bucket = str(action.after[PLACE]), place_of(action.resource).bucket
    client, owned = session.client("s3", region), {"Bucket": bucket, "ExpectedBucketOwner": account}
    if _see_place(session, action, account)[PLACE] is None:
        where = {} if region == _HOME else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        client.create_bucket(
            Bucket=bucket, ObjectOwnership="BucketOwnerEnforced", ObjectLockEnabledForBucket=True, **where
        )
    kept = {"Mode": "GOVERNANCE", "Days": DAYS}
    client.put_object_lock_configuration(
        ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": kept}}, **owned
    )
    policy = s3settings.raw_of(session, action.resource, account, "policy")
    others = [each for each in statements_of(policy) if not str(each.get("Sid", "")).startswith(_SID)]
    own = log_statements(bucket, session.partition, account, region)
    client.put_bucket_policy(
        Policy=json.dumps({**(policy or {"Version": "2012-10-17"}), "Statement": [*others, *own]}), **owned
    )


def _tags(action: Action) -> list[dict[str, str]]:
    return [{"Key": TAG, "Value": action.found[NAME]}]


def _see_copy(session: Session, action: Action) -> State:
    arn = parse(action.resource)
    if arn.service == "rds":
        kind = "cluster-snapshot" if is_cluster(arn) else "snapshot"
        try:
            found = snapshot_of(session, str(arn._replace(resource=f"{kind}:{_snapshot_name(action)}")))
        except AwsError as error:
            if error.reason == NOT_FOUND:
                return {COPY: None}
            raise
        settled(found.get("Status"), ("available",), ("failed", "error"), _snapshot_name(action))
        return {COPY: "kept"}
    if arn.service == "ec2":
        return {COPY: _of_volume(session, action)}
    return {COPY: _of_table(session, action)}


def _of_volume(session: Session, action: Action) -> str | None:
    arn = parse(action.resource)
    wanted = [{"Name": f"tag:{TAG}", "Values": [action.found[NAME]]}, {"Name": "volume-id", "Values": [arn.name]}]
    try:
        found = list(
            items(
                session.client("ec2", arn.region),
                "describe_snapshots",
                "Snapshots",
                Filters=wanted,
                OwnerIds=[arn.account],
            )
        )
    except refusals() as error:
        raise told(error, "EC2") from None
    for each in found:
        settled(each.get("State"), ("completed",), ("error",), str(each["SnapshotId"]))
    return "kept" if found else None


def _of_table(session: Session, action: Action) -> str | None:
    arn = parse(action.resource)
    try:
        for each in items(
            session.client("dynamodb", arn.region), "list_backups", "BackupSummaries", TableName=arn.name
        ):
            if each["BackupName"] == _backup_name(action):
                settled(each["BackupStatus"], ("AVAILABLE",), ("DELETED",), _backup_name(action))
                return "kept"
    except refusals() as error:
        raise told(error, "DynamoDB") from None
    return None


def _backup_name(action: Action) -> str:
    return f"{action.found[NAME]}-{parse(action.resource).name}"[:255]


def _snapshot_name(action: Action) -> str:
    """Those of clusters are shorter than others may be."""
    arn = parse(action.resource)
    name = f"{action.found[NAME]}-{arn.name}"
    if not is_cluster(arn) or len(name) <= _LONGEST:
        return name
    end = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: _LONGEST - len(end) - 1].rstrip('-')}-{end}"


def _make_copy(session: Session, action: Action) -> None:
    arn, name = parse(action.resource), action.found[NAME]
    if arn.service == "ec2":
        tags = [{"ResourceType": "snapshot", "Tags": _tags(action)}]
        session.client("ec2", arn.region).create_snapshot(
            VolumeId=arn.name, Description=f"evidence of {name}", TagSpecifications=tags
        )
    elif arn.service == "dynamodb":
        session.client("dynamodb", arn.region).create_backup(TableName=arn.name, BackupName=_backup_name(action))
    elif is_cluster(arn):
        session.client("rds", arn.region).create_db_cluster_snapshot(
            DBClusterIdentifier=arn.name, DBClusterSnapshotIdentifier=_snapshot_name(action), Tags=_tags(action)
        )
    else:
        session.client("rds", arn.region).create_db_snapshot(
            DBInstanceIdentifier=arn.name, DBSnapshotIdentifier=_snapshot_name(action), Tags=_tags(action)
        )


def _see_logs(session: Session, action: Action) -> State:
    """One export of this name that ended well; those that failed are none, and are made again."""
    arn = parse(action.resource)
    try:
        found = [
            str(each["status"]["code"])
            for each in items(session.client("logs", arn.region), "describe_export_tasks", "exportTasks")
            if each.get("taskName") == _task(action)
        ]
    except refusals() as error:
        raise told(error, "CloudWatch Logs") from None
    if "COMPLETED" in found:
        return {LOGS: "exported"}
    for status in found:
        settled(status, ("CANCELLED", "FAILED"), (), f"the export {_task(action)}")
    return {LOGS: None}


def _task(action: Action) -> str:
    return f"{action.found[NAME]}-{_group(action)}"[:512]


def _group(action: Action) -> str:
    return parse(action.resource).resource.removeprefix("log-group:").removesuffix(":*")


def _make_logs(session: Session, action: Action) -> None:
    """An account exports one group at a time: more are refused, and made by the next run."""
    since, until = (int(datetime.fromisoformat(action.found[name]).timestamp() * 1000) for name in (SINCE, UNTIL))
    session.client("logs", parse(action.resource).region).create_export_task(
        taskName=_task(action), logGroupName=_group(action), fromTime=since, to=until, destination=action.found[BUCKET],
        destinationPrefix=f"{action.found[NAME]}/logs{_group(action) if _group(action).startswith('/') else '/' + _group(action)}",
    )  # fmt: skip


def _missing(session: Session, action: Action, account: str) -> Iterator[tuple[str, str]]:
    """The files of the trail of the days that are asked for, digests too, that are not in the bucket of evidence: each key, and where it
    belongs."""
    client, bucket = session.client("s3"), place_of(action.resource).bucket
    place = f"{action.found[NAME]}/trail/"
    try:
        there = {
            str(each["Key"]): each["Size"]
            for each in items(
                client,
                "list_objects_v2",
                "Contents",
                Bucket=action.found[BUCKET],
                Prefix=place,
                ExpectedBucketOwner=account,
            )
        }
        start = action.resource.removeprefix("s3://").partition("/")[2]
        for each in items(
            client, "list_objects_v2", "Contents", Bucket=bucket, Prefix=start, ExpectedBucketOwner=account
        ):
            key = str(each["Key"])
            if _is_of(key, action.found[SINCE], action.found[UNTIL]) and there.get(f"{place}{key}") != each["Size"]:
                yield key, f"{place}{key}"
    except refusals() as error:
        raise told(error, "S3") from None


def _is_of(key: str, since: str, until: str) -> bool:
    """By the day in its folders: …/2026/11/29/…"""
    parts = key.split("/")
    days = ["-".join(parts[at : at + 3]) for at in range(len(parts) - 3) if parts[at].isdigit() and len(parts[at]) == 4]
    return any(since[:10] <= day <= until[:10] for day in days)
