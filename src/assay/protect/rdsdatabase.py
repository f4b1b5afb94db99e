"""All controls of an instance, a cluster or a snapshot of RDS, in the order in which they are safe to make: what nobody notices
first, what cuts clients off last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from assay.model.protection import ResourceState, ResourceType
from assay.protect.encrypted import encryption_point
from assay.protect.means import Means
from assay.protect.points import NOT_SETTLED, Point, changed, manual, ok, refused, unknown
from assay.protect.policy import Asked, wants
from assay.protect.runbooks import cluster_steps, instance_steps, snapshot_steps

ORDER = (
    "rds_copy_tags",
    "rds_deletion_protection",
    "rds_log_exports",
    "rds_backups",
    "rds_iam_authentication",
    "rds_private",
    "rds_snapshot_private",
)
CHANGEABLE = ("available", "storage-optimization")
OTHERS_WAIT = "changes of others wait"
EVERYBODY = "all"

_Asked = Mapping[str, Asked]
_LOGS: Mapping[str, tuple[str, ...]] = {
    "postgres": ("postgresql", "upgrade"),
    "mysql": ("audit", "error", "general", "slowquery"),
    "mariadb": ("audit", "error", "general", "slowquery"),
    "aurora-mysql": ("audit", "error", "general", "slowquery"),
    "aurora-postgresql": ("postgresql",),
    "oracle-": ("alert", "audit", "listener", "trace"),
    "sqlserver-ex": ("error",),
    "sqlserver-": ("agent", "error"),
}
"""What Security Hub's RDS.9, RDS.34 and RDS.37 ask for, of engines by how their names begin: the first that fits."""
_BY_IAM = ("postgres", "mysql", "mariadb", "aurora-mysql", "aurora-postgresql")
_ENGINES = (*_LOGS, "aurora")
_ENCRYPTED_ALONE = ("docdb", "neptune")
"""Engines whose clusters are replaced by encrypted ones, and of which nothing else is looked at."""
_NOT_MADE = {
    "tls_only": "a parameter group with rds.force_ssl or require_secure_transport: assay sets none, and does not look whether it is so",
}


def points_of(state: ResourceState, asked: _Asked, means: Means, level: str) -> Iterator[Point]:
    """How each control that is asked for stands. What is being made or changed takes no change, and gets none."""
    status = state.get("status").value
    for point in _points(state, asked, means, level):
        if point.protector in ORDER and status not in CHANGEABLE:
            yield refused(point.control, NOT_SETTLED, f"it is {status}, and takes no change; plan it again later")
        else:
            yield point


def _points(state: ResourceState, asked: _Asked, means: Means, level: str) -> Iterator[Point]:
    if not str(state.get("engine").value).startswith(_ENGINES):
        detail = f"assay does not protect databases of {state.get('engine').value or 'an unknown engine'} yet"
        yield manual("engine", detail)
        if state.type is ResourceType.RDS_CLUSTER and state.get("engine").value in _ENCRYPTED_ALONE:
            yield from encryption_point(state, asked, means, level, cluster_steps)
        return
    if state.type is ResourceType.RDS_SNAPSHOT:
        if wants(asked, "private"):
            yield _shared(state)
        yield from encryption_point(state, asked, means, level, snapshot_steps)
        return
    cluster = state.get("cluster").value if state.type is ResourceType.RDS_INSTANCE else None
    if state.type is ResourceType.RDS_INSTANCE and wants(asked, "private"):
        yield private(state, cluster)
    if cluster:
        # All else of a member is its cluster's.
        return
    yield from _settings(state, asked)
    steps = cluster_steps if state.type is ResourceType.RDS_CLUSTER else instance_steps
    yield from encryption_point(state, asked, means, level, steps)
    if wants(asked, "multi_az"):
        yield (
            ok("multi_az", "it is in several zones")
            if state.get("multi_az").value
            else manual(
                "multi_az", "a second copy in another zone: it is paid for like the first, and assay makes none"
            )
        )
    for name, sentence in _NOT_MADE.items():
        if wants(asked, name):
            yield manual(name, sentence.format(value=asked[name].value))


def _settings(state: ResourceState, asked: _Asked) -> Iterator[Point]:
    if wants(asked, "copy_tags"):
        yield _flag(state, "copy_tags", "snapshots get its tags", "")
    if wants(asked, "deletion_protection"):
        breaks = "whatever deletes it, such as a stack that is taken down"
        yield _flag(state, "deletion_protection", "it cannot be deleted until that is switched off", breaks)
    if wants(asked, "log_exports"):
        yield _logs(state)
    if wants(asked, "backup_days"):
        yield _backups(state, int(asked["backup_days"].value))
    if wants(asked, "iam_authentication"):
        yield _iam(state)


def _flag(state: ResourceState, name: str, told: str, breaks: str) -> Point:
    if state.get(name).value:
        return ok(name, told)
    return changed(name, f"rds_{name}", {name: False}, {name: True}, detail=told, breaks=breaks)


def _logs(state: ResourceState) -> Point:
    control, engine = "log_exports", str(state.get("engine").value)
    wanted = next((logs for start, logs in _LOGS.items() if engine.startswith(start)), ())
    there = state.get(control).value
    missing = [name for name in wanted if name not in there]
    if not missing:
        return ok(control, f"{', '.join(wanted)} go to CloudWatch")
    return changed(
        control,
        "rds_log_exports",
        {f"log {name}": False for name in missing},
        {f"log {name}": True for name in missing},
        detail=f"{', '.join(missing)} go to CloudWatch",
        # That lets more people see what is in the database: protection decides no such thing by itself.
        ids=_log_ids(engine),
        person="statements, and values that are in them, are seen by whoever may read the log groups",
        note="paid for by its size; logs that the engine does not write are empty; log groups stay when this is taken back",
    )


def _log_ids(engine: str) -> tuple[str, ...]:
    """Security Hub has a control for some engines beside the one for all instances."""
    own = {"postgres": ("RDS.9", "RDS.36"), "aurora-mysql": ("RDS.34",), "aurora-postgresql": ("RDS.37",)}
    return own.get(engine, ("RDS.9",))


def _backups(state: ResourceState, days: int) -> Point:
    control, there = "backup_days", int(state.get("backup_days").value)
    if there >= days:
        return ok(control, f"backups are kept {there} days")
    detail = f"backups are kept {days} days"
    # From some days to others RDS takes an instance soon, without being asked to make all that waits at once.
    waiting = None if there and state.type is ResourceType.RDS_INSTANCE else _waiting(state, control)
    if waiting is not None:
        return waiting
    if there:
        return changed(
            control, "rds_backups", {control: there}, {control: days}, detail=detail,
            note="paid for by its size; taken back, backups of the days between are deleted",
        )  # fmt: skip
    return changed(
        control,
        "rds_backups",
        {control: 0},
        {control: days},
        detail=detail,
        breaks="reading and writing stand still for seconds to minutes while backups are switched on, for all clients",
        person="reading and writing stand still while backups are switched on",
        # Back to none, all backups that were made would be deleted.
        reversible=False,
        note="made at once; switching backups off again would delete them, and is left to people",
    )


def _iam(state: ResourceState) -> Point:
    control, engine = "iam_authentication", str(state.get("engine").value)
    if state.get(control).value:
        return ok(control, "users can sign in with tokens of IAM")
    if not engine.startswith(_BY_IAM):
        return manual(control, f"{engine} knows no signing in by IAM; use its own means, such as Kerberos")
    waiting = _waiting(state, control)
    if waiting is not None:
        return waiting
    return changed(
        control,
        "rds_iam_authentication",
        {control: False},
        {control: True},
        detail="users can sign in with tokens of IAM",
        breaks="nobody who signs in by password, but those in PostgreSQL who have been granted rds_iam",
        note="made at once; which users sign in so is still granted in the database, by hand",
    )


def _waiting(state: ResourceState, control: str) -> Point | None:
    """What is made at once makes all that waits at once, too."""
    pending = state.get("pending").value
    if not pending:
        return None
    detail = f"{', '.join(pending)} would be changed at once, too, and wait for the maintenance window; plan it again after that"
    return refused(control, OTHERS_WAIT, detail)


def private(state: ResourceState, cluster: str | None) -> Point:
    """An instance has no public address."""
    control = "private"
    if not state.get("public").value:
        return ok(control, "it has no public address")
    if cluster and not str(state.get("engine").value).startswith("aurora"):
        return manual(
            control, f"it is part of {cluster}, whose instances take no change: the cluster has to be made anew"
        )
    return changed(
        control,
        "rds_private",
        {"public": True},
        {"public": False},
        detail="it has no public address",
        breaks="every client outside of its network, such as offices, partners and other clouds",
        person="clients outside of its network may lose their way to it",
        note="its security groups stay as they are",
    )


def _shared(state: ResourceState) -> Point:
    control, setting = "private", state.get("shared_with")
    if not setting.is_known:
        return unknown(control, setting, "who may restore it")
    named = [each for each in setting.value if each != EVERYBODY]
    rest = f"; shared still with {', '.join(named)}: whether they should is for people to say" if named else ""
    if EVERYBODY not in setting.value:
        return ok(control, f"nobody but who is named may restore it{rest}")
    return changed(
        control,
        "rds_snapshot_private",
        {EVERYBODY: True},
        {EVERYBODY: False},
        detail=f"not everybody may restore it{rest}",
        breaks="whoever restores it from another account that is not named",
        person="other accounts may lose it",
        note="what was restored from it elsewhere stays there; taken back, everybody may restore it again",
    )
