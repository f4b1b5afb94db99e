"""Statements that are put beside those of others: access that ends by itself, and access that is taken from somebody.

Each has a Sid of its own, by which it is found, and taken out again. One that lets somebody in names one user or role, actions that read or
write objects, one bucket, and the moment at which it ends: S3 itself lets nobody in by it after that.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from assay.model.policydocument import OWN, plain, statements_of, texts_of

NAME = "statement "
GRANT, QUARANTINE = f"{OWN}Grant", f"{OWN}Quarantine"
EXPIRES = "expires"
"""What in `Action.found` says when a grant ends."""

_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>\d{12}):(?P<kind>role|user)/[\w+=,.@/-]{1,576}")
_READS = ("s3:GetObject", "s3:GetObjectVersion")
_WRITES = ("s3:PutObject", "s3:AbortMultipartUpload")
_ACTIONS = frozenset({*_READS, *_WRITES, "s3:ListBucket"})
_KEY_READS, _KEY_WRITES = ("kms:Decrypt",), ("kms:GenerateDataKey",)
_KEY_ACTIONS = frozenset({*_KEY_READS, *_KEY_WRITES})
_IN_NAMES = re.compile(r"[*?$]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Access of one principal to what begins with a prefix in a bucket, until a moment (aware, UTC)."""

    bucket: str
    partition: str
    principal: str
    until: datetime
    prefix: str = ""
    writes: bool = False
    mfa: bool = False


def principal_problem(principal: str) -> str:
    """Why a principal cannot be named; empty where it can."""
    if _PRINCIPAL.fullmatch(principal):
        return ""
    return f"{principal}: is no ARN of one user or role (arn:aws:iam::ACCOUNT:role/NAME); an account, a session, or everybody is not let in"


def account_of(principal: str) -> str:
    """The account of a user or a role."""
    found = _PRINCIPAL.fullmatch(principal)
    return found["account"] if found else ""


def grant_statements(grant: Grant) -> dict[str, Any]:
    """The statements of a grant, by what an action calls them. Raises `ValueError` for what must not be in one."""
    mark, until = _mark(grant)
    arn = f"arn:{grant.partition}:s3:::{grant.bucket}"
    condition: dict[str, Any] = {"DateLessThan": {"aws:CurrentTime": until}}
    if grant.mfa:
        condition["Bool"] = {"aws:MultiFactorAuthPresent": "true"}
    objects = {
        "Sid": f"{GRANT}{mark}Objects",
        "Effect": "Allow",
        "Principal": {"AWS": grant.principal},
        "Action": [*_READS, *(_WRITES if grant.writes else ())],
        "Resource": f"{arn}/{grant.prefix}*",
        "Condition": condition,
    }
    listing = {
        "Sid": f"{GRANT}{mark}List",
        "Effect": "Allow",
        "Principal": {"AWS": grant.principal},
        "Action": "s3:ListBucket",
        "Resource": arn,
        "Condition": {**condition, "StringLike": {"s3:prefix": f"{grant.prefix}*"}},
    }
    return {f"{NAME}{each['Sid']}": plain(each) for each in (objects, listing)}


def key_statement(grant: Grant, region: str) -> dict[str, Any]:
    """The statement of a key's policy that reading the grant's objects needs, by what an action calls it: through the S3 of the region,
    for what is encrypted in the bucket, and no longer than the grant.

    What S3 encrypts it with is bound to the object's ARN, with a key of the bucket to the bucket's. Raises `ValueError`.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html#encryption-context
    """
    mark, until = _mark(grant)
    arn = f"arn:{grant.partition}:s3:::{grant.bucket}"
    suffix = "amazonaws.com.cn" if grant.partition == "aws-cn" else "amazonaws.com"
    statement = {
        "Sid": f"{GRANT}{mark}Key",
        "Effect": "Allow",
        "Principal": {"AWS": grant.principal},
        "Action": [*_KEY_READS, *(_KEY_WRITES if grant.writes else ())],
        "Resource": "*",
        "Condition": {
            "DateLessThan": {"aws:CurrentTime": until},
            "StringEquals": {"kms:ViaService": f"s3.{region}.{suffix}"},
            "StringLike": {"kms:EncryptionContext:aws:s3:arn": [arn, f"{arn}/{grant.prefix}*"]},
        },
    }
    return {f"{NAME}{statement['Sid']}": plain(statement)}


def _mark(grant: Grant) -> tuple[str, str]:
    """What tells a grant's statements from all others, and when it ends as conditions have it. Raises `ValueError`."""
    problem = principal_problem(grant.principal)
    if problem or _IN_NAMES.search(grant.prefix):
        raise ValueError(problem or "a prefix has no * ? or $ in it")
    until = grant.until.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    told = "\0".join([grant.bucket, grant.principal, grant.prefix, until, str(grant.writes), str(grant.mfa)])
    return sha256(told.encode()).hexdigest()[:12], until


def widening(before: Any, after: Any, grant: Grant) -> str:
    """How a bucket's policy lets in more than it did and a grant says; empty where it does not. Judged by what stands in it, not by who
    wrote it."""
    return _wider(before, after, grant_statements(grant), _ACTIONS, "reading and writing objects")


def key_widening(before: Any, after: Any, grant: Grant, region: str) -> str:
    """The same of the policy of a key."""
    return _wider(before, after, key_statement(grant, region), _KEY_ACTIONS, "using the key")


def closing(before: Any, after: Any) -> str:
    """How a policy lets in more than it did; empty where all that is new in it denies, and all that denied does so still."""
    return _wider(before, after, {}, frozenset(), "nothing")


def _wider(before: Any, after: Any, sets: Mapping[str, Any], actions: frozenset[str], told_as: str) -> str:
    old = [plain(each) for each in statements_of(before)]
    allowed = set(_told(sets.values()))
    for statement in statements_of(after):
        each = plain(statement)
        if each in old:
            continue
        if each.get("Effect") == "Deny":
            continue
        if str(each) not in allowed:
            return f"the statement {each.get('Sid', 'without a Sid')} is none of the grant's"
        if not set(texts_of(each.get("Action"))) <= actions:
            return f"the statement {each.get('Sid')} allows more than {told_as}"
    gone = [
        each for each in old if each.get("Effect") == "Deny" and each not in [plain(s) for s in statements_of(after)]
    ]
    if gone:
        return f"the statement {gone[0].get('Sid', 'without a Sid')}, which denies, would be gone"
    return ""


def _told(statements: Iterable[Any]) -> list[str]:
    return [str(plain(each)) for each in statements]


def quarantine_statement(
    bucket: str, partition: str, principals: Sequence[str], spared: Sequence[str]
) -> dict[str, Any]:
    """Denies a bucket, and all that is in it, to these principals and their sessions; without any to everybody but those who are spared.

    The spared, and the root user of the bucket's account among them, are never denied, by a condition on who asks. Principals are meant
    under any path, since findings leave paths out, and names are there once in an account.
    """
    principals, spared = any_path(principals), any_path(spared)
    arn = f"arn:{partition}:s3:::{bucket}"
    condition: Mapping[str, Any] = (
        {"ArnEquals": {"aws:PrincipalArn": sorted(principals)}, "ArnNotEquals": {"aws:PrincipalArn": sorted(spared)}}
        if principals
        else {"ArnNotEquals": {"aws:PrincipalArn": sorted(spared)}}
    )
    mark = sha256("\0".join([bucket, *sorted(principals)]).encode()).hexdigest()[:12]
    told: dict[str, Any] = plain(
        {
            "Sid": f"{QUARANTINE}{mark}",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": dict(condition),
        }
    )
    return told


def any_path(principals: Iterable[str]) -> list[str]:
    """These principals, and as conditions write the same names under any path.

    >>> any_path(["arn:aws:iam::1:root", "arn:aws:iam::1:role/team/r"])
    ['arn:aws:iam::1:root', 'arn:aws:iam::1:role/*/r', 'arn:aws:iam::1:role/r']
    """
    told = []
    for each in principals:
        kind, found, path = each.partition("/")
        name = path.rpartition("/")[2]
        told += [f"{kind}/*/{name}", f"{kind}/{name}"] if found else [each]
    return list(dict.fromkeys(told))
