"""Replacements as plans: every step of encrypting an instance or a volume that is there is an action, which a person approves; and the
deletion of what was replaced is a plan of its own, which cannot be taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assay.app.protection.protecting import Protection
from assay.aws.arn import Arn, parse
from assay.aws.failures import NOT_FOUND, refusals
from assay.aws.keys import CALLS as KEYS
from assay.aws.keys import Key, key_of
from assay.aws.paging import items
from assay.aws.rdssettings import CHANGEABLE, database_of, snapshot_of, status_of
from assay.aws.session import Calls, Session, told
from assay.errors import AwsError, UsageError
from assay.model.action import Action, Gate, Plan, Planned, Refusal
from assay.model.replacement import (
    COPY,
    ORIGINAL,
    REPLACEMENT,
    RETIRED,
    RUNNING,
    SETTINGS,
    SNAPSHOT,
    STEP,
    STOPPED,
    SWITCH,
    TAG,
)
from assay.protect.protection import COMMAND, LEVEL
from assay.protectors import ebs_migration, rds_migration

CALLS: Calls = KEYS | {
    "rds.DescribeDBInstances", "rds.DescribeDBSnapshots", "ec2.DescribeVolumes", "ec2.DescribeSnapshots", "ec2.DescribeInstances",
}  # fmt: skip
_NOT = "is not replaced step by step; give the ARN of an instance of RDS or of a volume of EBS"
_BECAUSE = "a replacement interrupts who uses it: a person decides"
_FINAL = "nothing brings it back: a person decides, once the owner signed off"
_LOST = "what is written after the snapshot stays in the original alone: stop what writes before this is applied, until it is done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacing:
    """Plans replacements by a session that reads, for what `protection` knows of them."""

    session: Session
    protection: Protection

    def plan(self, resource: str, key: str, *, retire: bool, at: datetime, by: str) -> Plan:
        """All steps of a replacement; with `retire` the deletion of what was replaced. Raises `UsageError`, `AwsError`."""
        arn = _arn(resource, self.protection.account)
        level = self._level(resource, retire=retire)
        found: list[Action | Refusal]
        if arn.service == "rds":
            found = list(_retired_instance(self.session, arn) if retire else _instance(self.session, arn, key))
        else:
            found = list(_retired_volume(self.session, arn) if retire else _volume(self.session, arn, key))
        control = rds_migration.CONTROL if arn.service == "rds" else ebs_migration.CONTROL
        because = _FINAL if retire else _BECAUSE
        actions = [
            Action(
                resource=resource, control=control, before=each.before, after=each.after, account=arn.account,
                calls=self.protection.calls.get(control, frozenset()), found={**each.found, LEVEL: level}, reversible=each.reversible,
                breaks=each.breaks, note=each.note, control_ids=each.control_ids,
            )
            for each in found
            if isinstance(each, Action)
        ]  # fmt: skip
        refused = tuple(each for each in found if isinstance(each, Refusal))
        return Plan(
            command=COMMAND,
            targets=(resource,),
            # Half of a replacement is none.
            actions=()
            if refused
            else tuple(Planned(action=each, gate=Gate.REVIEW, because=because) for each in actions),
            refusals=refused,
            notes={} if retire else {resource: _LOST},
            looked_at=1,
            made_at=at,
            made_by=by,
        )

    def _level(self, resource: str, *, retire: bool) -> str:
        """By which level a second person may be needed; of a volume that is gone nothing is known."""
        (found,) = self.protection.assessed([resource])
        if isinstance(found, Refusal):
            if retire:
                return "unknown"
            raise UsageError(f"{found.resource}: {found.reason}: {found.detail}")
        return found.subject.level_name


def _arn(resource: str, account: str) -> Arn:
    try:
        arn = parse(resource)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if (arn.service, arn.kind) not in (("rds", "db"), ("ec2", "volume")):
        raise UsageError(f"{resource}: {_NOT}")
    if arn.account != account:
        raise UsageError(f"{resource}: is of account {arn.account}, and the credentials of {account}")
    return arn


def _refused(arn: Arn, control: str, reason: str, detail: str) -> Refusal:
    return Refusal(resource=str(arn), control=control, reason=reason, detail=detail)


def _usable(session: Session, arn: Arn, named: str, control: str) -> Key | Refusal:
    try:
        key = key_of(session, named, arn.region)
    except AwsError as error:
        return _refused(arn, control, error.reason, f"key {named} in {arn.region}: {error.detail}")
    if not key.is_usable or key.region != arn.region:
        return _refused(
            arn,
            control,
            "no key",
            f"key {key.arn} is {key.state} in {key.region}; make it usable, or name another with --key",
        )
    return key


def _step(arn: Arn, before: Mapping[str, Any], after: Mapping[str, Any], note: str, **more: Any) -> Action:
    return Action(resource=str(arn), control="", before=before, after=after, note=note, **{"reversible": False, **more})


def _instance(session: Session, arn: Arn, named: str) -> Iterator[Action | Refusal]:
    control, name = rds_migration.CONTROL, arn.name
    old = database_of(session, str(arn))
    switched = _is_there(session, arn, rds_migration.OLD)
    problem = _instance_problem(old)
    if problem and not switched:
        yield _refused(arn, control, "cannot be replaced so", problem)
    key = _usable(session, arn, named, control)
    if isinstance(key, Refusal):
        yield key
        return
    encrypted = f"encrypted with {key.arn}"
    stays = "it stays when this is taken back"
    yield _step(arn, {SNAPSHOT: None}, {SNAPSHOT: f"{name}-before"}, f"a snapshot of {name}, {name}-before; {stays}")
    yield _step(arn, {COPY: None}, {COPY: encrypted}, f"an encrypted copy of it, {name}-encrypted; {stays}")
    yield _step(
        arn, {REPLACEMENT: None}, {REPLACEMENT: encrypted}, f"an instance of that copy, {name}-new, with what {name} has; {stays}; it is paid for beside the original"
    )  # fmt: skip
    yield _step(
        arn, {SETTINGS: None}, {SETTINGS: rds_migration.AS_BEFORE}, f"backups and monitoring of {name}-new as those of {name}"
    )  # fmt: skip
    yield _step(
        arn, {SWITCH: rds_migration.UNSWITCHED}, {SWITCH: rds_migration.SWITCHED},
        f"{name} becomes {name}-old, which is kept, and {name}-new becomes {name}; taken back, the names are as before, and what was written since is in {name}-new",
        reversible=True, breaks=f"whoever uses {name}, for some minutes, while it is renamed; {_LOST}", control_ids=("RDS.3", "CIS 2.3.1"),
    )  # fmt: skip


def _is_there(session: Session, arn: Arn, end: str) -> bool:
    try:
        database_of(session, str(arn._replace(resource=f"db:{arn.name}{end}")))
    except AwsError as error:
        if error.reason == NOT_FOUND:
            return False
        raise
    return True


def _instance_problem(old: Mapping[str, Any]) -> str:
    """Why an instance cannot be replaced step by step; empty where it can."""
    if old.get("StorageEncrypted"):
        return "it is encrypted"
    if old.get("DBClusterIdentifier"):
        return "it is a member of a cluster, which is replaced as a whole, by hand"
    if old.get("ReadReplicaDBInstanceIdentifiers") or old.get("ReadReplicaSourceDBInstanceIdentifier"):
        return "it has replicas, or is one: they are encrypted as their source is, and made anew by hand"
    if status_of(old) not in CHANGEABLE:
        return f"it is {status_of(old)}; plan it again once it is available"
    return ""


def _retired_instance(session: Session, arn: Arn) -> Iterator[Action | Refusal]:
    control, name = rds_migration.CONTROL, arn.name
    serving = database_of(session, str(arn))
    if not serving.get("StorageEncrypted"):
        yield _refused(
            arn, control, "not replaced yet", f"{name} is not encrypted: it is the original, and is not deleted"
        )
        return
    if _is_there(session, arn, rds_migration.OLD):
        kept = database_of(session, str(arn._replace(resource=f"db:{name}-old")))
        if kept.get("StorageEncrypted"):
            yield _refused(
                arn, control, "not the original", f"{name}-old is encrypted: it is something else, and is not deleted"
            )
            return
        yield _deletion(
            arn,
            f"{name}-old",
            f"the original, {name}-old, is deleted without a last snapshot; its automated backups stay for as long as they were to be kept",
        )
    for end in (rds_migration.BEFORE, rds_migration.ENCRYPTED):
        try:
            snapshot_of(session, str(arn._replace(resource=f"snapshot:{name}{end}")))
        except AwsError as error:
            if error.reason == NOT_FOUND:
                continue
            raise
        yield _deletion(arn, f"{name}{end}", f"its snapshot {name}{end} is deleted")


def _deletion(arn: Arn, what: str, note: str, **more: Any) -> Action:
    named = f"{RETIRED} {what}"
    return _step(arn, {named: "there"}, {named: None}, note, breaks=f"{what} is gone for good", **more)


def _volume(session: Session, arn: Arn, named: str) -> Iterator[Action | Refusal]:
    control, name = ebs_migration.CONTROL, arn.name
    old = _one(session, arn, "describe_volumes", "Volumes", "volume-id", name)
    if old is None:
        raise AwsError(NOT_FOUND, f"EC2: there is no {arn} here")
    attached = old.get("Attachments") or []
    if old.get("Encrypted"):
        yield _refused(arn, control, "cannot be replaced so", "it is encrypted")
    if len(attached) > 1:
        yield _refused(
            arn,
            control,
            "cannot be replaced so",
            f"it is attached to {len(attached)} instances at once; replace it by hand",
        )
    key = _usable(session, arn, named, control)
    if isinstance(key, Refusal):
        yield key
        return
    encrypted, stays = f"encrypted with {key.arn}", "it stays when this is taken back"
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
            yield _refused(
                arn,
                control,
                "cannot be replaced so",
                f"{instance} is of the Auto Scaling group {group}, which makes another once it is stopped",
            )
    if runs:
        yield _step(
            arn, {STOPPED: None}, {STOPPED: where["instance"]}, f"{where['instance']} is stopped; taken back, it is started",
            reversible=True, found=where, breaks=f"all that {where['instance']} does, until the last step; without an Elastic IP it gets another public address",
        )  # fmt: skip
    yield _step(arn, {SNAPSHOT: None}, {SNAPSHOT: name}, f"a snapshot of {name}; {stays}")
    yield _step(arn, {COPY: None}, {COPY: encrypted}, f"an encrypted copy of it; {stays}")
    yield _step(
        arn, {REPLACEMENT: None}, {REPLACEMENT: encrypted}, f"a volume of that copy, in the same zone, of the same type and size, with its tags; {stays}"
    )  # fmt: skip
    if where:
        yield _step(
            arn, {SWITCH: ORIGINAL}, {SWITCH: REPLACEMENT}, f"the original is detached from {where['device']} of {where['instance']}, and kept; the replacement is attached in its place",
            reversible=True, found=where, breaks=f"whoever names {name} by its id; {_LOST}", control_ids=("EC2.3",),
        )  # fmt: skip
    if runs:
        yield _step(
            arn, {RUNNING: None}, {RUNNING: where["instance"]}, f"{where['instance']} is started; taken back, it is stopped", reversible=True, found=where
        )  # fmt: skip


def _retired_volume(session: Session, arn: Arn) -> Iterator[Action | Refusal]:
    control, name = ebs_migration.CONTROL, arn.name
    new = _one(session, arn, "describe_volumes", "Volumes", f"tag:{TAG}", name)
    old = _one(session, arn, "describe_volumes", "Volumes", "volume-id", name)
    if new is None or not new.get("Encrypted"):
        yield _refused(
            arn, control, "not replaced yet", "there is no encrypted volume in its place: nothing is deleted"
        )
        return
    if old is not None and old.get("Attachments"):
        yield _refused(arn, control, "not replaced yet", f"{name} is attached still: it is not deleted")
        return
    at = new.get("Attachments") or []
    where = {ebs_migration.INSTANCE: str(at[0]["InstanceId"]), ebs_migration.DEVICE: str(at[0]["Device"])} if at else {}
    if old is not None:
        yield _deletion(arn, name, f"the original, {name}, is deleted", found=where)
    for found in _all(session, arn, "describe_snapshots", "Snapshots", f"tag:{TAG}", name):
        is_first = any(each["Key"] == STEP and each["Value"] == SNAPSHOT for each in found.get("Tags") or ())
        if is_first and not found.get("Encrypted"):
            yield _deletion(
                arn,
                str(found["SnapshotId"]),
                f"its snapshot {found['SnapshotId']} is deleted: it is not encrypted",
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
