"""What an incident has to keep and to close beyond its buckets, users and roles: databases, volumes, tables, logs, the files of a trail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from assay.app.protection.applying import OTHER_ACCOUNT
from assay.app.protection.protecting import Protection
from assay.app.protection.protecttargets import whole
from assay.aws.arn import parse
from assay.aws.failures import NOT_FOUND, refusals
from assay.aws.paging import items
from assay.aws.session import Calls, told
from assay.errors import AwsError, UsageError
from assay.model.action import Action, Gate, Planned, Refusal
from assay.model.protection import ResourceState, ResourceType
from assay.protect.incidents import Incident
from assay.protect.points import Verdict
from assay.protect.rdsdatabase import private
from assay.protectors import evidence

CALLS: Calls = frozenset({"ec2.DescribeVolumes"})
BECAUSE = "an incident: a person decides"
_HOME = "us-east-1"
_DATABASES = (ResourceType.RDS_INSTANCE, ResourceType.RDS_CLUSTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What is kept beside snapshots: the files of `trail` (s3://bucket/prefix) and these groups of logs of the last `days`, and whether Object
    Lock of the buckets is switched on, for good."""

    trail: str = ""
    groups: Sequence[str] = ()
    days: int = 7
    lock: bool = False
    at: datetime
    done: list[str] = field(default_factory=list)
    """What of the playbook is an action, and not by hand."""


def preserve(protection: Protection, incident: Incident, keeping: Keeping) -> tuple[list[Planned], list[Refusal]]:
    """Actions that keep and close, and what cannot be."""
    resources, refused = _resources(protection, incident)
    told_: list[Planned] = []
    region = protection.session.region or _HOME
    groups = [(region, each) for each in keeping.groups]
    for state in _with_clusters(protection, resources):
        if isinstance(state, Refusal):
            refused.append(state)
            continue
        refused += _left_open(state)
        told_ += _of_state(protection, incident, state)
        groups += [(state.region, each) for each in _log_groups(state)]
    if any(evidence.COPY in each.action.after for each in told_):
        keeping.done.append("preserve_copies")
    told_ += _logs(protection, incident, keeping, groups)
    if keeping.lock:
        told_ += [_lock(protection, each) for each in incident.buckets]
    return told_, refused


def _resources(protection: Protection, incident: Incident) -> tuple[list[str], list[Refusal]]:
    """What is meant, an instance of EC2 by its volumes."""
    session, found, refused = protection.session, [], []
    for each in incident.resources:
        if ":instance/" not in each:
            try:
                found.append(
                    whole(each, partition=session.partition, region=session.region, account=protection.account)
                )
            except UsageError as error:
                refused.append(Refusal(resource=each, control=evidence.CONTROL, reason="not kept", detail=str(error)))
            continue
        arn = parse(each)
        if arn.account != protection.account:
            refused.append(
                _not_kept(
                    each, OTHER_ACCOUNT, f"it is of account {arn.account}, and the credentials of {protection.account}"
                )
            )
            continue
        wanted = [{"Name": "attachment.instance-id", "Values": [arn.name]}]
        try:
            volumes = list(items(session.client("ec2", arn.region), "describe_volumes", "Volumes", Filters=wanted))
        except refusals() as error:
            failure: AwsError = told(error, "EC2")
            refused.append(
                Refusal(resource=each, control=evidence.CONTROL, reason=failure.reason, detail=failure.detail)
            )
            continue
        if not volumes:
            refused.append(
                _not_kept(
                    each, NOT_FOUND, "no volume is attached to it here: there is nothing of it that could be kept"
                )
            )
        found += [str(arn._replace(resource=f"volume/{volume['VolumeId']}")) for volume in volumes]
    return list(dict.fromkeys(found)), refused


def _not_kept(resource: str, reason: str, detail: str) -> Refusal:
    return Refusal(resource=resource, control=evidence.CONTROL, reason=reason, detail=detail)


def _with_clusters(protection: Protection, resources: Sequence[str]) -> Iterator[ResourceState | Refusal]:
    """Resources as they are, each once; with an instance of a cluster comes the cluster, of which alone a copy can be kept."""
    seen = set(resources)
    waiting = list(resources)
    while waiting:
        found, waiting = list(protection.observe(waiting)), []
        for each in found:
            yield each
            cluster = _cluster_of(each)
            if cluster and cluster not in seen:
                seen.add(cluster)
                waiting.append(cluster)


def _cluster_of(found: ResourceState | Refusal) -> str:
    """The ARN of the cluster that an instance is of; empty where it is of none."""
    if isinstance(found, Refusal) or found.type is not ResourceType.RDS_INSTANCE or not found.get("cluster").value:
        return ""
    return str(parse(found.resource)._replace(resource=f"cluster:{found.get('cluster').value}"))


def name_of(incident: Incident) -> str:
    """What evidence of an incident is called: a snapshot's name begins with a letter, and has letters, digits and hyphens."""
    return f"assay-{incident.id[:12]}"


def _of_state(protection: Protection, incident: Incident, state: ResourceState) -> Iterator[Planned]:
    if state.type is ResourceType.RDS_INSTANCE:
        point = private(state, state.get("cluster").value)
        if point.verdict is Verdict.CHANGE:
            action = Action(
                resource=state.resource, control=point.protector, before=point.before, after=point.after, account=state.account,
                calls=protection.calls.get(point.protector, frozenset()), breaks=point.breaks, note=point.detail,
            )  # fmt: skip
            yield Planned(action=action, gate=Gate.REVIEW, because=BECAUSE)
    kept = {ResourceType.EBS_VOLUME: "a snapshot of it", ResourceType.DYNAMODB_TABLE: "a backup of it"}
    what = "a snapshot of it" if state.type in _DATABASES else kept.get(state.type)
    is_member = state.type is ResourceType.RDS_INSTANCE and bool(state.get("cluster").value)
    if what is None or is_member:
        return
    yield _kept(
        protection,
        state.resource,
        evidence.COPY,
        "kept",
        f"{what}, called {name_of(incident)}-…; it is never deleted",
        {evidence.NAME: name_of(incident)},
    )


def _left_open(state: ResourceState) -> Iterator[Refusal]:
    """An instance that has a public address, and is not changed by itself."""
    if state.type is ResourceType.RDS_INSTANCE:
        point = private(state, state.get("cluster").value)
        if point.verdict not in (Verdict.CHANGE, Verdict.OK):
            yield Refusal(resource=state.resource, control=point.control, reason=point.reason, detail=point.detail)


def _kept(
    protection: Protection, resource: str, step: str, after: str, note: str, found: dict[str, str], breaks: str = ""
) -> Planned:
    control = evidence.PLACES if step == evidence.PLACE else evidence.CONTROL
    action = Action(
        resource=resource, control=control, before={step: None}, after={step: after}, account=protection.account,
        calls=protection.calls.get(control, frozenset()), found=found, reversible=False, breaks=breaks, note=note,
    )  # fmt: skip
    return Planned(action=action, gate=Gate.REVIEW, because=BECAUSE)


def _log_groups(state: ResourceState) -> list[str]:
    """Where RDS writes the logs that a database sends to CloudWatch."""
    if state.type not in _DATABASES:
        return []
    kind = "instance" if state.type is ResourceType.RDS_INSTANCE else "cluster"
    return [f"/aws/rds/{kind}/{parse(state.resource).name}/{each}" for each in state.get("log_exports").value or ()]


def _logs(
    protection: Protection, incident: Incident, keeping: Keeping, groups: Sequence[tuple[str, str]]
) -> Iterator[Planned]:
    """Logs go into a bucket of their own region, since CloudWatch exports into no other; files of the trail into that of the session."""
    session = protection.session
    home = session.region or _HOME
    since = (keeping.at - timedelta(days=keeping.days)).isoformat(timespec="seconds")
    for region in dict.fromkeys([*([home] if keeping.trail else []), *(region for region, _ in groups)]):
        bucket = f"assay-evidence-{protection.account}-{region}"
        found = {evidence.NAME: name_of(incident), evidence.BUCKET: bucket, evidence.SINCE: since,
                 evidence.UNTIL: keeping.at.isoformat(timespec="seconds")}  # fmt: skip
        keeping.done.append("preserve_logs")
        yield _kept(
            protection, f"s3://{bucket}", evidence.PLACE, region,
            f"a bucket of evidence, whose objects nobody deletes for {evidence.DAYS} days but who may bypass its governance; it is never deleted", {},
        )  # fmt: skip
        span = f"of {since[:10]} to {found[evidence.UNTIL][:10]}"
        if keeping.trail and region == home:
            note = f"the files of the trail {span} are copied to s3://{bucket}/{name_of(incident)}/trail/"
            yield _kept(protection, keeping.trail, evidence.TRAIL, "copied", note, found)
        for group in dict.fromkeys(name for where, name in groups if where == region):
            arn = f"arn:{session.partition}:logs:{region}:{protection.account}:log-group:{group}"
            note = f"its logs {span} are exported to s3://{bucket}/{name_of(incident)}/logs/; an account exports one group at a time: apply again for the next"
            yield _kept(protection, arn, evidence.LOGS, "exported", note, found)


def _lock(protection: Protection, bucket: str) -> Planned:
    return _kept(
        protection, bucket, evidence.LOCK, "Enabled",
        "Object Lock is on from then, and can never be switched off; objects that are there are held one by one, by hand", {},
        "versioning can never be suspended again, and whoever may hold objects keeps others from deleting them",
    )  # fmt: skip


def order_of(planned: Planned) -> int:
    """Where an action of `evidence` and of databases stands among those of an incident: what is lost first is kept first."""
    steps: dict[str, Any] = {evidence.COPY: 0, evidence.PLACE: 5, evidence.TRAIL: 6, evidence.LOGS: 7, evidence.LOCK: 8}
    return int(steps.get(next(iter(planned.action.after)), 3))
