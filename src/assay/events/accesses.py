"""Records of CloudTrail → who accessed what, when, from where and how much: data events and the management events beside them.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from ipaddress import IPv6Address
from typing import Any, NamedTuple


class Who(StrEnum):
    """What kind of principal it is. Sessions of a role are their role; AWS itself, and its services, have no habits of their own."""

    USER = "user"
    ROLE = "role"
    ROOT = "root"
    FEDERATED = "federated"
    ACCOUNT = "account"
    SERVICE = "service"
    ANONYMOUS = "anonymous"


class Verb(StrEnum):
    """What an access does to what it is of; `control` changes who may do what, or what is recorded of it."""

    READ = "read"
    LIST = "list"
    WRITE = "write"
    DELETE = "delete"
    CONTROL = "control"
    OTHER = "other"


class Access(NamedTuple):
    """One access. `day` is a date's ordinal and `hour` 0–23, both in UTC. `place` is what was accessed, as the catalog calls it (`s3://lake`,
    `dynamodb://orders`) or empty, `item` what of it: it may hold a value, and goes nowhere but into hashes.

    `network` is the sender's address without its last parts, or the service of AWS that asked in its name. `was_denied` where it was
    refused. `bytes_out` is 0 where it is not told.
    """

    who: str
    kind: Who
    day: int
    hour: int
    region: str
    network: str
    agent: str
    action: str
    verb: Verb
    place: str
    item: str
    bytes_out: int
    was_denied: bool
    event: str


def _named(words: str) -> frozenset[str]:
    return frozenset(words.split())


_READS = _named(
    "GetObject GetObjectTorrent SelectObjectContent CopyObject RestoreObject GetItem BatchGetItem Query Scan "
    "TransactGetItems ExecuteStatement BatchExecuteStatement GetRecords GetSnapshotBlock"
)
_LISTS = _named(
    "ListObjects ListObjectsV2 ListObjectVersions ListBuckets ListParts ListMultipartUploads HeadObject HeadBucket "
    "GetObjectAttributes ListTables DescribeTable ListSnapshotBlocks ListChangedBlocks GetBucketLocation"
)
_CONTROLS = _named(
    "PutBucketPolicy DeleteBucketPolicy PutBucketAcl PutObjectAcl PutPublicAccessBlock PutBucketPublicAccessBlock "
    "DeletePublicAccessBlock DeleteBucketPublicAccessBlock PutBucketReplication DeleteBucketEncryption PutBucketOwnershipControls "
    "PutKeyPolicy CreateGrant DisableKey ScheduleKeyDeletion AttachRolePolicy AttachUserPolicy AttachGroupPolicy PutRolePolicy "
    "PutUserPolicy PutGroupPolicy CreatePolicyVersion SetDefaultPolicyVersion CreateAccessKey CreateLoginProfile "
    "UpdateLoginProfile UpdateAssumeRolePolicy AddUserToGroup DeactivateMFADevice StopLogging DeleteTrail UpdateTrail "
    "PutEventSelectors DeleteFlowLogs ModifyDBSnapshotAttribute ModifyDBClusterSnapshotAttribute ModifySnapshotAttribute "
    "PutResourcePolicy DeleteResourcePolicy PutAccessPointPolicy CreateAccessPoint"
)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "Client.UnauthorizedOperation", "UnauthorizedOperation"})
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{1,99}")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]{0,39}")
_IPV4 = re.compile(r"(\d{1,3}\.\d{1,3})\.\d{1,3}\.\d{1,3}")
_SERVICE = re.compile(r"[a-z0-9.-]{1,60}\.amazonaws\.com(\.cn)?")


def access_of(record: Mapping[str, Any]) -> Access | None:
    """The access that a record tells of; `None` for one that has not what every record of an access has."""
    identity, at, action = record.get("userIdentity"), record.get("eventTime"), record.get("eventName")
    if not isinstance(identity, Mapping) or not isinstance(at, str) or not isinstance(action, str):
        return None
    if not _TIME.match(at) or not _NAME.fullmatch(action):
        return None
    try:
        day, hour = date.fromisoformat(at[:10]).toordinal(), int(at[11:13])
    except ValueError:
        return None
    if hour > 23:
        return None
    who, kind = _principal(identity)
    if not who:
        return None
    place, item = _touched(record)
    return Access(
        who=who,
        kind=kind,
        day=day,
        hour=hour,
        region=_text(record.get("awsRegion")),
        network=_network(record, identity),
        agent=_agent(_text(record.get("userAgent"))),
        action=action,
        verb=verb_of(action),
        place=place,
        item=item,
        bytes_out=_bytes(record),
        was_denied=_text(record.get("errorCode")) in _DENIED,
        event=_text(record.get("eventID")),
    )


def verb_of(action: str) -> Verb:
    """What an operation does, by its name.

    >>> verb_of("GetObject"), verb_of("DeleteObjects"), verb_of("PutBucketPolicy")
    (<Verb.READ: 'read'>, <Verb.DELETE: 'delete'>, <Verb.CONTROL: 'control'>)
    """
    if action in _READS:
        return Verb.READ
    if action in _CONTROLS:
        return Verb.CONTROL
    if action in _LISTS:
        return Verb.LIST
    if action.startswith("Delete"):
        return Verb.DELETE
    if action.startswith(("Put", "Upload", "Update", "BatchWrite", "Create", "Complete", "Transact")):
        return Verb.WRITE
    return Verb.OTHER


def _principal(identity: Mapping[str, Any]) -> tuple[str, Who]:
    """Whose habits an access is of: of a session its role, whatever it calls itself."""
    kind, arn = _text(identity.get("type")), _text(identity.get("arn"))
    account = _text(identity.get("accountId"))
    if kind == "AWSService":
        return _text(identity.get("invokedBy")) or "AWS", Who.SERVICE
    if kind == "Root":
        return arn or f"root of {account}", Who.ROOT
    if kind == "AssumedRole":
        issuer = _under(identity, "sessionContext", "sessionIssuer")
        return _text(issuer.get("arn")) or _role_of(arn), Who.ROLE
    if kind == "Role":
        return arn, Who.ROLE
    if kind == "IAMUser":
        return arn, Who.USER
    if kind == "FederatedUser":
        return _text(_under(identity, "sessionContext", "sessionIssuer").get("arn")) or arn, Who.FEDERATED
    if kind in ("SAMLUser", "WebIdentityUser", "IdentityCenterUser"):
        return arn or _text(identity.get("principalId")), Who.FEDERATED
    if account.isdigit():
        return arn or account, Who.ACCOUNT
    if _text(identity.get("principalId")) in ("", "ANONYMOUS_PRINCIPAL") or account == "ANONYMOUS_PRINCIPAL":
        return "everybody", Who.ANONYMOUS
    return arn, Who.ACCOUNT


def _role_of(arn: str) -> str:
    """`arn:aws:sts::1:assumed-role/Reader/session` → the role's name without the session's, where no issuer is told."""
    head, found, rest = arn.partition(":assumed-role/")
    return f"{head}:assumed-role/{rest.partition('/')[0]}" if found else arn


def _touched(record: Mapping[str, Any]) -> tuple[str, str]:
    asked = record.get("requestParameters")
    asked = asked if isinstance(asked, Mapping) else {}
    bucket = _text(asked.get("bucketName"))
    if bucket:
        return f"s3://{bucket}", _text(asked.get("key"))
    table = _text(asked.get("tableName"))
    if table:
        # Where another account's table is meant, its ARN stands in place of the name.
        return f"dynamodb://{table.rpartition('/')[2]}", ""
    listed = record.get("resources")
    for each in listed if isinstance(listed, list) else ():
        arn = _text(each.get("ARN")) if isinstance(each, Mapping) else ""
        if ":s3:::" in arn:
            name, _, key = arn.partition(":s3:::")[2].partition("/")
            return f"s3://{name}", key
        if ":dynamodb:" in arn and ":table/" in arn:
            return f"dynamodb://{arn.partition(':table/')[2].partition('/')[0]}", ""
    return "", ""


def _network(record: Mapping[str, Any], identity: Mapping[str, Any]) -> str:
    through = _text(identity.get("invokedBy"))
    if _SERVICE.fullmatch(through):
        return through
    address = _text(record.get("sourceIPAddress"))
    endpoint = _text(record.get("vpcEndpointId"))
    if endpoint:
        return endpoint[:40]
    found = _IPV4.fullmatch(address)
    if found:
        return f"{found.group(1)}.0.0/16"
    if _SERVICE.fullmatch(address) or address == "AWS Internal":
        return address
    try:
        parts = IPv6Address(address).exploded.split(":")
    except ValueError:
        return ""
    return ":".join(parts[:3]) + "::/48"


def _agent(told: str) -> str:
    """The program without its version: `[aws-cli/2.15 Python/3.11]` → `aws-cli`."""
    found = _WORD.match(told.lstrip("["))
    return found.group().rstrip(" ") if found else ""


def _bytes(record: Mapping[str, Any]) -> int:
    value = _under(record, "additionalEventData").get("bytesTransferredOut")
    return int(value) if isinstance(value, int | float) and value > 0 else 0


def _under(value: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    found: Any = value
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
