"""What a bucket's policy says, as far as protecting it depends on it: who is let in, whether that is everybody, and whether
requests without TLS are denied already.

Whether a policy is public is S3's own judgement, too (`GetBucketPolicyStatus`); who is let in is told of the statements.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from assay.model.policydocument import OWN, is_own, plain, statements_of, texts_of

TLS_SID = f"{OWN}TlsOnly"
LOGS_SID = f"{OWN}LogDelivery"
LONGEST = 20_480
"""Bytes that a bucket's policy may have."""

_SECURE = "aws:securetransport"
_CLOUDFRONT = ("cloudfront.amazonaws.com", "cloudfront:user/", "CloudFront Origin Access Identity")
_EVERYBODY = "everybody"


class Reader(NamedTuple):
    """Somebody whom a statement lets in: an ARN, an account, a service, or everybody. `where` is the statement."""

    who: str
    where: str
    is_foreign: bool
    is_everybody: bool
    is_cloudfront: bool

    def __str__(self) -> str:
        return f"{self.who} ({self.where})"


def tls_statement(bucket: str, partition: str) -> dict[str, Any]:
    """Denies everything without TLS, to everybody."""
    arn = f"arn:{partition}:s3:::{bucket}"
    statement = {
        "Sid": TLS_SID,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    told: dict[str, Any] = plain(statement)
    return told


def delivery_statement(bucket: str, partition: str, account: str) -> dict[str, Any]:
    """Lets S3 write the logs of the account's buckets."""
    return {
        "Sid": LOGS_SID,
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:{partition}:s3:::{bucket}/*",
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }


def denies_without_tls(policy: Any, bucket: str, partition: str) -> bool:
    """Whether requests without TLS are denied: all of them, to everybody, on the bucket and all that is in it."""
    arn = f"arn:{partition}:s3:::{bucket}"
    needed = {arn, f"{arn}/*"}
    covered: set[str] = set()
    for statement in statements_of(policy):
        if not _is_tls_denial(statement):
            continue
        resources = set(texts_of(statement.get("Resource")))
        if resources & {"*", f"{arn}*"}:
            return True
        covered |= resources & needed
    return covered == needed


def _is_tls_denial(statement: dict[str, Any]) -> bool:
    if statement.get("Effect") != "Deny" or not _is_anybody(statement.get("Principal")):
        return False
    if not {"s3:*", "*"} & {action.lower() for action in texts_of(statement.get("Action"))}:
        return False
    # With another condition beside it, some requests without TLS are let through.
    condition = statement.get("Condition")
    if not isinstance(condition, dict) or len(condition) != 1:
        return False
    ((operator, keys),) = condition.items()
    if operator.lower() not in ("bool", "boolifexists") or not isinstance(keys, dict) or len(keys) != 1:
        return False
    ((key, value),) = keys.items()
    return key.lower() == _SECURE and [each.lower() for each in texts_of(value)] == ["false"]


def _is_anybody(principal: Any) -> bool:
    if principal == "*":
        return True
    return isinstance(principal, dict) and "*" in texts_of(principal.get("AWS"))


def readers(policy: Any, account: str) -> list[Reader]:
    """Whom the policy lets in, but the account itself, each once for a statement. Protection's own statements count not."""
    return [
        reader
        for number, statement in enumerate(statements_of(policy), start=1)
        if statement.get("Effect") == "Allow" and not is_own(statement)
        for reader in _readers(statement, str(statement.get("Sid") or f"statement {number}"), account)
    ]


def _readers(statement: dict[str, Any], where: str, account: str) -> Iterator[Reader]:
    condition = bool(statement.get("Condition"))
    if "NotPrincipal" in statement:
        yield Reader("everybody but those that NotPrincipal names", where, True, not condition, False)
        return
    principal = statement.get("Principal")
    named = {"AWS": principal} if isinstance(principal, str) else principal if isinstance(principal, dict) else {}
    for kind, value in named.items():
        for who in texts_of(value):
            cloudfront = any(part in who for part in _CLOUDFRONT)
            if kind == "AWS" and who == "*":
                told = f"{_EVERYBODY} whom its condition lets in" if condition else _EVERYBODY
                yield Reader(told, where, True, not condition, False)
            elif account not in who or cloudfront:
                yield Reader(who, where, kind != "Service", False, cloudfront)
            else:
                yield Reader(who, where, False, False, False)


def size(policy: Any) -> int:
    """Bytes of a policy as it is sent."""
    return len(json.dumps(policy, separators=(",", ":")).encode())


def lets_logs_in(policy: Any, acl: Any, account: str) -> bool:
    """Whether S3 may deliver the access logs of the account's buckets: by a statement for its service, or by the older grant to
    its group in the access control list."""
    for grant in (acl or {}).get("Grants", ()):
        if str(grant.get("Grantee", {}).get("URI", "")).endswith("/s3/LogDelivery"):
            return True
    return any(
        statement.get("Effect") == "Allow"
        and _LOGGING in texts_of((statement.get("Principal") or {}).get("Service"))
        and {"s3:putobject", "s3:*", "*"} & {action.lower() for action in texts_of(statement.get("Action"))}
        and _of_account(statement.get("Condition"), account)
        for statement in statements_of(policy)
        if isinstance(statement.get("Principal"), dict)
    )


_LOGGING = "logging.s3.amazonaws.com"


def _of_account(condition: Any, account: str) -> bool:
    """Whether a condition lets this account in, where it names accounts."""
    if not isinstance(condition, dict):
        return True
    named = [
        texts_of(value)
        for keys in condition.values()
        if isinstance(keys, dict)
        for key, value in keys.items()
        if key.lower() == "aws:sourceaccount"
    ]
    return all(account in accounts for accounts in named)
