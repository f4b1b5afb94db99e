"""A volume of EBS is replaced by an encrypted one, step by step. What is made for it has its id in the tag `assay:migration`.

https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html
https://docs.aws.amazon.com/ebs/latest/userguide/ebs-detaching-volume.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from assay.aws.arn import parse
from assay.aws.failures import NOT_FOUND, refusals
from assay.aws.keys import CALLS as KEYS
from assay.aws.paging import items
from assay.aws.session import Calls, Session, told
from assay.errors import ActionError, AwsError
from assay.model.action import CHANGED, Action, State
from assay.model.replacement import (
    COPY,
    KEY,
    ORIGINAL,
    REPLACEMENT,
    RETIRED,
    RUNNING,
    SNAPSHOT,
    STEP,
    STOPPED,
    SWITCH,
    TAG,
    is_encrypted,
)
from assay.protectors.keyed import check_usable
from assay.protectors.replacing import NOT_READY, NOT_SETTLED, ReplacingProtector, settled
from assay.protectors.replacing import Step as Making

CONTROL = "ebs_migration"
READS: Calls = KEYS | {"ec2.DescribeVolumes", "ec2.DescribeSnapshots", "ec2.DescribeInstances"}
CALLS: Calls = READS | {
    "ec2.StopInstances", "ec2.StartInstances", "ec2.CreateSnapshot", "ec2.CopySnapshot", "ec2.CreateVolume", "ec2.DetachVolume",
    "ec2.AttachVolume", "ec2.ModifyInstanceAttribute", "ec2.DeleteVolume", "ec2.DeleteSnapshot",
}  # fmt: skip
INSTANCE, DEVICE, ENDS = "instance", "device", "ends_with_instance"
"""What in `Action.found` says where the volume is, and whether it is deleted with the instance."""
_SCALED = "aws:autoscaling:groupName"
_PERFORMS = ("gp3", "io1", "io2")


def protector(session: Session, account: str) -> ReplacingProtector:  # noqa: ARG001  # the ARN names the account
    """Changes volumes of the account."""
    return ReplacingProtector(session, "EC2", CALLS, _STEPS)


def _client(session: Session, action: Action) -> Any:
    return session.client("ec2", parse(action.resource).region)


def _asked(session: Session, action: Action, operation: str, key: str, **which: Any) -> list[dict[str, Any]]:
    try:
        return list(items(_client(session, action), operation, key, **which))
    except refusals() as error:
        raise told(error, "EC2") from None


def _mark(action: Action, step: str) -> list[dict[str, str]]:
    return [{"Key": TAG, "Value": parse(action.resource).name}, {"Key": STEP, "Value": step}]


def _marked(session: Session, action: Action, operation: str, key: str, step: str) -> dict[str, Any] | None:
    """What was made for a step. Raises `ActionError` where that is two: then nobody knows which."""
    wanted = [{"Name": f"tag:{each['Key']}", "Values": [each["Value"]]} for each in _mark(action, step)]
    own = {"OwnerIds": [parse(action.resource).account]} if operation == "describe_snapshots" else {}
    found = _asked(session, action, operation, key, Filters=wanted, **own)
    if len(found) > 1:
        raise AwsError(
            NOT_READY, f"EC2: there are {len(found)} of the tag {TAG}={parse(action.resource).name} for the step {step}"
        )
    return found[0] if found else None


def _snapshot(session: Session, action: Action, step: str) -> dict[str, Any] | None:
    found = _marked(session, action, "describe_snapshots", "Snapshots", step)
    if found is not None:
        settled(found.get("State"), ("completed",), ("error", "recoverable"), str(found["SnapshotId"]))
    return found


def _original(session: Session, action: Action) -> dict[str, Any]:
    name = parse(action.resource).name
    found = _asked(session, action, "describe_volumes", "Volumes", Filters=[{"Name": "volume-id", "Values": [name]}])
    if not found:
        raise AwsError(NOT_FOUND, f"EC2: there is no {name} here")
    return found[0]


def _new(session: Session, action: Action) -> dict[str, Any] | None:
    found = _marked(session, action, "describe_volumes", "Volumes", REPLACEMENT)
    if found is not None:
        settled(found.get("State"), ("available", "in-use"), ("error", "deleting", "deleted"), str(found["VolumeId"]))
    return found


def _instance(session: Session, action: Action) -> dict[str, Any]:
    which = [{"Name": "instance-id", "Values": [action.found[INSTANCE]]}]
    found: list[dict[str, Any]] = [
        each
        for one in _asked(session, action, "describe_instances", "Reservations", Filters=which)
        for each in one["Instances"]
    ]
    if not found:
        raise AwsError(NOT_FOUND, f"EC2: there is no {action.found[INSTANCE]} here")
    return found[0]


def _runs(session: Session, action: Action) -> bool:
    state = _instance(session, action)["State"]["Name"]
    settled(state, ("running", "stopped"), ("terminated", "shutting-down"), action.found[INSTANCE])
    return bool(state == "running")


def _see_stopped(session: Session, action: Action) -> State:
    """It is only stopped for the switch: once that is made, it has been."""
    made = _at_device(session, action) == REPLACEMENT
    return {STOPPED: action.found[INSTANCE] if made or not _runs(session, action) else None}


def _see_running(session: Session, action: Action) -> State:
    return {RUNNING: action.found[INSTANCE] if _runs(session, action) else None}


def _check_instance(session: Session, action: Action) -> None:
    found = _instance(session, action)
    if any(each["Key"] == _SCALED for each in found.get("Tags") or ()):
        raise ActionError(
            NOT_READY,
            f"{action.found[INSTANCE]} is of an Auto Scaling group, which would replace it once it is stopped",
        )
    if found.get("RootDeviceType") == "instance-store":
        raise ActionError(NOT_READY, f"{action.found[INSTANCE]} cannot be stopped: its root is no volume")


def _stop(session: Session, action: Action) -> None:
    _client(session, action).stop_instances(InstanceIds=[action.found[INSTANCE]])


def _start(session: Session, action: Action) -> None:
    _client(session, action).start_instances(InstanceIds=[action.found[INSTANCE]])


def _see_snapshot(session: Session, action: Action) -> State:
    found = _snapshot(session, action, SNAPSHOT)
    return {SNAPSHOT: None if found is None else str(found["VolumeId"])}


def _make_snapshot(session: Session, action: Action) -> None:
    _client(session, action).create_snapshot(
        VolumeId=parse(action.resource).name,
        Description=f"before {parse(action.resource).name} is encrypted",
        TagSpecifications=[{"ResourceType": "snapshot", "Tags": _mark(action, SNAPSHOT)}],
    )


def _check_snapshot(session: Session, action: Action) -> None:
    if is_encrypted(_original(session, action), action.found.get(KEY)):
        raise ActionError(CHANGED, "it is encrypted by now; plan it again")


def _with_key(found: Mapping[str, Any]) -> str:
    return f"encrypted with {found.get('KmsKeyId')}" if found.get("Encrypted") else "not encrypted"


def _see_copy(session: Session, action: Action) -> State:
    found = _snapshot(session, action, COPY)
    return {COPY: None if found is None else _with_key(found)}


def _key(action: Action) -> str:
    return next(str(value) for value in action.after.values()).removeprefix("encrypted with ")


def _check_copy(session: Session, action: Action) -> None:
    check_usable(session, _key(action))
    if _snapshot(session, action, SNAPSHOT) is None:
        raise ActionError(NOT_READY, "its snapshot is not there")


def _make_copy(session: Session, action: Action) -> None:
    first = _snapshot(session, action, SNAPSHOT)
    assert first is not None
    _client(session, action).copy_snapshot(
        SourceRegion=parse(action.resource).region, SourceSnapshotId=first["SnapshotId"], Encrypted=True, KmsKeyId=_key(action),
        Description=f"{parse(action.resource).name}, encrypted", TagSpecifications=[{"ResourceType": "snapshot", "Tags": _mark(action, COPY)}],
    )  # fmt: skip


def _see_replacement(session: Session, action: Action) -> State:
    found = _new(session, action)
    return {REPLACEMENT: None if found is None else _with_key(found)}


def _check_replacement(session: Session, action: Action) -> None:
    copy = _snapshot(session, action, COPY)
    if copy is None or _with_key(copy) != action.after[REPLACEMENT]:
        raise ActionError(NOT_READY, "the encrypted copy of its snapshot is not there, or with another key")


def _make_replacement(session: Session, action: Action) -> None:
    """In the same zone, of the same type, as large and as quick, with its tags."""
    old, copy = _original(session, action), _snapshot(session, action, COPY)
    assert copy is not None
    tags = [each for each in old.get("Tags") or () if not each["Key"].lower().startswith(("aws:", TAG))]
    more: dict[str, Any] = {"Iops": old["Iops"]} if old.get("VolumeType") in _PERFORMS and old.get("Iops") else {}
    if old.get("VolumeType") == "gp3" and old.get("Throughput"):
        more["Throughput"] = old["Throughput"]
    _client(session, action).create_volume(
        AvailabilityZone=old["AvailabilityZone"], SnapshotId=copy["SnapshotId"], Size=old["Size"], VolumeType=old["VolumeType"],
        Encrypted=True, KmsKeyId=_key(action), TagSpecifications=[{"ResourceType": "volume", "Tags": [*tags, *_mark(action, REPLACEMENT)]}],
        **more,
    )  # fmt: skip


def _at_device(session: Session, action: Action) -> str | None:
    """Which volume stands where the original stood: it, its replacement, or none."""
    new, name = _new(session, action), parse(action.resource).name
    for each in _instance(session, action).get("BlockDeviceMappings") or ():
        if each["DeviceName"] == action.found[DEVICE]:
            volume = each["Ebs"]["VolumeId"]
            if new is not None and volume == new["VolumeId"]:
                return REPLACEMENT
            return ORIGINAL if volume == name else str(volume)
    return None


def _see_switch(session: Session, action: Action) -> State:
    for each in _attached(session, action):
        if each.get("State") in ("attaching", "detaching", "busy"):
            raise AwsError(NOT_SETTLED, f"EC2: a volume is {each['State']}; look again later")
    return {SWITCH: _at_device(session, action)}


def _attached(session: Session, action: Action) -> Iterator[dict[str, Any]]:
    for found in (_marked(session, action, "describe_volumes", "Volumes", REPLACEMENT), *_old(session, action)):
        yield from (found or {}).get("Attachments") or ()


def _old(session: Session, action: Action) -> list[dict[str, Any]]:
    name = parse(action.resource).name
    return _asked(session, action, "describe_volumes", "Volumes", Filters=[{"Name": "volume-id", "Values": [name]}])


def _check_switch(session: Session, action: Action) -> None:
    if _runs(session, action):
        raise ActionError(NOT_READY, f"{action.found[INSTANCE]} runs: what it writes meanwhile would be lost")
    if _new(session, action) is None:
        raise ActionError(NOT_READY, "its replacement is not there")


def _switch(session: Session, action: Action) -> None:
    new = _new(session, action)
    assert new is not None
    _put(session, action, parse(action.resource).name, str(new["VolumeId"]))


def _switch_back(session: Session, action: Action) -> None:
    _check_switch(session, action)
    new = _new(session, action)
    assert new is not None
    _put(session, action, str(new["VolumeId"]), parse(action.resource).name)


def _put(session: Session, action: Action, out: str, into: str) -> None:
    """Takes one volume out, where it is there still, and puts another in; whether it ends with the instance is as it was."""
    client, where = _client(session, action), {"InstanceId": action.found[INSTANCE], "Device": action.found[DEVICE]}
    if _at_device(session, action) is not None:
        client.detach_volume(VolumeId=out, **where)
        _detached(session, action)
    client.attach_volume(VolumeId=into, **where)
    mapping = {"DeviceName": action.found[DEVICE], "Ebs": {"DeleteOnTermination": action.found[ENDS] == "yes"}}
    client.modify_instance_attribute(InstanceId=action.found[INSTANCE], BlockDeviceMappings=[mapping])


def _detached(session: Session, action: Action) -> None:
    import time

    for seconds in (0.0, 0.2, 1.0, *(5.0,) * 60):
        time.sleep(seconds)
        try:
            if _see_switch(session, action)[SWITCH] is None:
                return
        except AwsError as error:
            if error.reason != NOT_SETTLED:
                raise
    raise AwsError(NOT_SETTLED, "EC2: the volume is not detached yet; apply the plan again")


def _see_retired(session: Session, action: Action) -> State:
    ((named, _),) = action.after.items()
    name = named.removeprefix(f"{RETIRED} ")
    kind, key, part = ("describe_volumes", "Volumes", "volume-id") if name.startswith("vol-") else ("describe_snapshots", "Snapshots", "snapshot-id")  # fmt: skip
    return {named: "there" if _asked(session, action, kind, key, Filters=[{"Name": part, "Values": [name]}]) else None}


def _check_retired(session: Session, action: Action) -> None:
    """Only once the replacement is where the original was, and nothing uses the original."""
    new = _new(session, action)
    if new is None or not is_encrypted(new, action.found.get(KEY)):
        raise ActionError(NOT_READY, "its replacement is not there: nothing is deleted")
    if INSTANCE in action.found and _at_device(session, action) != REPLACEMENT:
        raise ActionError(NOT_READY, "its replacement is not where it was: nothing is deleted")
    for old in _old(session, action):
        if old.get("Attachments"):
            raise ActionError(NOT_READY, "it is attached still: nothing is deleted")


def _retire(session: Session, action: Action) -> None:
    ((named, _),) = action.after.items()
    name = named.removeprefix(f"{RETIRED} ")
    client = _client(session, action)
    if name.startswith("vol-"):
        client.delete_volume(VolumeId=name)
    else:
        client.delete_snapshot(SnapshotId=name)


_STEPS: Mapping[str, Making] = {
    STOPPED: Making(see=_see_stopped, make=_stop, check=_check_instance, back=_start),
    SNAPSHOT: Making(see=_see_snapshot, make=_make_snapshot, check=_check_snapshot),
    COPY: Making(see=_see_copy, make=_make_copy, check=_check_copy),
    REPLACEMENT: Making(see=_see_replacement, make=_make_replacement, check=_check_replacement),
    SWITCH: Making(
        see=_see_switch,
        make=_switch,
        check=_check_switch,
        back=_switch_back,
        between=lambda state, _: state.get(SWITCH) is None,
    ),
    RUNNING: Making(see=_see_running, make=_start, back=_stop),
    RETIRED: Making(see=_see_retired, make=_retire, check=_check_retired),
}
