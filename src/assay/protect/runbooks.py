"""What people do by hand where encryption means another resource in the place of the one that is there, step by step.

Sources: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html,
https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from assay.model.protection import ResourceState


def instance_steps(state: ResourceState, key: str) -> str:
    """An instance of a database is restored from an encrypted copy of a snapshot."""
    name = state.resource.rpartition(":")[2]
    return _told(
        f"an instance cannot be encrypted in its place; it is replaced, with an interruption, by a plan of its own: assay protect migration {state.resource} --key {key} --plan; step by step",
        (
            (
                f"stop what writes to {name}, and note its parameter and option groups, security groups, subnets, tags, replicas, "
                "monitoring and roles: a restored instance has none of them by itself"
            ),
            f"create-db-snapshot --db-instance-identifier {name} --db-snapshot-identifier {name}-before",
            (
                f"copy-db-snapshot --source-db-snapshot-identifier {name}-before --target-db-snapshot-identifier {name}-encrypted "
                f"--kms-key-id {key} --copy-tags"
            ),
            (
                f"restore-db-instance-from-db-snapshot --db-snapshot-identifier {name}-encrypted --db-instance-identifier {name}-new, "
                "with what was noted"
            ),
            "compare both: tables, counts, users; make replicas anew from the new one, since they are encrypted as their source is",
            f"rename {name} to {name}-old, then {name}-new to {name}: clients find it under the name that they know",
            (
                f"let it run; keep {name}-old and both snapshots until the owner signs off, then delete them (its deletion protection is "
                "switched off first): they are not encrypted so"
            ),
            "plan again: the new instance has the same ARN, and is looked at anew",
        ),
    )


def cluster_steps(state: ResourceState, key: str) -> str:
    """A cluster is restored from its snapshot with a key."""
    name = state.resource.rpartition(":")[2]
    copied = (
        ""
        if state.get("encryption").value["encryption"] == "none"
        else (
            f"copy-db-cluster-snapshot --source-db-cluster-snapshot-identifier {name}-before "
            f"--target-db-cluster-snapshot-identifier {name}-encrypted --kms-key-id {key} --copy-tags"
        )
    )
    source = f"{name}-encrypted" if copied else f"{name}-before"
    steps = (
        f"stop what writes to {name}, and note its parameter groups, security groups, subnets, tags, instances and roles",
        f"create-db-cluster-snapshot --db-cluster-identifier {name} --db-cluster-snapshot-identifier {name}-before",
        copied,
        (
            f"restore-db-cluster-from-snapshot --snapshot-identifier {source} --db-cluster-identifier {name}-new --kms-key-id {key}, "
            "with what was noted; then create-db-instance for each of its instances"
        ),
        "compare both: tables, counts, users",
        f"rename {name} to {name}-old, then {name}-new to {name}, and their instances",
        f"let it run; keep {name}-old and the snapshots until the owner signs off, then delete them",
        "plan again",
    )
    by = (
        "by hand, since its key would be another"
        if copied
        else f"by a plan of its own: assay protect migration {state.resource} --key {key} --plan; step by step"
    )
    told = f"a cluster cannot be encrypted in its place; it is replaced, with an interruption, {by}"
    return _told(told, [step for step in steps if step])


def snapshot_steps(state: ResourceState, key: str) -> str:
    """A snapshot is copied with a key."""
    start, _, name = state.resource.rpartition(":")
    whose = "db-cluster-snapshot" if start.endswith(":cluster-snapshot") else "db-snapshot"
    return _told(
        "a snapshot cannot be encrypted in its place; a copy of it can:",
        (
            (
                f"copy-{whose} --source-{whose}-identifier {name} --target-{whose}-identifier {name}-encrypted --kms-key-id {key} "
                "--copy-tags"
            ),
            "try a restore from the copy",
            f"delete-{whose} of {name} once the owner signs off: that cannot be taken back",
        ),
    )


def volume_steps(state: ResourceState, key: str) -> str:
    """A volume is made anew from an encrypted copy of a snapshot."""
    name = state.resource.rpartition("/")[2]
    attached: list[dict[str, Any]] = state.get("attached").value or []
    where = " and ".join(f"{each['instance']} as {each['device']}" for each in attached)
    like = [f"--availability-zone {state.get('zone').value}", f"--volume-type {state.get('volume_type').value}"]
    like += [f"--{key} {state.get(key).value}" for key in ("iops", "throughput") if state.get(key).value]
    steps = (
        f"stop {' and '.join(each['instance'] for each in attached)}, and keep in mind that what an Auto Scaling group made is "
        "replaced by it: there the launch template is changed, and instances are renewed"
        if attached
        else "",
        f"create-snapshot --volume-id {name}",
        f"copy-snapshot --encrypted --kms-key-id {key} of that snapshot, in the same region",
        f"create-volume --snapshot-id of the copy {' '.join(like)}, with the tags of {name}",
        f"detach-volume {name} from {where}; attach-volume the new one in its place" if attached else "",
        "start the instances, and look whether all is there" if attached else "",
        f"keep {name} and the first snapshot until the owner signs off, then delete them: they are not encrypted so",
    )
    told = (
        "a volume cannot be encrypted in its place; it is replaced, with downtime, by a plan of its own: assay protect migration "
        f"{state.resource} --key {key} --plan; what is made for it gets the tag assay:migration={name}; step by step"
    )
    return _told(told, [step for step in steps if step])


def _told(first: str, steps: Sequence[str]) -> str:
    return "\n".join((first, *(f"{number}. {step}" for number, step in enumerate(steps, start=1))))
