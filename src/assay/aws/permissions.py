"""Operations → IAM actions and resources → the least policy that lets a command do its work.

Sources: the service authorization reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from assay.aws.session import Calls

ANY = "*"


class Grant(NamedTuple):
    """What one operation needs: IAM actions, and the ARNs that they are on (`{}` parts as in `Scope`)."""

    actions: tuple[str, ...]
    resources: tuple[str, ...] = (ANY,)


_BUCKET = ("arn:{partition}:s3:::{bucket}",)
_OBJECT = ("arn:{partition}:s3:::{bucket}/{prefix}*",)
_QUEUE = ("arn:{partition}:sqs:{region}:{account}:{queue}",)
_TABLE = ("arn:{partition}:dynamodb:{region}:{account}:table/{table}",)

GRANTS: Mapping[str, Grant] = {
    "sts.GetCallerIdentity": Grant(()),  # allowed to everybody, whatever policies say
    "sts.AssumeRole": Grant(("sts:AssumeRole",), ("{role}",)),
    "s3.HeadBucket": Grant(("s3:ListBucket",), _BUCKET),
    "s3.ListBuckets": Grant(("s3:ListAllMyBuckets",)),
    "s3.ListObjectsV2": Grant(("s3:ListBucket",), _BUCKET),
    "s3.ListObjectVersions": Grant(("s3:ListBucketVersions",), _BUCKET),
    "s3.HeadObject": Grant(("s3:GetObject", "s3:GetObjectVersion"), _OBJECT),
    "s3.GetObject": Grant(("s3:GetObject", "s3:GetObjectVersion"), _OBJECT),
    "s3.GetObjectTagging": Grant(("s3:GetObjectTagging", "s3:GetObjectVersionTagging"), _OBJECT),
    "s3.PutObjectTagging": Grant(("s3:PutObjectTagging", "s3:PutObjectVersionTagging"), _OBJECT),
    "s3.GetBucketLocation": Grant(("s3:GetBucketLocation",), _BUCKET),
    "s3.GetBucketTagging": Grant(("s3:GetBucketTagging",), _BUCKET),
    "s3.PutBucketTagging": Grant(("s3:PutBucketTagging",), _BUCKET),
    "s3.GetBucketNotificationConfiguration": Grant(("s3:GetBucketNotification",), _BUCKET),
    "s3.PutBucketNotificationConfiguration": Grant(("s3:PutBucketNotification",), _BUCKET),
    "sqs.GetQueueUrl": Grant(("sqs:GetQueueUrl",), _QUEUE),
    "sqs.GetQueueAttributes": Grant(("sqs:GetQueueAttributes",), _QUEUE),
    "sqs.ReceiveMessage": Grant(("sqs:ReceiveMessage",), _QUEUE),
    "sqs.DeleteMessage": Grant(("sqs:DeleteMessage",), _QUEUE),
    "sqs.DeleteMessageBatch": Grant(("sqs:DeleteMessage",), _QUEUE),
    "sqs.SendMessage": Grant(("sqs:SendMessage",), _QUEUE),
    "sqs.ChangeMessageVisibility": Grant(("sqs:ChangeMessageVisibility",), _QUEUE),
    "sqs.ChangeMessageVisibilityBatch": Grant(("sqs:ChangeMessageVisibility",), _QUEUE),
    "dynamodb.DescribeTable": Grant(("dynamodb:DescribeTable",), _TABLE),
    "dynamodb.Scan": Grant(("dynamodb:Scan",), _TABLE),
}
"""Operations whose actions or resources are not simply their own name on everything."""


class Scope(NamedTuple):
    """What a policy is narrowed to; what is left at `*` is not narrowed."""

    partition: str = "aws"
    region: str = ANY
    account: str = ANY
    bucket: str = ANY
    prefix: str = ""
    queue: str = ANY
    table: str = ANY
    role: str = ANY


def grant_of(operation: str) -> Grant:
    """What an operation needs; of one that `GRANTS` does not name, the action of its own name on everything."""
    known = GRANTS.get(operation)
    if known is not None:
        return known
    service, _, name = operation.partition(".")
    return Grant((f"{_PREFIXES.get(service, service)}:{name}",))


# Where IAM calls a service otherwise than botocore does.
_PREFIXES = {
    "resourcegroupstaggingapi": "tag",
    "macie2": "macie2",
    "events": "events",
    "stepfunctions": "states",
    "docdb": "rds",
    "logs": "logs",
    "cloudwatch": "cloudwatch",
    "s3control": "s3",
    "opensearch": "es",
}


def policy_of(calls: Calls, scope: Scope | None = None) -> dict[str, Any]:
    """An IAM policy document that allows exactly `calls`: a statement for each set of resources, actions in order."""
    scope = scope or Scope()
    by_resources: dict[tuple[str, ...], set[str]] = {}
    for operation in calls:
        grant = grant_of(operation)
        if grant.actions:
            filled = tuple(_filled(resource, scope) for resource in grant.resources)
            by_resources.setdefault(filled, set()).update(grant.actions)
    statements = [
        {"Sid": f"Assay{number}", "Effect": "Allow", "Action": sorted(actions), "Resource": _few(resources)}
        for number, (resources, actions) in enumerate(sorted(by_resources.items()), start=1)
    ]
    return {"Version": "2012-10-17", "Statement": statements}


def _filled(resource: str, scope: Scope) -> str:
    return resource.format_map(scope._asdict())


def _few(resources: Iterable[str]) -> str | list[str]:
    found = list(resources)
    return found[0] if len(found) == 1 else found
