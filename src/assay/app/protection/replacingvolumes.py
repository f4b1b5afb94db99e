"""The steps of replacing a volume of EBS, as actions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from assay.app.protection.replacedparts import CANNOT, LOST, NOT_YET, STAYS, deletion, refused, step, usable
from assay.aws.arn import Arn
from assay.aws.failures import NOT_FOUND, refusals
from assay.aws.paging import items
from assay.aws.session import Session, told
from assay.errors import AwsError
from assay.model.action import Action, Refusal
from assay.model.replacement import (
    COPY,
    KEY,
    ORIGINAL,
    REPLACEMENT,
    RUNNING,
    SNAPSHOT,
    STEP,
    STOPPED,
    SWITCH,
    TAG,
    is_encrypted,
)
from assay.protectors import ebs_migration


def volume(session: Session, arn: Arn, named: str) -> Iterator[Action | Refusal]:
    control, name = ebs_migration.CONTROL, arn.name
    old = _one(session, arn, "describe_volumes", "Volumes", "volume-id", name)
    if old is None:
        raise AwsError(NOT_FOUND, f"EC2: there is no {arn} here")
    attached = old.get("Attachments") or []
    if len(attached) > 1:
        yield refused(
            arn,
            control,
            CANNOT,
            f"it is attached to {len(attached)} instances at once; replace it by hand",
        )
    key = usable(session, arn, named, control)
    if isinstance(key, Refusal):
        yield key
        return
    if is_encrypted(old, key.arn):
        yield refused(arn, control, CANNOT, f"it is encrypted with {key.arn} already")
    encrypted, found = f"encrypted with {key.arn}", {KEY: key.arn}
    where: dict[str, str] = {}
    runs = False
    if attached:
        instance = str(attached[0]["InstanceId"])
        ends = "yes" if attached[0].get("DeleteOnTermination") else "no"
        where = {
            ebs_migration.INSTANCE: instance,
            ebs_migration.DEVICE: str(attached[0]["Device"]),
            ebs_migration.ENDS: ends,
        }
        described = _one(session, arn, "describe_instances", "Reservations", "instance-id", instance)
        if described is None:
            raise AwsError(NOT_FOUND, f"EC2: there is no {instance} here")
        runs = described["Instances"][0]["State"]["Name"] == "running"
        group = next(
            (
                each["Value"]
                for each in described["Instances"][0].get("Tags") or ()
                if each["Key"] == "aws:autoscaling:groupName"
            ),
            "",
        )
        if group:
            yield refused(
                arn,
                control,
                CANNOT,
                f"{instance} is of the Auto Scaling group {group}, which makes another once it is stopped",
            )
    if runs:
        yield step(
            arn, {STOPPED: None}, {STOPPED: where["instance"]}, f"{where['instance']} is stopped; taken back, it is started",
            reversible=True, found=where, breaks=f"all that {where['instance']} does, until the last step; without an Elastic IP it gets another public address",
        )  # fmt: skip
    yield step(arn, {SNAPSHOT: None}, {SNAPSHOT: name}, f"a snapshot of {name}; {STAYS}", found=found)
    yield step(arn, {COPY: None}, {COPY: encrypted}, f"an encrypted copy of it; {STAYS}", found=found)
    yield step(
        arn, {REPLACEMENT: None}, {REPLACEMENT: encrypted}, f"a volume of that copy, in the same zone, of the same type and size, with its tags; {STAYS}", found=found
    )  # fmt: skip
    if where:
        yield step(
            arn, {SWITCH: ORIGINAL}, {SWITCH: REPLACEMENT}, f"the original is detached from {where['device']} of {where['instance']}, and kept; the replacement is attached in its place",
            reversible=True, found=where, breaks=f"whoever names {name} by its id; {LOST}", control_ids=("EC2.3",),
        )  # fmt: skip
    if runs:
        yield step(
            arn, {RUNNING: None}, {RUNNING: where["instance"]}, f"{where['instance']} is started; taken back, it is stopped", reversible=True, found=where
        )  # fmt: skip


def retired_volume(session: Session, arn: Arn, named: str) -> Iterator[Action | Refusal]:
    control, name = ebs_migration.CONTROL, arn.name
    new = _one(session, arn, "describe_volumes", "Volumes", f"tag:{TAG}", name)
    old = _one(session, arn, "describe_volumes", "Volumes", "volume-id", name)
    if new is None or not new.get("Encrypted"):
        yield refused(arn, control, NOT_YET, "there is no encrypted volume in its place: nothing is deleted")
        return
    key = usable(session, arn, named, control)
    if isinstance(key, Refusal):
        yield key
        return
    if not is_encrypted(new, key.arn):
        detail = f"the volume in its place is not encrypted with {key.arn}: nothing is deleted; name its key with --key"
        yield refused(arn, control, NOT_YET, detail)
        return
    if old is not None and old.get("Attachments"):
        yield refused(arn, control, NOT_YET, f"{name} is attached still: it is not deleted")
        return
    at = new.get("Attachments") or []
    where = {KEY: key.arn}
    if at:
        where |= {ebs_migration.INSTANCE: str(at[0]["InstanceId"]), ebs_migration.DEVICE: str(at[0]["Device"])}
    if old is not None:
        yield deletion(arn, name, f"the original, {name}, is deleted", found=where)
    for found in _all(session, arn, "describe_snapshots", "Snapshots", f"tag:{TAG}", name):
        is_first = any(each["Key"] == STEP and each["Value"] == SNAPSHOT for each in found.get("Tags") or ())
        if is_first and not is_encrypted(found, key.arn):
            yield deletion(
                arn,
                str(found["SnapshotId"]),
                f"its snapshot {found['SnapshotId']} is deleted: it is not encrypted so",
                found=where,
            )


def _one(session: Session, arn: Arn, operation: str, key: str, name: str, value: str) -> dict[str, Any] | None:
    return next(iter(_all(session, arn, operation, key, name, value)), None)


def _all(session: Session, arn: Arn, operation: str, key: str, name: str, value: str) -> list[dict[str, Any]]:
    own = {"OwnerIds": [arn.account]} if operation == "describe_snapshots" else {}
    wanted = [{"Name": name, "Values": [value]}]
    try:
        return list(items(session.client("ec2", arn.region), operation, key, Filters=wanted, **own))
    except refusals() as error:
        raise told(error, "EC2") from None
