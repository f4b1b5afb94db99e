"""Operations → IAM actions and resources → the least policy that lets a command do its work.

Sources: the service authorization reference (`assay.aws.grants`), and for names in a policy
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from assay.aws.arn import parse
from assay.aws.grants import ANY, GRANTS, Condition, Grant, prefix_of
from assay.aws.session import Calls

LONGEST_MANAGED_POLICY = 6_144
"""Characters without white space: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""

_READS_OBJECTS = frozenset({"s3.GetObject", "s3.CopyObject"})
_WRITES_OBJECTS = frozenset({"s3.PutObject", "s3.CopyObject", "s3.CreateMultipartUpload"})
# In a key these would mean something else, unless they are written as variables. No other name may have them.
_LITERAL = str.maketrans({"*": "${*}", "?": "${?}", "$": "${$}"})


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
    secret: str = ANY
    dbuser: str = ANY


def grant_of(operation: str) -> Grant:
    """What an operation needs; of one that `GRANTS` does not name, the action of its own name on everything."""
    known = GRANTS.get(operation)
    if known is not None:
        return known
    service, _, name = operation.partition(".")
    return Grant((f"{prefix_of(service)}:{name}",))


def policy_of(
    calls: Calls, scope: Scope | None = None, *, key: str | None = None, beside: Iterable[Grant] = ()
) -> dict[str, Any]:
    """An IAM policy document that allows exactly `calls`: a statement for each set of resources, actions in order.

    `key` is the ARN of the KMS key that objects are encrypted with: reading and writing them needs it, through the S3 of its
    region only. Raises `ValueError` where it is no ARN. `beside` is what is needed that no operation is called for.
    """
    scope = scope or Scope()
    statements: dict[tuple[tuple[str, ...], Condition | None], set[str]] = {}
    grants = [grant for operation in sorted(calls) for grant in _all(grant_of(operation))]
    grants += beside
    if key is not None:
        grants += _through_s3(calls, key, scope)
    for grant in grants:
        if grant.actions:
            resources = tuple(dict.fromkeys(_filled(resource, scope) for resource in grant.resources))
            statements.setdefault((resources, grant.condition), set()).update(grant.actions)
    ordered = sorted(statements.items(), key=lambda one: (one[0][0], one[0][1] or ("", "", "")))
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": f"Assay{number}", "Effect": "Allow", "Action": sorted(actions), "Resource": _few(resources)}
            | ({} if condition is None else {"Condition": {condition[0]: {condition[1]: condition[2]}}})
            for number, ((resources, condition), actions) in enumerate(ordered, start=1)
        ],
    }


def _all(grant: Grant) -> Iterator[Grant]:
    yield grant
    yield from grant.also


def _through_s3(calls: Calls, key: str, scope: Scope) -> list[Grant]:
    reads, writes = bool(calls & _READS_OBJECTS), bool(calls & _WRITES_OBJECTS)
    # Parts of one object are put together with what was encrypted before.
    actions = (("kms:Decrypt",) if reads or writes else ()) + (("kms:GenerateDataKey",) if writes else ())
    suffix = "amazonaws.com.cn" if scope.partition == "aws-cn" else "amazonaws.com"
    region = parse(key).region
    return [Grant(actions, (key,), ("StringEquals", "kms:ViaService", f"s3.{region}.{suffix}"))]


def _filled(resource: str, scope: Scope) -> str:
    if "{secret}" in resource and scope.secret != ANY:
        return scope.secret
    return resource.format_map(scope._asdict() | {"prefix": scope.prefix.translate(_LITERAL)})


def _few(resources: Iterable[str]) -> str | list[str]:
    found = list(resources)
    return found[0] if len(found) == 1 else found
