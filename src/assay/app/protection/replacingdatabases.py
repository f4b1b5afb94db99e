"""The steps of replacing an instance or a cluster of RDS, as actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from assay.app.protection.replacedparts import CANNOT, LOST, NOT_YET, STAYS, deletion, refused, step, usable
from assay.aws.arn import Arn
from assay.aws.failures import NOT_FOUND
from assay.aws.rdssettings import CHANGEABLE, database_of, is_cluster, snapshot_of, status_of
from assay.aws.session import Session
from assay.errors import AwsError
from assay.model.action import Action, Refusal
from assay.model.replacement import (
    COPY,
    KEY,
    MEMBER,
    REPLACEMENT,
    SETTINGS,
    SNAPSHOT,
    SWITCH,
    TAG,
    is_encrypted,
)
from assay.protectors import rds_cluster_migration, rds_migration
from assay.protectors.rds_cluster_migration import AURORA, DOCUMENTDB, IN_REPLACEMENT, NEPTUNE, OF
from assay.protectors.rds_replacing import AS_BEFORE, BEFORE, ENCRYPTED, NEW, OLD, SWITCHED, UNSWITCHED

_LONGEST = 63
"""The longest name of an instance, a cluster, or a snapshot of a cluster."""


def instance(session: Session, arn: Arn, named: str) -> Iterator[Action | Refusal]:
    """All steps of an instance, for a key by its ARN or alias, or why there are none. Raises `AwsError`."""
    control, name = rds_migration.CONTROL, arn.name
    old = database_of(session, str(arn))
    key = usable(session, arn, named, control)
    if isinstance(key, Refusal):
        yield key
        return
    yield from _problems(session, arn, control, [_instance_problem(old, key.arn), _too_long([f"{name}{NEW}"])])
    encrypted, found = f"encrypted with {key.arn}", _with(key.arn)
    yield _snapshot(arn, found)
    yield step(
        arn, {COPY: None}, {COPY: encrypted}, f"an encrypted copy of it, {name}{ENCRYPTED}; {STAYS}", found=found
    )  # fmt: skip
    yield step(
        arn, {REPLACEMENT: None}, {REPLACEMENT: encrypted}, f"an instance of that copy, {name}{NEW}, with what {name} has; {STAYS}; it is paid for beside the original",
        found=found,
    )  # fmt: skip
    yield _settings(arn, "backups and monitoring", found)
    yield _switch(arn, name, ("RDS.3", "CIS 2.3.1"), found=found)


def cluster(session: Session, arn: Arn, named: str) -> Iterator[Action | Refusal]:
    """The same of a cluster, and of its instances, of which the one that writes is made first: it writes again then."""
    control, name = rds_cluster_migration.CONTROL, arn.name
    old = database_of(session, str(arn))
    members = _members(old)
    names = _first_names(session, arn, old, members)
    problems = [_cluster_problem(old), _too_long([f"{name}{BEFORE}", *(f"{each}{NEW}" for each in names)])]
    problems += [_member_problem(session, arn, each) for each in members if not problems[0]]
    yield from _problems(session, arn, control, problems)
    key = usable(session, arn, named, control)
    if isinstance(key, Refusal):
        yield key
        return
    yield _snapshot(arn, {})
    yield step(
        arn, {REPLACEMENT: None}, {REPLACEMENT: f"encrypted with {key.arn}"}, f"a cluster of that snapshot with the key, {name}{NEW}, with what {name} has; {STAYS}; it is paid for beside the original"
    )  # fmt: skip
    for member in names:
        made = f"{MEMBER} {member}"
        note = f"an instance of {name}{NEW} as {member}, {member}{NEW}; {STAYS}; it is paid for beside the original"
        yield step(arn, {made: None}, {made: IN_REPLACEMENT}, note, found={OF: member})
    yield _settings(arn, "backups, times and roles", {})
    yield _switch(arn, name, _CONTROL_IDS.get(str(old.get("Engine")), ("RDS.27",)), by_hand=_by_hand(old))
    for member in names:
        yield _switch(arn, member, (), found={OF: member})


_CONTROL_IDS: Mapping[str, tuple[str, ...]] = {DOCUMENTDB: ("DocumentDB.1",), NEPTUNE: ("Neptune.1",)}


def _members(described: Mapping[str, Any]) -> list[str]:
    """The instances of a cluster, the one that writes first."""
    found = sorted(
        described.get("DBClusterMembers") or (),
        key=lambda each: (
            not each.get("IsClusterWriter"),
            each.get("PromotionTier") or 0,
            each["DBInstanceIdentifier"],
        ),
    )
    return [str(each["DBInstanceIdentifier"]) for each in found]


def _first_names(session: Session, arn: Arn, old: Mapping[str, Any], members: Sequence[str]) -> list[str]:
    """The names that the instances had before anything was made. Once the cluster's names are others these are the replacement's instances,
    and one whose own name is still an original's has that with an end."""
    if not old.get("StorageEncrypted") or not _is_there(session, arn, OLD):
        return list(members)
    kept = _members(database_of(session, str(arn._replace(resource=f"{arn.kind}:{arn.name}{OLD}"))))
    # Between its two changes of names an original has its end already, and its replacement still has the other.
    first = {*kept, *(each.removesuffix(OLD) for each in kept)}
    return [each.removesuffix(NEW) if each.removesuffix(NEW) in first else each for each in members]


def _snapshot(arn: Arn, found: Mapping[str, str]) -> Action:
    name = f"{arn.name}{BEFORE}"
    return step(arn, {SNAPSHOT: None}, {SNAPSHOT: name}, f"a snapshot of {arn.name}, {name}; {STAYS}", found=found)


def _settings(arn: Arn, what: str, found: Mapping[str, str]) -> Action:
    told = f"{what} of {arn.name}{NEW} as those of {arn.name}"
    return step(arn, {SETTINGS: None}, {SETTINGS: AS_BEFORE}, told, found=found)


def _switch(arn: Arn, name: str, control_ids: tuple[str, ...], *, by_hand: str = "", **more: Any) -> Action:
    """The names of the resource itself, or of one of its instances."""
    named = SWITCH if name == arn.name and OF not in more.get("found", {}) else f"{SWITCH} {name}"
    return step(
        arn, {named: UNSWITCHED}, {named: SWITCHED},
        f"{name} becomes {name}{OLD}, which is kept, and {name}{NEW} becomes {name}; taken back, the names are as before, and what was written since is in {name}{NEW}{by_hand}",
        reversible=True, breaks=f"whoever uses {name}, for some minutes, while it is renamed; {LOST}", control_ids=control_ids, **more,
    )  # fmt: skip


def _problems(session: Session, arn: Arn, control: str, problems: Sequence[str]) -> Iterator[Refusal]:
    """What stands against it, unless its names are others already: then what is left is told by the steps."""
    told = [each for each in problems if each]
    if told and not _is_there(session, arn, OLD):
        yield refused(arn, control, CANNOT, "; ".join(told))


def _is_there(session: Session, arn: Arn, end: str) -> bool:
    try:
        database_of(session, str(arn._replace(resource=f"{arn.kind}:{arn.name}{end}")))
    except AwsError as error:
        if error.reason == NOT_FOUND:
            return False
        raise
    return True


def _too_long(made: Sequence[str]) -> str:
    """Names of what is made have to be ones that RDS takes."""
    return "; ".join(
        f"{name} would be longer than {_LONGEST} characters, which RDS does not take; give it a shorter name"
        for name in made
        if len(name) > _LONGEST
    )


def _instance_problem(old: Mapping[str, Any], key: str) -> str:
    """Why an instance cannot be replaced step by step; empty where it can."""
    if is_encrypted(old, key):
        return f"it is encrypted with {key} already"
    if old.get("DBClusterIdentifier"):
        return f"it is a member of the cluster {old['DBClusterIdentifier']}, which is replaced as a whole: give the ARN of that"
    if old.get("ReadReplicaDBInstanceIdentifiers") or old.get("ReadReplicaSourceDBInstanceIdentifier"):
        return "it has replicas, or is one: they are encrypted as their source is, and made anew by hand"
    return _status_problem(old, "it")


def _cluster_problem(old: Mapping[str, Any]) -> str:
    """The same of a cluster."""
    engine = str(old.get("Engine"))
    if old.get("StorageEncrypted"):
        return "it is encrypted; with another key it is replaced by hand, from a copy of its snapshot with that key"
    if not engine.startswith(AURORA) and engine not in (DOCUMENTDB, NEPTUNE):
        return f"it is a cluster of {engine} in several zones, whose instances have no names of their own to change; it is replaced by hand"
    if old.get("GlobalClusterIdentifier"):
        return f"it is of the global cluster {old['GlobalClusterIdentifier']}: take it out of that first"
    if old.get("ReadReplicaIdentifiers") or old.get("ReplicationSourceIdentifier"):
        return "it has replicas, or is one: they are encrypted as their source is, and made anew by hand"
    return _status_problem(old, "it")


def _member_problem(session: Session, arn: Arn, member: str) -> str:
    found = database_of(session, str(arn._replace(resource=f"db:{member}")))
    return _status_problem(found, f"its instance {member}")


def _status_problem(found: Mapping[str, Any], what: str) -> str:
    if status_of(found) in CHANGEABLE:
        return ""
    return f"{what} is {status_of(found)}; plan it again once it is available"


def _by_hand(old: Mapping[str, Any]) -> str:
    """What no cluster that is restored has, and nobody but people can give it."""
    told = [
        what
        for name, what in {
            "CustomEndpoints": "endpoints of its own",
            "MasterUserSecret": "the password that Secrets Manager keeps",
            "DomainMemberships": "the directory",
            "HttpEndpointEnabled": "the data API",
        }.items()
        if old.get(name)
    ]
    if old.get("ActivityStreamStatus") not in (None, "stopped"):
        told.append("the stream of its activity")
    return f"; to be made anew by hand: {', '.join(told)}" if told else ""


def retired(session: Session, arn: Arn, named: str) -> Iterator[Action | Refusal]:
    """The deletion of what was replaced, an instance or a cluster, or why nothing is deleted. Raises `AwsError`."""
    control, name = (rds_cluster_migration if is_cluster(arn) else rds_migration).CONTROL, arn.name
    serving, key = database_of(session, str(arn)), None
    if not serving.get("StorageEncrypted"):
        yield refused(arn, control, NOT_YET, f"{name} is not encrypted: it is the original, and is not deleted")
        return
    if _is_there(session, arn, NEW):
        detail = f"{name}{NEW} is in the making: what is called {name} is the original still, and nothing is deleted"
        yield refused(arn, control, NOT_YET, detail)
        return
    if not is_cluster(arn) and any(each.get("Key") == TAG for each in serving.get("TagList") or ()):
        # What was made by a plan is known by its tag: what is kept beside it may be encrypted, with another key.
        found = usable(session, arn, named, control)
        if isinstance(found, Refusal):
            yield found
            return
        key = found.arn
        if not is_encrypted(serving, key):
            yield refused(
                arn,
                control,
                NOT_YET,
                f"{name} is not encrypted with {key}: nothing is deleted; name its key with --key",
            )
            return
    if _is_there(session, arn, OLD):
        kept = database_of(session, str(arn._replace(resource=f"{arn.kind}:{name}{OLD}")))
        if is_encrypted(kept, key):
            yield refused(
                arn, control, "not the original", f"{name}{OLD} is encrypted: it is something else, and is not deleted"
            )
            return
        # The one that writes goes last, as what is left of the cluster may be asked for until then.
        for member in reversed(_members(kept)):
            if not member.endswith(OLD):
                yield refused(
                    arn,
                    control,
                    NOT_YET,
                    f"{member} of {name}{OLD} has its name still: apply the plan of the replacement to its end",
                )
                return
            yield deletion(arn, member, f"its instance {member} is deleted", found={OF: member.removesuffix(OLD)})
        yield deletion(
            arn,
            f"{name}{OLD}",
            f"the original, {name}{OLD}, is deleted without a last snapshot; {_automated(kept)}",
            found=_with(key),
        )
    ends = (BEFORE,) if is_cluster(arn) else (BEFORE, ENCRYPTED)
    kind = "cluster-snapshot" if is_cluster(arn) else "snapshot"
    for end in ends:
        try:
            snapshot_of(session, str(arn._replace(resource=f"{kind}:{name}{end}")))
        except AwsError as error:
            if error.reason == NOT_FOUND:
                continue
            raise
        yield deletion(arn, f"{name}{end}", f"its snapshot {name}{end} is deleted", found=_with(key))


def _with(key: str | None) -> dict[str, str]:
    return {} if key is None else {KEY: key}


def _automated(kept: Mapping[str, Any]) -> str:
    if kept.get("Engine") in (DOCUMENTDB, NEPTUNE):
        return "its automated backups go with it"
    return "its automated backups stay for as long as they were to be kept"
