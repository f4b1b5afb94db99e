"""Replacements that are under way: how far the encryption of a database or a volume that is there has come, told from what there is.

Nothing is kept here, and nothing is made: each step is seen in the account, or is a person's to say. Steps are those of `runbooks`;
`app.protection.replacing` plans them as actions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from assay.model.replacement import TAG, is_encrypted, other_cluster_settings, other_settings


class Stage(StrEnum):
    """How a step stands. A person's step cannot be seen; it counts as done once a later one is."""

    DONE = "done"
    RUNNING = "running"
    NEXT = "next"
    LATER = "later"
    PERSON = "for a person"
    WRONG = "wrong"


class Step(NamedTuple):
    """A step, what is to be done, and how it stands, with why."""

    name: str
    what: str
    stage: Stage
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What there is: `old` is what is to be replaced, by its name now, `new` the encrypted one in the making, `kept` the old one once it was
    renamed; `first` and `copy` are the snapshots, each as it is told, `None` where it is not there."""

    old: Mapping[str, Any] | None
    new: Mapping[str, Any] | None = None
    kept: Mapping[str, Any] | None = None
    first: Mapping[str, Any] | None = None
    copy: Mapping[str, Any] | None = None


_Seen = tuple[Stage | None, str]
"""What is seen of a step: `None` where it has not begun, or where nothing of it can be seen."""


def instance_steps(name: str, key: str, facts: Facts) -> list[Step]:
    """An instance of RDS by its name, for a key by its ARN or alias."""
    swapped, ended = _how_far(facts, key if key.startswith("arn:") else None)
    at = facts.old if swapped or ended else facts.new
    seen: Sequence[tuple[str, str, _Seen]] = (
        ("note and stop", f"note what {name} has, and stop what writes to it", (None, "")),
        (
            "snapshot",
            f"create-db-snapshot --db-instance-identifier {name} --db-snapshot-identifier {name}-before",
            _snapshot(facts.first),
        ),
        (
            "encrypted copy",
            (
                f"copy-db-snapshot --source-db-snapshot-identifier {name}-before --target-db-snapshot-identifier {name}-encrypted "
                f"--kms-key-id {key} --copy-tags"
            ),
            _encrypted(facts.copy, "Encrypted", key),
        ),
        (
            "restore",
            f"restore-db-instance-from-db-snapshot --db-snapshot-identifier {name}-encrypted --db-instance-identifier {name}-new",
            _encrypted(at, "StorageEncrypted", key),
        ),
        (
            "bring over",
            f"give {name}-new what {name} has, and compare tables, counts, users",
            _carried(facts, at, swapped, other_settings),
        ),
        (
            "switch",
            f"rename {name} to {name}-old, then {name}-new to {name}",
            (Stage.DONE, "") if swapped or ended else (None, ""),
        ),
        (
            "sign off",
            f"once its owner signs off, delete {name}-old, {name}-before and {name}-encrypted: they are not all encrypted so",
            (Stage.DONE, "") if ended and facts.first is None else (None, ""),
        ),
    )
    return _told(seen, people=("note and stop", "bring over"), whole=ended)


def cluster_steps(name: str, key: str, facts: Facts) -> list[Step]:
    """A cluster of Aurora, DocumentDB or Neptune by its name."""
    swapped, ended = _how_far(facts, None)
    at = facts.old if swapped or ended else facts.new
    seen: Sequence[tuple[str, str, _Seen]] = (
        ("note and stop", f"note what {name} has, and stop what writes to it", (None, "")),
        (
            "snapshot",
            f"create-db-cluster-snapshot --db-cluster-identifier {name} --db-cluster-snapshot-identifier {name}-before",
            _snapshot(facts.first),
        ),
        (
            "restore",
            (
                f"restore-db-cluster-from-snapshot --snapshot-identifier {name}-before --db-cluster-identifier {name}-new "
                f"--kms-key-id {key}"
            ),
            _encrypted(at, "StorageEncrypted", key),
        ),
        (
            "instances",
            f"create-db-instance --db-cluster-identifier {name}-new, with -new after its name, for each instance of {name}, the writing one first",
            _instances(facts, at, swapped),
        ),
        (
            "bring over",
            f"give {name}-new what {name} has, and compare tables, counts, users",
            _carried(facts, at, swapped, other_cluster_settings),
        ),
        (
            "switch",
            f"rename {name} to {name}-old, then {name}-new to {name}, and their instances alike",
            _names(facts, swapped, ended),
        ),
        (
            "sign off",
            f"once its owner signs off, delete the instances of {name}-old, {name}-old and {name}-before: they are not encrypted",
            (Stage.DONE, "") if ended and facts.first is None else (None, ""),
        ),
    )
    return _told(seen, people=("note and stop", "bring over"), whole=ended)


def _how_far(facts: Facts, key: str | None) -> tuple[bool, bool]:
    """Whether the names are others, and whether the original is gone."""
    encrypted = facts.old is not None and is_encrypted(facts.old, key)
    return encrypted and facts.kept is not None, encrypted and facts.kept is None


def _instances(facts: Facts, at: Mapping[str, Any] | None, swapped: bool) -> _Seen:
    """Whether the new one has as many as the old one."""
    source = facts.kept if swapped else facts.old
    if at is None or source is None or at is source:
        return (Stage.DONE, "") if at is not None else (None, "")
    there, wanted = len(at.get("DBClusterMembers") or ()), len(source.get("DBClusterMembers") or ())
    if there < wanted:
        return None, f"{there} of {wanted}"
    return Stage.DONE, ""


def _names(facts: Facts, swapped: bool, ended: bool) -> _Seen:
    """Its own, and those of its instances: they are others once each of the old one's has its end."""
    if ended:
        return Stage.DONE, ""
    if not swapped:
        return None, ""
    left = [
        str(each["DBInstanceIdentifier"])
        for each in (facts.kept or {}).get("DBClusterMembers") or ()
        if not str(each["DBInstanceIdentifier"]).endswith("-old")
    ]
    return (Stage.RUNNING, f"not yet of {', '.join(left)}") if left else (Stage.DONE, "")


def volume_steps(name: str, key: str, facts: Facts) -> list[Step]:
    """A volume of EBS by its id. What is made for it is known by the tag `assay:migration`, with the volume's id."""
    mark = f"--tag-specifications 'ResourceType=%s,Tags=[{{Key={TAG},Value={name}}}]'"
    is_there = facts.old is not None
    attached = _attached(facts.new)
    seen: Sequence[tuple[str, str, _Seen]] = (
        ("stop", f"stop the instances that {name} is attached to", (None, "")),
        ("snapshot", f"create-snapshot --volume-id {name} {mark % 'snapshot'}", _snapshot(facts.first)),
        (
            "encrypted copy",
            f"copy-snapshot --encrypted --kms-key-id {key} of it {mark % 'snapshot'}",
            _encrypted(facts.copy, "Encrypted", key),
        ),
        (
            "new volume",
            f"create-volume of the copy, in the same zone and of the same type, {mark % 'volume'}",
            _encrypted(facts.new, "Encrypted", key),
        ),
        (
            "switch",
            f"detach-volume {name}, attach-volume the new one in its place, start the instances, and look whether all is there",
            (Stage.DONE, f"attached to {attached}") if attached else (None, ""),
        ),
        (
            "sign off",
            f"once its owner signs off, delete {name} and the first snapshot: they are not encrypted so",
            (Stage.DONE, "") if not is_there and facts.first is None and facts.new is not None else (None, ""),
        ),
    )
    return _told(seen, people=("stop",), whole=False)


def _told(seen: Sequence[tuple[str, str, _Seen]], *, people: Sequence[str], whole: bool) -> list[Step]:
    """Steps in their order: what stands before one that is done is done, the first that is not is next."""
    last = max((at for at, (_, _, (stage, _)) in enumerate(seen) if stage is Stage.DONE), default=-1)
    steps: list[Step] = []
    is_open = False
    for at, (name, what, (stage, detail)) in enumerate(seen):
        if stage is Stage.WRONG or (stage is Stage.RUNNING and not is_open):
            is_open = True
            steps.append(Step(name, what, stage, detail))
        elif at <= last or (whole and stage is not None):
            steps.append(Step(name, what, Stage.DONE, detail))
        elif name in people and not is_open:
            # It holds nothing up that can be seen: the one behind it is next as well.
            steps.append(Step(name, what, Stage.PERSON, detail))
        elif is_open:
            steps.append(Step(name, what, Stage.LATER, detail))
        else:
            is_open = True
            steps.append(Step(name, what, Stage.NEXT, detail))
    return steps


_FAILED = ("failed", "error", "incompatible-restore")
_MAKING = ("creating", "pending", "copying", "restoring", "recovering")


def _snapshot(found: Mapping[str, Any] | None) -> _Seen:
    return (None, "") if found is None else _ready(found)


def _ready(found: Mapping[str, Any]) -> _Seen:
    """Whether it is made: what is done to it later is none of this."""
    status = str(found.get("Status") or found.get("State") or found.get("DBInstanceStatus"))
    if status in _FAILED:
        return Stage.WRONG, f"it is {status}"
    return (Stage.RUNNING, f"it is {status}") if status in _MAKING else (Stage.DONE, "")


def _encrypted(found: Mapping[str, Any] | None, name: str, key: str) -> _Seen:
    """Whether it is there, encrypted, and with the key that is asked for."""
    if found is None:
        return None, ""
    if not found.get(name):
        return Stage.WRONG, "it is there, and not encrypted: delete it, and make it again with the key"
    there = str(found.get("KmsKeyId") or "")
    if key.startswith("arn:") and there != key:
        return Stage.WRONG, f"it is encrypted with {there or 'another key'}, and not with {key}"
    return _ready(found)


def _carried(
    facts: Facts,
    at: Mapping[str, Any] | None,
    swapped: bool,
    other_of: Callable[[Mapping[str, Any], Mapping[str, Any]], list[str]],
) -> _Seen:
    """What the new one has not as the old one has it: a restored one has none of it by itself."""
    source = facts.kept if swapped else facts.old
    if at is None or source is None or at is source:
        return None, ""
    other = other_of(source, at)
    return (
        None,
        f"not as before: {', '.join(other)}"
        if other
        else "its settings are as before; its data is for a person to compare",
    )


def _attached(volume: Mapping[str, Any] | None) -> str:
    if volume is None:
        return ""
    return " and ".join(str(each["InstanceId"]) for each in volume.get("Attachments") or () if each.get("InstanceId"))


Steps = Callable[[str, str, Facts], list[Step]]
