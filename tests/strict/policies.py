"""What services refuse of policy documents, where the emulator takes most of it: what is none, principals that are none or not there,
resources of others, conditions that an action does not know, what is too long, and keys that nobody could change any more.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from moto.iam.models import iam_backends

from strict import state
from strict.answers import RefusedError
from strict.recognised import Request
from strict.state import State

_ELEMENTS = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)
_VERSIONS = ("2012-10-17", "2008-10-17")
_OPERATOR = re.compile(
    r"(?:ForAllValues:|ForAnyValue:)?(?:String(?:Not)?(?:Equals|EqualsIgnoreCase|Like)|Numeric(?:Not)?Equals|Numeric(?:Less|Greater)Than(?:Equals)?"
    r"|Date(?:Not)?Equals|Date(?:Less|Greater)Than(?:Equals)?|Bool|BinaryEquals|(?:Not)?IpAddress|Arn(?:Not)?(?:Equals|Like)|Null)(?:IfExists)?"
)
_ACTION = re.compile(r"\*|[a-z0-9-]+:[A-Za-z0-9*?]+")
_ARN = re.compile(
    r"arn:aws[a-z-]*:(?:iam|sts)::(?:\d{12}|cloudfront):(?:root|(?:user|role|assumed-role|federated-user)/.+)"
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ|\d+")
_TAGGED = (
    "s3:GetObject", "s3:GetObjectAcl", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging",
    "s3:PutObjectAcl", "s3:PutObjectVersionAcl", "s3:PutObjectTagging", "s3:PutObjectVersionTagging", "s3:DeleteObjectTagging",
    "s3:DeleteObjectVersionTagging",
)  # fmt: skip
"""Actions that know the tags of an object that is there."""
_LISTED = ("s3:ListBucket", "s3:ListBucketVersions")
_OF_BUCKETS = ("s3:List", "s3:GetBucket", "s3:PutBucket", "s3:DeleteBucket", "s3:CreateBucket", "s3:GetLifecycle")
_LONGEST_KEY_POLICY = 32_768
_LONGEST = {"user": 2_048, "role": 10_240, "group": 5_120, "managed": 6_144, "trust": 2_048}


class Dialect(NamedTuple):
    """How a service calls what it refuses, and what a document of it has to have."""

    malformed: str
    has_principal: bool
    has_resource: bool
    sid: str
    status: int = 400


_S3 = Dialect("MalformedPolicy", True, True, r".+")
_KMS = Dialect("MalformedPolicyDocumentException", True, True, r"[\w+=,.@ -]+")
_IAM = Dialect("MalformedPolicyDocument", False, True, r"[0-9A-Za-z]+")
_TRUST = Dialect("MalformedPolicyDocument", True, False, r"[0-9A-Za-z]+")


def _document(text: Any, dialect: Dialect, account: str) -> dict[str, Any]:
    """The document. Raises `RefusedError` for what is none."""
    try:
        found = json.loads(str(text))
    except ValueError:
        raise _malformed(dialect, "Policies must be valid JSON and the first byte must be '{'") from None
    problem = next(_problems(found, dialect, account), None)
    if problem is not None:
        raise _malformed(dialect, problem)
    whole: dict[str, Any] = found
    return whole


def _malformed(dialect: Dialect, message: str) -> RefusedError:
    return RefusedError(dialect.malformed, message, dialect.status)


def _problems(document: Any, dialect: Dialect, account: str) -> Iterator[str]:
    if not isinstance(document, dict) or set(document) - {"Version", "Id", "Statement"}:
        yield "Syntax errors in policy."
        return
    if document.get("Version", _VERSIONS[1]) not in _VERSIONS:
        yield "The policy must contain a valid version string"
    statements = _listed(document.get("Statement"))
    if not statements:
        yield "Missing required field Statement"
    names = [each.get("Sid") for each in statements if isinstance(each, dict) and each.get("Sid")]
    if dialect.malformed == _IAM.malformed and len(names) != len(set(names)):
        yield "Statement IDs (SID) in a single policy must be unique."
    for each in statements:
        if not isinstance(each, dict):
            yield "Syntax errors in policy."
            continue
        yield from _of_statement(each, dialect, account)


def _of_statement(each: dict[str, Any], dialect: Dialect, account: str) -> Iterator[str]:
    unknown = set(each) - _ELEMENTS
    if unknown:
        yield f"Unknown field {min(unknown)}"
    if each.get("Effect") not in ("Allow", "Deny"):
        yield "Invalid effect"
    sid = each.get("Sid")
    if sid is not None and not re.fullmatch(dialect.sid, str(sid)):
        yield "Statement IDs (SID) must be alpha-numeric."
    actions = _listed(each.get("Action", each.get("NotAction")))
    if not actions or ("Action" in each) is ("NotAction" in each):
        yield "Policy statement must contain actions."
    elif not all(isinstance(one, str) and _ACTION.fullmatch(one) for one in actions):
        yield "Policy has invalid action"
    named = "Principal" in each or "NotPrincipal" in each
    if named is not dialect.has_principal:
        yield (
            "Missing required field Principal"
            if dialect.has_principal
            else "Policy document should not specify a principal."
        )
    elif named:
        yield from _of_principal(each.get("Principal", each.get("NotPrincipal")), account)
    placed = bool(_listed(each.get("Resource", each.get("NotResource"))))
    if placed is not dialect.has_resource:
        yield "Missing required field Resource" if dialect.has_resource else "Has prohibited field Resource"
    yield from _of_condition(each.get("Condition", {}))


def _of_principal(principal: Any, account: str) -> Iterator[str]:
    invalid = "Invalid principal in policy"
    if principal == "*":
        return
    if (
        not isinstance(principal, dict)
        or not principal
        or set(principal) - {"AWS", "Service", "Federated", "CanonicalUser"}
    ):
        yield invalid
        return
    for kind, value in principal.items():
        for one in _listed(value) or [None]:
            if (
                not isinstance(one, str)
                or not one
                or (kind == "Service" and not re.fullmatch(r"[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?", one))
                or (kind == "AWS" and one != "*" and not re.fullmatch(r"\d{12}", one) and not _is_there(one, account))
            ):
                yield invalid


def _is_there(arn: str, account: str) -> bool:
    """Whether a principal is one; of this account it has to be there, of others that cannot be known here."""
    if not _ARN.fullmatch(arn) or any(mark in arn for mark in "*?"):
        return False
    owner, named = arn.split(":")[4:6]
    kind, _, path = named.partition("/")
    if owner != account or kind not in ("user", "role"):
        return True
    held = iam_backends[account]["aws"]
    return arn in (
        [each.arn for each in held.users.values()] if kind == "user" else [each.arn for each in held.roles.values()]
    )


def _of_condition(condition: Any) -> Iterator[str]:
    if not isinstance(condition, dict):
        yield "Syntax errors in policy."
        return
    for operator, keys in condition.items():
        if not _OPERATOR.fullmatch(operator):
            yield f"Invalid Condition type : {operator}"
            continue
        if not isinstance(keys, dict) or not keys:
            yield "Syntax errors in policy."
            continue
        for key, value in keys.items():
            values = _listed(value)
            if ":" not in key or not values:
                yield "Policy has an invalid condition key"
            bare = operator.removesuffix("IfExists")
            if bare == "Bool" and any(str(one).lower() not in ("true", "false") for one in values):
                yield "Invalid Bool value in policy"
            if bare.startswith("Date") and not all(_MOMENT.fullmatch(str(one)) for one in values):
                yield "Invalid date in policy"


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def bucket(request: Request, _: State) -> None:
    """A policy of a bucket: of its own objects alone, with conditions that its actions know."""
    held = state.bucket(request.parameters.get("Bucket"))
    if held is None:
        return
    document = _document(request.parameters.get("Policy"), _S3, held.account_id)
    for each in _listed(document["Statement"]):
        resources = [str(one) for one in _listed(each.get("Resource", each.get("NotResource")))]
        whole, inside = held.arn, f"{held.arn}/"
        if not all(one in (whole, f"{whole}*", "*") or one.startswith(inside) for one in resources):
            raise _malformed(_S3, "Policy has invalid resource")
        actions = [str(one) for one in _listed(each.get("Action"))]
        if any(not one.startswith("s3:") and one != "*" for one in actions):
            raise _malformed(_S3, "Policy has invalid action")
        keys = [key.lower() for found in each.get("Condition", {}).values() for key in found]
        if any(key.startswith("s3:existingobjecttag/") for key in keys) and not _all_among(actions, _TAGGED):
            raise _malformed(_S3, "Conditions do not apply to combination of actions and resources in statement")
        if "s3:prefix" in keys and not _all_among(actions, _LISTED):
            raise _malformed(_S3, "Conditions do not apply to combination of actions and resources in statement")
        _placed(actions, resources, whole)


def _placed(actions: list[str], resources: list[str], whole: str) -> None:
    """An action on objects needs objects, one on the bucket the bucket."""
    of_objects = any(one.startswith(f"{whole}/") or one in ("*", f"{whole}*") for one in resources)
    of_bucket = any(one in (whole, "*", f"{whole}*") for one in resources)
    for action in actions:
        if "*" in action or "?" in action:
            continue
        is_of_bucket = action.startswith(_OF_BUCKETS) and action != "s3:ListMultipartUploadParts"
        if not (
            of_bucket
            if is_of_bucket
            else of_objects or not action.startswith(("s3:GetObject", "s3:PutObject", "s3:DeleteObject"))
        ):
            raise _malformed(_S3, "Action does not apply to any resource(s) in statement")


def _all_among(actions: list[str], known: tuple[str, ...]) -> bool:
    return bool(actions) and all(any(fnmatchcase(name, one) for name in known) for one in actions)


def key(request: Request, _: State) -> None:
    """A policy of a key: one that whoever asks can change again, unless he says that he knows."""
    text = request.parameters.get("Policy")
    if text is None:
        return
    if len(str(text).encode()) > _LONGEST_KEY_POLICY:
        raise RefusedError("LimitExceededException", "The policy is longer than 32768 bytes.")
    document = _document(text, _KMS, request.account)
    if request.parameters.get("BypassPolicyLockoutSafetyCheck"):
        return
    statements = _listed(document["Statement"])
    if not any(each["Effect"] == "Allow" and _changes(each, request.account) for each in statements) or any(
        each["Effect"] == "Deny" and _changes(each, request.account) and not each.get("Condition")
        for each in statements
    ):
        raise _malformed(_KMS, "The new key policy will not allow you to update the key policy in the future.")


def _changes(each: dict[str, Any], account: str) -> bool:
    """Whether a statement is of changing the policy, and of the account's own."""
    actions = [str(one).lower() for one in _listed(each.get("Action"))]
    principal = each.get("Principal")
    named = _listed(principal.get("AWS")) if isinstance(principal, dict) else [principal]
    mine = any(one in ("*", account) or f"::{account}:" in str(one) for one in named)
    return mine and any(fnmatchcase("kms:putkeypolicy", one) for one in actions)


def _inline(kind: str) -> Callable[[Request, State], None]:
    """Policies of one user, role or group: all of them together have to fit."""

    def check(request: Request, _: State) -> None:
        text = str(request.parameters.get("PolicyDocument"))
        _document(text, _IAM, request.account)
        held = iam_backends[request.account]["aws"]
        holders: dict[str, Any] = {"user": held.users, "role": held.roles, "group": held.groups}[kind]
        wanted = request.parameters.get(f"{kind.title()}Name")
        owner = next((each for each in holders.values() if getattr(each, "name", None) == wanted), None)
        there = getattr(owner, "policies", None) or {}
        others = (
            [str(one) for name, one in there.items() if name != request.parameters["PolicyName"]]
            if isinstance(there, dict)
            else []
        )
        if sum(len(re.sub(r"\s", "", one)) for one in (*others, text)) > _LONGEST[kind]:
            raise RefusedError(
                "LimitExceeded", f"Maximum policy size of {_LONGEST[kind]} bytes exceeded for {kind} {wanted}", 409
            )

    return check


def _managed(request: Request, _: State) -> None:
    text = str(request.parameters.get("PolicyDocument"))
    _document(text, _IAM, request.account)
    if len(re.sub(r"\s", "", text)) > _LONGEST["managed"]:
        raise RefusedError("LimitExceeded", f"Cannot exceed quota for PolicySize: {_LONGEST['managed']}", 409)


def _trust(request: Request, _: State) -> None:
    text = str(request.parameters.get("AssumeRolePolicyDocument", request.parameters.get("PolicyDocument")))
    _document(text, _TRUST, request.account)
    if len(re.sub(r"\s", "", text)) > _LONGEST["trust"]:
        raise RefusedError("LimitExceeded", f"Cannot exceed quota for ACLSizePerRole: {_LONGEST['trust']}", 409)


CHECKS: dict[str, Callable[[Request, State], None]] = {
    "kms.CreateKey": key,
    "kms.PutKeyPolicy": key,
    "iam.PutUserPolicy": _inline("user"),
    "iam.PutRolePolicy": _inline("role"),
    "iam.PutGroupPolicy": _inline("group"),
    "iam.CreatePolicy": _managed,
    "iam.CreatePolicyVersion": _managed,
    "iam.CreateRole": _trust,
    "iam.UpdateAssumeRolePolicy": _trust,
}
