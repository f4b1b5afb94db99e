"""Incidents: what somebody, GuardDuty, Macie or `assay protect anomalies` tells of, and what is done about it. Pure.

https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-format.html
https://docs.aws.amazon.com/macie/latest/user/findings-publish-event-schemas.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from assay.protect.statements import principal_problem

_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _:/.-]{0,119}")
_ID = re.compile(r"[A-Za-z0-9-]{1,64}")
_RESOURCE = re.compile(
    r"dynamodb://[A-Za-z0-9_.-]{3,255}|arn:aws[a-z-]*:(?:rds:[a-z0-9-]+:\d{12}:(?:db|cluster):[A-Za-z0-9-]{1,63}"
    r"|ec2:[a-z0-9-]+:\d{12}:(?:volume/vol|instance/i)-[0-9a-f]{8,17}|dynamodb:[a-z0-9-]+:\d{12}:table/[A-Za-z0-9_.-]{3,255})"
)
_PARTITION = re.compile(r"arn:(aws[a-z-]*):")
_SEVERITIES = (("high", 7.0), ("medium", 4.0), ("low", 0.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What happened, as far as it is known. `source` is guardduty, macie, anomaly or person, `reference` the finding's id there,
    `what` its type in a few words. `buckets` are URIs, `principals` ARNs of users and roles, `resources`
    databases, volumes, tables and instances of EC2 of which a copy is kept; `untold` are principals and places that
    cannot be acted on, each with why."""

    source: str
    reference: str
    what: str
    severity: str
    account: str
    buckets: tuple[str, ...] = ()
    principals: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    untold: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The same for the same finding."""
        told = "\0".join([self.source, self.reference, self.what, *self.buckets, *self.principals, *self.resources])
        return sha256(told.encode()).hexdigest()[:16]

    @property
    def home(self) -> str:
        """The account that it happened in: as the finding says, else as the ARNs of what is kept do; of principals only where it is about nothing
        else, since they may be of any. Empty where nothing, or more than one, is told."""
        named = self.resources or (() if self.buckets else self.principals)
        accounts = {each.split(":")[4] for each in named}
        return self.account or (accounts.pop() if len(accounts) == 1 else "")


class NotAnIncidentError(Exception):
    """What is given is none of the shapes that are known. It holds no content."""


def incident_of(document: Any) -> Incident:
    """The incident that a finding tells of: as GuardDuty and Macie have it, as EventBridge brings it, or a line of
    `assay protect anomalies`. Raises `NotAnIncidentError`."""
    found = document
    if isinstance(found, Mapping) and isinstance(found.get("detail"), Mapping) and "detail-type" in found:
        found = found["detail"]
    if not isinstance(found, Mapping):
        raise NotAnIncidentError("is no JSON object")
    if found.get("kind") == "anomaly":
        return _anomaly(found)
    kind = _text(_either(found, "type", "Type"))
    if "classificationDetails" in found or "policyDetails" in found or "resourcesAffected" in found:
        return _macie(found, kind)
    if re.match(r"[A-Za-z]+:[A-Za-z0-9]+/", kind):
        return _guardduty(found, kind)
    raise NotAnIncidentError("is no finding of GuardDuty or Macie, and no line of 'assay protect anomalies'")


def _anomaly(found: Mapping[str, Any]) -> Incident:
    who, day = _text(found.get("principal")), _text(found.get("day"))
    places = found.get("places")
    named = (
        [_text(each.get("resource")) for each in places if isinstance(each, Mapping)]
        if isinstance(places, list)
        else []
    )
    reasons = found.get("reasons")
    names = (
        sorted({_word(each.get("name")) for each in reasons if isinstance(each, Mapping)})
        if isinstance(reasons, list)
        else []
    )
    level = _text(found.get("level"))
    return _incident(
        "anomaly", f"{day} {who}", f"unusual access: {', '.join(name for name in names if name)}", 8.0 if level == "restricted" else 5.0,
        "", [name.removeprefix("s3://") for name in named if name.startswith("s3://")], [who],
        [f"{name}: only buckets are isolated" for name in named if not name.startswith("s3://")],
        [name for name in named if name.startswith("dynamodb://")],
    )  # fmt: skip


def _guardduty(found: Mapping[str, Any], kind: str) -> Incident:
    resource = _under(found, "resource", "Resource")
    buckets = _either(resource, "s3BucketDetails", "S3BucketDetails")
    names = (
        [_text(_either(each, "name", "Name")) for each in buckets if isinstance(each, Mapping)]
        if isinstance(buckets, list)
        else []
    )
    key = _under(resource, "accessKeyDetails", "AccessKeyDetails")
    account = _text(_either(found, "accountId", "AccountId"))
    who, name = _text(_either(key, "userType", "UserType")), _text(_either(key, "userName", "UserName"))
    partition = _PARTITION.match(_text(_either(found, "arn", "Arn")))
    kind_of = {"IAMUser": "user", "AssumedRole": "role", "Role": "role"}.get(who)
    principals, untold = [], []
    if kind_of and name:
        principals = [f"arn:{partition[1] if partition else 'aws'}:iam::{account}:{kind_of}/{name}"]
    elif who:
        untold = [f"{_word(who)}: no user or role is named; it cannot be quarantined"]
    severity = _either(found, "severity", "Severity")
    arn = f"arn:{partition[1] if partition else 'aws'}"
    return _incident(
        "guardduty", _text(_either(found, "id", "Id")), _word(kind), severity, account, names, principals, untold,
        _reached(resource, arn, _text(_either(found, "region", "Region")), account),
    )  # fmt: skip


def _reached(resource: Mapping[str, Any], arn: str, region: str, account: str) -> list[str]:
    """The database, the instance and the volumes that a finding of GuardDuty is about."""
    database = _text(
        _either(_under(resource, "rdsDbInstanceDetails", "RdsDbInstanceDetails"), "dbInstanceArn", "DbInstanceArn")
    )
    instance = _text(_either(_under(resource, "instanceDetails", "InstanceDetails"), "instanceId", "InstanceId"))
    volumes = _under(resource, "ebsVolumeDetails", "EbsVolumeDetails")
    scanned = _either(volumes, "scannedVolumeDetails", "ScannedVolumeDetails")
    named = (
        [_text(_either(each, "volumeArn", "VolumeArn")) for each in scanned if isinstance(each, Mapping)]
        if isinstance(scanned, list)
        else []
    )
    told = [database, f"{arn}:ec2:{region}:{account}:instance/{instance}" if instance else "", *named]
    return [each for each in told if _RESOURCE.fullmatch(each)]


def _macie(found: Mapping[str, Any], kind: str) -> Incident:
    bucket = _text(_under(_under(found, "resourcesAffected"), "s3Bucket").get("name"))
    severity = _under(found, "severity")
    score = severity.get("score")
    score = {1: 2.0, 2: 5.0, 3: 8.0}.get(score, 5.0) if isinstance(score, int) else 5.0
    actor = _under(_under(found, "policyDetails"), "actor")
    role = _text(
        _under(_under(_under(_under(actor, "userIdentity"), "assumedRole"), "sessionContext"), "sessionIssuer").get(
            "arn"
        )
    )
    user = _text(_under(_under(actor, "userIdentity"), "iamUser").get("arn"))
    principals = [each for each in (role, user) if each]
    return _incident(
        "macie", _text(found.get("id")), _word(kind), score, _text(found.get("accountId")), [bucket], principals, []
    )


def _incident(
    source: str, reference: str, what: str, severity: Any, account: str, buckets: Sequence[str], principals: Sequence[str],
    untold: Sequence[str], resources: Sequence[str] = (),
) -> Incident:  # fmt: skip
    """A finding may hold anything: what is told on is what it is called, or left out."""
    score = float(severity) if isinstance(severity, int | float) and not isinstance(severity, bool) else 5.0
    wrong = [problem for each in principals if (problem := principal_problem(each))]
    good = tuple(dict.fromkeys(each for each in principals if not principal_problem(each)))
    named = tuple(dict.fromkeys(f"s3://{each}" for each in buckets if _BUCKET.fullmatch(each)))
    if not named and not good and not resources:
        raise NotAnIncidentError("names no bucket, user, role, database or volume that something could be done about")
    if source != "anomaly" and not _ID.fullmatch(reference):
        raise NotAnIncidentError("has no id")
    return Incident(
        source=source,
        reference=reference,
        what=what or "unnamed",
        severity=next(name for name, least in _SEVERITIES if score >= least),
        account=account if account.isdigit() else "",
        buckets=named,
        principals=good,
        resources=tuple(dict.fromkeys(each for each in resources if _RESOURCE.fullmatch(each))),
        untold=(*untold, *(f"a principal {problem.partition(': ')[2]}" for problem in wrong)),
    )


def is_kept(resource: str) -> bool:
    """Whether a copy of something can be kept: databases, volumes, tables, instances of EC2 by their volumes."""
    return _RESOURCE.fullmatch(resource) is not None


def by_hand(incident: Incident) -> list[tuple[str, str]]:
    """What people do: the step, and what has to be done. Each stands in the plan, and is made by nobody else."""
    first = incident.buckets[0].removeprefix("s3://") if incident.buckets else "BUCKET"
    return [
        ("preserve_logs", ("export what CloudTrail has of it before it is too old: copy the files of the trail of these days, and "
         "their digests, into a bucket of evidence with Object Lock (aws s3 cp --recursive s3://TRAIL/AWSLogs/… s3://EVIDENCE/)")),
        ("preserve_copies", ("take snapshots of volumes and databases that the same principal reached (aws ec2 create-snapshot, "
         "aws rds create-db-snapshot), and copy them into an account of evidence")),
        ("object_lock", (f"hold what is in the bucket for the investigation: aws s3api put-object-legal-hold, or Object Lock of {first}; "
         "that can never be switched off again")),
        ("credentials", "rotate or delete access keys, revoke the role's sessions, and look who may assume it"),
        ("notify", "tell the owner of the data, security, and whoever has to be told by law (72 hours under GDPR)"),
        ("recover", ("when it is over: bring back versions that were overwritten or deleted, then take this plan back with "
         "'assay protect rollback', and close the incident")),
    ]  # fmt: skip


def _either(found: Mapping[str, Any], *names: str) -> Any:
    """GuardDuty's API writes names small, its console's exports large."""
    return next((found[name] for name in names if found.get(name) is not None), None)


def _under(found: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    value = _either(found, *names)
    return value if isinstance(value, Mapping) else {}


def _word(value: Any) -> str:
    text = _text(value)
    return text if _WORD.fullmatch(text) else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
